"""Persons: the processor's own staff, whose work is logged; papers show their initials only (13(10))."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, patch, post
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.parties import PERSON, add_person, read_person
from billing.services.party_changes import PERSON_CHANGES, change_person, person_by_id, persons_after

_EXAMPLE: dict[str, Any] = {"name": "Mia Lang", "initials": "ML", "confidentiality_pledged_on": "2026-01-15"}


class PersonOut(BaseModel):
    """A member of staff."""

    id: int
    ref: str
    initials: str
    name: str
    confidentiality_pledged_on: date | None = Field(description="Without it no case is open to the person (10(2)).")
    left_on: date | None


def show_person(person: Any) -> PersonOut:
    """Give a person as the API shows it."""
    return PersonOut(
        id=id_of(person),
        ref=person.ref,
        initials=person.initials,
        name=person.name or "",
        confidentiality_pledged_on=person.confidentiality_pledged_on,
        left_on=person.left_on,
    )


@get("/persons", right=Right.READ_MASTER_DATA, query=PAGING, gives=Page[PersonOut])
def list_persons(call: Call) -> Reply:
    """List members of staff by number."""
    return call.page(lambda after, most: persons_after(call.session, after, most), show_person)


@post("/persons", right=Right.PEOPLE, reads=PERSON, gives=PersonOut, example=_EXAMPLE)
def add_person_(call: Call) -> Reply:
    """Take in a member of staff; the reference is the initials if none is given."""
    person = add_person(call.session, call.act, read_person(call.raw))
    return Reply(show_person(person), etag=True, location=f"/persons/{person.id}")


@get("/persons/{person_id:int}", right=Right.READ_MASTER_DATA, gives=PersonOut)
def get_person(call: Call) -> Reply:
    """Give a member of staff."""
    return Reply(show_person(person_by_id(call.session, call.path["person_id"])), etag=True)


@patch(
    "/persons/{person_id:int}",
    right=Right.PEOPLE,
    reads=PERSON_CHANGES,
    gives=PersonOut,
    example={"confidentiality_pledged_on": "2026-01-15"},
)
def change_person_(call: Call) -> Reply:
    """Change a member of staff, or record the day of the confidentiality pledge."""
    person = person_by_id(call.session, call.path["person_id"])
    call.require_match(show_person(person))
    return Reply(show_person(change_person(call.session, call.act, person, call.raw)), etag=True)
