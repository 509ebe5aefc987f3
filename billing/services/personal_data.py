"""Everything held about one member of staff or one contact, for that person to read and take along (Art. 15, 20 GDPR).

Sealed texts are opened. What the person only recorded about other matters is listed as a deed: where and when.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from billing.canonical import canonical, fingerprint
from billing.errors import Conflict, InvalidInput
from billing.money import format_cents
from billing.services.access.trail import note_access
from billing.services.access.visitor import Via
from billing.services.acting import Act, id_of
from billing.services.parties import address_digest, find_controller, find_person, list_persons
from billing.services.personal_places import PLACES, Place, Whose
from billing.store.queries.logs import events_of
from billing.store.queries.personal_data import (
    HeldAddress,
    contacts_of_address,
    rows_about,
    rows_recorded,
    rows_to_addresses,
    users_of,
)
from billing.store.session import TenantSession
from billing.store.tables import ApiToken, Contact, Person, User, UserSession, metadata

_RECORDER = "recorded_by_id"
_ACCOUNT_CHANGED = "user_changed"
_ADDRESS_CHANGED = (_ACCOUNT_CHANGED, "contact_changed")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an export is about, and all by which rows name that person."""

    kind: str
    ref: str
    named: dict[Whose, frozenset[Any]]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one table, as JSON values; `label.table_<name>` is its name on screen and paper."""

    table: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """An export: about whom, as of when, what is held, and what the person recorded."""

    kind: str
    ref: str
    as_of: datetime
    groups: list[Group]
    deeds: list[Group]

    @property
    def sha256(self) -> str:
        """The fingerprint of what was given, as the access log keeps it."""
        told = [[group.table, group.rows] for group in (*self.groups, *self.deeds)]
        return fingerprint(canonical(told))


def subject_of_person(session: TenantSession, person: Person) -> Subject:
    """Say by what a member of staff is named; on the command line by name (`--as`), if nobody else has it."""
    users = users_of(session, session.processor_id, User.person_id, id_of(person))
    held = [address for user in users for address in _held(session, [_account(user)], user.email_digest)]
    more = {Whose.PERSON: frozenset({id_of(person)}), Whose.ADDRESS: frozenset(held)}
    actors = {person.ref, f"person:{person.ref}"}
    if person.name and [each.name for each in list_persons(session)].count(person.name) == 1:
        actors.add(person.name)
    return _subject(session, "person", person.ref, users, more, actors)


def subject_of_contact(session: TenantSession, contact: Contact) -> Subject:
    """Say by what a contact is named."""
    users = users_of(session, session.processor_id, User.contact_id, id_of(contact))
    ref = f"contact:{id_of(contact)}"
    # Who has an account shares its address, and changes it there.
    held = _held(session, [ref, *map(_account, users)], contact.email_digest)
    more = {Whose.CONTACT: frozenset({id_of(contact)}), Whose.ADDRESS: frozenset(held)}
    return _subject(session, "contact", ref, users, more, {ref})


def subject_of_user(session: TenantSession, user: User) -> Subject:
    """Say by what the holder of an account is named."""
    if user.person_id is not None:
        return subject_of_person(session, session.get_one(Person, user.person_id))
    return subject_of_contact(session, session.get_one(Contact, user.contact_id))


def find_subject(session: TenantSession, kind: str, ref: str, controller: str | None = None) -> Subject:
    """Find whom somebody means: a member of staff by reference, a contact by e-mail address.

    InvalidInput when there is none; Conflict when several controllers have this contact and none is named.
    """
    if kind == "person":
        return subject_of_person(session, find_person(session, ref, "ref"))
    owner = None if controller is None else id_of(find_controller(session, controller))
    contacts = contacts_of_address(session, session.processor_id, address_digest(session, ref), owner)
    if not contacts:
        raise InvalidInput("unknown_contact", path="ref", value=ref)
    if len(contacts) > 1:
        raise Conflict("contact_ambiguous", path="ref", value=ref)
    return subject_of_contact(session, contacts[0])


def export_personal_data(session: TenantSession, act: Act, subject: Subject) -> PersonalData:
    """Collect all that is held about somebody; the access log says who took it, and the fingerprint of what."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for place in PLACES:
        groups.setdefault(place.table.__table__.name, []).extend(_about(session, place, subject))  # type: ignore[attr-defined]
    deeds = {name: _recorded(session, name, subject) for name in sorted(metadata.tables)}
    data = PersonalData(subject.kind, subject.ref, act.at, _filled(groups), _filled(deeds))
    about = subject.ref if subject.kind == "contact" else f"person:{subject.ref}"
    note_access(session, act, "personal_data_exported", about, sha256=data.sha256)
    return data


def _held(session: TenantSession, subjects: Sequence[str], digest: str) -> list[HeldAddress]:
    """Give an address and those before it, as the audit log tells of their changes."""
    since, held = None, list[HeldAddress]()
    changes = [event for subject in subjects for event in events_of(session, _ADDRESS_CHANGED, subject)]
    for change in sorted(changes, key=lambda event: event.seq):
        said = change.details["changed"] if change.action == _ACCOUNT_CHANGED else change.details
        before, after = said.get("email", (digest, digest))
        if before != after:
            held.append(HeldAddress(before, since, change.at))
            since = change.at
    return [*held, HeldAddress(digest, since)]


def _subject(
    session: TenantSession,
    kind: str,
    ref: str,
    users: Sequence[User],
    more: dict[Whose, frozenset[Any]],
    actors: Collection[str],
) -> Subject:
    """Put together numbers and names.

    The holder of an account acts as `user:7` in the access log; answers are also kept for his tokens and sessions.
    """
    numbers = frozenset(id_of(user) for user in users)
    names = frozenset({*actors, *map(_account, users), *_askers(session, numbers)})
    return Subject(kind, ref, more | {Whose.USER: numbers, Whose.ACTOR: names})


def _account(user: User) -> str:
    """Give how logs name an account."""
    return f"user:{id_of(user)}"


def _askers(session: TenantSession, numbers: Collection[int]) -> list[str]:
    """Give the names under which answers are kept for the tokens and sessions of these accounts (`Visitor.asker`)."""
    return [
        f"{via}:{row.id}"
        for via, table in ((Via.TOKEN, ApiToken), (Via.SESSION, UserSession))
        for row in rows_about(session, session.processor_id, table, "user_id", numbers, "id")
    ]


def _about(session: TenantSession, place: Place, subject: Subject) -> list[dict[str, Any]]:
    named = subject.named.get(place.whose)
    if not named:
        return []
    if place.whose is Whose.ADDRESS:
        rows = rows_to_addresses(session, place.table, (place.by, place.moment), named, place.columns)
    else:
        rows = rows_about(session, session.processor_id, place.table, place.by, named, place.columns)
    return [_shown(_told(row), place, subject) for row in rows]


def _shown(told: dict[str, Any], place: Place, subject: Subject) -> dict[str, Any]:
    """Leave out of a row what must not be given: secrets of a text, and who else did what a log tells.

    On the command line that is a colleague's name. A text may be gone, its time over.
    """
    if "actor" in told and told["actor"] not in subject.named[Whose.ACTOR]:
        told["actor"] = None
    return told | {name: show(told[name]) for name, show in place.shown.items() if told[name] is not None}


def _recorded(session: TenantSession, table: str, subject: Subject) -> list[dict[str, Any]]:
    if _RECORDER not in metadata.tables[table].columns:
        return []
    users, names = subject.named[Whose.USER], subject.named[Whose.ACTOR]
    return [_told(row) for row in rows_recorded(session, session.processor_id, table, users, names)]


def _filled(groups: dict[str, list[dict[str, Any]]]) -> list[Group]:
    """Leave out empty tables, and rows that two columns of one table led to."""
    unique = {table: list({canonical(row): row for row in rows}.values()) for table, rows in groups.items()}
    return [Group(table, rows) for table, rows in unique.items() if rows]


def _told(row: Any) -> dict[str, Any]:
    """Give a row as JSON values: moments in UTC, amounts in euros."""
    values = row._mapping  # noqa: SLF001 - the public name of a row's columns
    return {
        name.removesuffix("_cents"): format_cents(value) if name.endswith("_cents") else _plain(value)
        for name, value in values.items()
    }


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case StrEnum():
            return str(value)
        case _:
            return value
