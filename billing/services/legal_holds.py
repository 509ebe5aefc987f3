"""Legal holds (law.md G): no row goes while a tax assessment is open or there is a dispute, however old it is.

The database asks for living holds whenever something is deleted (`store.rules.retention`).
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from billing.clause.reading import Reader, read_object
from billing.errors import Conflict, InvalidInput
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_line, read_note
from billing.services.openings import read_year
from billing.services.parties import find_controller
from billing.services.references import row_of_id
from billing.store.queries.reading import page_of
from billing.store.session import TenantSession
from billing.store.tables import Controller, LegalHold

HOLD: dict[str, Reader] = {"ref": read_line, "reason": read_note, "controller?": read_line, "from_year?": read_year}
"""What a hold is called, why it is, and what it covers: all, or one controller's rows, or a year and later."""
LIFTING: dict[str, Reader] = {"reason": read_note}


def set_hold(session: TenantSession, act: Act, raw: Mapping[str, Any]) -> LegalHold:
    """Stop all deleting of what the hold covers, from now on; Conflict when the name is taken."""
    said = read_object(dict(raw), "", HOLD)
    controller = None if said.get("controller") is None else find_controller(session, said["controller"])
    if _of_ref(session, said["ref"]) is not None:
        raise Conflict("hold_exists", path="ref", value=said["ref"])
    hold = LegalHold(
        ref=said["ref"],
        reason=said["reason"],
        controller_id=None if controller is None else id_of(controller),
        from_year=said.get("from_year"),
        **act.record(),
    )
    put(session, hold)
    scope = {"controller": controller and controller.ref, "from_year": hold.from_year}
    audit(session, act, "hold_set", f"hold:{hold.ref}", **scope)
    return hold


def lift_hold(session: TenantSession, act: Act, hold: LegalHold, raw: Mapping[str, Any]) -> LegalHold:
    """End a hold, for a reason; what it covered may go again when its time is over. Conflict when it was lifted."""
    said = read_object(dict(raw), "", LIFTING)
    if hold.lifted_at is not None:
        raise Conflict("hold_is_lifted", path="ref", value=hold.ref, at=hold.lifted_at)
    hold.lifted_at, hold.lifted_by_id, hold.lifted_by_name = act.at, act.user_id, act.name
    hold.lift_reason = said["reason"]
    put(session, hold)
    audit(session, act, "hold_lifted", f"hold:{hold.ref}")
    return hold


def find_hold(session: TenantSession, ref: str) -> LegalHold:
    """Give a hold by its name; InvalidInput when there is none."""
    hold = _of_ref(session, ref)
    if hold is None:
        raise InvalidInput("unknown_hold", path="ref", value=ref)
    return hold


def hold_by_id(session: TenantSession, number: int) -> LegalHold:
    """Give the hold of an id; NotFound when there is none."""
    hold: LegalHold = row_of_id(session, LegalHold, "hold_not_found", number)
    return hold


def holds_after(session: TenantSession, after: int, most: int) -> list[LegalHold]:
    """Give a part of all holds, by id; those that were lifted too."""
    return page_of(session, LegalHold, session.processor_id, after, most)


def controller_ref(session: TenantSession, hold: LegalHold) -> str | None:
    """Give the controller whose rows a hold covers, or None when it covers those of all."""
    return None if hold.controller_id is None else session.get_one(Controller, hold.controller_id).ref


def _of_ref(session: TenantSession, ref: str) -> LegalHold | None:
    query = select(LegalHold).where(LegalHold.processor_id == session.processor_id, col(LegalHold.ref) == ref)
    return session.exec(query).one_or_none()
