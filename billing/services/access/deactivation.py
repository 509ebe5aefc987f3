"""When somebody leaves: the account is closed at once, and what waited for him goes to a person who is named (part G).

The row stays, as does everything that was recorded: history keeps its authors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.clause import refs
from billing.clause.reading import Reader, read_object
from billing.errors import Conflict, InvalidInput, Refused
from billing.services.access.grants import end_all_grants, require_another_admin
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_line
from billing.services.mails import user_recipient, write_mail
from billing.services.parties import find_person
from billing.store.queries.access import end_other_sessions
from billing.store.queries.users import (
    account_of,
    cases_of_ids,
    drafts_of,
    end_links,
    end_tokens,
    open_cases_of,
    open_proposals_of,
    running_timer,
)
from billing.store.session import TenantSession
from billing.store.tables import Case, Person, User

DEACTIVATION: dict[str, Reader] = {"hand_over_to?": read_line}


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What waited for somebody, by reference: cases looked after, entries with an open proposal, unsent estimates."""

    cases: tuple[str, ...]
    proposals: tuple[str, ...]
    estimates: tuple[str, ...]
    case_ids: frozenset[int]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waited."""
        return not (self.cases or self.proposals or self.estimates)


def waiting_for(session: TenantSession, user: User) -> HandedOver:
    """Give what waits for a user: he would have had to see to it."""
    if user.person_id is None:
        return HandedOver((), (), (), frozenset())
    number = id_of(user)
    cases = open_cases_of(session, session.processor_id, user.person_id)
    proposals = open_proposals_of(session, session.processor_id, number)
    drafts = drafts_of(session, session.processor_id, number)
    return HandedOver(
        cases=tuple(case.ref for case in cases),
        proposals=_refs(proposals),
        estimates=_refs(drafts),
        case_ids=frozenset({id_of(case) for case in cases} | {row.case_id for row in (*proposals, *drafts)}),
    )


def deactivate_user(session: TenantSession, act: Act, user: User, raw: Mapping[str, Any]) -> HandedOver:
    """Close an account: sessions, tokens, links and roles end at once; gives what was handed over.

    What he had open goes to `hand_over_to`, who looks after its cases from now on: nobody else can have written a
    proposal or a draft, but somebody else must see to it. Refused: the last admin, or a timer that still runs (its time
    would be lost, 13(10)); Conflict: closed already; InvalidInput: a successor is missing or has no open account.
    """
    to = read_object(raw, "", DEACTIVATION).get("hand_over_to")
    require_another_admin(session, user)
    session.refresh(user)  # somebody else may have closed it while we waited
    if user.disabled_at is not None:
        raise Conflict("user_is_disabled", path="user", value=id_of(user))
    _require_no_timer(session, user)
    waiting = waiting_for(session, user)
    successor = _successor(session, user, waiting, to)
    user.disabled_at = act.at
    put(session, user)
    ended = {
        "sessions_ended": end_other_sessions(session, session.processor_id, id_of(user), None, act.at),
        "tokens_ended": end_tokens(session, id_of(user), act.at),
        "links_ended": end_links(session, user, act.at),
        "roles": [[str(role) for role in end_all_grants(session, act, user)], []],
    }
    if successor is not None:
        _hand_over(session, act, waiting, *successor)
    handed = {"cases": waiting.cases, "proposals": waiting.proposals, "estimates": waiting.estimates}
    told = {name: list(given) for name, given in handed.items()}
    to_ref = None if successor is None else successor[0].ref
    audit(session, act, "user_deactivated", f"user:{id_of(user)}", hand_over_to=to_ref, **ended, **told)
    return waiting


def _require_no_timer(session: TenantSession, user: User) -> None:
    if user.person_id is None:
        return
    timer = running_timer(session, session.processor_id, user.person_id)
    if timer is not None:
        clause, case = refs.ACTIVITY_RECORD.number, timer.ref
        raise Refused("timer_still_runs", clause=clause, case=case, started_at=timer.started_at)


def _successor(session: TenantSession, user: User, waiting: HandedOver, ref: str | None) -> tuple[Person, User] | None:
    """Find who takes over; nobody need be named when nothing waits."""
    if ref is None:
        if not waiting.is_empty:
            open_things = ", ".join((*waiting.cases, *waiting.proposals, *waiting.estimates))
            raise InvalidInput("hand_over_missing", path="hand_over_to", value=None, open=open_things)
        return None
    person = find_person(session, ref, "hand_over_to")
    account = account_of(session, session.processor_id, User.person_id, id_of(person))
    if person.id == user.person_id or account is None:
        raise InvalidInput("successor_without_account", path="hand_over_to", value=ref)
    return person, account


def _hand_over(session: TenantSession, act: Act, waiting: HandedOver, person: Person, account: User) -> None:
    """Let the successor look after the cases that were the leaver's, or nobody's, and tell him of all that waits."""
    mine = set(waiting.cases)
    cases = cases_of_ids(session, session.processor_id, waiting.case_ids)
    for case in cases:
        if case.ref in mine or case.responsible_id is None:
            case.responsible_id = id_of(person)
            put(session, case)
    if waiting.is_empty:
        return
    fields = {"cases": _listed(cases), "proposals": waiting.proposals, "estimates": waiting.estimates}
    write_mail(
        session,
        act,
        kind="hand_over",
        to=user_recipient(session, account),
        fields=fields,
        subject_table="user",
        subject_id=id_of(account),
        version=act.at.isoformat(),
    )


def _listed(cases: Sequence[Case]) -> list[str]:
    return [case.ref for case in cases]


def _refs(rows: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.ref for row in rows))
