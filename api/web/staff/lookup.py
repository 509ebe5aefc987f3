"""What an address names, and how addresses are written: a thing's own by the name it was called by, others' anew."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.web.calls import PageCall
from billing.services.addresses import page_address, shared_among
from billing.services.by_name import (
    Named,
    case_named,
    contracts_beside,
    controller_named,
    estimate_named,
    shared_refs,
)
from billing.services.estimates import EstimateRecord

_PLACES = {Named.CASE: "vorgaenge", Named.ESTIMATE: "kva"}
"""Where each is; no two clients have one reference, so that theirs is always their name."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the things of a list are, by their numbers."""

    here: Mapping[int, str]
    """Their addresses."""
    contract: Mapping[int, str]
    """The numbers of the contracts of those whose reference others have as well, and of no others."""


def case_of(call: PageCall) -> Any:
    """Give the case that the path names; NotFound for none, Ambiguous for several."""
    return case_named(call.session, call.path["nr"])


def controller_of(call: PageCall) -> Any:
    """Give the client that the path names; NotFound for none."""
    return controller_named(call.session, call.path["nr"])


def estimate_of(call: PageCall) -> EstimateRecord:
    """Give the cost estimate that the path names, with its newest version; NotFound for none, Ambiguous for several."""
    return estimate_named(call.session, call.path["nr"])


def own_address(call: PageCall, noun: Named, *more: str) -> str:
    """Give the address of what the path names, or of a page below it: whoever came by its number goes on by that."""
    return "/".join((f"/{_PLACES[noun]}", quote(call.path["nr"], safe=""), *more))


def address(call: PageCall, noun: Named, ref: str, number: int) -> str:
    """Give the address of one thing: by its reference, by its number where others share that."""
    return addresses(call, noun, [(ref, number)])[number]


def addresses(call: PageCall, noun: Named, things: Iterable[tuple[str, int]]) -> dict[int, str]:
    """Give the addresses of things by their numbers; which of their references are shared is asked once."""
    return _written(noun, *_alike(call, noun, things))


def places(call: PageCall, noun: Named, things: Iterable[tuple[str, int]]) -> Places:
    """Give where things of a list are, and what tells those apart whose reference does not."""
    refs, shared = _alike(call, noun, things)
    alike = [number for number, ref in refs.items() if ref in shared]
    return Places(_written(noun, refs, shared), contracts_beside(call.session, noun, alike))


def told_apart(things: Iterable[tuple[str, int, str]]) -> dict[int, str]:
    """Give what a selection calls things by their numbers: the reference, with the contract where several have it."""
    rows = list(things)
    shared = shared_among(ref for ref, _, _ in rows)
    return {number: f"{ref} ({contract})" if ref in shared else ref for ref, number, contract in rows}


def _alike(call: PageCall, noun: Named, things: Iterable[tuple[str, int]]) -> tuple[dict[int, str], set[str]]:
    refs = {number: ref for ref, number in things}
    return refs, shared_refs(call.session, noun, refs.values())


def _written(noun: Named, refs: Mapping[int, str], shared: Collection[str]) -> dict[int, str]:
    return {number: page_address(_PLACES[noun], ref, number, is_shared=ref in shared) for number, ref in refs.items()}
