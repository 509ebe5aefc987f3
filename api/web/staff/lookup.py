"""What an address names, and how a thing's address is written."""

from typing import Any

from api.web.calls import PageCall
from billing.services.addresses import page_address
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


address = page_address
"""How a thing's address is written; what it names is found by the functions above."""
