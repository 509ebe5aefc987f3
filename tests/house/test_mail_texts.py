"""Every kind of mail that any line of the product writes has its texts, and each text reads well with its values."""

import ast
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from billing.services.mail_texts import write
from billing.store.tables import ProcessorVersion
from billing.texts import LANGUAGES, catalogue

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for package in ("api", "billing", "invoices") for path in (ROOT / package).rglob("*.py"))
KINDS = sorted(key.split(".")[1] for key in catalogue("de") if key.startswith("mail.") and key.endswith(".subject"))
PROCESSOR = ProcessorVersion(
    valid_from=date(2000, 1, 1),
    company_name="ImmoInvent GmbH",
    street="Sommerrain 1/1",
    postcode="72631",
    city="Aichtal",
    recorded_at=datetime(2000, 1, 1, tzinfo=UTC),
)


def kinds_written() -> Iterator[str]:
    """The kinds that calls name: `kind="..."` beside a recipient, and the alarms."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            said = {keyword.arg: keyword.value for keyword in node.keywords}
            kind = node.args[2] if node.func.id == "alert_admins" and len(node.args) > 2 else said.get("kind")
            if node.func.id in ("write_mail", "alert_admins") and isinstance(kind, ast.Constant):
                name = str(kind.value)
                yield f"alarm_{name}" if node.func.id == "alert_admins" else name


def test_every_kind_that_is_written_has_its_texts() -> None:
    written = set(kinds_written())
    assert {"decision_code", "alarm_fault", "alarm_failed_step"} <= written
    assert written - set(KINDS) == set()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_message_has_a_subject_a_body_and_one_greeting(kind: str, lang: str) -> None:
    subject, body = (catalogue(lang)[f"mail.{kind}.{part}"] for part in ("subject", "body"))
    names = {name for _, name, _, _ in string.Formatter().parse(subject + body) if name}
    written = write(
        kind, lang, {name: name.upper() for name in names} | {"recipient": "Eva Kern"}, PROCESSOR, ZoneInfo("UTC")
    )
    paragraphs = written.text.split("\n\n")
    greeting = {"de": "Guten Tag", "en": "Hello"}[lang]
    assert sum(paragraph.startswith(greeting) for paragraph in paragraphs) == 1
    assert len(paragraphs) == 2 + len(body.split("\n\n"))
    assert paragraphs[-1].startswith("-- \nImmoInvent GmbH\n")
    assert 5 <= len(written.subject) <= 100
    assert body.strip() == body
    assert "\n\n\n" not in body


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_link_stands_alone_so_that_it_becomes_a_button(kind: str, lang: str) -> None:
    for paragraph in catalogue(lang)[f"mail.{kind}.body"].split("\n\n"):
        for name in ("{link}", "{page}", "{code}"):
            assert name not in paragraph or paragraph == name


@pytest.mark.parametrize("kind", KINDS)
def test_after_the_comma_of_the_greeting_it_goes_on_as_the_language_writes(kind: str) -> None:
    """German goes on small, but for nouns and the polite `Ihr`; English begins with a capital letter."""
    german, english = (catalogue(lang)[f"mail.{kind}.body"].split()[0] for lang in ("de", "en"))
    assert german[0].islower() or german in ("{company}", "{name}", "Ihr", "Ihre", "Kostenvoranschlag")
    assert english[0].isupper() or english in ("{company}", "{name}")
