"""What the tax adviser said about the books: numbers, chart, accounts; versions, all kept, the last one counts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlmodel import col, select

from billing.canonical import canonical
from billing.clause.reading import one_of, read_flag
from billing.errors import Conflict
from billing.services.acting import Act, audit, put
from billing.services.changing import Changes, read_changes
from billing.services.datev_accounts import PURPOSES, accounts_of, read_account, require_length
from billing.services.fields import count_between
from billing.store.session import TenantSession
from billing.store.tables import DatevSettings
from billing.store.tables.kinds import Chart

_NEEDED = ("consultant", "client", "chart")


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The settings in force; version 0: nothing was said yet."""

    version_no: int = 0
    row_id: int | None = None
    consultant: int | None = None
    """Beraternummer."""
    client: int | None = None
    """Mandantennummer."""
    chart: Chart | None = None
    account_length: int = 4
    """Digits of a ledger account (Sachkontenlänge); debtor accounts have one more."""
    fiscal_year_month: int = 1
    """Month in which the fiscal year (Wirtschaftsjahr) begins."""
    locked: bool = False
    service_dates: bool = True
    own_accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """Name all that must be said before anything can be booked."""
        return [f"datev.{name}" for name in _NEEDED if getattr(self, name) is None]

    @property
    def accounts(self) -> dict[str, str]:
        """Give the account of each purpose; only what was said while the chart is not known."""
        if self.chart is None:
            return dict(self.own_accounts)
        return accounts_of(self.chart, self.account_length, self.own_accounts)

    @property
    def debtors(self) -> range:
        """Give the numbers that debtor accounts may have: 10000 to 69999 beside ledger accounts of four digits."""
        first = 10**self.account_length
        return range(first, 7 * first)

    def fiscal_year_start(self, day: date) -> date:
        """Give the first day of the fiscal year that a day is in."""
        year = day.year if day.month >= self.fiscal_year_month else day.year - 1
        return date(year, self.fiscal_year_month, 1)

    def require_complete(self) -> None:
        """Refuse to book while anything is missing: Conflict `datev_incomplete` names all of it."""
        if self.missing:
            raise Conflict("datev_incomplete", missing=self.missing)


DATEV = Changes(
    {
        "chart?": one_of(*Chart),
        "consultant?": count_between(1001, 9_999_999),
        "client?": count_between(1, 99_999),
        "account_length?": count_between(4, 8),
        "fiscal_year_month?": count_between(1, 12),
        "locked?": read_flag,
        "service_dates?": read_flag,
        **{f"{purpose}?": read_account for purpose in PURPOSES},
    },
    PURPOSES,
)
"""Every setting and how it is read. What is not named stays; `null` gives an account back to the chart."""


def books(session: TenantSession) -> Books:
    """Give the settings in force."""
    row = session.exec(select(DatevSettings).order_by(col(DatevSettings.version_no).desc()).limit(1)).first()
    return Books() if row is None else _books(row)


def set_books(session: TenantSession, act: Act, raw: Mapping[str, Any]) -> Books:
    """Record a new version; what is not named stays. InvalidInput: nothing named, or a value that can't be."""
    changes = read_changes(raw, DATEV)
    before = books(session)
    own = dict(before.own_accounts) | {name: changes.pop(name) for name in PURPOSES if name in changes}
    own = {purpose: number for purpose, number in own.items() if number is not None}
    if "chart" in changes:
        changes["chart"] = Chart(changes["chart"])
    after = replace(before, **changes, own_accounts=own, version_no=before.version_no + 1)
    require_length(own, after.account_length)
    row = DatevSettings(
        version_no=after.version_no,
        consultant=after.consultant,
        client=after.client,
        chart=after.chart,
        account_length=after.account_length,
        fiscal_year_month=after.fiscal_year_month,
        locked=after.locked,
        service_dates=after.service_dates,
        accounts=canonical(own),
        **act.record(),
    )
    put(session, row)
    audit(session, act, "datev_settings_recorded", f"datev_settings:{after.version_no}", changed=sorted(raw))
    return replace(after, row_id=row.id)


def _books(row: DatevSettings) -> Books:
    return Books(
        version_no=row.version_no,
        row_id=row.id,
        consultant=row.consultant,
        client=row.client,
        chart=row.chart,
        account_length=row.account_length,
        fiscal_year_month=row.fiscal_year_month,
        locked=row.locked,
        service_dates=row.service_dates,
        own_accounts=json.loads(row.accounts),
    )
