"""`send`, `delivery` and `receipt` on the command line: one month to a real mail server, and what is refused."""

from collections.abc import Iterator

import pytest

from tests.api.clock import TODAY, YEAR
from tests.api.months import MONTH
from tests.api.shell import Shell
from tests.support.papers import mail, pdf
from tests.support.smtp import PostOffice, post_office

FIRST, SECOND = f"RE-{YEAR}-0001", f"RE-{YEAR}-0002"


@pytest.fixture
def server() -> Iterator[PostOffice]:
    """A server that takes everything, if not told otherwise."""
    with post_office() as office:
        yield office


def with_server(shell: Shell, server: PostOffice) -> Shell:
    shell.more["MEHRAUFWAND_SMTP"] = server.url
    shell.more["MEHRAUFWAND_MAIL_FROM"] = "post@mehraufwand.example"
    shell.more["MEHRAUFWAND_BASE_URL"] = "https://mehraufwand.example"
    return shell


def proof(shell: Shell, content: bytes) -> str:
    path = shell.home / "nachweis"
    path.write_bytes(content)
    return str(path)


def test_a_month_is_printed_sent_received_and_due(issued: Shell, server: PostOffice) -> None:
    with_server(issued, server)
    answer = issued.ok("send", MONTH, "--json").json
    assert [(row["number"], row["sending"], row["newly"]) for row in answer["documents"]] == [
        (FIRST, "accepted", True),
        (SECOND, "accepted", True),
    ]
    assert all(row["received_on"] < row["due_on"] for row in answer["documents"])
    assert (answer["refused"], answer["failed_files"]) == ([], [])
    names = [file.get_filename() for message in server.messages() for file in message.iter_attachments()]
    assert names == [f"{FIRST}.pdf", f"{SECOND}.pdf"]
    again = issued.ok("send", MONTH, "--json").json["documents"]
    assert ([row["newly"] for row in again], len(server.taken)) == ([False, False], 2)
    issued.ok("send", FIRST, "--again")
    assert len(server.taken) == 3
    attempts = issued.ok("delivery", "list", FIRST, "--json").json["deliveries"]
    assert [(row["outcome"], row["recipient"], row["answer"]) for row in attempts] == [
        ("accepted", "r@w.example", "OK")
    ] * 2
    (receipt,) = issued.ok("receipt", "list", FIRST, "--json").json["receipts"]
    assert (receipt["source"], receipt["recorded_by"]) == ("mail", "erika")


def test_without_a_mail_server_it_waits_and_says_so(issued: Shell) -> None:
    said = issued.ok("send", FIRST)
    assert (FIRST in said.out, "wartet auf Versand" in said.out) == (True, True)
    assert "MEHRAUFWAND_SMTP" in said.err


def test_what_is_refused_by_the_server_ends_with_2_and_is_named(issued: Shell, server: PostOffice) -> None:
    server.refuse["r@w.example"] = "550 no such user"
    said = with_server(issued, server).run("send", FIRST, "--json")
    assert (said.code, said.json["documents"][0]["sending"]) == (2, "failed")
    (attempt,) = issued.ok("delivery", "list", FIRST, "--json").json["deliveries"]
    assert (attempt["outcome"], attempt["answer"]) == ("rejected", "550 no such user")
    assert issued.ok("receipt", "list", FIRST, "--json").json == {"receipts": []}


def test_a_proved_day_of_receipt_counts_until_it_is_denied(issued: Shell) -> None:
    today = f"{TODAY}"
    proved = ("--proof", proof(issued, pdf("Rückschein")), "--note", "Rückschein")
    told = issued.ok("receipt", "set", FIRST, "--on", today, *proved, "--json").json
    assert (told["number"], told["received_on"], told["due_on"] > today) == (FIRST, today, True)
    issued.ok("receipt", "deny", FIRST, *proved)
    rows = issued.ok("receipt", "list", FIRST, "--json").json["receipts"]
    assert [(row["received_on"], row["source"], row["evidence_note"]) for row in rows] == [
        (today, "manual", "Rückschein"),
        (None, "manual", "Rückschein"),
    ]
    assert issued.ok("verify").code == 0


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param("send RE-1", ["RE-1"], id="an unknown number"),
        pytest.param("send 2025-13", ["2025-13"], id="a month there is not"),
        pytest.param(f"send {MONTH} RE-1", [MONTH, "RE-1"], id="a month and a number"),
        pytest.param(f"send {MONTH} 2025-04", ["2025-04"], id="two months"),
        pytest.param("delivery list RE-1", ["RE-1"], id="attempts of an unknown number"),
        pytest.param("receipt list RE-1", ["RE-1"], id="receipts of an unknown number"),
        pytest.param(f"receipt set {FIRST} --note x", ["on"], id="no day"),
        pytest.param(f"receipt set {FIRST} --on heute --note x", ["heute"], id="a day that is none"),
        pytest.param(f"receipt set {FIRST} --on {YEAR}-01-01 --note x", ["proof"], id="no proof"),
        pytest.param(f"receipt set {FIRST} --on {YEAR}-01-01 --proof {{}}", ["note"], id="no note"),
        pytest.param(f"receipt set {FIRST} --on 2025-01-01 --proof {{}} --note x", ["Ausstellung"], id="too early"),
        pytest.param(f"receipt deny {FIRST} --proof {{}} --note x", [FIRST], id="a receipt that nobody knows"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(issued: Shell, command: str, words: list[str]) -> None:
    file = proof(issued, mail())
    told = issued.refused(*(word.format(file) for word in command.split()))
    for word in words:
        assert word in told


def test_a_month_with_nothing_to_send_says_so(month: Shell) -> None:
    assert month.ok("send", MONTH, "--json").json == {"documents": [], "refused": [], "failed_files": []}
