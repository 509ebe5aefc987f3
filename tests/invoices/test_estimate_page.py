"""The cost estimate on paper: it says what the portal's page says, nothing is clipped, tagged and accessible."""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from invoices.estimate import EstimateLetter
from invoices.estimate_page import estimate_page
from invoices.paper import Paper
from invoices.pdf import Press, print_paper
from tests.invoices.estimate_letters import APPROVED, ESTIMATES, OPEN
from tests.invoices.looking import PAGE_HEIGHT, Prints, inside


@pytest.fixture(scope="module")
def letters(press: Press) -> Prints:
    return Prints(press, {name: estimate_page(letter) for name, letter in ESTIMATES.items()})


def test_a_letter_survives_its_freezing() -> None:
    for letter in ESTIMATES.values():
        assert EstimateLetter.from_json(letter.to_json()) == letter


def test_an_open_estimate_says_costs_conditions_and_until_when_to_decide() -> None:
    html = estimate_page(OPEN).html.replace("\u00a0", " ")
    for said in (
        "Kostenvoranschlag KVA-2026-0031",
        "Systematische Beschreibung der Verarbeitung",
        "950,00 €",
        "180,50 €",
        "1.130,50 €",
        "in Einheiten von 15 Minuten",
        "Ausnahme ist der Eilfall",
        "Gesetzlich gebotene Unterstützung",
        "Bitte entscheiden Sie bis 12.06.2026.",
        OPEN.sha256,
    ):
        assert said in html


@pytest.mark.parametrize(
    ("lang", "said"), [("de", "in Einheiten von einer Minute."), ("en", "in units of one minute.")]
)
def test_units_of_one_minute_are_named_in_the_singular(lang: str, said: str) -> None:
    assert said in estimate_page(replace(OPEN, unit_minutes=1, language=lang)).html


def test_a_decided_one_says_how_by_whom_and_when() -> None:
    html = estimate_page(APPROVED).html
    assert "Kostenpflichtig freigegeben von Dr. Jana Vogt am 05.06.2026, 14:00 Uhr." in html
    assert "Bitte entscheiden" not in html
    assert f"Abgelehnt von {OPEN.buyer.name}" in estimate_page(ESTIMATES["declined"]).html.replace("&amp;", "&")


def test_a_supplement_says_what_it_adds_to_and_since_when_it_holds() -> None:
    html = estimate_page(ESTIMATES["supplement"]).html
    assert "Nachfreigabe KVA-2026-0031" in html
    assert "Er ergänzt den Kostenvoranschlag KVA-2026-0030." in html
    assert "seit 01.06.2026, 08:00 Uhr" in html


def test_without_a_rate_there_is_no_amount() -> None:
    html = estimate_page(ESTIMATES["without a rate"]).html
    assert "Ein Satz ist noch nicht vereinbart." in html
    assert "€" not in html


def test_the_english_letter_has_no_german_sentence() -> None:
    html = estimate_page(ESTIMATES["English"]).html
    assert "Cost estimate KVA-2026-0031" in html
    assert not re.search(r"\b(Freigabe|Leistung|bitte|Stunden)\b", html)


def test_headers_of_tables_say_what_they_are_of() -> None:
    for letter in ESTIMATES.values():
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", estimate_page(letter).html))


@pytest.mark.parametrize("name", ESTIMATES)
def test_nothing_is_outside_the_page_and_the_address_in_its_window(name: str, letters: Prints) -> None:
    boxes = letters.boxes(name)
    for box in boxes:
        assert box.left >= 24.9, box
        assert box.right <= 190.5, box
        assert box.bottom <= PAGE_HEIGHT - 4, box
    for box in inside(boxes, "window-content"):
        assert box.top >= 45, box
        assert box.bottom <= 90.5, box


def test_two_prints_are_the_same_bytes_and_tagged(press: Press) -> None:
    first, second = (print_paper(press, Paper.ESTIMATE, OPEN.to_json()) for _ in range(2))
    assert first == second
    root: Any = PdfReader(BytesIO(first)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF's own true
    assert root["/Lang"] == "de"
