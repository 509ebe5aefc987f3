"""Open items: what each invoice still asks for on a day, all of them or one, and what that comes to."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.errors import NotFound
from billing.receivables.account import Account, Movement
from billing.services.acting import id_of
from billing.services.base_rates import known_rates
from billing.services.due_dates import due_dates_of, land_of
from billing.services.moments import local_day, processor_zone
from billing.services.open_items import DefaultRules, Receivable
from billing.services.policies import current_policy
from billing.store.queries import receivables as rows
from billing.store.queries.receivables import AsOf
from billing.store.session import TenantSession
from billing.store.tables import Controller, Invoice
from billing.store.tables.kinds import InvoiceKind

_ONE_DAY = timedelta(days=1)
_KINDS = ("corrections", "payments", "written_off")


class Receivables:
    """Reads open items of one tenant on one day."""

    def __init__(self, session: TenantSession, now: datetime, day: date | None = None) -> None:
        """Take the moment and the day that is asked about, today if not said otherwise."""
        self._session, self._id = session, session.processor_id
        self._zone = processor_zone(session)
        self.today = local_day(now, self._zone)
        self.day = day or self.today
        self._as_of = AsOf(self.day, datetime.combine(self.day + _ONE_DAY, time(), tzinfo=self._zone))

    @property
    def unsettled_conditions(self) -> list[sa.ColumnElement[bool]]:
        """Give the SQL condition of `unsettled`."""
        return rows.unsettled(self._id, self._as_of)

    def unsettled(
        self, after: int = 0, most: int | None = None, *, controller_id: int | None = None
    ) -> list[Receivable]:
        """Give invoices of which something is open or was paid too much, by rising id: all, or one controller's."""
        asked = [*self.unsettled_conditions, *_of_controller(controller_id)]
        return self._read(rows.claim_rows(self._session, self._id, asked, after, most))

    def sums(self, *, controller_id: int | None = None) -> list[Any]:
        """Give what is open and what was paid too much of each controller's invoices."""
        return list(rows.sums(self._session, self._id, _of_controller(controller_id), self._as_of))

    def of(self, invoice_id: int) -> Receivable:
        """Give one invoice as it stands; NotFound when the tenant has none of this id that asks for money."""
        found = self.of_all([invoice_id])
        if not found:
            raise NotFound("claim_not_found", value=invoice_id)
        return found[0]

    def of_all(self, invoice_ids: Sequence[int]) -> list[Receivable]:
        """Give invoices as they stand, by rising id; cancellations and corrections are no claims and left out."""
        return self._read(rows.claim_rows(self._session, self._id, [col(Invoice.id).in_(invoice_ids)]))

    def demanded(self, claims: Sequence[Any]) -> dict[int, int]:
        """Give the costs of default that reminders asked for, in cents by invoice."""
        return rows.demanded_of(self._session, self._id, [row.id for row in claims], self._as_of)

    def accounts(self, claims: Sequence[Any]) -> dict[int, Account]:
        """Give the accounts of rows of `claim_rows` by their id, in three queries."""
        ids = [row.id for row in claims]
        moved: dict[str, dict[int, list[Movement]]] = {kind: defaultdict(list) for kind in _KINDS}
        cancelled: dict[int, date] = {}
        for row in rows.answers_of(self._session, self._id, ids, self._as_of):
            if row.kind is InvoiceKind.CANCELLATION:
                cancelled[row.cancels_id] = row.issue_date
            else:
                moved["corrections"][row.cancels_id].append(Movement(row.issue_date, -row.gross_cents))
        for row in rows.payment_sums(self._session, self._id, ids, self._as_of):
            moved["payments"][row.invoice_id].append(Movement(row.paid_on, row.amount_cents))
        for row in rows.goodwill_of(self._session, self._id, ids, self._as_of):
            moved["written_off"][row.invoice_id].append(
                Movement(local_day(row.recorded_at, self._zone), row.amount_cents)
            )
        return {
            row.id: Account(
                gross_cents=row.gross_cents,
                cancelled_on=cancelled.get(row.id),
                **{kind: tuple(moved[kind][row.id]) for kind in _KINDS},
            )
            for row in claims
        }

    def _read(self, claims: Sequence[Any]) -> list[Receivable]:
        if not claims:
            return []
        ids = [row.id for row in claims]
        invoices = self._session.exec(select(Invoice).where(col(Invoice.id).in_(ids))).all()
        debtors = self._session.exec(
            select(Controller).where(col(Controller.id).in_({row.controller_id for row in claims}))
        )
        reminders: dict[int, list[Any]] = defaultdict(list)
        for reminder in rows.reminder_rows(self._session, self._id, ids, self._as_of):
            reminders[reminder.invoice_id].append(reminder)
        accounts, dues = self.accounts(claims), due_dates_of(self._session, invoices)
        lands = {id_of(one): land_of(one) for one in debtors}
        rules = DefaultRules(self.day, known_rates(self._session), current_policy(self._session).default_begins)
        return [
            rules.judge(row, accounts[row.id], dues.get(row.id), tuple(reminders[row.id]), lands[row.controller_id])
            for row in claims
        ]


def _of_controller(controller_id: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if controller_id is None else [col(Invoice.controller_id) == controller_id]
