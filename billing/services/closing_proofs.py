"""Prove closed months: what was frozen says what the log was told, its rows say the same, and so do the facts.

A month is settled once more from the facts its run saw and what was decided before it. What was corrected, cancelled or
recorded later changes nothing of that; what was changed behind our back does. No fault is claimed where it can't be
known: the rules were written anew since, rows went when their time had run out, or a fact of that very moment came in
after the closing (a clock that was put back, two writers within one minute).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from billing.canonical import canonical, fingerprint
from billing.clause.reading import read_month
from billing.errors import Problem
from billing.money import format_cents
from billing.rating.decisions import Verdict
from billing.rating.explanation import trace_json
from billing.rating.settle import settle
from billing.services.contract_history import KnownContract, ask_contract
from billing.services.ledger_rows import Decided, ledger_of
from billing.services.rated_with import rated_with
from billing.store.queries.closings import (
    MONTH_CLOSED,
    ClosedMonth,
    closed_contracts,
    closed_month,
    closing_ids,
    correction_ids,
    decisions_gone_until,
    fact_came_later,
    month_events,
)
from billing.store.queries.decisions import decided_ever
from billing.store.queries.logs import Told
from billing.store.session import TenantSession
from billing.timespan import instant_of

_TEXT_CHANGED = ("hash_differs", "event_differs")
"""Faults of what a closing says in itself; for all others rows are needed that may have gone with leave."""
_UNREADABLE = ""


def check_closings(session: TenantSession) -> Iterator[tuple[str, str | None]]:
    """Prove every closing, contract by contract: only one contract's rows are in memory at a time."""
    gone_until = decisions_gone_until(session)
    for contract_id, ref in closed_contracts(session):
        proof = _proof_of(session, contract_id, ref)
        for number in closing_ids(session, contract_id):
            month = closed_month(session, number)
            fault = proof.fault(session, month)
            is_known = fault in _TEXT_CHANGED or month.closed_at.year > gone_until
            yield f"{ref} {month.month}", fault if is_known else None


@dataclass(frozen=True, slots=True)
class _Proof:
    """One contract's rows as they are now, and what the audit log tells of each closing and of what took it back."""

    known: KnownContract
    names: Decided
    decided: tuple[Sequence[Any], ...]
    closed: Mapping[int, Told]
    taken_back: Mapping[int, Told]

    def fault(self, session: TenantSession, month: ClosedMonth) -> str | None:
        """Say what is wrong with a closing; the first that is."""
        trace, document = _frozen(month)
        if trace is None:
            return "hash_differs"
        event = self.closed.get(month.id)
        if event is not None and not _is_as_told(month, event):
            return "event_differs"
        if _decided_in(trace) != self._rows(month):
            return "decisions_differ"
        if not _is_issued_as_closed(month, document):
            return "document_differs"
        return "facts_differ" if event is not None and self._facts_differ(session, month, event, trace) else None

    def _facts_differ(self, session: TenantSession, month: ClosedMonth, event: Told, trace: Mapping[str, Any]) -> bool:
        """Tell whether the month comes out another way; never where that may have another reason."""
        if event.details.get("rated_with") != rated_with():
            return False
        again = self._settled_again(month, event, trace)
        return again not in (None, _comparable(trace, trace)) and not fact_came_later(session, event.seq, month.as_of)

    def _rows(self, month: ClosedMonth) -> dict[str, list[str]]:
        """Give what a closing decided, as its rows say it."""
        segments, units, expenses = ([row for row in rows if row.closing_id == month.id] for rows in self.decided)
        return {
            "stretches": sorted(canonical(self._stretch(row)) for row in segments),
            "units": sorted(
                canonical([row.group_key, self.names.case_refs.get(row.case_id), *_price(row), row.units])
                for row in units
            ),
            "expenses": sorted(
                canonical([self.names.expense_refs.get(row.expense_id), *_answer(row), format_cents(row.net_cents)])
                for row in expenses
            ),
        }

    def _stretch(self, row: Any) -> list[Any]:
        entry, case = self.names.entries.get(row.entry_id, (None, None))
        price = None if row.price_numerator is None else _price(row)
        used = [row.source, row.before_minutes, row.after_minutes]
        return [entry, case, row.from_min, row.to_min, row.month, *_answer(row), row.reason, price, *used]

    def _settled_again(self, month: ClosedMonth, event: Told, trace: Mapping[str, Any]) -> str | None:
        """Settle a month from the facts its run saw and what held then; None when it can't be told what did."""
        before = [[row for row in rows if row.closing_id < month.id] for rows in self.decided]
        released = {row.released_by_id for rows in before for row in rows} - {None}
        if not released <= self.taken_back.keys():
            return None
        held = {number for number in released if self.taken_back[number].seq > event.seq} | {None}
        segments, units, expenses = ([row for row in rows if row.released_by_id in held] for rows in before)
        moment = instant_of(month.as_of)
        try:
            loaded = self.known.load(moment)
            decided = replace(loaded.decided, segments=segments, units=units, expenses=expenses)
            ledger = ledger_of(decided, loaded.agreement.versions[0].rounding_scope, None)
            facts, number = loaded.history.seen_at(moment), read_month(month.month, "month")
            settlement = settle(loaded.agreement, facts, ledger, number, loaded.timeline)
        except (Problem, LookupError, ValueError):
            return _UNREADABLE  # no month was ever closed on facts that can't be settled
        return _comparable(trace_json(settlement), trace) if loaded.terms_sha256 == month.terms_sha256 else _UNREADABLE


def _proof_of(session: TenantSession, contract_id: int, ref: str) -> _Proof:
    known = ask_contract(session, session.processor_id, contract_id).read()
    events = month_events(session, ref)
    closed = [event for event in events if event.action == MONTH_CLOSED]
    taken_back = [event for event in events if event.action != MONTH_CLOSED]
    return _Proof(
        known,
        known.decided(),
        decided_ever(session, session.processor_id, contract_id),
        _by_id(closing_ids(session, contract_id), closed),
        _by_id(correction_ids(session, contract_id), taken_back),
    )


def _by_id(numbers: Sequence[int], events: Sequence[Told]) -> dict[int, Told]:
    """Give the event of each row; the oldest of either may have gone with leave, so they are counted from the end."""
    return dict(zip(reversed(numbers), reversed(events), strict=False))


def _frozen(month: ClosedMonth) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Give trace and document of what a closing froze; no trace when it is not what its hash covers.

    The hash was taken of what a person approved: all of it but the activity record, which is written at the closing.
    """
    try:
        content = json.loads(month.settlement)
        approved = canonical({name: part for name, part in content.items() if name != "record"})
    except (ValueError, TypeError, AttributeError):
        return None, None
    return (content["trace"], content["document"]) if fingerprint(approved) == month.facts_hash else (None, None)


def _is_as_told(month: ClosedMonth, event: Told) -> bool:
    """Tell whether the log was told of this very month, content and document."""
    said = tuple(event.details.get(name) for name in ("month", "facts_hash", "invoice", "document_sha256"))
    return said == (month.month, month.facts_hash, month.number, month.document_sha256)


def _is_issued_as_closed(month: ClosedMonth, document: dict[str, Any] | None) -> bool:
    """Tell whether an invoice says what its closing froze; it got number and date as it was issued."""
    if month.document is None or document is None:
        return month.document is None and document is None
    try:
        issued = json.loads(month.document)
    except ValueError:
        return True  # another check says so: its hash differs
    given = {"number": issued.get("number"), "issue_date": issued.get("issue_date")}
    return bool(issued == document | given)


def _decided_in(trace: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give what a frozen settlement decided for good, in the form of `_rows`: what is held has none."""
    stretches = [row for row in trace["stretches"] if row["verdict"] != Verdict.HELD]
    expenses = [row for row in trace["expenses"] if row["verdict"] != Verdict.HELD]
    return {
        "stretches": sorted(canonical(_stretch_of(row)) for row in stretches),
        "units": sorted(
            canonical([group["group"], group["case"], new["rate_class"], new["exact"], new["units"]])
            for group in trace["groups"]
            for new in group["allotted"]
        ),
        "expenses": sorted(
            canonical([row["expense"], row["verdict"], row["code"], row["clause"], row["net"]]) for row in expenses
        ),
    }


def _stretch_of(row: Mapping[str, Any]) -> list[Any]:
    since, until = (instant_of(datetime.fromisoformat(row[name])) for name in ("from", "to"))
    price = [row["price"]["rate_class"], row["price"]["exact"]] if "price" in row else None
    answer = [row["verdict"], row["code"], row["clause"], row["band"]]
    used = [row.get("source"), row.get("before"), row.get("after")]
    return [row["entry"], row["case"], since, until, row["month"], *answer, price, *used]


def _answer(row: Any) -> list[str]:
    return [str(row.verdict), row.code, row.clause]


def _price(row: Any) -> list[str]:
    return [str(row.rate_class), f"{row.price_numerator}/{row.price_denominator}"]


def _comparable(trace: Mapping[str, Any], frozen: Mapping[str, Any]) -> str:
    """Give what must come out again; a held expense may have got its receipt since, which bears no date."""
    waiting = {row["expense"] for row in frozen["expenses"] if row["verdict"] == Verdict.HELD}
    return canonical({**trace, "expenses": [row for row in trace["expenses"] if row["expense"] not in waiting]})
