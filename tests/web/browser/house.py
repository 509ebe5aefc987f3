"""The house that the browser tests visit: ImmoInvent on Friday, 5 June 2026, with three clients and an account each.

F-041 Stadtwerke Nürtingen: a subject's request, 30 hours released in the business hours and outside of them.
F-039 Klinikum Filder: an impact assessment, 8 hours released.
F-044 Autohaus Keller: general queries, with nothing to release.
"""

from dataclasses import dataclass
from datetime import date

from billing.services.access.grants import NewGrant, grant_role
from billing.services.access.invitations import open_account
from billing.services.access.passwords import set_password
from billing.services.access.rights import SECOND_FACTOR_ROLES
from billing.services.acting import Act, id_of
from billing.services.parties import add_contact, add_person, read_contact, read_person
from billing.store.session import Store, TenantSession
from billing.store.tables import Contact, Person, User
from billing.store.tables.kinds import Role
from tests.months.facts import Facts, at

OPENED = "2026-06-01 08:00"
TODAY = "2026-06-05 14:00"
PASSWORD = "blaue-Pferde-tanzen-7"  # noqa: S105 - of everybody in a house that lives for a test
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - as above
_STAFF = {
    Role.STAFF: ("Anna Berg", "AB"),
    Role.LEAD: ("Tobias Reimer", "TR"),
    Role.ACCOUNTANT: ("Carla Hartmann", "CH"),
    Role.ADMIN: ("Nora Keller", "NK"),
    Role.AUDITOR: ("Rolf Prinz", "RP"),
}
_CLIENTS = {
    "101": ("Stadtwerke Nürtingen GmbH", "Jana Vogt"),
    "102": ("Klinikum Filder gGmbH", "Dr. Maria Sommer"),
    "103": ("Autohaus Keller GmbH & Co. KG", "Peter Keller"),
}


@dataclass(frozen=True)
class Member:
    """Somebody who may log in."""

    email: str
    user_id: int


def furnish(store: Store) -> tuple[int, dict[str, Member]]:
    """Found the house; gives its number and who may log in, by role: approvers by `approver-101`."""
    facts = Facts(store)
    for number, (name, _) in _CLIENTS.items():
        facts.contract(f"AVV-{number}", name=name, street="Marktstraße 7", postcode="72622", city="Nürtingen")
    _open_cases(facts)
    members = facts.tell(_invite)
    return facts.processor_id, members


def _open_cases(facts: Facts) -> None:
    facts.case("F-041", OPENED, "AVV-101", "data_subject_request", title="Auskunft Art. 15 DSGVO, Mieterakte")
    facts.case("F-039", OPENED, "AVV-102", "dpia", title="Datenschutz-Folgenabschätzung „Patientenportal“")
    facts.case("F-044", OPENED, "AVV-103", "general_query", title="Allgemeine Anfragen")
    facts.estimate("KVA-27", "F-041", OPENED, regular=1800, out_of_hours=1800, night_weekend=600)
    facts.estimate("KVA-28", "F-039", OPENED, regular=480)


def _invite(session: TenantSession) -> dict[str, Member]:
    act = Act("test", at("2026-01-05 09:00"))
    members: dict[str, Member] = {}
    for role, (name, initials) in _STAFF.items():
        raw = {"name": name, "initials": initials, "confidentiality_pledged_on": date(2026, 1, 5).isoformat()}
        person = add_person(session, act, read_person(raw))
        members[role] = _account(session, act, role, person, f"{initials.lower()}@immoinvent.example")
    for number, (_, name) in _CLIENTS.items():
        email = f"datenschutz@kunde-{number}.example"
        raw_contact = {"controller": f"K-AVV-{number}", "name": name, "email": email, "may_approve": True}
        contact = add_contact(session, act, read_contact(raw_contact))
        members[f"approver-{number}"] = _account(session, act, Role.CONTROLLER_APPROVER, contact, email)
    return members


def _account(session: TenantSession, act: Act, role: Role, who: Person | Contact, email: str) -> Member:
    user = open_account(session, act, who, email, "de")
    grant_role(session, act, user, NewGrant(role=role, reason="Test", expires_at=None))
    set_password(session, act, user, PASSWORD)
    if role in SECOND_FACTOR_ROLES:
        user.totp_secret, user.totp_confirmed_at = TOTP_SECRET, act.at
    session.flush()
    return Member(email, id_of(user))


def user_of(session: TenantSession, member: Member) -> User:
    """Find somebody's account."""
    user = session.get(User, member.user_id)
    assert user is not None
    return user
