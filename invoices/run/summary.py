"""A prepared month as people and programs read it: what is billed, free and held, with reason and next step."""

from collections import defaultdict
from typing import Any

from billing.money import format_cents, format_price
from billing.rating.decisions import Settlement, Verdict
from billing.texts import sentence
from billing.timespan import format_month
from invoices.document import VatGroup
from invoices.run.preparing import Prepared


def summary_of(prepared: Prepared, lang: str) -> dict[str, Any]:
    """Sum up one contract's month as plain JSON values; amounts as strings, times in minutes."""
    settlement, document = prepared.settlement, prepared.document
    return {
        "contract": prepared.contract.ref,
        "controller": prepared.letter.buyer.name,
        "month": format_month(settlement.month),
        "net": format_cents(document.net_cents if document else 0),
        "vat": format_cents(document.vat_cents if document else 0),
        "gross": format_cents(document.gross_cents if document else 0),
        "billed_minutes": _minutes(settlement, Verdict.BILLED),
        "free_minutes": _minutes(settlement, Verdict.FREE),
        "held_minutes": _minutes(settlement, Verdict.HELD),
        "lines": [
            {
                "case": line.case_ref,
                "rate_class": line.rate_class,
                "units": line.units,
                "net": format_cents(line.net_cents),
                "vat_rate": format_price(line.vat_rate),
            }
            for line in (document.lines if document else ())
        ],
        "vat_groups": [vat_group_report(group) for group in (document.vat_groups if document else ())],
        "expenses": [
            {"case": billed.case, "expense": billed.expense, "net": format_cents(billed.net)}
            for billed in settlement.billed_expenses
        ],
        "pass_through": [
            {"case": item.case, "expense": item.expense, "amount": format_cents(item.net)}
            for item in settlement.passed_through
        ],
        "pass_through_total": format_cents(prepared.statement.total_cents if prepared.statement else 0),
        "free": _by_code(settlement, Verdict.FREE, lang),
        "held": _by_code(settlement, Verdict.HELD, lang),
        "surplus": [{"case": group.case, "units": group.surplus} for group in settlement.groups if group.surplus],
        "facts_hash": prepared.facts_hash,
    }


def vat_group_report(group: VatGroup) -> dict[str, str]:
    """Give what one VAT category and rate comes to; the rate as a share of the net, `0.19`."""
    return {
        "category": str(group.category),
        "rate": format_price(group.rate),
        "net": format_cents(group.net_cents),
        "vat": format_cents(group.vat_cents),
    }


def _minutes(settlement: Settlement, verdict: Verdict) -> int:
    return sum(stretch.minutes for stretch in settlement.stretches if stretch.answer.verdict is verdict)


def _by_code(settlement: Settlement, verdict: Verdict, lang: str) -> list[dict[str, Any]]:
    """Group what has this verdict by case and code, with the sentence that says why, and what to do if it is held."""
    minutes: dict[tuple[str, str], int] = defaultdict(int)
    items: dict[tuple[str, str], set[str]] = defaultdict(set)
    for stretch in settlement.stretches:
        if stretch.answer.verdict is verdict:
            key = (stretch.case, stretch.answer.code)
            minutes[key] += stretch.minutes
            items[key].add(stretch.entry)
    for decision in settlement.expenses:
        if decision.answer.verdict is verdict:
            key = (decision.case, decision.answer.code)
            minutes[key] += 0
            items[key].add(decision.expense)
    held = verdict is Verdict.HELD
    return [
        {
            "case": case,
            "code": code,
            "minutes": count,
            "items": sorted(items[case, code]),
            "why": sentence(f"{'reason' if held else 'verdict'}.{code}", lang),
            **({"next_step": sentence(f"next_step.{code}", lang)} if held else {}),
        }
        for (case, code), count in sorted(minutes.items())
    ]
