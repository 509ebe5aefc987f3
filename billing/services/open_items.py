"""One invoice as an open item: what is left of it, since when its debtor is in default, and what that has cost."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.deadlines.counting import Calendar
from billing.deadlines.payment import received_on
from billing.receivables.account import Account, Balance
from billing.receivables.base_rates import BaseRates
from billing.receivables.default import DefaultBegins, in_default_since
from billing.receivables.interest import FLAT_FEE, Stretch, interest, stretches
from billing.services.due_dates import DueDate, place_calendar
from billing.timespan import instant_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """One invoice as an open item on a day; `row` names it and its controller.

    `default_since` is None while no interest has run. Interest and flat fee are what default has cost by then, whether
    or not anybody asked for them; `demanded_cents` is what the reminders did ask for.
    """

    row: Any
    as_of: date
    account: Account
    due: DueDate | None
    reminders: tuple[Any, ...]
    default_since: date | None
    stretches: tuple[Stretch, ...]

    @property
    def id(self) -> int:
        """The invoice's id."""
        number: int = self.row.id
        return number

    @property
    def balance(self) -> Balance:
        """What is open of the invoice itself."""
        return self.account.on(self.as_of)

    @property
    def days_overdue(self) -> int:
        """How many days it is past its due date; 0 while nothing is open or due."""
        if self.due is None or not self.balance.open_cents:
            return 0
        return max((self.as_of - self.due.due_on).days, 0)

    @property
    def level(self) -> int:
        """The level of the last reminder, 0 without any."""
        return max((reminder.level for reminder in self.reminders), default=0)

    @property
    def interest_cents(self) -> int:
        """All default interest until the day, rounded once (§ 288 Abs. 2 BGB)."""
        return interest(self.stretches)

    @property
    def flat_fee_cents(self) -> int:
        """The flat fee, once the debtor has been in default (§ 288 Abs. 5 BGB)."""
        return FLAT_FEE if self.stretches else 0

    @property
    def is_confirmed(self) -> bool:
        """Whether the base rate of every day that bears interest is known."""
        return all(part.is_confirmed for part in self.stretches)

    @property
    def demanded_cents(self) -> int:
        """Interest and flat fee that reminders have asked for; the last one's interest holds that of all before."""
        latest = self.reminders[-1].interest_cents if self.reminders else 0
        return int(latest + sum(reminder.flat_fee_cents for reminder in self.reminders))

    @property
    def costs_open_cents(self) -> int:
        """What of that is still to be paid: what was paid beyond the invoice goes there first."""
        return max(self.demanded_cents - self.balance.credit_cents, 0)

    @property
    def credit_cents(self) -> int:
        """What was paid beyond the invoice and what reminders asked for."""
        return max(self.balance.credit_cents - self.demanded_cents, 0)


@dataclass(frozen=True, slots=True)
class DefaultRules:
    """What default is judged by: the day, the known base rates, and the processor's reading of § 286 BGB."""

    day: date
    rates: BaseRates
    begins: DefaultBegins

    def judge(
        self, row: Any, account: Account, due: DueDate | None, reminders: tuple[Any, ...], land: str
    ) -> Receivable:
        """Put together what is known of one invoice."""
        since = None if due is None else self._since(due, reminders, place_calendar(land))
        parts = () if since is None else stretches(account, self.rates, since, self.day)
        return Receivable(
            row=row,
            as_of=self.day,
            account=account,
            due=due,
            reminders=reminders,
            default_since=since if parts else None,
            stretches=parts,
        )

    def _since(self, due: DueDate, reminders: tuple[Any, ...], calendar: Calendar) -> date | None:
        received = [day for one in reminders if (day := reminder_received_on(one, calendar)) is not None]
        since = in_default_since(due.due_on, received, self.begins, calendar)
        return since if since <= self.day else None


def reminder_received_on(reminder: Any, calendar: Calendar) -> date | None:
    """Give when a reminder was received: the day a person proved, else by the rule of mail; None: not known."""
    proved: date | None = reminder.received_on
    if proved is None and reminder.mailed_at is not None:
        return received_on(instant_of(reminder.mailed_at), calendar)
    return proved
