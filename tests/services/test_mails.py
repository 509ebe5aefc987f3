"""Mail as it is written (issue: e-mail): German or English, safe with any values, sealed, and one of each."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from billing.services.mail_sending import without_people
from billing.services.mails import contact_recipient, user_recipient
from billing.store.queries import mails as queries
from billing.store.session import Store, TenantSession
from billing.store.tables import Contact, Controller, Mail, MailAttachment, Outbox
from tests.support.correspondence import EVA, NOW, Correspondence, correspond, correspond_on_sqlite
from tests.support.lent_file import LentFiles


@pytest.fixture
def desk(migrated_file: Path, lent_files: LentFiles) -> Iterator[Correspondence]:
    """The same on SQLite alone, for what no database makes a difference to."""
    with correspond_on_sqlite(lent_files, migrated_file) as office:
        yield office


class Page(HTMLParser):
    """A page as a reader's program takes it in: its tags with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


TEXT = """Guten Tag Eva Kern,

die tägliche Prüfung hat etwas gefunden, das nicht mehr so ist, wie es festgeschrieben wurde. \
Bereich: Audit-Protokoll. Abweichungen: 2, zuerst bei: 17.

> Zeile geändert

Bitte jetzt nichts weiter bearbeiten, die Datenbank so lassen, wie sie ist, und mit der letzten Sicherung vergleichen, \
die die Prüfung besteht: mehraufwand verify

-- 
ImmoInvent GmbH
Sommerrain 1/1, 72631 Aichtal
Telefon +49 7127 0000 · rechnung@immoinvent.example
Sitz Aichtal · Amtsgericht Stuttgart HRB 700000 · Geschäftsführung: Erika Beispiel
USt-IdNr. DE123456789
"""  # noqa: W291 - the mark of a signature ends with a blank

INVITATION = {"link": "raw-secret", "until": NOW}
FAULT = {"check": "Audit-Protokoll", "where": "17", "fault": "Zeile geändert", "count": 2}


def test_a_message_names_who_writes_as_a_business_letter_must(desk: Correspondence) -> None:
    """§ 35a GmbHG holds for mail as well."""
    written = desk.write(kind="alarm_fault", fields=FAULT)
    assert written.text == TEXT


def test_the_page_says_the_same_and_loads_nothing(desk: Correspondence) -> None:
    written = desk.write(kind="invitation", fields=INVITATION)
    page = Page(written.html or "")
    assert page.open == []
    assert page.attributes("html") == [{"lang": "de"}]
    assert {name for name, _ in page.tags} <= {
        *("html", "head", "meta", "title", "body", "main", "h1", "p", "br", "a", "ul", "li", "blockquote", "footer"),
    }
    assert [attributes["href"] for attributes in page.attributes("a")] == ["https://portal.invalid/p/l/raw-secret"]
    assert not [key for _, attributes in page.tags for key in attributes if key in ("src", "srcset", "background")]
    assert "url(" not in (written.html or "")
    assert words(" ".join(page.words)) >= words(written.text or "") - words("-- >")


def words(text: str) -> set[str]:
    return set(text.replace(":", " ").split())


def test_a_link_stands_in_the_text_as_well(desk: Correspondence) -> None:
    written = desk.write(kind="invitation", fields=INVITATION)
    assert "\nhttps://portal.invalid/p/l/raw-secret\n" in (written.text or "")


@pytest.mark.parametrize(("language", "greeting"), [("de", "Guten Tag Eva Kern,"), ("en", "Hello Eva Kern,")])
def test_everybody_is_written_to_in_their_language(desk: Correspondence, language: str, greeting: str) -> None:
    written = desk.write(language=language)
    assert (written.text or "").startswith(f"{greeting}\n\n")
    assert f'<html lang="{language}">' in (written.html or "")


def test_nobody_is_greeted_by_an_empty_name(desk: Correspondence) -> None:
    assert (desk.write(name="").text or "").startswith("Guten Tag,\n\n")


HOSTILE = [
    "</p><script>alert(1)</script><p>",
    '"><img src=https://evil.example/x.png>',
    "{company.__class__} {recipient}",
    "&lt;b&gt; %(x)s ${x}",
    "erste Zeile\r\nBcc: all@evil.example\r\n\r\nNeuer Text",
    "\x00\x1b[31m\u202e\u2028",
    "-- \nGefälschte Firma",
]


@pytest.mark.parametrize("value", HOSTILE, ids=[repr(value)[:30] for value in HOSTILE])
def test_values_of_others_stay_what_they_are(desk: Correspondence, value: str) -> None:
    """In the name, in a sentence, in the subject and as a quotation."""
    fields = {"step": value, "attempts": 3, "error": value}
    written = desk.write(kind="alarm_failed_step", fields=fields, name=value)
    page = Page(written.html or "")
    assert page.open == []
    assert {name for name, _ in page.tags} == {
        *("html", "head", "meta", "title", "body", "main", "h1", "p", "br", "blockquote", "footer"),
    } - ({"br"} - {name for name, _ in page.tags})
    assert (written.subject or "").isprintable()
    quoted = (written.text or "").split("\n\n")[2]
    assert all(line.startswith(">") for line in quoted.split("\n"))
    assert (written.text or "").count("\n-- \n") == 1


def test_a_long_value_is_cut_in_a_sentence_and_whole_in_a_quotation(desk: Correspondence) -> None:
    long = "x" * 5000
    written = desk.write(kind="alarm_failed_step", fields={"step": long, "attempts": 3, "error": long})
    assert len(written.subject or "") <= 150
    assert f"> {long}\n" in (written.text or "")
    assert f"schlägt fehl: {'x' * 299}…. Versuche" in (written.text or "")


def test_moments_are_shown_by_the_processors_clock_and_dates_as_they_are(desk: Correspondence) -> None:
    fields = {"month": date(2026, 10, 1), "problem": None}
    assert desk.write(kind="alarm_failed_run", fields=fields).subject == "Rechnungslauf 01.10.2026 abgebrochen"
    fields = {"month": NOW, "problem": None}
    german = desk.write(kind="alarm_failed_run", fields=fields)
    english = desk.write(kind="alarm_failed_run", fields=fields, language="en", to="x@wohnbau.example")
    assert german.subject == "Rechnungslauf 02.11.2026, 09:00 Uhr abgebrochen"
    assert english.subject == "Invoice run 2 Nov 2026, 09:00 ended early"


def test_a_paragraph_without_its_value_is_left_out(desk: Correspondence) -> None:
    written = desk.write(kind="alarm_failed_run", fields={"month": "2026-10", "problem": None})
    assert len((written.text or "").split("\n\n")) == 4


def test_a_list_is_a_list(desk: Correspondence) -> None:
    written = desk.write(kind="alarm_failed_run", fields={"month": "2026-10", "problem": ["eins", "zwei\n- drei"]})
    assert "\n\n- eins\n- zwei - drei\n\n" in (written.text or "")
    assert "<li>zwei - drei</li>" in (written.html or "")


def test_texts_that_are_missing_are_a_bug_of_the_caller(desk: Correspondence) -> None:
    with pytest.raises(LookupError):
        desk.write(kind="never_heard_of")
    with pytest.raises(LookupError):
        desk.write(kind="alarm_fault", fields={"check": "x"})
    assert desk.rows(Mail) == []


SAME = [
    ("the same again", {}, 1),
    ("other words", {"fields": {"code": "999999", "minutes": 10}}, 2),
    ("another matter", {"subject_id": 8}, 2),
    ("another kind of matter", {"subject_table": "case"}, 2),
    ("somebody else", {"to": "lea@wohnbau.example"}, 2),
    ("the same address in capitals", {"to": EVA.upper()}, 1),
]


@pytest.mark.parametrize(("again", "count"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_the_same_matter_is_one_mail(desk: Correspondence, again: dict[str, Any], count: int) -> None:
    desk.write()
    desk.write(**again)
    assert (len(desk.rows(Mail)), len(desk.rows(Outbox))) == (count, count)
    assert len({mail.message_id for mail in desk.rows(Mail)}) == count


def test_a_version_is_one_mail_whatever_its_words(desk: Correspondence) -> None:
    for code, version in (("1", "80"), ("2", "80"), ("3", "100")):
        desk.write(fields={"code": code, "minutes": 10}, version=version)
    assert len(desk.rows(Mail)) == 2


def test_two_processors_never_share_a_message_id(desk: Correspondence) -> None:
    other = correspond(desk.store, "immosolve")
    assert desk.write().message_id != other.write().message_id


def test_two_at_once_write_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has looked before the first commits, where the database lets him: the unique key tells him."""
    mail, looked, look = correspond(store), threading.Event(), queries.mail_of

    def look_and_say_so(session: TenantSession, message_id: str) -> Mail | None:
        found = look(session, message_id)
        if threading.current_thread() is not threading.main_thread():
            looked.set()
        return found

    monkeypatch.setattr(queries, "mail_of", look_and_say_so)
    with ThreadPoolExecutor(1) as other:
        with store.tenant(mail.processor_id) as session:
            first = mail.write_in(session)
            second = other.submit(mail.write)
            if store.engine.dialect.name == "postgresql":
                assert looked.wait(30)
        assert second.result().id == first.id
    assert (len(mail.rows(Mail)), len(mail.rows(Outbox))) == (1, 1)


def test_nothing_that_names_people_lies_open(store: Store) -> None:
    """T-15: address, subject and words are sealed; the digest tells nobody whose it is."""
    mail = correspond(store)
    file = mail.file()
    mail.write(attachments=[file, file])
    with store.engine.connect() as connection:
        raw = connection.execution_options(isolation_level="AUTOCOMMIT")
        if store.engine.dialect.name == "postgresql":
            raw.execute(sa.text(f"SELECT set_config('app.processor_id', '{mail.processor_id}', false)"))
        (row,) = raw.execute(sa.text("SELECT * FROM mail")).mappings().all()
    plain = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for value in row.values())
    for word in (EVA, "Eva", "Kern", "012345", "Best"):
        assert word not in plain
    assert re.fullmatch("[0-9a-f]{64}", row["message_id"])
    assert [each.stored_file_id for each in mail.rows(MailAttachment)] == [file.id]


def test_a_contact_is_written_to_in_the_controllers_language(desk: Correspondence) -> None:
    def look(session: Any) -> Any:
        session.get_one(Controller, desk.controller_id).language = "en"
        session.flush()
        return contact_recipient(session, session.get_one(Contact, desk.contact_id))

    to = desk.tell(look)
    assert (to.email, to.name, to.language) == (EVA, "Eva Kern", "en")


def test_a_user_is_written_to_by_the_name_of_his_person(desk: Correspondence) -> None:
    user = desk.user("AB", language="en")
    to = desk.tell(lambda session: user_recipient(session, user))
    assert (to.email, to.name, to.language) == ("AB@immoinvent.example", "Name AB", "en")


ANSWERS = [
    ("550 5.1.1 <eva@x.example>: no such user", "550 5.1.1 <…@…>: no such user"),
    ("250 2.0.0 Ok: queued as 4F1\r\n250 more", "250 2.0.0 Ok: queued as 4F1 250 more"),
    ("x" * 1000, "x" * 300),
]


@pytest.mark.parametrize(("answer", "kept"), ANSWERS, ids=["an address", "two lines", "without end"])
def test_what_a_server_says_is_kept_without_people(answer: str, kept: str) -> None:
    assert without_people(answer) == kept
