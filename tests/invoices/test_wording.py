"""The sentences of a document come from the terms in force."""

from dataclasses import replace
from fractions import Fraction

import pytest

from billing.clause.reading_terms import WeekWindow, Window
from billing.clause.term_sets import term_set
from billing.timespan import month_index
from invoices.document import VatCategory
from invoices.format import NO_BREAK
from invoices.wording import exemption_reason, explanations, payment_terms, rate_title, service_names

TERMS = term_set("immoinvent-2026").terms


def explained(*versions, used=("regular",), lang="de", **options) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = explanations(versions or (TERMS,), used, lang, **options)
    return {one.title.replace(NO_BREAK, " "): (one.text.replace(NO_BREAK, " "), one.clauses) for one in found}


def test_the_due_sentence_counts_from_receipt_and_names_no_date() -> None:
    assert "zahlbar innerhalb von 14 Tagen nach Zugang ohne Abzug" in payment_terms(14, "de")
    assert "payable within 30 days of receipt without deduction" in payment_terms(30, "en")
    assert payment_terms(0, "de") == "Der Rechnungsbetrag ist mit Zugang ohne Abzug zahlbar."


def test_each_class_used_is_explained_in_contract_order_with_its_clause() -> None:
    found = explained(used=["night_weekend", "travel", "regular", "out_of_hours"])
    assert list(found) == [
        "Reisezeit 50 % des Stundensatzes",
        "Geschäftszeiten",
        "Außerhalb der Geschäftszeiten +25 %",
        "Nacht oder Wochenende +50 %",
        "Abrechnungseinheiten",
    ]
    assert found["Geschäftszeiten"] == (
        "100,00 € je Stunde: Montag bis Freitag 08:00–16:00 Uhr, außer an gesetzlichen Feiertagen (Baden-Württemberg).",
        ("13(4)a",),
    )
    assert found["Nacht oder Wochenende +50 %"][0].startswith("150,00 € je Stunde: 23:00–06:00 Uhr")
    assert "volle 15 Minuten" in found["Abrechnungseinheiten"][0]


TERM_CHANGES = [
    ("rate", {"hourly_rate": 12_000}, "120,00 €"),
    ("hours", {"business_hours": WeekWindow(frozenset({1, 3, 6}), Window(420, 1_080))}, "Montag, Mittwoch, Samstag"),
    ("closing time", {"business_hours": WeekWindow(frozenset({1, 2, 3}), Window(420, 1_080))}, "07:00–18:00 Uhr"),
    ("Land", {"holiday_calendar": "DE-NI"}, "Niedersachsen"),
    ("unit", {"unit_minutes": 6}, "volle 6 Minuten"),
    ("direction", {"rounding_direction": "nearest"}, "kaufmännisch"),
    ("scope", {"rounding_scope": "entry"}, "Jeder Zeiteintrag"),
    ("scope by month", {"rounding_scope": "case_month"}, "je Kalendermonat"),
]


@pytest.mark.parametrize(("change", "words"), [row[1:] for row in TERM_CHANGES], ids=[row[0] for row in TERM_CHANGES])
def test_the_explanation_follows_the_terms(change, words: str) -> None:
    texts = " ".join(text for text, _ in explained(replace(TERMS, **change)).values())
    assert words in texts


@pytest.mark.parametrize("scope", ["case", "case_month", "entry"])
@pytest.mark.parametrize("direction", ["up", "nearest"])
def test_units_of_one_minute_are_full_minutes(scope: str, direction: str) -> None:
    terms = replace(TERMS, unit_minutes=1, rounding_scope=scope, rounding_direction=direction)
    assert " auf volle Minuten " in explained(terms)["Abrechnungseinheiten"][0]
    assert " to full minutes" in explained(terms, lang="en")["Billing units"][0]
    assert " to full 15 minutes" in explained(replace(terms, unit_minutes=15), lang="en")["Billing units"][0]


def test_two_versions_of_the_terms_are_told_apart_by_month() -> None:
    later = replace(TERMS, hourly_rate=11_000, valid_from=month_index(2026, 11))
    found = explained(TERMS, later)
    assert found["Geschäftszeiten"][0].startswith("100,00 €")
    assert found["Geschäftszeiten (ab November 2026)"][0].startswith("110,00 €")


def test_without_surcharges_none_is_explained() -> None:
    flat = replace(TERMS, factors=(Fraction(1),) * 4)
    assert explained(flat, used=["night_weekend"])["Nacht oder Wochenende"][0] == "100,00 € je Stunde, ohne Zuschlag."


def test_a_contract_without_the_fee_clause_names_no_clause_of_it() -> None:
    assert all(not clauses for _, clauses in explained(fee_clause=False, with_expenses=True).values())


def test_expenses_are_explained_only_where_there_are_some() -> None:
    assert "Auslagen" not in explained()
    assert explained(with_expenses=True)["Auslagen"][1] == ("13(4)c", "13(4)d")
    assert list(explained(used=[], with_expenses=True)) == ["Auslagen"]


def test_an_unset_rate_explains_no_price() -> None:
    assert list(explained(replace(TERMS, hourly_rate=None))) == ["Abrechnungseinheiten"]


def test_the_surcharge_is_in_the_title() -> None:
    assert rate_title("out_of_hours", Fraction(5, 4), "en") == "Outside business hours +25%"
    assert rate_title("travel", Fraction(1, 2), "en") == "Travel time 50% of the hourly rate"
    assert rate_title("regular", Fraction(1), "en") == "Business hours"


def test_the_standard_category_needs_no_note() -> None:
    assert exemption_reason(VatCategory.STANDARD, "de") == ""
    assert exemption_reason(VatCategory.REVERSE_CHARGE, "de") == "Steuerschuldnerschaft des Leistungsempfängers"
    assert "§ 19 UStG" in exemption_reason(VatCategory.EXEMPT, "en")
    assert "§ 3a Abs. 2 UStG" in exemption_reason(VatCategory.OUTSIDE_SCOPE, "de")


def test_a_service_is_named_once() -> None:
    assert service_names(["dpia_support", "audit_support", "dpia_support"], "en") == (
        "Support with the data protection impact assessment",
        "Support with an audit",
    )
