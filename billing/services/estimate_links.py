"""The link of a mail that decides one version of one estimate, for one contact, without a log-in (13(5)a).

Looking at it changes nothing, so that a scanner of mail decides nothing. It is not used up by a decision: the version
can be decided once only, and who comes back reads what was decided.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.clause.reading import Reader, read_object, refuse, shaped
from billing.errors import NotAllowed, NotFound
from billing.services.access.limits import limit
from billing.services.access.links import (
    LinkMatter,
    code_refusal,
    find_link,
    needs_code,
    open_link,
    send_code,
)
from billing.services.access.misuse import note_link, note_when_dead
from billing.services.access.visitor import Via
from billing.services.acting import Act, id_of
from billing.services.estimate_decisions import DECISION, Decider, decide_estimate, read_decision
from billing.services.estimate_mails import VERSION_TABLE
from billing.services.estimates import EstimateRecord, version_by_id
from billing.store.session import Store, TenantSession
from billing.store.tables import Contact
from billing.store.tables.kinds import LinkPurpose

MOST_UNKNOWN, UNKNOWN_WINDOW = 30, timedelta(minutes=15)
"""Links that never were, asked for from one network: nobody guesses 256 bits, but nobody need try."""
_CODE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class AtEstimate:
    """What a link opened: a session of its processor, the deed of its owner, and the version it decides."""

    session: TenantSession
    act: Act
    matter: LinkMatter
    contact: Contact
    record: EstimateRecord
    network: str

    @property
    def actor(self) -> str:
        """Whose Idempotency-Keys are used here: two links may use the same."""
        return f"link:{self.matter.link_id}"

    @property
    def asks_for_code(self) -> bool:
        """Whether deciding takes six digits that were mailed as well."""
        return needs_code(self.session, self.matter)


@shaped(type="string", pattern="^[0-9]{6}$")
def _read_code(value: Any, path: str) -> str:
    if not isinstance(value, str) or len(value) != _CODE_DIGITS or not (value.isascii() and value.isdigit()):
        raise refuse("not_six_digits", path, None)  # what was typed may be half of the truth
    return value


LINK_DECISION: dict[str, Reader] = {**DECISION, "code?": _read_code}


@contextmanager
def at_estimate(store: Store, raw: str, network: str, at: datetime, *, read_only: bool = False) -> Iterator[AtEstimate]:
    """Open a link in a session of its processor, committed at the end; that somebody looked is noted (T-10).

    NotFound `link_unknown` for any link that decides no estimate; TooMany `asked_too_often` for a network that guesses.
    """
    found = find_link(store, raw)
    if found is None:
        with store.gate() as gate:
            limit(gate, "estimate_link", network, MOST_UNKNOWN, UNKNOWN_WINDOW, at=at)
        raise NotFound("link_unknown")
    with note_when_dead(store, found, at, network=network), store.tenant(found[0], read_only=read_only) as session:
        opened = _opened(session, raw, network, at)
        yield opened
    if read_only:  # a decision is on record by itself
        note_link(store, found, opened.act, at, network=network)


def _opened(session: TenantSession, raw: str, network: str, at: datetime) -> AtEstimate:
    matter = open_link(session, Act("visitor", at), raw, LinkPurpose.DECIDE)
    if matter.contact_id is None or matter.subject_id is None or matter.subject_table != VERSION_TABLE:
        raise NotFound("link_unknown")
    act = Act(f"contact:{matter.contact_id}", at)
    record = version_by_id(session, matter.subject_id)
    return AtEstimate(session, act, matter, session.get_one(Contact, matter.contact_id), record, network)


def send_decision_code(opened: AtEstimate) -> None:
    """Mail six digits to the owner of the link; NotAllowed `link_closed` when it has had all it gets."""
    send_code(opened.session, opened.act, opened.matter)


def decide_by_link(opened: AtEstimate, raw: Mapping[str, Any]) -> NotAllowed | None:
    """Decide the one version the link is for.

    Gives the refusal of a missing or wrong code, or of a link that has no more of them, to be raised once the session
    is committed: a wrong try counts.
    """
    said = read_object(raw, "", LINK_DECISION)
    code = said.pop("code", None)
    new = read_decision(said)
    if opened.asks_for_code:
        refusal = code_refusal(opened.session, opened.act, opened.matter, code)
        if refusal is not None:
            return refusal
    decider = Decider(
        contact_id=id_of(opened.contact),
        via=Via.LINK,
        credential_id=opened.matter.link_id,
        network=opened.network,
    )
    decide_estimate(opened.session, opened.act, opened.record, decider, new)
    return None
