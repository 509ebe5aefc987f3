"""`pass-through` on the command line: what was paid in a controller's name is listed, shown, sent with its month."""

from collections.abc import Iterator

import pytest

from tests.api.clock import YEAR
from tests.api.months import MONTH, a_receipt
from tests.api.shell import Shell
from tests.support.smtp import PostOffice, post_office

STATEMENT = f"DP-{MONTH}-AVV-1"
FEE = "--kind ancillary --incurred-on 2025-03-07 --net 119.00 --description Registergebühr --receipt-file"


@pytest.fixture
def server() -> Iterator[PostOffice]:
    """A server that takes everything."""
    with post_office() as office:
        yield office


@pytest.fixture
def passed(month: Shell) -> Shell:
    """A month that was issued, with a fee that was paid in a controller's name."""
    month.ok("expense", "add", "--case", "V-1", "--ref", "D-1", *FEE.split(), a_receipt(month), "--in-name-of-client")
    for command in ("run", "approve", "issue"):
        month.ok(command, MONTH)
    return month


def test_statements_are_listed_and_shown(passed: Shell) -> None:
    (row,) = passed.ok("pass-through", "list", "--month", MONTH, "--json").json["pass_throughs"]
    assert (row["number"], row["contract"], row["month"], row["total"]) == (STATEMENT, "AVV-1", MONTH, "119.00")
    assert (row["living"], row["sending"], len(row["sha256"])) == (True, "not_sent", 64)
    assert passed.ok("pass-through", "list", "--month", "2025-04", "--json").json == {"pass_throughs": []}
    shown = passed.ok("pass-through", "show", STATEMENT, "--json").json
    assert [(item["case"], item["receipt_ref"], item["amount"]) for item in shown["items"]] == [
        ("V-1", "D-1.pdf", "119.00")
    ]
    told = passed.ok("pass-through", "show", STATEMENT).out.replace("\xa0", " ")
    for words in (STATEMENT, "119,00", "Registergebühr", "nicht gesendet"):
        assert words in told


def test_a_month_sends_its_statement_too(passed: Shell, server: PostOffice) -> None:
    passed.more["MEHRAUFWAND_SMTP"] = server.url
    passed.more["MEHRAUFWAND_MAIL_FROM"] = "post@mehraufwand.example"
    passed.more["MEHRAUFWAND_BASE_URL"] = "https://mehraufwand.example"
    sent = passed.ok("send", MONTH, "--json").json["documents"]
    assert [(row["number"], row["sending"]) for row in sent] == [
        (f"RE-{YEAR}-0001", "accepted"),
        (f"RE-{YEAR}-0002", "accepted"),
        (STATEMENT, "accepted"),
    ]
    names = [file.get_filename() for message in server.messages() for file in message.iter_attachments()]
    assert names[-1] == f"{STATEMENT}.pdf"
    (attempt,) = passed.ok("delivery", "list", STATEMENT, "--json").json["deliveries"]
    assert (attempt["outcome"], attempt["recipient"]) == ("accepted", "r@w.example")
    again = passed.ok("send", STATEMENT, "--json").json["documents"]
    assert ([row["newly"] for row in again], len(server.taken)) == ([False], 3)
    assert passed.ok("verify").code == 0


def test_what_ended_with_its_month_stays_in_the_list_and_is_not_sent(passed: Shell) -> None:
    passed.ok("cancel", f"RE-{YEAR}-0001", "--reason", "Falsche Zeit")
    (row,) = passed.ok("pass-through", "list", "--json").json["pass_throughs"]
    assert row["living"] is False
    assert "storniert" in passed.run("send", STATEMENT).err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param("show DP-1", "DP-1", id="an unknown number"),
        pytest.param("list --month 2025-13", "2025-13", id="a month there is not"),
    ],
)
def test_what_there_is_not_is_refused_in_a_sentence(month: Shell, command: str, words: str) -> None:
    assert words in month.refused("pass-through", *command.split())
