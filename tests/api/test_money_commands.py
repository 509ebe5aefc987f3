"""`mehraufwand payment`, `receivables` and `base-rate` at the terminal, and the same as JSON."""

from pathlib import Path

import pytest

from tests.api import clock
from tests.api.clock import YEAR
from tests.api.shell import Shell
from tests.banking.statements import OURS, camt, entry

TODAY = clock.TODAY.isoformat()
FIRST, SECOND = f"RE-{YEAR}-0001", f"RE-{YEAR}-0002"


@pytest.fixture
def statement(issued: Shell, tmp_path: Path) -> str:
    """A bank file that pays the first invoice and says nothing of the second."""
    amounts = {row["number"]: row["gross"] for row in issued.ok("receivables", "--json").json["receivables"]}
    days = {"booked": TODAY, "valued": TODAY}
    content = camt(
        entry(amounts[FIRST], FIRST, **days), entry(amounts[SECOND], "Danke", debtor="Klinikum Filder gGmbH", **days)
    )
    (account,) = [row["iban"] for row in [issued.ok("processor", "show", "--json").json]]
    file = tmp_path / "auszug.xml"
    file.write_bytes(content.replace(OURS.encode(), account.replace(" ", "").encode()))
    return str(file)


def test_payments_by_hand(issued: Shell) -> None:
    added = issued.ok("payment", "add", FIRST, "--amount", "10.00", "--on", TODAY, "--reference", "Auszug 1")
    assert f"Zahlung 1 zu {FIRST} eingetragen: 10,00" in added.out
    back = issued.ok("payment", "add", FIRST, "--amount", "-4.00", "--on", TODAY).out
    assert "−4,00" in back
    refused = issued.run("payment", "add", FIRST, "--amount", "-7.00", "--on", TODAY)
    assert (refused.code, "kann nicht zurückgezahlt werden" in refused.err) == (2, True)
    rows = issued.ok("payment", "list", FIRST, "--json").json["payments"]
    assert [(row["payment"], row["amount"]) for row in rows] == [(1, "10.00"), (2, "-4.00")]
    issued.ok("payment", "reverse", FIRST, "2", "--reason", "Doch nicht")
    assert "Doch nicht" in issued.ok("payment", "list", FIRST).out


def test_a_cancellation_has_no_payments_and_no_reminders(issued: Shell) -> None:
    cancellation = issued.ok("cancel", FIRST, "--reason", "Falscher Vorgang", "--json").json["number"]
    assert issued.ok("payment", "list", cancellation, "--json").json == {"payments": []}
    assert issued.ok("reminder", "list", cancellation, "--json").json == {"reminders": []}


def test_a_bank_file_is_tried_booked_and_known(issued: Shell, statement: str) -> None:
    tried = issued.run("payment", "import", statement)
    assert tried.code == 2
    assert "Nur geprüft: 2 Eingänge, 1 Zahlungen" in tried.out
    assert "Betrag und Name passen" in tried.out
    lines = issued.run("payment", "import", statement, "--json").json["lines"]
    assert [line["state"] for line in lines] == ["pays", "ask"]
    booked = issued.ok("payment", "import", statement, "--book", "--confirm", f"{lines[1]['entry']}={SECOND}")
    assert "Gebucht: 2 Zahlungen" in booked.out
    assert issued.ok("receivables", "--json").json["receivables"] == []
    again = issued.ok("payment", "import", statement, "--book", "--json").json
    assert ([line["state"] for line in again["lines"]], again["payments"]) == (["known", "known"], 0)


def test_files_and_answers_that_cannot_be(issued: Shell, statement: str, tmp_path: Path) -> None:
    no_file = issued.run("payment", "import", str(tmp_path / "nichts.xml"))
    assert (no_file.code, "nichts.xml" in no_file.err) == (2, True)
    wrong = issued.run("payment", "import", statement, "--confirm", f"abc={FIRST}:1.00")
    assert (wrong.code, "Einen Eintrag abc gibt es in dieser Datei nicht" in wrong.err) == (2, True)


def test_open_items_with_their_sums(issued: Shell) -> None:
    shown = issued.ok("receivables").out
    assert FIRST in shown
    assert "Offene Posten: 2" in shown
    answer = issued.ok("receivables", "--controller", "K-002", "--json").json
    assert [row["number"] for row in answer["receivables"]] == [SECOND]
    assert [row["controller_ref"] for row in answer["sums"]] == ["K-002"]
    assert issued.ok("receivables", "--as-of", "2025-01-01", "--json").json["receivables"] == []
    assert issued.run("receivables", "--as-of", "gestern").code == 2


def test_base_rates(issued: Shell) -> None:
    issued.ok("base-rate", "set", "2026-07-01", "1.27", "--source", "Bundesbank")
    issued.ok("base-rate", "set", "2027-01-01", "--source", "Bundesbank", "--", "-0.88")
    rates = issued.ok("base-rate", "list", "--json").json["base_rates"]
    assert [row["rate_percent"] for row in rates] == ["1.27", "1.27", "1.27", "-0.88"]
    assert issued.run("base-rate", "set", "2026-10-01", "1.27", "--source", "x").code == 2
