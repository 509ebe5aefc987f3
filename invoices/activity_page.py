"""The activity record as an HTML page, ready to print."""

from datetime import datetime
from functools import partial

from markupsafe import Markup

from billing.texts import wording
from invoices import format as written
from invoices.activity_csv import verdict_sentences
from invoices.activity_record import ActivityRecord, CaseRecord, ExpenseRecord, Totals, WorkStretch
from invoices.paper import Page, environment


def activity_page(record: ActivityRecord) -> Page:
    """Lay out an activity record."""
    lang = record.language
    month = written.month(record.month, lang)
    title = f"{wording('label.activity_record', lang)} {month}"
    totals = record.totals
    html = (
        environment(lang)
        .get_template("activity_record.html")
        .render(
            record=record,
            title=title,
            language=lang,
            issue_date=record.issue_date,
            seller=record.seller,
            intro=wording("label.record_intro", lang, contract=record.contract_number),
            info=_info(record),
            tiles=[
                ("recorded", totals.minutes, ""),
                ("billed", totals.billed_minutes, _in_units(record.billed_units, totals, record)),
                ("free", totals.free_minutes, ""),
                ("held", totals.held_minutes, ""),
            ],
            verdict=partial(_verdict, lang=lang),
            clock_times=clock_times,
            subtotals=partial(_subtotals, record=record),
        )
    )
    styles = ("paper.css", "activity_record.css")
    identifier = f"{record.contract_number} {record.month} {record.sha256}"
    return Page(html=html, styles=styles, language=lang, identifier=identifier)


def clock_times(stretch: WorkStretch) -> str:
    """Write `22:00–24:00`; when the clock changed in between, both with their offset from UTC."""
    start, end = f"{stretch.start:%H:%M}", f"{stretch.end:%H:%M}"
    if stretch.start.utcoffset() != stretch.end.utcoffset():
        return f"{start} ({_offset(stretch.start)})–{end} ({_offset(stretch.end)})"
    ends_at_midnight = end == "00:00"
    return f"{start}–{'24:00' if ends_at_midnight else end}"


def _offset(moment: datetime) -> str:
    return f"UTC{moment:%z}"[:6]


def _info(record: ActivityRecord) -> list[tuple[str, str]]:
    lang = record.language
    known_at = f"{written.day(record.as_of.date(), lang)}, {record.as_of:%H:%M}"
    return [
        ("controller", record.buyer.name),
        ("contract", record.contract_number),
        ("month", written.month(record.month, lang)),
        ("customer_number", record.buyer.customer_number),
        ("related_invoice", record.invoice_number or wording("label.no_invoice", lang)),
        ("as_of", known_at),
    ]


def _verdict(item: WorkStretch | ExpenseRecord, lang: str) -> Markup:
    """Lay out the outcome, its clause and reason, and what would settle it."""
    reason, next_step = verdict_sentences(item.outcome, item.code, lang)
    estimate = item.estimate_ref if isinstance(item, WorkStretch) else ""
    template = environment(lang).get_template("verdict.html")
    html = template.render(item=item, reason=reason, next_step=next_step, estimate=estimate)
    return Markup(html)  # noqa: S704 - the template escapes


def _subtotals(case: CaseRecord, record: ActivityRecord) -> str:
    """Name the minutes by outcome, and the units the invoice holds for them with the time they make."""
    lang, totals = record.language, case.totals
    by_outcome = {"billed": totals.billed_minutes, "free": totals.free_minutes, "held": totals.held_minutes}
    parts = {
        outcome: f"{written.clock(minutes)} {wording(f'outcome.{outcome}', lang)}"
        for outcome, minutes in by_outcome.items()
        if minutes or (outcome == "billed" and case.billed_units)
    }
    if "billed" in parts:
        parts["billed"] += f" {_in_units(case.billed_units, totals, record)}"
    return " · ".join(parts.values())


def _in_units(units: int, totals: Totals, record: ActivityRecord) -> str:
    """Say in how many units billed minutes are on the invoice, and how long those are: seldom as long as the work.

    Without a new unit the minutes lie in units of earlier invoices, or were rounded off.
    """
    if not units:
        return wording("label.no_new_units", record.language) if totals.billed_minutes else ""
    time = written.clock(units * record.unit_minutes)
    fields = {"units": str(units), "minutes": str(record.unit_minutes), "time": time}
    return wording("label.in_units", record.language, **fields)
