"""One contract's month, settled and laid out but not stored: what a draft shows, and what an issue must find again."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.canonical import canonical, canonical_object, fingerprint
from billing.rating.decisions import Settlement
from billing.rating.explanation import trace_json
from billing.rating.facts import Facts
from billing.rating.scenario import settlement_json
from billing.rating.settle import settle
from billing.services.acting import id_of
from billing.services.contract_history import AskedContract, LoadedContract, ask_contract
from billing.store.session import TenantSession
from billing.store.tables import Contract
from billing.timespan import instant_of
from invoices.build import build_invoice, first_day_of
from invoices.document import Document
from invoices.letter import Letter
from invoices.run.letters import AskedLetter, ask_letter
from invoices.statement import PassThroughStatement, build_statement

PLACEHOLDER = "0"
_CAUSES = ("contract_number", "contract_signed_on", "language", "payment_days", "vat_groups")
"""What a document says besides the parties that lines and totals follow from."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A settled month of one contract. `document` has a placeholder number and date; None when nothing is billed.

    `statement` is that of pass-through money, likewise; None when there is none.

    `facts_hash` covers everything a person sees of it: each minute's answer, each line, every word of the document. So
    facts that change none of it leave the hash alone, and whoever approves it approves exactly this.
    """

    contract: Contract
    loaded: LoadedContract
    facts: Facts
    settlement: Settlement
    letter: Letter
    document: Document | None
    statement: PassThroughStatement | None
    seen: Mapping[str, str]
    """The canonical JSON of its parts: `run`, `trace`, `document` and, where there is one, `statement`."""
    content: str
    """The same as one object."""
    facts_hash: str

    @property
    def net_cents(self) -> int:
        """What would be billed, net."""
        return self.document.net_cents if self.document else 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for a contract's month; `settled` reads it, once."""

    contract: Contract
    history: AskedContract
    letter: AskedLetter


def ask_about(session: TenantSession, contract: Contract) -> Asked:
    """Ask for all that a contract's month is settled from, whichever month it is."""
    letter = ask_letter(session, contract)
    return Asked(contract, ask_contract(session, session.processor_id, id_of(contract)), letter)


def prepare(session: TenantSession, contract: Contract, month: int, as_of: datetime) -> Prepared:
    """Settle one contract's month from the database, with the facts known at `as_of`."""
    return settled(ask_about(session, contract), month, as_of)


def settled(asked: Asked, month: int, as_of: datetime) -> Prepared:
    """Settle a contract's month from what was asked about it, with the facts known at `as_of`."""
    contract, instant = asked.contract, instant_of(as_of)
    loaded = asked.history.load(instant)
    facts = loaded.history.seen_at(instant)
    settlement = settle(loaded.agreement, facts, loaded.ledger(), month, loaded.timeline)
    day = first_day_of(month + 1)
    letter = asked.letter.read(day, {ref: case.title for ref, case in loaded.cases.items()})
    document = build_invoice(
        settlement,
        facts,
        loaded.agreement,
        letter,
        number=PLACEHOLDER,
        issue_date=day,
        earlier=loaded.billed_before,
    )
    statement = build_statement(
        settlement,
        facts,
        letter,
        number=PLACEHOLDER,
        issue_date=day,
        payment_days=loaded.agreement.terms_at(month).payment_days,
    )
    seen = {
        "run": canonical(settlement_json(settlement, [])),
        "trace": canonical(trace_json(settlement)),
        "document": document.to_json() if document else canonical(None),
    }
    if statement is not None:
        seen["statement"] = statement.to_json()
    content = canonical_object(seen)
    whole = (document, statement, seen, content, fingerprint(content))
    return Prepared(contract, loaded, facts, settlement, letter, *whole)


def what_changed(before: str, after: str) -> list[str]:
    """Name the entries and expenses whose answers differ between two contents, else what of the letter does.

    References stand for themselves; what the letter says has a name in the texts (`field.<name>`).
    """
    old, new = json.loads(before), json.loads(after)
    rows: set[str] = set()
    for key, name in (("stretches", "entry"), ("expenses", "expense")):
        ours, theirs = _by_item(old["trace"][key], name), _by_item(new["trace"][key], name)
        rows |= {item for item in ours.keys() | theirs.keys() if ours.get(item) != theirs.get(item)}
    if rows:
        return sorted(rows)
    return _changed_words(old["document"] or {}, new["document"] or {}) or ["document.units"]


def _changed_words(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Name the parts of a letter that were worded anew; lines and totals only when nothing explains their change."""
    parties = [
        f"{party}.{key}"
        for party in ("seller", "buyer")
        for key in sorted(old.get(party, {}).keys() | new.get(party, {}).keys())
        if old.get(party, {}).get(key) != new.get(party, {}).get(key)
    ]
    causes = parties + [f"document.{key}" for key in _CAUSES if old.get(key) != new.get(key)]
    return causes or (["document.lines"] if old != new else [])


def _by_item(rows: Iterable[dict[str, Any]], name: str) -> dict[str, list[dict[str, Any]]]:
    items: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        items.setdefault(row[name], []).append(row)
    return items
