"""Names that nothing needs any more (law.md G, T-19): a number stands where a person stood, for good.

What was billed stays with its author's number. The pseudonym is a keyed digest, so the same person is the same in every
table, and only who holds the key could tell whether a name belongs to it.
"""

from collections.abc import Sequence

from billing.services.acting import Act, audit, id_of, put
from billing.store.queries.pseudonyms import accounts_of, contacts_to_reduce, leavers_to_reduce
from billing.store.session import TenantSession
from billing.store.tables import User

_DIGITS = 6


def pseudonym(session: TenantSession, kind: str, number: int) -> str:
    """Give what stands for a person: a letter and six digits of the keyed digest of the row's number."""
    return f"X{session.ring.digest(f'{kind}:{number}')[:_DIGITS]}"


def reduce_leavers(session: TenantSession, act: Act) -> int:
    """Replace name and initials of staff who left more than three calendar years ago; gives how many."""
    people = leavers_to_reduce(session)
    for person in people:
        number = id_of(person)
        person.initials = person.name = pseudonym(session, "person", number)
        _close(session, accounts_of(session, User.person_id, number))
        put(session, person)
        audit(session, act, "person_pseudonymised", f"person:{number}")
    return len(people)


def reduce_contacts(session: TenantSession, act: Act) -> int:
    """Take name, address and telephone from contacts whose time is over and whom only vouchers still name."""
    contacts = contacts_to_reduce(session)
    for contact in contacts:
        number = id_of(contact)
        contact.name, contact.email, contact.phone = pseudonym(session, "contact", number), None, None
        contact.email_digest, contact.may_approve = session.ring.digest(f"gone:contact:{number}"), False
        contact.ended_at = contact.ended_at or act.at
        _close(session, accounts_of(session, User.contact_id, number))
        put(session, contact)
        audit(session, act, "contact_pseudonymised", f"contact:{number}")
    return len(contacts)


def _close(session: TenantSession, users: Sequence[User]) -> None:
    """Leave of an account only that there was one."""
    for user in users:
        user.email, user.email_digest = None, session.ring.digest(f"gone:user:{id_of(user)}")
        user.password_hash = user.totp_secret = user.last_totp_step = user.totp_confirmed_at = None
        put(session, user)
