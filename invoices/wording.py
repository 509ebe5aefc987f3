"""The sentences a document carries: made once when it is built, from the terms in force, and frozen with it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from billing.clause import refs
from billing.clause.terms import RATE_CLASSES, RateClass, Terms
from billing.texts import sentence, wording
from billing.timespan import format_month
from invoices.document import Explanation, VatCategory
from invoices.format import LOCALES, clock_span, month, percent, price

_CENTS = 100


def payment_terms(days: int, lang: str) -> str:
    """Give the due sentence (13(8)): days from receipt, never a date, for receipt comes later."""
    return (
        wording("label.payment_terms", lang, days=str(days)) if days else sentence("label.payment_terms_at_once", lang)
    )


def exemption_reason(category: VatCategory, lang: str) -> str:
    """Give the note that a VAT category other than the standard one needs (§ 14 Abs. 4 Nr. 8, § 14a UStG)."""
    return "" if category is VatCategory.STANDARD else sentence(f"vat_note.{category}", lang)


def service_names(codes: Iterable[str], lang: str) -> tuple[str, ...]:
    """Name kinds of work, each once, in the order given."""
    return tuple(sentence(f"service.{code}", lang) for code in dict.fromkeys(codes))


@lru_cache(maxsize=1024)
def rate_title(rate_class: str, factor: Fraction, lang: str) -> str:
    """Name a rate class with what it does to the price: `Außerhalb der Geschäftszeiten +25 %`."""
    name = sentence(f"rate_class.{rate_class}", lang)
    if factor == 1:
        return name
    if factor > 1:
        return f"{name} +{percent(factor - 1, lang)}"
    return wording("label.share_of_rate", lang, **{"class": name, "share": percent(factor, lang)})


def explanations(
    versions: Sequence[Terms], used: Iterable[str], lang: str, *, with_expenses: bool = False, fee_clause: bool = True
) -> tuple[Explanation, ...]:
    """Explain every rate class used, the billing units and expenses by the versions of the terms that priced them.

    `fee_clause` says whether the contract has Section 13; one without it agreed its rate apart, so no clause is named.
    """
    classes = [code for code in RATE_CLASSES if code in set(used)]
    explained = [
        _rate(terms, code, lang, dated=len(versions) > 1)
        for code in classes
        for terms in versions
        if terms.hourly_rate is not None
    ]
    if classes:
        explained.append(_units(versions[-1], lang))
    if with_expenses:
        title, text = sentence("explain.expenses", lang), sentence("explain.expenses_text", lang)
        explained.append(
            Explanation(title=title, text=text, clauses=(refs.TRAVEL.number, refs.THIRD_PARTY_COSTS.number))
        )
    return tuple(explained if fee_clause else (replace(one, clauses=()) for one in explained))


def _rate(terms: Terms, code: str, lang: str, *, dated: bool) -> Explanation:
    rate_class = RATE_CLASSES[code]
    factor = terms.factors[rate_class]
    title = rate_title(code, factor, lang)
    if dated and terms.valid_from is not None:
        since = month(format_month(terms.valid_from), lang)
        title = wording("explain.from_month", lang, title=title, month=since)
    hourly = price(Fraction(terms.hourly_rate or 0, _CENTS) * factor, lang)
    window = terms.night if rate_class is RateClass.NIGHT_WEEKEND else terms.business_hours.window
    has_hours = factor != 1 or rate_class is RateClass.REGULAR
    text = wording(
        f"explain.{code}" if has_hours else "explain.flat",
        lang,
        price=hourly,
        days=_weekdays(terms.business_hours.days, lang),
        hours=clock_span(window.start, window.end, lang),
        land=sentence(f"land.{terms.holiday_calendar}", lang),
    )
    clause = {RateClass.TRAVEL: refs.TRAVEL, RateClass.REGULAR: refs.HOURLY_RATE}.get(rate_class, refs.SURCHARGES)
    return Explanation(title=title, text=text, clauses=(clause.number,))


def _units(terms: Terms, lang: str) -> Explanation:
    key = f"explain.units_{terms.rounding_scope}_{terms.rounding_direction}"
    minutes = terms.unit_minutes
    full = (
        sentence("explain.full_minutes", lang)
        if minutes == 1
        else wording("explain.full_units", lang, minutes=str(minutes))
    )
    return Explanation(
        title=sentence("explain.units", lang),
        text=wording(key, lang, full=full),
        clauses=(refs.HOURLY_RATE.number,),
    )


def _weekdays(days: frozenset[int], lang: str) -> str:
    """Name ISO weekdays: `Montag bis Freitag` when they follow one another, else one by one."""
    names = LOCALES[lang].days["stand-alone"]["wide"]
    ordered = [str(names[day - 1]) for day in sorted(days)]
    if len(days) > 2 and max(days) - min(days) == len(days) - 1:  # noqa: PLR2004 - two days need no "to"
        return wording("explain.weekdays", lang, first=ordered[0], last=ordered[-1])
    return ", ".join(ordered)
