"""Two processors with a person of every role each, and a client that speaks for any of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from api.app import build_service, create_app
from api.service import Service
from api.settings import read_settings
from billing.services.access.grants import record_grant
from billing.services.access.rights import SECOND_FACTOR_ROLES, Right
from billing.services.acting import Act, id_of, put
from billing.services.cases import open_case, read_case
from billing.services.contracts import add_contract, read_contract
from billing.services.parties import add_contact, add_controller, add_person, read_contact, read_controller, read_person
from billing.store.session import Store, TenantSession
from billing.store.tables import ApiToken, Contact, Person, RoleGrant, User
from billing.store.tables.kinds import Role
from tests.support.processor import found_processor

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PROCESSORS = ("immoinvent", "nachbar")
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - of everybody whose role asks for a second factor
CONTROLLER_ROLES = ("controller_approver", "controller_reader")


@dataclass
class Clock:
    """The service's clock, which a test may move."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: int) -> None:
        self.now += timedelta(**span)


@dataclass
class Site:
    """A running service without a network, and everybody's tokens."""

    store: Store
    service: Service
    client: TestClient[Any]
    clock: Clock
    processors: Mapping[str, int]

    def ask(
        self, role: str, method: str, path: str, body: Any = None, *, of: str = PROCESSORS[0], **headers: str
    ) -> Response:
        """Send a request as somebody of a role of a processor; `anonymous` sends no token."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if role != "anonymous":
            sent["Authorization"] = f"Bearer {token_of(of, role)}"
        return self.client.request(method, f"/api/v1{path}", json=body, headers=sent)

    def get(self, role: str, path: str, **headers: str) -> Any:
        """Get what must be there."""
        response = self.ask(role, "GET", path, **headers)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, role: str, path: str, body: Any = None, **headers: str) -> Any:
        """Do what must be possible."""
        response = self.ask(role, "POST", path, {} if body is None else body, **headers)
        assert response.status_code in (200, 201, 202), response.text
        return response.json()

    def tell(self, deed: Any, of: str = PROCESSORS[0]) -> Any:
        """Do something in a session of a processor, past the service."""
        with self.store.tenant(self.processors[of]) as session:
            return deed(session)


def token_of(processor: str, role: str) -> str:
    """Give the token of the user of a role; it is told by its name, as no secret is needed here."""
    return f"mau_{processor}_{role}"


def furnish_site(store: Store) -> dict[str, int]:
    """Found both processors; gives their numbers."""
    numbers = {}
    for ref in PROCESSORS:
        numbers[ref] = found_processor(store, date(2025, 1, 1), ref)
        with store.tenant(numbers[ref]) as session:
            _furnish(session, ref)
    return numbers


def _furnish(session: TenantSession, ref: str) -> None:
    act = Act("test", datetime(2026, 1, 5, 8, tzinfo=UTC))
    address = {"street": "Seeweg 2", "postcode": "70173", "city": "Stuttgart"}
    for number in (1, 2):
        controller = add_controller(
            session, act, read_controller({"name": f"Wohnbau {number}", "ref": f"K-{number}", **address})
        )
        contract = {"controller": controller.ref, "ref": f"AVV-{number}", "starts_on": "2026-01-01"}
        add_contract(session, act, read_contract(contract))
        add_case(session, act, f"AVV-{number}", f"V-{number}")
    for role in Role:
        add_user(session, act, ref, role)


def add_case(session: TenantSession, act: Act, contract: str, ref: str) -> None:
    """Open a case."""
    raw = {"contract": contract, "ref": ref, "kind": "data_subject_request", "title": "Auskunft"}
    open_case(session, act, *read_case(raw))


def add_user(
    session: TenantSession,
    act: Act,
    ref: str,
    role: Role,
    *,
    login: str | None = None,
    controller: str = "K-1",
    scopes: str = " ".join(Right),
    until: datetime = NOW + timedelta(days=30),
) -> User:
    """Add a user of a role with a token; one of several of a role has a `login` of its own."""
    login = login or role
    email = f"{login}@{ref}.example"
    who = _contact(session, act, login, email, controller) if role in CONTROLLER_ROLES else _person(session, act, login)
    user = User(
        person_id=who.id if isinstance(who, Person) else None,
        contact_id=who.id if isinstance(who, Contact) else None,
        controller_id=who.controller_id if isinstance(who, Contact) else None,
        email=email,
        email_digest=session.ring.digest(email),
        created_at=act.at,
    )
    if role in SECOND_FACTOR_ROLES:
        user.totp_secret, user.totp_confirmed_at = TOTP_SECRET, act.at
    put(session, user)
    record_grant(session, act, RoleGrant(user_id=id_of(user), role=role, reason="Test", **act.record()))
    secret = token_of(ref, login)
    put(
        session,
        ApiToken(
            user_id=id_of(user),
            label="test",
            token_hash=sha256(secret.encode()).hexdigest(),
            scopes=scopes,
            created_at=act.at,
            expires_at=until,
        ),
    )
    return user


def _person(session: TenantSession, act: Act, login: str) -> Person:
    raw = {
        "name": f"Person {login}",
        "ref": login.upper(),
        "initials": login[:2].upper(),
        "confidentiality_pledged_on": act.at.date().isoformat(),
    }
    return add_person(session, act, read_person(raw))


def _contact(session: TenantSession, act: Act, login: str, email: str, controller: str) -> Contact:
    may = login == Role.CONTROLLER_APPROVER
    raw = {"controller": controller, "name": f"Kontakt {login}", "email": email, "may_approve": may}
    return add_contact(session, act, read_contact(raw))


_IDLE: list[Litestar] = []
"""Applications that no test is using: to build one costs more than most tests do with it."""


@contextmanager
def application_of(service: Service) -> Iterator[Litestar]:
    """Lend an application of this process to a service; services at once have one each."""
    application = _IDLE.pop() if _IDLE else create_app(service)
    application.state.service = service
    try:
        yield application
    finally:
        del application.state.service
        _IDLE.append(application)


@contextmanager
def open_site(store: Store, processors: Mapping[str, int]) -> Iterator[Site]:
    """Open the service on a store."""
    clock = Clock()
    service = build_service(store, read_settings({}), "http://mehraufwand.local", now=clock, demo=True)
    with application_of(service) as application, TestClient(application, base_url=service.base_url) as client:
        yield Site(store, service, client, clock, processors)
