"""DATEV: what the tax adviser said about the books, and the debtor account of each controller."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import get, patch, put
from billing.clause.reading import Reader, read_object
from billing.services.access.rights import Right
from billing.services.datev_settings import DATEV, Books, books, set_books
from billing.services.debtors import debtor_numbers, list_debtors, set_debtor
from billing.services.fields import count_between
from billing.services.party_changes import controller_by_id

_NUMBER: dict[str, Reader] = {"number": count_between(10_000, 10_000_000)}


class DatevSettingsOut(BaseModel):
    """The settings in force. Version 0: nothing was said yet. Accounts are the chart's unless others were said."""

    version: int
    chart: Literal["SKR03", "SKR04"] | None
    consultant: int | None = Field(description="Beraternummer.")
    client: int | None = Field(description="Mandantennummer.")
    account_length: int = Field(description="Digits of a ledger account; debtor accounts have one more.")
    fiscal_year_month: int
    locked: bool = Field(description="Bookings are locked on import (Festschreibung).")
    service_dates: bool = Field(description="Bookings carry date of performance and tax period.")
    accounts: dict[str, str] = Field(examples=[{"revenue_19": "8400"}])
    missing: list[str] = Field(description="What must be said before anything can be exported.")


class DebtorOut(BaseModel):
    """A controller and its debtor account; null: it gets the next free one with its first batch."""

    controller_id: int
    controller: str
    debtor: int | None


class DebtorsOut(BaseModel):
    """All controllers by reference."""

    items: list[DebtorOut]


@get("/datev/settings", right=Right.READ_MASTER_DATA, gives=DatevSettingsOut)
def get_datev_settings(call: Call) -> Reply:
    """Give the settings for DATEV in force."""
    return Reply(_show(books(call.session)), etag=True)


@patch(
    "/datev/settings",
    right=Right.MASTER_DATA,
    reads=DATEV,
    gives=DatevSettingsOut,
    example={"chart": "SKR03", "consultant": 1001, "client": 1},
)
def change_datev_settings(call: Call) -> Reply:
    """Record a new version; what is not named stays, `null` gives an account back to the chart."""
    call.require_match(_show(books(call.session)))
    return Reply(_show(set_books(call.session, call.act, call.raw)), etag=True)


@get("/datev/debtors", right=Right.READ_MASTER_DATA, gives=DebtorsOut)
def list_debtor_accounts(call: Call) -> Reply:
    """List all controllers with their debtor accounts."""
    return Reply(DebtorsOut(items=[_debtor(controller, number) for controller, number in list_debtors(call.session)]))


@put(
    "/controllers/{controller_id:int}/debtor-account",
    right=Right.MASTER_DATA,
    reads=_NUMBER,
    gives=DebtorOut,
    example={"number": 10400},
)
def set_debtor_account(call: Call) -> Reply:
    """Set the debtor account of a controller; batches that were made keep the one they had."""
    controller = controller_by_id(call.session, call.path["controller_id"])
    number = read_object(call.raw, "", _NUMBER)["number"]
    set_debtor(call.session, call.act, controller.ref, number, books(call.session))
    return Reply(_debtor(controller, debtor_numbers(call.session)[controller.id or 0]))


def _show(found: Books) -> DatevSettingsOut:
    chart: Any = found.chart and str(found.chart)
    return DatevSettingsOut(
        version=found.version_no,
        chart=chart,
        consultant=found.consultant,
        client=found.client,
        account_length=found.account_length,
        fiscal_year_month=found.fiscal_year_month,
        locked=found.locked,
        service_dates=found.service_dates,
        accounts=found.accounts,
        missing=found.missing,
    )


def _debtor(controller: Any, number: int | None) -> DebtorOut:
    return DebtorOut(controller_id=controller.id, controller=controller.ref, debtor=number)
