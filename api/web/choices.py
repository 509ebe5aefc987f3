"""The page for a name that several contracts gave: what tells the things apart, and the way to each by its number.

Its status is 300: it is neither the page that was asked for nor the deed, but all that the name may mean. With 200 a
program would take it for one of them, and 404 would say that there is nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from api.web.calls import PageCall, View
from api.web.forms import AGAIN_FIELD, Form
from api.web.routing import WebRoute, route_of
from api.web.things import head_of
from billing.errors import Ambiguous
from billing.services.by_name import Named
from billing.services.cases import case_by_id
from billing.services.contracts import contract_by_id
from billing.services.estimate_states import state_at
from billing.services.estimates import EstimateRecord, estimate_by_id
from billing.services.party_changes import controller_by_id
from billing.services.portal_visits import PortalVisit

NAME = "nr"
"""The parameter of paths that is a name."""
CASE_IN_QUERY = "vorgang"
"""The parameter of queries that names the case a page is about."""
_PARAMETER = re.compile(r"\{(\w+):\w+\}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things that a name may mean; `record` None: a case."""

    here: str
    case: Any
    contract: Any
    controller: Any
    record: EstimateRecord | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was typed into the form of a name that had become ambiguous; files can't be carried by a page."""

    fields: Sequence[tuple[str, str]]
    has_files: bool


def choice_view(call: PageCall, route: WebRoute, problem: Ambiguous) -> View:
    """Give the page that asks our own people which is meant; a deed that was asked for is not done."""
    noun = Named(problem.fields["noun"])
    find = _estimate if noun is Named.ESTIMATE else _case
    kept = kept_of(call.form) if route.back is not None else None
    choices = [find(call, number, _way(call, route, number, keeps=kept is not None)) for number in problem.numbers]
    context = choice_context(noun, problem.fields["value"], choices, kept, is_deed=route.changes)
    return View("staff/choice.html", context, status=HTTPStatus.MULTIPLE_CHOICES)


def kept_of(form: Form, *but: str) -> Kept | None:
    """Give what is carried over to the form of what is chosen, without some fields; None where nothing was typed."""
    fields = [(name, value) for name, value in form.kept() if name not in but]
    return Kept(fields, has_files=bool(form.all_files())) if fields else None


def choice_context(
    noun: Named, name: str, choices: Sequence[Choice], kept: Kept | None, *, is_deed: bool
) -> dict[str, Any]:
    """Give what a page asks with which of some things a name means; with `kept`, each opens its form with that."""
    return {
        "noun": noun.value,
        "name": name,
        "choices": choices,
        "kept": kept,
        "again": AGAIN_FIELD,
        "is_deed": is_deed,
    }


def choice_of_estimate(seen: PageCall | PortalVisit, record: EstimateRecord, here: str) -> Choice:
    """Give an estimate, in the version of a record, as one of those that a name may mean; `here`: the way to it."""
    contract = contract_by_id(seen.session, record.estimate.contract_id)
    controller = controller_by_id(seen.session, record.estimate.controller_id)
    return Choice(here, record.case, contract, controller, record, state_at(record.version, seen.act.at).value)


def _case(call: PageCall, number: int, here: str) -> Choice:
    case = case_by_id(call.session, number)
    contract = contract_by_id(call.session, case.contract_id)
    return Choice(here, case, contract, controller_by_id(call.session, case.controller_id))


def _estimate(call: PageCall, number: int, here: str) -> Choice:
    return choice_of_estimate(call, estimate_by_id(call.session, number), here)


def _way(call: PageCall, route: WebRoute, number: int, *, keeps: bool) -> str:
    """Give the address that was asked for with a number for the name; of a deed without its form the page with it."""
    path, _, query = call.opened.address.partition("?")
    if NAME not in call.path:
        said = [(key, number if key == CASE_IN_QUERY else value) for key, value in parse_qsl(query)]
        return f"{path}?{urlencode(said)}"
    if route.changes and not keeps:
        return _filled(head_of(route.path) if route.back is None else route_of(route.back).path, call, number)
    return _filled(route.path, call, number) + (f"?{query}" if query else "")


def _filled(template: str, call: PageCall, number: int) -> str:
    said = {**call.path, NAME: number}
    return _PARAMETER.sub(lambda found: quote(str(said[found[1]]), safe=""), template)
