"""DATEV on the command line: what the adviser said, a trial, the export with its files, and once again."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.api.clock import TODAY
from tests.api.shell import Shell
from tests.support.extf import read

MONTH = f"{TODAY:%Y-%m}"
SAID = ("datev", "set", "--chart", "SKR03", "--consultant", "1001", "--client", "7")


def test_a_month_goes_to_datev_with_its_papers_and_once(issued: Shell) -> None:
    issued.ok(*SAID)
    folder = issued.home / "datev"
    trial = issued.ok("export", "datev", "--month", MONTH, "--dry-run", "--json").json
    assert [row["debtor"] for row in trial["bookings"]] == [10000, 10001]
    assert not folder.exists()
    done = issued.ok("export", "datev", "--month", MONTH, "--out", str(folder), "--papers", "--json").json
    (batch,) = done["batches"]
    assert (batch["batch"], batch["bookings"], batch["credit"]) == (1, 2, "0.00")
    assert sum(float(row["owed"]) for row in trial["accounts"]) == float(batch["debit"])
    names = [Path(path).name for path in done["written"]]
    assert names == [f"EXTF_Buchungsstapel_{MONTH}_0001.csv", f"Belege_{MONTH}_0001.zip"]
    content, packed = (Path(path).read_bytes() for path in done["written"])
    found = read(content)
    guids = [link.split('"')[1] for (link,) in found.values(20)]
    with ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["document.xml", *(f"{number}.pdf" for number in batch["invoices"])]
        index = archive.read("document.xml").decode()
    assert all(f'guid="{guid}"' in index for guid in guids)
    nothing = issued.ok("export", "datev", "--month", MONTH, "--out", str(folder), "--json").json
    assert nothing["batches"] == []


def test_a_batch_is_written_again_as_it_was(issued: Shell) -> None:
    issued.ok(*SAID)
    first = issued.ok("export", "datev", "--month", MONTH, "--out", str(issued.home / "a"), "--json").json["written"]
    issued.ok("datev", "set", "--chart", "SKR04")
    again = issued.ok("export", "datev", "--again", "1", "--out", str(issued.home / "b"), "--json").json["written"]
    assert [Path(path).read_bytes() for path in first] == [Path(path).read_bytes() for path in again]


def test_a_batch_that_was_withdrawn_is_handed_over_anew(issued: Shell) -> None:
    issued.ok(*SAID)
    issued.ok("export", "datev", "--month", MONTH, "--out", str(issued.home / "a"))
    told = issued.ok("datev", "withdraw", "1", "--reason", "Falscher Mandant").out
    assert told.startswith("Stapel 1 verworfen. Neu zu übergeben: RE-")
    issued.ok("datev", "set", "--client", "8")
    issued.ok("export", "datev", "--month", MONTH, "--out", str(issued.home / "a"))
    rows = issued.ok("datev", "batches", "--json").json["batches"]
    assert [(row["batch"], row["withdrawn_reason"]) for row in rows] == [(1, "Falscher Mandant"), (2, None)]
    assert rows[0]["invoices"] == rows[1]["invoices"]


def test_what_the_adviser_said_is_shown_with_the_accounts_of_the_chart(ready: Shell) -> None:
    assert "Beraternummer, Mandantennummer, Kontenrahmen" in ready.ok("datev", "show").out
    ready.ok(*SAID, "--revenue-19", "8401", "--locked", "--fiscal-year-month", "7")
    shown = ready.ok("datev", "show", "--json").json
    assert (shown["revenue_19"], shown["revenue_eu"], shown["locked"], shown["not_said"]) == ("8401", "8336", True, [])
    ready.ok("datev", "set", "--revenue-19", "-", "--no-locked")
    assert ready.ok("datev", "show", "--json").json["revenue_19"] == "8400"


def test_a_debtor_account_is_set_by_hand(ready: Shell) -> None:
    ready.ok("datev", "debtor", "K-001", "10400")
    assert ready.ok("datev", "debtors", "--json").json["debtors"] == [
        {"controller": "K-001", "name": "Wohnbau Süd GmbH", "debtor": 10400}
    ]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(
            f"export datev --month {MONTH} --dry-run", "Beraternummer, Mandantennummer, Kontenrahmen", id="all"
        ),
        pytest.param(f"export datev --month {MONTH}", "out fehlt", id="no folder"),
        pytest.param("export datev --dry-run", "month: Bitte entweder einen Monat", id="no days"),
        pytest.param("export datev --again 7 --out x", "Stapel mit der Nummer 7", id="a batch there is not"),
        pytest.param("datev debtor K-009 10000", "K-009", id="a controller there is not"),
        pytest.param("datev debtor K-001 70000", "zwischen 10000 und 69999", id="an account of creditors"),
        pytest.param("datev withdraw 7 --reason x", "Stapel mit der Nummer 7", id="nothing to withdraw"),
        pytest.param("datev set", "", id="nothing said"),
        pytest.param("datev set --consultant x", "consultant: x ist keine ganze Zahl", id="a number that is none"),
    ],
)
def test_what_can_not_be_done_is_refused_in_a_sentence(ready: Shell, command: str, words: str) -> None:
    ready.monkeypatch.chdir(ready.home)
    assert words in ready.refused(*command.split())
