"""A processor to play at: founded with an account for each role, and what bodies of requests hold."""

from base64 import b64encode
from datetime import UTC, date, datetime

from billing.services.acting import Act
from billing.store.tables.kinds import Role
from tests.api.http.running import Site, add_user
from tests.support.processor import found_processor

FOUNDED = date(2000, 1, 1)
_STAFF = (Role.STAFF, Role.LEAD, Role.ACCOUNTANT, Role.ADMIN, Role.AUDITOR)
_HIRED = Act("test", datetime(2000, 1, 3, 8, tzinfo=UTC))
_FOR_EVER = datetime(2099, 1, 1, tzinfo=UTC)


def found_house(site: Site, ref: str) -> None:
    """Found a processor with an account for each of its own roles."""
    number = found_processor(site.store, FOUNDED, ref)
    site.processors[ref] = number  # type: ignore[index]  # the dictionary that the site was opened with
    with site.store.tenant(number) as session:
        for role in _STAFF:
            add_user(session, _HIRED, ref, role, until=_FOR_EVER)


def invite_approver(site: Site, ref: str, controller: str) -> None:
    """Give a controller somebody who may approve, with an account in the portal."""
    with site.store.tenant(site.processors[ref]) as session:
        add_user(session, _HIRED, ref, Role.CONTROLLER_APPROVER, controller=controller, until=_FOR_EVER)


def moment(said: str) -> datetime:
    """Read a moment with an offset, cut to its minute."""
    return datetime.fromisoformat(said).astimezone(UTC).replace(second=0, microsecond=0)


def upload(content: bytes, name: str) -> dict[str, str]:
    """Give a file as a JSON body holds it."""
    return {"name": name, "content": b64encode(content).decode()}
