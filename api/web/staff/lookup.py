"""What an address names, and how a thing's address is written."""

from typing import Any

from api.web.calls import PageCall
from billing.services.by_name import case_named, controller_named, estimate_named
from billing.services.estimates import EstimateRecord


def case_of(call: PageCall) -> Any:
    """Give the case that the path names; NotFound for none."""
    return case_named(call.session, call.path["nr"])


def controller_of(call: PageCall) -> Any:
    """Give the client that the path names; NotFound for none."""
    return controller_named(call.session, call.path["nr"])


def estimate_of(call: PageCall) -> EstimateRecord:
    """Give the cost estimate that the path names, with its newest version; NotFound for none."""
    return estimate_named(call.session, call.path["nr"])


def address(noun: str, ref: str, number: int, *more: str) -> str:
    """Give the address of a thing's page; a reference that would not fit into one is named by its number."""
    fits = ref.isascii() and all(sign.isalnum() or sign in "-_." for sign in ref) and not ref.isdecimal()
    return "/".join((f"/{noun}", ref if fits else str(number), *more))
