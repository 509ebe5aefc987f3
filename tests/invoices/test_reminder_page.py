"""The reminder on paper: all it must say, the account that adds up, nothing clipped, tagged and accessible."""

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from billing.money import round_half_up
from invoices.paper import Paper
from invoices.pdf import Press, print_paper
from invoices.reminder import Earlier, ReminderLetter
from invoices.reminder_page import reminder_page
from tests.invoices.letters import FIRST, LETTERS, SECOND
from tests.invoices.looking import PAGE_HEIGHT, Prints, inside


@pytest.fixture(scope="module")
def letters(press: Press) -> Prints:
    return Prints(press, {name: reminder_page(letter) for name, letter in LETTERS.items()})


def test_a_letter_survives_its_freezing() -> None:
    for letter in LETTERS.values():
        assert ReminderLetter.from_json(letter.to_json()) == letter


@pytest.mark.parametrize("change", [{"open_cents": 1}, {"default_since": None}])
def test_a_letter_that_does_not_add_up_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="does not add up"):
        replace(SECOND, **change)  # type: ignore[arg-type]


def test_the_first_letter_demands_payment_and_names_no_costs() -> None:
    html = reminder_page(FIRST).html
    for said in ("Zahlungserinnerung zur Rechnung RE-2026-0118", "03.07.2026", "17.07.2026", "30.07.2026"):
        assert said in html
    for law in ("§ 286 Abs. 1, § 288 Abs. 2 BGB", "hängt nicht davon ab"):
        assert law in html
    assert "Verzugspauschale" not in html
    assert "Korrekturen" not in html


def test_a_further_letter_shows_the_account_and_how_the_interest_is_counted() -> None:
    html = reminder_page(SECOND).html
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="number">([^<]+)</td>', html)
    assert [(name, amount.replace("\u00a0", " ")) for name, amount in rows] == [
        ("Rechnungsbetrag (brutto)", "1.190,00 €"),
        ("Korrekturen", "−119,00 €"),
        ("Eingegangene Zahlungen", "−500,00 €"),
        ("Erlassen (Kulanz)", "−10,00 €"),
        ("Offener Rechnungsbetrag", "561,00 €"),
        ("Verzugszinsen vom 22.07.2026 bis 17.08.2026", "6,99 €"),
        ("Verzugspauschale (§ 288 Abs. 5 BGB)", "40,00 €"),
        ("Zu zahlen", "607,99 €"),
    ]
    assert "keine Umsatzsteuer" in html
    assert "bereits am 20.07.2026 an" in html


def test_the_interest_is_shown_part_by_part_and_makes_the_amount_that_is_claimed() -> None:
    told = reminder_page(SECOND).html.split('<section class="interest">')[1]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", told, re.DOTALL)
    cells = [re.sub("<[^>]*>", "|", row).replace("\u00a0", " ") for row in rows]
    assert [[cell.strip() for cell in row.split("|") if cell.strip()] for row in cells] == [
        ["Zeitraum", "Tage", "Offener Betrag", "Zins p. a.", "Zinsen"],
        ["22.07.–09.08.2026", "19", "1.071,00 €", "10,27 %", "5,7256 €"],
        ["10.–17.08.2026", "8", "561,00 €", "10,27 %", "1,2628 €"],
        ["Summe, auf den Cent gerundet", "6,99 €"],
    ]


@pytest.mark.parametrize("name", ["second", "third", "English"])
def test_the_parts_of_the_interest_add_up_to_the_cent(name: str) -> None:
    letter = LETTERS[name]
    exact = sum(part.exact_cents for part in letter.interest)
    assert round_half_up(Fraction(exact)) == letter.interest_cents


@pytest.mark.parametrize(
    ("days", "lang", "said"),
    [
        ([20], "de", "am 20.07.2026 an die Zahlung"),
        ([20, 25], "de", "am 20.07.2026 und am 25.07.2026 an die Zahlung"),
        ([20, 25, 31], "de", "am 20.07.2026, am 25.07.2026 und am 31.07.2026 an die Zahlung"),
        ([20, 25, 31], "en", "on 20 Jul 2026, on 25 Jul 2026 and on 31 Jul 2026 already"),
    ],
)
def test_earlier_reminders_are_named_as_one_says_it(days: list[int], lang: str, said: str) -> None:
    earlier = tuple(Earlier(level=at, sent_on=date(2026, 7, day)) for at, day in enumerate(days, 1))
    assert said in reminder_page(replace(SECOND, earlier=earlier, language=lang)).html


def test_the_english_letter_has_no_german_sentence() -> None:
    html = reminder_page(LETTERS["English"]).html
    assert "Reminder no. 2 of invoice RE-2026-0118" in html
    assert not re.search(r"\b(Rechnung|Zinsen|Mahnung|bitte)\b", html)


def test_headers_of_tables_say_what_they_are_of() -> None:
    for letter in LETTERS.values():
        html = reminder_page(letter).html
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", html))


@pytest.mark.parametrize("name", LETTERS)
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
    first, second = (print_paper(press, Paper.REMINDER, SECOND.to_json()) for _ in range(2))
    assert first == second
    root: Any = PdfReader(BytesIO(first)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF's own true
    assert root["/Lang"] == "de"
