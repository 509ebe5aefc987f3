"""What a closing freezes besides its document: decided minutes, units and expenses, terms in force, holidays used."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from billing.canonical import canonical, fingerprint
from billing.clause.terms import Price
from billing.public_holidays import package_version, public_holidays
from billing.rating.decisions import Stretch, Verdict
from billing.services.acting import Act
from billing.store.once import add_once
from billing.store.queries.prepared import ask, insert_all, mine, table_of, text
from billing.store.session import TenantSession
from billing.store.tables import Closing, ClosingExpense, HolidaySet, Segment, Unit
from billing.store.wording import Prepared as Worded
from billing.timespan import format_month, year_of
from invoices.run.preparing import Prepared

_SETS = table_of(HolidaySet)
_SAME = Worded(sa.select(_SETS.c.id).where(*mine(_SETS), _SETS.c.sha256 == text("sha256")))


def holiday_set(session: TenantSession, prepared: Prepared, act: Act) -> int:
    """Store the public holidays the settlement used, once for equal content, and give their row."""
    row = holidays_of(prepared)
    if (known := known_holiday_set(session, row["sha256"])) is None:
        add_once(session, HolidaySet(**row, **act.record()))
        known = known_holiday_set(session, row["sha256"])
    assert known is not None  # noqa: S101 - just written
    return known


def known_holiday_set(session: TenantSession, sha256: str) -> int | None:
    """Give the row of a set of holidays that is there already."""
    known = ask(session, _SAME, session.processor_id, sha256=sha256)
    return int(known[0].id) if known else None


def holidays_of(prepared: Prepared) -> dict[str, Any]:
    """Give the columns of the set of holidays that a settlement used; `sha256` tells equal ones."""
    years = {year_of(stretch.month) for stretch in prepared.settlement.stretches} | {year_of(prepared.settlement.month)}
    lands = {terms.holiday_calendar for terms in prepared.loaded.agreement.versions}
    return _holidays(tuple(sorted(lands)), tuple(sorted(years)))


@cache
def _holidays(lands: tuple[str, ...], years: tuple[int, ...]) -> dict[str, Any]:
    """Give the columns of a set of holidays that follow from where and when."""
    days = {land: [day.isoformat() for year in years for day in sorted(public_holidays(land, year))] for land in lands}
    content = canonical({"version": package_version(), "days": days})
    return {
        "land": ",".join(lands),
        "package_version": package_version(),
        "dates": canonical(days),
        "sha256": fingerprint(content),
    }


def write_decisions(session: TenantSession, closing: Closing, prepared: Prepared) -> None:
    """Write what is final: free and billed stretches and expenses, and new units; held work leaves no row."""
    same = {"closing_id": closing.id, "contract_id": closing.contract_id}
    loaded, settlement = prepared.loaded, prepared.settlement
    segments = [
        same | {"entry_id": loaded.ids.entries[stretch.entry], **_segment(stretch)}
        for stretch in settlement.stretches
        if stretch.answer.verdict is not Verdict.HELD
    ]
    units = [
        same
        | {
            "controller_id": prepared.contract.controller_id,
            "case_id": loaded.ids.cases[group.case],
            "group_key": group.group,
            "units": allotment.units,
            **_price(allotment.price),
        }
        for group in settlement.groups
        for allotment in group.allotted
    ]
    expenses = [
        same
        | {
            "expense_id": loaded.ids.expenses[decision.expense],
            "verdict": str(decision.answer.verdict),
            "code": decision.answer.code,
            "clause": decision.answer.clause,
            "net_cents": decision.net,
        }
        for decision in settlement.expenses
        if decision.answer.verdict is not Verdict.HELD
    ]
    for table, rows in ((Segment, segments), (Unit, units), (ClosingExpense, expenses)):
        insert_all(session, table, rows)


def _segment(stretch: Stretch) -> dict[str, Any]:
    price = _price(stretch.price) if stretch.price else {"price_numerator": None, "price_denominator": None}
    return {
        "from_min": stretch.start,
        "to_min": stretch.end,
        "month": format_month(stretch.month),
        "verdict": str(stretch.answer.verdict),
        "code": stretch.answer.code,
        "clause": stretch.answer.clause,
        "source": stretch.source,
        "before_minutes": stretch.before,
        "after_minutes": stretch.after,
        "reason": str(stretch.band),
        **price,
        "rate_class": stretch.rate_class.code,
    }


def _price(price: Price) -> dict[str, Any]:
    return {
        "rate_class": price.rate_class.code,
        "price_numerator": price.numerator,
        "price_denominator": price.denominator,
    }
