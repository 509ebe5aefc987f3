"""docs/import.md says what is so: its examples are read, its lists are complete."""

import json
import re

import pytest

from billing.clause.services import SERVICE_CODES
from billing.importing import FORMATS, Status, WorkRow, load_mapping
from billing.importing.formats.own import OWN
from billing.texts import sentence
from tests.importing.reader import read, shown
from tests.support.repository import ROOT

GUIDE = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)


def test_the_example_of_our_own_csv_is_read(tmp_path):
    (example,) = blocks("csv")
    rows = [row for row in read(tmp_path, example) if isinstance(row, WorkRow)]
    assert [shown(row) for row in rows] == [
        "2026-10-05 09:00+0200 - 2026-10-05 10:30+0200",
        "2026-10-05 13:15+0200 - 2026-10-05 14:00+0200",
        "2026-10-25 02:15+0100 - 2026-10-25 02:45+0100",
    ]


def test_the_example_of_a_mapping_is_loaded(tmp_path):
    (example,) = blocks("json")
    path = tmp_path / "mapping.json"
    path.write_text(example, encoding="utf-8")
    assert len(load_mapping(path).rules) == len(json.loads(example)["rules"]) == 4


@pytest.mark.parametrize("name", [known.name for known in FORMATS])
def test_every_format_is_listed(name):
    assert f"| `{name}` |" in GUIDE


@pytest.mark.parametrize("names", OWN.columns.values(), ids=OWN.columns.keys())
def test_every_column_is_listed_in_both_languages(names):
    columns = GUIDE.split("| column | German |")[1].split("\n\n")[0].casefold()
    assert all(re.search(rf"[|,`] ?{name.replace(' ', '[ _]')}[`,| ]", columns) for name in names)


def test_every_service_is_listed_and_no_other():
    listed = GUIDE.split("Services:")[1].split("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == set(SERVICE_CODES)


@pytest.mark.parametrize("status", Status)
def test_every_status_is_explained(status):
    words = sentence(f"import_status.{status}", "en").split(":")[0]
    assert f"| {words} |" in GUIDE
