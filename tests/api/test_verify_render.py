"""`verify --render`: the frozen document gives the stored paper again, byte for byte, and what does not is found."""

import sqlite3
from contextlib import closing

from tests.api.shell import Shell


def tamper(shell: Shell, *statements: str) -> None:
    """Change rows as the owner of the file could, triggers first."""
    (path,) = shell.home.rglob("*.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement


def test_every_paper_is_made_again_with_the_same_bytes(issued: Shell):
    proved = issued.ok("verify", "--render", "--json").json
    assert proved["is_whole"] is True
    assert proved["checked"]["papers"] == 8, "XML, PDF, record as PDF and as CSV, of two invoices"
    assert proved["checked"]["papers_of_others"] == 0
    assert "papers" not in issued.ok("verify", "--json").json["checked"]


def test_a_paper_that_says_something_else_than_its_document_is_found(issued: Shell):
    """The file and its hash were exchanged for those of the other invoice: every hash holds, and the paper is wrong."""
    tamper(
        issued,
        """UPDATE invoice_file SET stored_file_id = (SELECT max(o.stored_file_id) FROM invoice_file o
            WHERE o.kind = 'pdf') WHERE kind = 'pdf'""",
    )
    said = issued.run("verify", "--render", "--json")
    assert said.code == 1
    assert [(fault["check"], fault["subject"].split()[-1]) for fault in said.json["faults"]] == [("papers", "pdf")]


def test_a_paper_of_another_version_is_not_called_wrong(issued: Shell):
    tamper(issued, "UPDATE invoice_file SET made_with = 'mehraufwand 000000000000'")
    proved = issued.ok("verify", "--render", "--json").json
    assert (proved["checked"]["papers"], proved["checked"]["papers_of_others"]) == (0, 8)


def test_an_xml_of_other_words_than_its_document_s_is_found(issued: Shell):
    tamper(
        issued,
        """UPDATE invoice_file SET stored_file_id = (SELECT max(o.stored_file_id) FROM invoice_file o
            WHERE o.kind = 'xml') WHERE kind = 'xml'""",
    )
    said = issued.run("verify", "--render", "--json")
    assert said.code == 1
    assert "xml" in {fault["subject"].split()[-1] for fault in said.json["faults"]}


def test_a_document_without_its_paper_is_found(issued: Shell):
    tamper(issued, "DELETE FROM invoice_file WHERE kind = 'pdf'")
    said = issued.run("verify", "--render", "--json")
    assert said.code == 1
    numbers = ("RE-2026-0001", "RE-2026-0002")
    subjects = [fault["subject"] for fault in said.json["faults"]]
    assert sorted(subjects) == sorted([*numbers, *(f"{number} pdf" for number in numbers)]), "also without printing"
