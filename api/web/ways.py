"""The way in for who is not logged in, or not wholly: to the log-in or its next step, and back to where they wanted."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from litestar import Response

from api.web.answers import Shown, answer_of, redirect
from api.web.calls import Told, View
from api.web.exchange import PageExchange
from billing.clause.reading import shaped
from billing.errors import NotAllowed
from billing.services.access.authentication import NEW_PASSWORD, SECOND_FACTOR, SECOND_FACTOR_ENROLMENT
from billing.services.access.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_IN = "/anmelden"
CLOCK = "/uhr"
"""Where a running clock is stopped, and where one that ran too long is asked about before anything else."""
STEPS: "Mapping[str, str]" = {
    SECOND_FACTOR: "/anmelden/code",
    SECOND_FACTOR_ENROLMENT: "/anmelden/einrichten",
    NEW_PASSWORD: "/anmelden/passwort",
}
"""Where a session goes on that waits for something."""


_LONGEST_WAY = 4000
"""Addresses with a search or many filters are longer than a line of text; servers and browsers take twice as much."""


def way_in(exchange: PageExchange, visitor: Visitor | None) -> Response[bytes]:
    """Lead to the log-in, or to the step that a half session waits for.

    Whoever sent a form is shown the log-in with the form kept: nothing typed is lost because a session ended.
    """
    to = LOG_IN if visitor is None or visitor.waits_for is None else STEPS[visitor.waits_for]
    if not exchange.route.changes:
        return redirect(exchange.service, onward_by(to, exchange.whole))
    told = Told((NotAllowed("session_over"),))
    view = View("session/ended.html", {"kept": kept_form(exchange)}, status=HTTPStatus.UNAUTHORIZED)
    return answer_of(view, Shown(exchange.service, exchange.opened(), told))


def kept_form(exchange: PageExchange) -> str:
    """Give what a form said and where it went, to be sent again after the log-in; files can't be kept."""
    return json.dumps({"to": exchange.whole, "fields": exchange.form.kept()}, ensure_ascii=False)


def resumed(kept: str) -> tuple[str, list[tuple[str, str]]] | None:
    """Take a form that was kept: where it went, and its fields; None for what is none of ours."""
    try:
        said = json.loads(kept)
        to = safe_way(said["to"])
        fields = [(str(name), str(value)) for name, value in said["fields"]]
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return None if to is None else (to, fields)


def safe_way(wanted: str) -> str | None:
    """Take where to go on only if it is a page of ours: a path, not another host's address."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else None


@shaped(type="string")
def read_way(value: Any, _path: str) -> str | None:
    """Take where to go on afterwards; None for what is no page of ours: nobody is kept out for a wrong way on."""
    return safe_way(value) if isinstance(value, str) and len(value) <= _LONGEST_WAY else None


def onward_by(step: str, way: str | None) -> str:
    """Give the address of a step that leads on to a page afterwards, if to any, with all that its own query says."""
    return f"{step}?weiter={quote(way, safe='')}" if way else step
