"""What will be issued, worked out before: settled, written as XML and checked while nobody waits for us.

The transaction that issues takes it as it is as long as the audit log's head says that nothing was changed since; else
it works everything out again, and asks the rules again only about XML that is not the same to the byte.

While a server writes what the closing of one contract decided, another is settled, from what was asked about it in the
transaction before.
"""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

import sqlalchemy as sa
from sqlmodel import col, select

from billing.canonical import canonical_object
from billing.errors import Problem
from billing.services.acting import Act, id_of
from billing.services.giving_way import give_way
from billing.store.audit import Head, audit_head
from billing.store.engine import ahead
from billing.store.queries.prepared import CONTRACT, mine, one_ahead, say, table_of, text
from billing.store.session import Store, TenantSession
from billing.store.tables import Contract, Draft, Expense
from billing.store.tables.kinds import DraftState
from billing.store.wording import Later
from billing.store.wording import Prepared as Worded
from invoices.activity_record import ActivityRecord
from invoices.document import Document
from invoices.run.approving import AskedReview, Review, ask_review
from invoices.run.freezing import Probe, Series, probe_of
from invoices.run.frozen import holidays_of, known_holiday_set
from invoices.run.letters import ask_versions, version_on
from invoices.run.preparing import Prepared
from invoices.run.records import ask_initials, build_record

_LOOKED_AT = 100
"""So many contracts are looked at in one reading: their drafts are in memory meanwhile."""
_AT_ONCE = 20
"""So many of them are worked out before the first is issued."""

_DRAFT, _EXPENSE = table_of(Draft), table_of(Expense)
_WITHDRAWN = Worded(
    sa.select(_EXPENSE.c.ref).where(
        *mine(_EXPENSE), _EXPENSE.c.contract_id == CONTRACT, _EXPENSE.c.withdrawn_at.is_not(None)
    )
)
_APPROVED = Worded(
    sa.select(_DRAFT.c.id, _DRAFT.c.approved_hash).where(
        *mine(_DRAFT),
        _DRAFT.c.contract_id == CONTRACT,
        _DRAFT.c.month == text("month"),
        _DRAFT.c.state == DraftState.APPROVED,
    )
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft settled again, with all that its closing freezes; `final` and `probe` are None when nothing is billed."""

    review: Review
    changed: list[str]
    """What is no longer as it was approved; nothing may be issued while there is something."""
    record: ActivityRecord
    settlement: str
    """The canonical JSON of all that was settled, with the record; made before, as the closing is said under locks."""
    holidays: int | None
    """The set of public holidays it used, if it is stored already."""
    final: tuple[Document, Series] | None
    """The document with the date of today, and the series its number comes from."""
    probe: Probe | None = None


class Ahead:
    """Contracts' months as they will most likely be issued, and the head of the audit log they were seen under."""

    def __init__(self, store: Store, processor_id: int, month: str, act: Act) -> None:
        """Begin with nothing: `look_at` comes first."""
        self._store, self._processor_id, self._month, self._act = store, processor_id, month, act
        self.head: Head | None = None
        """None when somebody else wrote meanwhile: then nothing of this holds any more."""
        self.ids: dict[str, int] = {}
        """The ids of the contracts that were looked at, by their refs."""
        self._has_looked = False
        self._waiting: deque[tuple[Contract, Draft]] = deque()
        self._asking: _Asked | None = None
        self._asked: _Asked | None = None
        self._settled: dict[int, Ready] = {}
        self._months: dict[int, Ready] = {}
        self._before: dict[int, Ready] = {}
        self._holidays: dict[str, int] = {}

    def look_at(self, contracts: Iterable[str]) -> list[str]:
        """See which of the first of these contracts have an approved draft, and give those that were looked at.

        Where somebody wrote it is only one: while others write what was worked out holds for a moment. What the rules
        said before of XML that is the same to the byte holds all the same.
        """
        is_disturbed = self._has_looked and self.head is None
        looked = list(islice(contracts, 1 if is_disturbed else _LOOKED_AT))
        self._has_looked = True
        with self._store.tenant(self._processor_id, read_only=True) as session:
            self.head = audit_head(session)  # first: what is read later may be newer, never older
            rows = session.exec(
                select(Contract, Draft)
                .join(Draft, (col(Draft.contract_id) == col(Contract.id)) & (col(Draft.state) == DraftState.APPROVED))
                .where(col(Contract.ref).in_(looked), Draft.month == self._month)
            ).all()
        self._waiting = deque(sorted(rows, key=lambda row: looked.index(row[0].ref)))
        self.ids = {contract.ref: id_of(contract) for contract, _ in rows}
        self._asked = self._asking = None
        self._before |= self._months
        self._settled, self._months, self._holidays = {}, {}, {}
        return looked

    def work_out(self, ref: str) -> None:
        """Have a contract's month worked out before the transaction that issues it, and some of the next with it.

        Several at once: whoever settles, asks the rules and writes by turns does each with cold caches. What can't be
        issued is left to its transaction to say.
        """
        contract_id = self.ids.get(ref)
        if contract_id is None or contract_id in self._months:
            return
        if contract_id not in self._settled:
            self._store.read_briefly(self._processor_id, self._settle_some)
        for number, ready in self._settled.items():
            give_way()
            if not ready.changed and not ready.review.missing:
                self._months[number] = _probed(ready, self._before.get(number))
        self._settled.clear()

    def known(self, contract_id: int) -> Ready | None:
        """Give what was worked out of a contract's month; whether it still holds, `take` tells."""
        return self._months.get(contract_id)

    def take(self, session: TenantSession, contract_id: int) -> Ready | None:
        """Give a contract's month as it stands now, in the transaction that issues it and under the contract's lock.

        None when it is not approved, or not any more.
        """
        known = self._months.get(contract_id)
        approved = say(session, _APPROVED, session.processor_id, contract=contract_id, month=self._month)
        if self.head != audit_head(session):
            self.head = None
        drafts = approved()
        if not drafts:
            return None
        (seen,) = drafts
        if (
            known is not None
            and self.head is not None
            and seen == (known.review.draft.id, known.review.draft.approved_hash)
        ):
            return known
        draft, contract = session.get_one(Draft, seen.id), session.get_one(Contract, contract_id)
        return _probed(_ask(session, contract, draft).settle(session, self._act, {}), known)

    def go_on(self, contract_id: int, head: Head) -> None:
        """Go on after our own event about a contract; another one between what was seen and it ends what holds."""
        for done in (self._months, self._before):
            done.pop(contract_id, None)
        self.head = head if self.head is not None and head.seq == self.head.seq + 1 else None

    def ask_next(self, session: TenantSession) -> None:
        """Ask a server about one contract more; `settle_next` of the transaction after this one reads what it says."""
        if session.goes_in_one and self._asking is None and self._waiting:
            self._asking = _ask(session, *self._waiting.popleft())
            session.send_off()

    def settle_next(self, session: TenantSession) -> None:
        """Settle what a server was asked about before, while it does what it was told since."""
        if session.goes_in_one:
            session.send_off()
            self._settle(session, self._asked)
            self._asked, self._asking = self._asking, None

    def ask_again(self) -> None:
        """Forget what was asked in a transaction that failed: its answers may never have come."""
        self._waiting.extendleft(asked.row for asked in (self._asking, self._asked) if asked is not None)
        self._asked = self._asking = None

    def _settle_some(self, session: TenantSession) -> None:
        self.ask_again()
        some = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
        for asked in one_ahead(session, (_ask(session, *row) for row in some)):
            give_way()
            self._settle(session, asked)

    def _settle(self, session: TenantSession, asked: "_Asked | None") -> None:
        """Settle a contract's month; what is wrong with it, its own transaction says."""
        if asked is not None:
            with suppress(Problem):
                self._settled[id_of(asked.row[0])] = asked.settle(session, self._act, self._holidays)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked to settle an approved month again."""

    review: AskedReview
    withdrawn: Later
    versions: Later
    initials: Later

    @property
    def row(self) -> tuple[Contract, Draft]:
        """Whose month was asked about."""
        return self.review.about.contract, self.review.draft

    def settle(self, session: TenantSession, act: Act, holidays: dict[str, int]) -> Ready:
        """Settle it; `holidays` remembers which sets of them are stored."""
        review = self.review.review(act.at)
        prepared, month = review.prepared, review.draft.month
        changed = review.changed or _withdrawn(prepared, {row.ref for row in self.withdrawn()})
        record, versions = build_record(dict(self.initials()), prepared, month, act.at), self.versions()
        settlement = canonical_object({**prepared.seen, "record": record.to_json()})
        known = (review, changed, record, settlement, _stored(session, prepared, holidays))
        if prepared.document is None:
            return Ready(*known, None)
        today = act.at.astimezone(prepared.loaded.agreement.zone).date()
        version = version_on(versions, today)
        series = Series(version.invoice_series, version.number_pattern)
        return Ready(*known, (replace(prepared.document, issue_date=today), series))


def _stored(session: TenantSession, prepared: Prepared, known: dict[str, int]) -> int | None:
    """Give the stored set of public holidays that a settlement used, None while there is none; asked for once."""
    sha256 = holidays_of(prepared)["sha256"]
    if sha256 not in known and (found := known_holiday_set(session, sha256)) is not None:
        known[sha256] = found
    return known.get(sha256)


def _ask(session: TenantSession, contract: Contract, draft: Draft) -> _Asked:
    """Ask for all that `Ready` is made of."""
    with ahead(session.line):
        return _Asked(
            ask_review(session, draft, contract),
            withdrawn=say(session, _WITHDRAWN, session.processor_id, contract=draft.contract_id),
            versions=ask_versions(session),
            initials=ask_initials(session, draft.contract_id),
        )


def _probed(ready: Ready, known: Ready | None) -> Ready:
    if ready.final is None or ready.changed or ready.review.missing:
        return ready
    probe = probe_of(*ready.final, ready.record, known=None if known is None else known.probe)
    return replace(ready, probe=probe)


def _withdrawn(prepared: Prepared, withdrawn: set[str]) -> list[str]:
    """Name what was corrected, deleted, given up or withdrawn after the run's `as_of`: not to be frozen as it was."""
    current = prepared.loaded.history.entries_now()
    known = {entry.id: entry for entry in prepared.facts.entries}
    decided = {stretch.entry for stretch in prepared.settlement.stretches}
    expenses = {decision.expense for decision in prepared.settlement.expenses}
    return sorted({ref for ref in decided if known[ref] not in current} | (expenses & withdrawn))
