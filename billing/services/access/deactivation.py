"""When somebody leaves: the account is closed at once, and what waited for him goes to a person who is named (part G).

The row stays, as does everything that was recorded: history keeps its authors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause.reading import Reader, read_object
from billing.errors import Conflict, InvalidInput
from billing.services.access.grants import end_all_grants, require_another_admin
from billing.services.acting import Act, audit, id_of, put
from billing.services.discarding import throw_away
from billing.services.fields import read_line
from billing.services.mails import user_recipient, write_mail
from billing.services.parties import find_person
from billing.store.queries.access import end_other_sessions
from billing.store.queries.timers import held_timer
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
class RunningClock:
    """A clock that somebody let run: for which case, and since when."""

    case: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What waited for somebody, by reference: cases looked after, entries with an open proposal, unsent estimates.

    And his running clock, whose time is logged by nobody yet.
    """

    cases: tuple[str, ...]
    proposals: tuple[str, ...]
    estimates: tuple[str, ...]
    case_ids: frozenset[int]
    clock: RunningClock | None = None

    @property
    def refs(self) -> tuple[str, ...]:
        """All of it, as far as it has a reference, each once."""
        clock = () if self.clock is None else (self.clock.case,)
        return tuple(dict.fromkeys((*self.cases, *self.proposals, *self.estimates, *clock)))

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waited."""
        return not self.refs


def waiting_for(session: TenantSession, user: User) -> HandedOver:
    """Give what waits for a user: he would have had to see to it."""
    if user.person_id is None:
        return HandedOver((), (), (), frozenset())
    number = id_of(user)
    cases = open_cases_of(session, session.processor_id, user.person_id)
    proposals = open_proposals_of(session, session.processor_id, number)
    drafts = drafts_of(session, session.processor_id, number)
    clock = running_timer(session, session.processor_id, user.person_id)
    return HandedOver(
        cases=tuple(case.ref for case in cases),
        proposals=_refs(proposals),
        estimates=_refs(drafts),
        case_ids=frozenset({id_of(case) for case in cases} | {row.case_id for row in (*proposals, *drafts)}),
        clock=None if clock is None else RunningClock(clock.ref, clock.started_at),
    )


def deactivate_user(session: TenantSession, act: Act, user: User, raw: Mapping[str, Any]) -> HandedOver:
    """Close an account: sessions, tokens, links and roles end at once; gives what was handed over.

    What he had open goes to `hand_over_to`, who looks after its cases from now on: nobody else can have written a
    proposal or a draft, but somebody else must see to it. A clock that still runs ends and keeps nobody from closing
    the account; its time is told to the successor, who logs what was worked (13(10)). Refused: the last admin;
    Conflict: closed already; InvalidInput: a successor is missing or has no open account.
    """
    to = read_object(raw, "", DEACTIVATION).get("hand_over_to")
    require_another_admin(session, user)
    session.refresh(user)  # somebody else may have closed it while we waited
    if user.disabled_at is not None:
        raise Conflict("user_is_disabled", path="user", value=id_of(user))
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
    handed = {"cases": waiting.cases, "proposals": waiting.proposals, "estimates": waiting.estimates}
    told = {name: list(given) for name, given in handed.items()}
    if waiting.clock is not None:
        _end_clock(session, act, user)
        told["timer"] = [waiting.clock.case, waiting.clock.started_at.isoformat(), act.at.isoformat()]
    if successor is not None:
        _hand_over(session, act, waiting, *successor)
    to_ref = None if successor is None else successor[0].ref
    audit(session, act, "user_deactivated", f"user:{id_of(user)}", hand_over_to=to_ref, **ended, **told)
    return waiting


def _end_clock(session: TenantSession, act: Act, user: User) -> None:
    """Take the clock away; nothing of it is logged, as only who worked knows what was done."""
    assert user.person_id is not None  # noqa: S101 - clocks are of staff
    timer = held_timer(session, session.processor_id, user.person_id)
    if timer is not None:
        throw_away(session, act, session.get_one(Person, user.person_id).ref, timer)


def _successor(session: TenantSession, user: User, waiting: HandedOver, ref: str | None) -> tuple[Person, User] | None:
    """Find who takes over; nobody need be named when nothing waits."""
    if ref is None:
        if not waiting.is_empty:
            raise InvalidInput("hand_over_missing", path="hand_over_to", value=None, open=", ".join(waiting.refs))
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
    fields: dict[str, Any] = {"cases": _listed(cases), "proposals": waiting.proposals, "estimates": waiting.estimates}
    clock = waiting.clock
    fields |= {"clock": clock and clock.case, "since": clock and clock.started_at, "until": act.at}
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
