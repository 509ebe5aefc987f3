"""The activity record of a settled month (13(10)): all its work, billed, free and held, with who did it by initials."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from billing.rating.decisions import ExpenseDecision, Stretch, Verdict
from billing.rating.ledger import ALLOWANCE
from billing.store.queries.prepared import CONTRACT, mine, say, table_of
from billing.store.session import TenantSession
from billing.store.tables import Case, Entry, Invoice, Person
from billing.store.wording import Later
from billing.store.wording import Prepared as Worded
from billing.timespan import datetime_of
from invoices.activity_record import ActivityRecord, CaseRecord, ExpenseRecord, Outcome, WorkStretch, totals_of
from invoices.run.preparing import Prepared

_CASE, _ENTRY, _PERSON = table_of(Case), table_of(Entry), table_of(Person)
_INITIALS = Worded(
    sa.select(_ENTRY.c.ref, _PERSON.c.initials)
    .select_from(_CASE)
    .join(_ENTRY, _ENTRY.c.case_id == _CASE.c.id)
    .join(_PERSON, _PERSON.c.id == _ENTRY.c.person_id)
    .where(*mine(_CASE, _ENTRY, _PERSON), _CASE.c.contract_id == CONTRACT)
)


def ask_initials(session: TenantSession, contract_id: int) -> Later:
    """Ask for the initials of who worked, by the entries' references."""
    return say(session, _INITIALS, session.processor_id, contract=contract_id)


def build_record(initials: Mapping[str, str], prepared: Prepared, month: str, now: datetime) -> ActivityRecord:
    """Build the record of a run for one contract; the invoice's number is added when it is printed."""
    terms = prepared.loaded.agreement.terms_at(prepared.settlement.month)
    zone = prepared.loaded.agreement.zone
    builder = _Builder(prepared, initials)
    cases = builder.cases()
    return ActivityRecord(
        language=prepared.letter.buyer.language,
        seller=prepared.letter.seller,
        buyer=prepared.letter.buyer,
        contract_number=prepared.letter.contract_number,
        month=month,
        time_zone=str(zone),
        as_of=_shown(now.replace(second=0, microsecond=0), zone),
        issue_date=now.astimezone(zone).date(),
        invoice_number="",
        unit_minutes=prepared.settlement.unit_minutes,
        allowance_minutes=terms.allowance_minutes,
        allowance_used_minutes=_allowance_used(prepared),
        cases=cases,
        totals=totals_of(stretch for case in cases for stretch in case.stretches),
    )


def record_of_invoice(record: ActivityRecord, invoice: Invoice) -> ActivityRecord:
    """Give the record with the number and date of the invoice it belongs to."""
    return replace(record, invoice_number=invoice.number, issue_date=invoice.issue_date)


def _allowance_used(prepared: Prepared) -> int:
    month = prepared.settlement.month
    new = sum(s.minutes for s in prepared.settlement.stretches if s.source == ALLOWANCE and s.month == month)
    return prepared.loaded.ledger().allowance_used.get(month, 0) + new


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give a moment as the local clock shows it, with its offset fixed: a stored time knows no zone any more."""
    local = moment.astimezone(zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()))


class _Builder:
    """Sorts a settlement's answers by case."""

    def __init__(self, prepared: Prepared, initials: Mapping[str, str]) -> None:
        self._prepared, self._initials = prepared, initials
        self._kinds = {ref: case.kind for ref, case in prepared.loaded.cases.items()}
        self._entries = {entry.id: entry for entry in prepared.facts.entries}
        self._expenses = {expense.id: expense for expense in prepared.facts.expenses}

    def cases(self) -> tuple[CaseRecord, ...]:
        settlement = self._prepared.settlement
        stretches: dict[str, list[WorkStretch]] = defaultdict(list)
        expenses: dict[str, list[ExpenseRecord]] = defaultdict(list)
        units: dict[str, int] = defaultdict(int)
        for stretch in settlement.stretches:
            stretches[stretch.case].append(self._stretch(stretch))
        for decision in settlement.expenses:
            expenses[decision.case].append(self._expense(decision))
        for line in settlement.lines:
            units[line.case] += line.units
        return tuple(
            CaseRecord(
                ref=case,
                title=self._prepared.letter.case_titles.get(case, ""),
                kind=self._kinds.get(case, ""),
                stretches=tuple(stretches[case]),
                expenses=tuple(expenses[case]),
                totals=totals_of(stretches[case]),
                billed_units=units[case],
            )
            for case in sorted({*stretches, *expenses, *units})
        )

    def _stretch(self, stretch: Stretch) -> WorkStretch:
        zone, source = self._prepared.loaded.agreement.zone, stretch.source or ""
        return WorkStretch(
            entry_ref=stretch.entry,
            start=_shown(datetime_of(stretch.start), zone),
            end=_shown(datetime_of(stretch.end), zone),
            minutes=stretch.minutes,
            service=self._entries[stretch.entry].service,
            rate_class=stretch.rate_class.code,
            outcome=Outcome(str(stretch.answer.verdict)),
            code=stretch.answer.code,
            clause=stretch.answer.clause,
            estimate_ref=source.split(":", 2)[2] if source.startswith("estimate:") else "",
            initials=self._initials.get(stretch.entry, ""),
        )

    def _expense(self, decision: ExpenseDecision) -> ExpenseRecord:
        expense = self._expenses[decision.expense]
        text = self._prepared.letter.expense_texts[decision.expense]
        held = decision.answer.verdict is Verdict.HELD
        return ExpenseRecord(
            expense_ref=decision.expense,
            incurred_on=expense.incurred_on,
            kind=expense.kind,
            description=text.description,
            receipt_ref="" if held and not expense.receipt else text.receipt_ref,
            net_cents=decision.net,
            outcome=Outcome(str(decision.answer.verdict)),
            code=decision.answer.code,
            clause=decision.answer.clause,
        )
