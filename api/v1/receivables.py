"""Open items over HTTP: what invoices still ask for, since when they are late, and what default costs."""

from datetime import date

from pydantic import BaseModel, Field

from api.money_out import receivable_values
from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get
from billing.clause.reading import Reader, read_date
from billing.money import format_cents
from billing.receivables.base_rates import format_hundredths
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.claims import claim_by_id
from billing.services.fields import read_line
from billing.services.open_items import Receivable
from billing.services.parties import find_controller
from billing.services.receivables import Receivables

_DAY: dict[str, Reader] = {"as_of?": read_date, "controller?": read_line}
_WANTED: dict[str, Reader] = {**_DAY, **PAGING}


class ReceivableOut(BaseModel):
    """An invoice as an open item on a day; `paid` holds what was paid back as well, `overpaid` what is too much."""

    id: int
    number: str
    controller: str
    controller_ref: str
    contract: str
    issue_date: date
    gross: str
    corrected: str
    paid: str
    written_off: str
    open: str
    overpaid: str
    received_on: date | None
    due_on: date | None = Field(description="null: its receipt is not recorded, so it is not due.")
    days_overdue: int
    level: int = Field(description="Level of the last reminder.")
    default_since: date | None = Field(description="The first day that bears interest.")
    interest: str
    flat_fee: str
    costs_open: str = Field(description="Of interest and flat fee what reminders asked for and nobody paid.")
    rate_confirmed: bool = Field(
        description="false: the base rate of a half-year is not known, interest is provisional."
    )


class InterestStretchOut(BaseModel):
    """Days over which the same amount is owed at the same rate, both ends included."""

    first: date
    last: date
    days: int
    owed: str
    percent: str = Field(description="Interest a year: base rate + 9 points.", examples=["10.27"])
    rate_confirmed: bool


class ReceivableDetailOut(ReceivableOut):
    """An open item with how its interest is counted."""

    stretches: list[InterestStretchOut]


class ReceivableSumOut(BaseModel):
    """What is unsettled of one controller's invoices."""

    controller: str
    controller_ref: str
    invoices: int
    open: str
    overpaid: str


class ReceivableSumsOut(BaseModel):
    """Sums by controller, and all together."""

    as_of: date
    items: list[ReceivableSumOut]
    open: str
    overpaid: str


@get("/receivables", right=Right.READ_MONTHS, query=_WANTED, gives=Page[ReceivableOut])
def list_receivables(call: Call) -> Reply:
    """List the invoices of which something is open or was paid too much: today or on a day, all or one controller's."""
    reader, controller_id = _reader(call), _controller(call)
    return call.page(lambda after, most: reader.unsettled(after, most, controller_id=controller_id), _show)


@get("/receivables/sums", right=Right.READ_MONTHS, query=_DAY, gives=ReceivableSumsOut)
def sum_receivables(call: Call) -> Reply:
    """Give what is open and what was paid too much, by controller and together."""
    reader = _reader(call)
    sums = reader.sums(controller_id=_controller(call))
    return Reply(
        ReceivableSumsOut(
            as_of=reader.day,
            items=[
                ReceivableSumOut(
                    controller=one.controller,
                    controller_ref=one.controller_ref,
                    invoices=one.invoices,
                    open=format_cents(one.open_cents),
                    overpaid=format_cents(one.credit_cents),
                )
                for one in sums
            ],
            open=format_cents(sum(one.open_cents for one in sums)),
            overpaid=format_cents(sum(one.credit_cents for one in sums)),
        )
    )


@get("/invoices/{invoice_id:int}/receivable", right=Right.READ_MONTHS, query=_DAY, gives=ReceivableDetailOut)
def get_receivable(call: Call) -> Reply:
    """Give one invoice as an open item, paid or not, with how its interest is counted."""
    item = _reader(call).of(id_of(claim_by_id(call.session, call.path["invoice_id"])))
    parts = [
        InterestStretchOut(
            first=part.first,
            last=part.last,
            days=part.days,
            owed=format_cents(part.owed_cents),
            percent=format_hundredths(part.rate_hundredths),
            rate_confirmed=part.is_confirmed,
        )
        for part in item.stretches
    ]
    return Reply(ReceivableDetailOut(**_show(item).model_dump(), stretches=parts))


def _reader(call: Call) -> Receivables:
    return Receivables(call.session, call.act.at, call.query.get("as_of"))


def _controller(call: Call) -> int | None:
    ref = call.query.get("controller")
    return None if ref is None else id_of(find_controller(call.session, ref))


def _show(item: Receivable) -> ReceivableOut:
    values = receivable_values(item)
    money = ("gross", "corrected", "paid", "written_off", "open", "overpaid", "interest", "flat_fee", "costs_open")
    return ReceivableOut(id=item.id, **values | {name: format_cents(values[name]) for name in money})
