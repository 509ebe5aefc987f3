"""Lead every line of an invoice back to minutes, classes, units and clauses, from what its closing froze.

Nothing is settled again: the answer is the one that was given when the month was closed.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import select

from billing.errors import InvalidInput, NotFound
from billing.money import format_cents, format_price
from billing.rating.expenses import PASSED_THROUGH
from billing.store.session import TenantSession
from billing.store.tables import Closing, Invoice
from invoices.document import Document, ExpenseLine, Kind, Line
from invoices.run.closings import Answers, answers_to, content_of
from invoices.run.preparing import Prepared


@dataclass(frozen=True, slots=True)
class Explained:
    """A document with its lines explained: `lines` are plain JSON values, in the order of the document."""

    document: Document
    answers: Answers
    lines: list[dict[str, Any]]
    pass_through: list[dict[str, Any]]
    """What the same run asked back apart, as paid in the controller's name."""


def explain_invoice(session: TenantSession, number: str, position: int | None = None) -> Explained:
    """Explain an invoice, or one of its lines; NotFound for an unknown number, InvalidInput for a line it lacks.

    A cancellation or correction takes lines of an invoice back, so it is explained by that invoice's minutes.
    """
    invoice = session.exec(select(Invoice).where(Invoice.number == number)).one_or_none()
    if invoice is None:
        raise NotFound("invoice_unknown", value=number)
    closing = session.exec(select(Closing).where(Closing.id == invoice.closing_id)).one()
    document, content = Document.from_json(invoice.document), content_of(closing)
    lines = _lines(document, content, ZoneInfo(content["record"]["time_zone"]))
    if position is not None:
        lines = [line for line in lines if line["position"] == position]
        if not lines:
            raise InvalidInput(
                "line_unknown", path="line", value=position, most=len(document.lines + document.expenses)
            )
    answers = answers_to(session, [invoice.id]).get(invoice.id or 0, Answers())
    passed = [row for row in content["trace"]["expenses"] if row["code"] == PASSED_THROUGH]
    return Explained(document, answers, lines, passed if document.kind is Kind.INVOICE else [])


def explain_prepared(prepared: Prepared) -> list[dict[str, Any]]:
    """Explain the lines that a month would be billed by, as those of an invoice; none when nothing is billed."""
    if prepared.document is None:
        return []
    return _lines(prepared.document, json.loads(prepared.content), prepared.loaded.agreement.zone)


def _lines(document: Document, content: dict[str, Any], zone: ZoneInfo) -> list[dict[str, Any]]:
    lines = [_line(line, _trace_of(line, document, content["trace"], zone), zone) for line in document.lines]
    # An invoice lists expenses after the time, in the order of the settlement's own lines; corrections keep positions.
    billed = [row["expense"] for row in content["run"]["lines"] if row["kind"] == "expense"]
    first = len(content["document"]["lines"]) + 1
    decisions = {row["expense"]: row for row in content["trace"]["expenses"]}
    return lines + [_expense(line, decisions[billed[line.position - first]]) for line in document.expenses]


def _trace_of(line: Line, document: Document, trace: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Give the trace of a line; of one that a change of the VAT rate told apart, what was worked on its days."""
    alike = [one for one in document.lines if _kind_of(one) == _kind_of(line)]
    if len(alike) == 1:
        return trace
    first, last = line.first_day.isoformat(), line.last_day.isoformat()
    days = [(_shown(row["from"], zone)[:10], _shown(row["to"], zone)[:10], row) for row in trace["stretches"]]
    return {**trace, "stretches": [row for begun, ended, row in days if begun <= last and first <= ended]}


def _kind_of(line: Line) -> tuple[str, str, Fraction]:
    return line.case_ref, line.rate_class, line.unit_price


def _line(line: Line, trace: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    exact = f"{line.unit_price.numerator}/{line.unit_price.denominator}"

    def same_price(price: dict[str, Any] | None) -> bool:
        return price is not None and price["rate_class"] == line.rate_class and price["exact"] == exact

    stretches = [
        {**row, "local_from": _shown(row["from"], zone), "local_to": _shown(row["to"], zone)}
        for row in trace["stretches"]
        if row["case"] == line.case_ref and same_price(row.get("price"))
    ]
    groups = [
        {**group, "allotted": [new for new in group["allotted"] if same_price(new)]}
        for group in trace["groups"]
        if group["case"] == line.case_ref and any(same_price(new) for new in group["allotted"])
    ]
    return {
        "position": line.position,
        "kind": "time",
        "case": line.case_ref,
        "case_title": line.case_title,
        "rate_class": line.rate_class,
        "factor": str(line.factor),
        "hourly_price": format_price(line.hourly_price),
        "unit_minutes": line.unit_minutes,
        "units": line.units,
        "unit_price": format_price(line.unit_price),
        "net": format_cents(line.net_cents),
        "vat_rate": format_price(line.vat_rate),
        "clauses": list(line.clauses),
        "stretches": stretches,
        "groups": groups,
    }


def _shown(moment: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(moment).astimezone(zone).isoformat(timespec="minutes")


def _expense(line: ExpenseLine, decision: dict[str, Any]) -> dict[str, Any]:
    return {
        "position": line.position,
        "kind": "expense",
        "case": line.case_ref,
        "case_title": line.case_title,
        "expense_kind": line.kind,
        "description": line.description,
        "incurred_on": line.incurred_on.isoformat(),
        "receipt": line.receipt_ref,
        "approved_on": line.approved_on.isoformat() if line.approved_on else None,
        "net": format_cents(line.net_cents),
        "vat_rate": format_price(line.vat_rate),
        "clauses": list(line.clauses),
        "decision": decision,
    }
