"""The term sets as data files: the agreed values of a contract and its own table service -> effect."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from billing.clause.services import SERVICE_CODES, Effect, Service
from billing.clause.terms import TERMS, Terms, read_terms
from billing.errors import InvalidInput

DEFAULT = "immoinvent-2026"
_FILES = {"immoinvent-2026": "immoinvent.toml", "immosolve-2026": "immosolve.toml", "debtify-2026": "debtify.toml"}
NAMES: tuple[str, ...] = tuple(_FILES)


@dataclass(frozen=True, slots=True)
class TermSet:
    """A named set of terms: the values that hold until a contract changes one, and what each service is.

    `expenses_agreed` tells whether the contract bears expenses at all, as 13(4)c and d do. `clauses` are the places in
    this contract for the numbers of the fee clause, which the questions quote; none for the fee clause's own.
    """

    name: str
    title: str
    raw_terms: MappingProxyType[str, Any]
    terms: Terms
    catalogue: MappingProxyType[str, Service]
    expenses_agreed: bool
    clauses: MappingProxyType[str, str]


@cache
def term_set(name: str, path: str = "terms") -> TermSet:
    """Load a term set by name (`immoinvent-2026`); InvalidInput for one that does not exist."""
    if name not in _FILES:
        raise InvalidInput("unknown_term_set", path=path, value=name, known=", ".join(NAMES))
    data = tomllib.loads(files(__package__).joinpath(_FILES[name]).read_text(encoding="utf-8"))
    # TOML has no null: a term that is absent from the file is not agreed.
    raw = {spec.name: data["terms"].get(spec.name) for spec in TERMS}
    services = {
        code: Service(code, Effect(data["services"][code]["effect"]), data["services"][code]["clause"])
        for code in SERVICE_CODES
    }
    terms = Terms(**read_terms(raw, f"{name}.terms"))
    return TermSet(
        name=data["name"],
        title=data["title"],
        raw_terms=MappingProxyType(raw),
        terms=terms,
        catalogue=MappingProxyType(services),
        expenses_agreed=data["expenses_agreed"],
        clauses=MappingProxyType(data.get("clauses", {})),
    )
