"""Controllers (Auftraggeber): the clients, as they stand on letters."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, patch, post
from billing.services.access.rights import Right
from billing.services.parties import CONTROLLER, add_controller, read_controller
from billing.services.party_changes import (
    CONTROLLER_CHANGES,
    change_controller,
    controller_by_id,
    controllers_after,
)

_EXAMPLE: dict[str, Any] = {
    "name": "Wohnbau Süd GmbH",
    "street": "Ring 1",
    "postcode": "70173",
    "city": "Stuttgart",
    "land": "BW",
    "invoice_email": "rechnung@wohnbau.example",
}


class ControllerOut(BaseModel):
    """A client; documents that were issued keep the address they were issued with."""

    id: int
    ref: str
    name: str
    address_extra: str | None
    street: str
    postcode: str
    city: str
    country: str = Field(description="ISO 3166-1, two letters.")
    land: str | None = Field(description="German Land, whose holidays count for due dates.", examples=["BW"])
    vat_case: Literal["domestic", "reverse_charge", "third_country"]
    vat_id: str | None
    buyer_reference: str | None
    leitweg_id: str | None
    customer_number: str | None
    language: Literal["de", "en"]
    invoice_email: str | None
    invoice_format: Literal["zugferd", "xrechnung"] = Field(
        description="PDF with the XML inside, or XML alone. Not said for a new one: XML where it has a Leitweg-ID."
    )
    invoice_channel: Literal["mail", "portal"] = Field(
        description="Documents by mail, or in the portal with a mail that says so."
    )
    decision_code: bool = Field(description="Whether a decision by mail link asks for six digits as well.")
    restricted_at: AwareDatetime | None


def show_controller(controller: Any) -> ControllerOut:
    """Give a controller as the API shows it."""
    return ControllerOut.model_validate(controller, from_attributes=True)


@get("/controllers", right=Right.READ_MASTER_DATA, query=PAGING, gives=Page[ControllerOut])
def list_controllers(call: Call) -> Reply:
    """List controllers by number."""
    return call.page(lambda after, most: controllers_after(call.session, after, most), show_controller)


@post("/controllers", right=Right.MASTER_DATA, reads=CONTROLLER, gives=ControllerOut, example=_EXAMPLE)
def add_controller_(call: Call) -> Reply:
    """Take in a controller; its reference is the next free one (`K-001`) if none is given."""
    controller = add_controller(call.session, call.act, read_controller(call.raw))
    return Reply(show_controller(controller), etag=True, location=f"/controllers/{controller.id}")


@get("/controllers/{controller_id:int}", right=Right.READ_MASTER_DATA, gives=ControllerOut)
def get_controller(call: Call) -> Reply:
    """Give a controller."""
    return Reply(show_controller(controller_by_id(call.session, call.path["controller_id"])), etag=True)


@patch(
    "/controllers/{controller_id:int}",
    right=Right.MASTER_DATA,
    reads=CONTROLLER_CHANGES,
    gives=ControllerOut,
    example={"invoice_email": "rechnung@wohnbau.example", "address_extra": None},
)
def change_controller_(call: Call) -> Reply:
    """Change letter data from now on; what is not named stays, null empties."""
    controller = controller_by_id(call.session, call.path["controller_id"])
    call.require_match(show_controller(controller))
    return Reply(show_controller(change_controller(call.session, call.act, controller, call.raw)), etag=True)
