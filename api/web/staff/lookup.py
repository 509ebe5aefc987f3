"""What an address names, and how addresses are written: a thing's own by the name it was called by, others' anew."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from api.web.calls import PageCall
from billing.services.addresses import page_address
from billing.services.by_name import Named, case_named, controller_named, estimate_named, shared_refs
from billing.services.estimates import EstimateRecord

_PLACES = {Named.CASE: "vorgaenge", Named.ESTIMATE: "kva"}
"""Where each is; no two clients have one reference, so that theirs is always their name."""


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
    refs = {number: ref for ref, number in things}
    shared = shared_refs(call.session, noun, refs.values())
    return {number: page_address(_PLACES[noun], ref, number, is_shared=ref in shared) for number, ref in refs.items()}
