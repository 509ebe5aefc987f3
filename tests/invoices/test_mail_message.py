"""A message as it arrives: what was written, to the byte, from whom and to whom (issue: e-mail)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import getaddresses
from hashlib import sha256
from pathlib import Path

import pytest

from billing.services.processors import add_processor_data, read_processor
from tests.support.correspondence import EVA, NOW, Correspondence, act, correspond_on_sqlite
from tests.support.lent_file import LentFiles
from tests.support.sending import SENDER, send
from tests.support.smtp import PostOffice, body, post_office, read


@pytest.fixture
def desk(migrated_file: Path, lent_files: LentFiles) -> Iterator[Correspondence]:
    """The same on SQLite alone, for what no database makes a difference to."""
    with correspond_on_sqlite(lent_files, migrated_file) as office:
        yield office


@pytest.fixture
def server() -> Iterator[PostOffice]:
    """A server that takes everything, if not told otherwise."""
    with post_office() as office:
        yield office


def rename(desk: Correspondence, **said: str) -> None:
    """Give the processor another letterhead."""
    seat = {"street": "Sommerrain 1/1", "postcode": "72631", "city": "Aichtal", "tax_number": "93815/08152"}
    bank = {"iban": "DE02120300000000202051", "contact_person": "Erika Beispiel", "phone": "07127 0"}
    raw = {"company_name": "ImmoInvent GmbH", "email": "rechnung@immoinvent.example", **seat, **bank, **said}
    desk.tell(lambda session: add_processor_data(session, act(), read_processor(raw)))


def test_a_message_arrives_as_it_was_written(desk: Correspondence, server: PostOffice) -> None:
    written = desk.write(
        kind="alarm_fault",
        fields={"check": "Prüfsummen", "where": "Größe – 5 €", "fault": "„Straße“ fehlt\nganz", "count": 1},
    )
    assert [done.error for done in send(desk, server.url)] == [""]
    (message,) = server.messages()
    assert (body(message), body(message, "html")) == (written.text, f"{written.html}\n")
    assert message["Subject"] == written.subject == "Prüfung nicht bestanden: Prüfsummen"
    assert message["Message-ID"] == f"<{written.message_id}@mehraufwand.example>"
    assert message["From"] == f"ImmoInvent GmbH <{SENDER}>"
    assert message["Reply-To"] == "rechnung@immoinvent.example"
    assert (message["To"], server.taken[0].mail_from, server.taken[0].rcpt_tos) == (EVA, SENDER, [EVA])
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "de"
    assert message["Date"].datetime == NOW


FILES = [
    ("application/pdf", "KVA-1.pdf", b"%PDF-1.7\n\xe4\r\n.\r\n..\r\nFrom me\n"),
    ("text/csv", "Tätigkeit – Nachweis.csv", "Größe;5 €\r\n".encode() * 3),
    ("message/rfc822", "Freigabe.eml", b"Subject: ja\r\n\r\nFreigegeben\r\n"),
    ("image/png", "a" * 200 + ".png", bytes(range(256)) * 400),
]


@pytest.mark.parametrize(("media_type", "name", "content"), FILES, ids=[row[0] for row in FILES])
def test_the_mailed_bytes_are_the_stored_bytes(
    desk: Correspondence, server: PostOffice, media_type: str, name: str, content: bytes
) -> None:
    file = desk.file(name, content, media_type=media_type)
    desk.write(attachments=[file])
    send(desk, server.url)
    (attached,) = server.messages()[0].iter_attachments()
    received = attached.get_payload(decode=True)
    assert isinstance(received, bytes)
    assert sha256(received).hexdigest() == file.sha256
    assert attached.get_filename() == name


def test_a_line_of_any_length_and_any_letter_passes(desk: Correspondence, server: PostOffice) -> None:
    long = "ü€😀." * 3000
    desk.write(kind="alarm_failed_step", fields={"step": "mail", "attempts": 3, "error": f".\n{long}\n."})
    send(desk, server.url)
    raw = server.contents()[0]
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    assert f"> .\n> {long}\n> .\n" in body(server.messages()[0])


def test_links_begin_with_the_installations_address(desk: Correspondence, server: PostOffice) -> None:
    desk.write(kind="alarm_failed_run", fields={"month": "2026-10", "problem": "siehe https://portal.invalid/p/l/x"})
    send(desk, server.url)
    content = server.contents()[0]
    assert b"portal.invalid" not in content
    assert b"https://mehraufwand.example/p/l/x" in content


def test_an_address_with_an_umlaut_is_written_as_it_is(desk: Correspondence, server: PostOffice) -> None:
    desk.write(to="jürgen@wohnbau.example")
    send(desk, server.url)
    assert server.taken[0].rcpt_tos == ["jürgen@wohnbau.example"]
    assert server.messages()[0]["To"] == "jürgen@wohnbau.example"


LONG = "Hausverwaltung, Beratung"
NAMES = [
    "Müller & Söhne GmbH",
    "Meier, Beratung GmbH",
    f"{LONG}, Datenschutz, Abrechnung und Vermietung in Stuttgart mbH & Co. KG",
    f"{LONG}, Prüfung, Gebäude und Vermögen, Außenstelle Südwürttemberg mbH & Co. KG",
    "Gebäudeverwaltungsvollmachtsübertragungsgesellschaft " * 3 + "mbH",
    'Wohnbau <info@andere.example>, "Haus"; (neu): Grund und Boden Verwaltungsgesellschaft mbH',
    "ü" * 200,
]


@pytest.mark.parametrize("name", NAMES, ids=[f"{len(name)} signs, {name[:20]}" for name in NAMES])
def test_a_company_of_any_name_is_the_one_sender(desk: Correspondence, server: PostOffice, name: str) -> None:
    """A long name with a comma came out as several senders, which mail servers refuse."""
    rename(desk, company_name=name)
    desk.write()
    send(desk, server.url)
    head = server.contents()[0].partition(b"\r\n\r\n")[0]
    (sender,) = re.findall(rb"^From: ([^\r]*(?:\r\n [^\r]*)*)", head, re.MULTILINE)
    ((words, address),) = getaddresses([re.sub(rb"\r\n(?= )", b"", sender).decode("ascii")])
    assert (str(make_header(decode_header(words))), address) == (name, SENDER)
    assert max(map(len, sender.split(b"\r\n"))) <= 76


def test_answers_go_to_an_address_that_every_server_takes(desk: Correspondence, server: PostOffice) -> None:
    """`=?utf-8?q?b=C3=BCro?=@…` is nobody's address: an answer to it came back."""
    rename(desk, email="büro@immoinvent.example")
    for number, to in enumerate(("kern@wohnbau.example", "jürgen@wohnbau.example")):
        desk.write(to=to, version=str(number))
    send(desk, server.url)
    assert [message["Reply-To"] for message in server.messages()] == [None, "büro@immoinvent.example"]


def test_a_message_sent_twice_is_the_same_to_the_byte(desk: Correspondence, server: PostOffice) -> None:
    server.answer = "451 later"
    desk.write(attachments=[desk.file()])
    send(desk, server.url)
    send(desk, server.url, NOW + timedelta(hours=1))
    first, second = server.handed_over
    assert first == second
    assert read(first)["Subject"] == "Ihr Bestätigungscode"
