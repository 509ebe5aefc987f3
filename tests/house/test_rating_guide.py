"""docs/rating.md says what is so: its case is settled as it says, its links lead somewhere."""

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from billing.public_holidays import public_holidays
from billing.rating.scenario import settle_scenario
from tests.support.repository import ROOT

GUIDES = ["rating.md", "glossary.md", "clause-map.md"]
GUIDE = (ROOT / "docs" / "rating.md").read_text(encoding="utf-8")
(CASE,) = re.findall(r"^```json\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
(RUN,) = settle_scenario(json.loads(CASE), public_holidays, explain=True)["runs"]
LINKS = sorted(
    {
        (guide, link)
        for guide in GUIDES
        for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / "docs" / guide).read_text(encoding="utf-8"))
    }
)


def rows_of(first_cell: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in row.split("|")]
        for row in re.findall(rf"^\| ({first_cell} .*) \|$", GUIDE, re.MULTILINE)
    ]


def test_the_case_has_the_lines_of_the_guide():
    time = [
        [line["case"], line["rate_class"], str(line["units"]), line["unit_price"], line["net"]]
        for line in RUN["lines"]
        if line["kind"] == "time"
    ]
    assert rows_of("V-14")[:-1] == time
    assert [row[-1] for row in rows_of("V-14")] == [line["net"] for line in RUN["lines"]]


def test_the_case_has_the_sums_of_the_guide():
    assert f"Net {RUN['net']}; 19 %" in GUIDE
    assert f"VAT {RUN['vat']}, gross {RUN['gross']}." in GUIDE


def test_the_case_has_the_stretches_of_the_guide():
    assert [row[:5] for row in rows_of("E[123]")] == [guide_row(stretch) for stretch in RUN["trace"]["stretches"]]


def test_the_case_has_the_sources_of_the_guide():
    used = [f"{stretch['before']} → {stretch['after']}" for stretch in RUN["trace"]["stretches"] if "price" in stretch]
    assert re.findall(r"\d+ → \d+", GUIDE) == used


def guide_row(stretch):
    since, to = (datetime.fromisoformat(stretch[end]).astimezone(ZoneInfo("Europe/Berlin")) for end in ("from", "to"))
    is_held, is_billed = stretch["verdict"] == "held", stretch["verdict"] == "billed"
    return [
        stretch["entry"],
        f"{since:%H:%M}-{to:%H:%M}",
        str(stretch["question"]),
        f"held: {stretch['code']}" if is_held else f"{stretch['verdict']} {stretch['clause']}",
        stretch["rate_class"] if is_billed else "",
    ]


@pytest.mark.parametrize(("guide", "link"), LINKS)
def test_every_link_leads_somewhere(guide, link):
    assert (ROOT / "docs" / guide).parent.joinpath(link).exists()
