"""One search over cases, clients, estimates and invoices: by reference, title, name and number, never by sealed text.

Every word that was typed must be found. A number alone (`41`) stands for the end of a reference, an e-mail address for
the client whose contact has it: addresses are sealed, but known by their keyed digest.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.clause.reading import refuse, shaped
from billing.services.access.rights import Right
from billing.services.fields import read_line
from billing.services.parties import address_digest
from billing.store.queries.search import (
    begins,
    found_cases,
    found_controllers,
    found_estimates,
    found_invoices,
    has_word,
    ids_of_refs,
)
from billing.store.session import TenantSession
from billing.store.tables import Case, Contact, Contract, Controller, Estimate, Invoice

MOST_OF_A_KIND = 8
_MOST_WORDS = 6
_SHORTEST = 2


class Noun(StrEnum):
    """What can be found."""

    CASE = "case"
    CONTROLLER = "controller"
    ESTIMATE = "estimate"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found of one kind, the newest first; `more`: there is more than is given."""

    noun: Noun
    rows: Sequence[Any]
    more: bool


@shaped(type="string", minLength=_SHORTEST, maxLength=200)
def read_search(value: Any, path: str) -> str:
    """Take what is looked for: at least two letters or digits."""
    text = read_line(value, path)
    if sum(character.isalnum() for character in text) < _SHORTEST:
        raise refuse("search_too_short", path, value)
    return text


def search(session: TenantSession, text: str, rights: Collection[Right]) -> list[Found]:
    """Find what may be seen with these rights; kinds of which nothing was found are left out."""
    words = words_of(text)
    found = [_found(session, noun, look, words) for noun, right, look in _LOOKS if right in rights]
    return [one for one in found if one.rows]


def words_of(text: str) -> list[str]:
    """Give the words of what was typed."""
    return text.split()[:_MOST_WORDS]


@dataclass(frozen=True, slots=True)
class _Look:
    """How one kind is looked for: the column of its references, the query, and the conditions that words make."""

    ref: Any
    query: Callable[[TenantSession, int, Sequence[sa.ColumnElement[bool]], int], Sequence[Any]]
    conditions: Callable[[TenantSession, list[str]], list[sa.ColumnElement[bool]]]


def _found(session: TenantSession, noun: Noun, look: _Look, words: list[str]) -> Found:
    """Ask the index for a reference first; only when there is none by it the words are looked for."""
    rows: Sequence[Any] = ()
    if len(words) == 1 and not words[0].isdecimal():
        rows = _by_ref(session, look, words[0])
    if not rows:
        rows = look.query(session, session.processor_id, look.conditions(session, words), MOST_OF_A_KIND + 1)
    return Found(noun, rows[:MOST_OF_A_KIND], len(rows) > MOST_OF_A_KIND)


def _by_ref(session: TenantSession, look: _Look, word: str) -> Sequence[Any]:
    """Give what has a reference that begins with a word in capitals, or else as it was typed."""
    most = MOST_OF_A_KIND + 1
    for way in dict.fromkeys((word.upper(), word)):
        ids = ids_of_refs(session, session.processor_id, look.ref, way, most)
        if ids:
            return look.query(session, session.processor_id, [col(look.ref.class_.id).in_(ids)], most)
    return ()


def case_conditions(words: list[str]) -> list[sa.ColumnElement[bool]]:
    """Give the conditions of cases in which every word is found: in reference, title, own number, client's name."""
    searched = (Case.title, Case.controller_reference, Controller.name)
    return [sa.or_(_is_ref(Case.ref, word), has_word(word, *searched)) for word in words]


def _of_cases(_session: TenantSession, words: list[str]) -> list[sa.ColumnElement[bool]]:
    return case_conditions(words)


def _of_controllers(session: TenantSession, words: list[str]) -> list[sa.ColumnElement[bool]]:
    searched = (Controller.name, Controller.city, Controller.customer_number)
    return [
        sa.or_(_is_ref(Controller.ref, word), has_word(word, *searched), *_of_contact(session, word)) for word in words
    ]


def _of_contact(session: TenantSession, word: str) -> Iterator[sa.ColumnElement[bool]]:
    """Give the condition that a contact with this address, or a contract of this number, belongs to a client."""
    mine = col(Contract.processor_id) == session.processor_id
    yield col(Controller.id).in_(select(Contract.controller_id).where(mine, has_word(word, Contract.number)))
    if "@" in word:
        known = (
            Contact.processor_id == session.processor_id,
            Contact.email_digest == address_digest(session, word),
        )
        yield col(Controller.id).in_(select(Contact.controller_id).where(*known))


def _of_estimates(_session: TenantSession, words: list[str]) -> list[sa.ColumnElement[bool]]:
    return [
        sa.or_(_is_ref(Estimate.ref, word), _is_ref(Case.ref, word), has_word(word, Case.title, Controller.name))
        for word in words
    ]


def _of_invoices(_session: TenantSession, words: list[str]) -> list[sa.ColumnElement[bool]]:
    return [sa.or_(_is_ref(Invoice.number, word), has_word(word, Controller.name)) for word in words]


def _is_ref(column: Any, word: str) -> sa.ColumnElement[bool]:
    """Give the condition that a reference begins like a word, or ends with this number."""
    same = _begins(column, word)
    return sa.or_(same, col(column).endswith(word, autoescape=True)) if word.isdecimal() else same


def _begins(column: Any, word: str) -> sa.ColumnElement[bool]:
    """Give the condition that a reference begins with a word as it is, or in capitals."""
    return sa.or_(*(begins(column, way) for way in sorted({word, word.upper()})))


_LOOKS: Sequence[tuple[Noun, Right, _Look]] = (
    (Noun.CASE, Right.READ_CASES, _Look(Case.ref, found_cases, _of_cases)),
    (Noun.CONTROLLER, Right.READ_MASTER_DATA, _Look(Controller.ref, found_controllers, _of_controllers)),
    (Noun.ESTIMATE, Right.READ_CASES, _Look(Estimate.ref, found_estimates, _of_estimates)),
    (Noun.INVOICE, Right.READ_MONTHS, _Look(Invoice.number, found_invoices, _of_invoices)),
)
