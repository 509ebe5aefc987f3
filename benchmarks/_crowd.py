"""Everybody who is at the service at once: people who log work, contacts who read, a clerk who runs the month."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlmodel import select

from benchmarks._billing_month import furnish_month
from benchmarks._service import FOUNDED
from billing.services.access.grants import record_grant
from billing.services.access.rights import Right
from billing.services.acting import Act, id_of, put
from billing.services.parties import add_contact, add_person, read_contact, read_person
from billing.store.session import Store, TenantSession
from billing.store.tables import ApiToken, Contact, Controller, Person, RoleGrant, User
from billing.store.tables.kinds import Role

_ACT = Act("benchmark", FOUNDED)


def furnish_crowd(store: Store, people: int, portals: int, contracts: int) -> int:
    """Found a processor with a month to bill and an account with a token for everybody; gives its number."""
    processor_id = furnish_month(store, contracts)
    with store.tenant(processor_id) as session:
        for number in range(people):
            _add(session, _person(session, f"p{number}"), Role.STAFF, f"person-{number}")
        _add(session, _person(session, "clerk"), Role.ACCOUNTANT, "clerk")
        controllers = session.exec(select(Controller).order_by(Controller.ref).limit(portals)).all()
        for number, controller in enumerate(controllers):
            _add(session, _contact(session, controller, number), Role.CONTROLLER_READER, f"portal-{number}")
    return processor_id


def token_of(name: str) -> str:
    """Give the token of somebody: `person-3`, `portal-0`, `clerk`."""
    return f"mau_benchmark_{name}"


def _person(session: TenantSession, name: str) -> Person:
    raw = {"name": f"Person {name}", "ref": name, "initials": name[:4], "confidentiality_pledged_on": "2026-01-02"}
    return add_person(session, _ACT, read_person(raw))


def _contact(session: TenantSession, controller: Controller, number: int) -> Contact:
    raw = {"controller": controller.ref, "name": f"Kontakt {number}", "email": f"c{number}@client.example"}
    return add_contact(session, _ACT, read_contact(raw))


def _add(session: TenantSession, whose: Person | Contact, role: Role, name: str) -> None:
    of: dict[str, Any] = {"person_id": id_of(whose)}
    if isinstance(whose, Contact):
        of = {"contact_id": id_of(whose), "controller_id": whose.controller_id}
    email = f"{name}@bench.example"
    user = User(**of, email=email, email_digest=session.ring.digest(email), created_at=_ACT.at)
    if role is Role.ACCOUNTANT:  # the role asks for a second factor, also of who comes with a token
        user.totp_secret, user.totp_confirmed_at = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", _ACT.at
    put(session, user)
    record_grant(session, _ACT, RoleGrant(user_id=id_of(user), role=role, reason="Benchmark", **_ACT.record()))
    token = ApiToken(
        user_id=id_of(user),
        label="bench",
        token_hash=sha256(token_of(name).encode()).hexdigest(),
        scopes=" ".join(Right),
        created_at=_ACT.at,
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    put(session, token)
