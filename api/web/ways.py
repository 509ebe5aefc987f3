"""The way in for who is not logged in, or not wholly: to the log-in or its next step, and back to where they wanted."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from litestar import Response

from api.web.answers import Shown, answer_of, redirect
from api.web.calls import Told, View
from api.web.exchange import PageExchange
from api.web.forms import CSRF_FIELD, KEY_FIELD
from billing.errors import NotAllowed
from billing.services.access.authentication import NEW_PASSWORD, SECOND_FACTOR, SECOND_FACTOR_ENROLMENT
from billing.services.access.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_IN = "/anmelden"
STEPS: "Mapping[str, str]" = {
    SECOND_FACTOR: "/anmelden/code",
    SECOND_FACTOR_ENROLMENT: "/anmelden/einrichten",
    NEW_PASSWORD: "/anmelden/passwort",
}
"""Where a session goes on that waits for something."""


def way_in(exchange: PageExchange, visitor: Visitor | None) -> Response[bytes]:
    """Lead to the log-in, or to the step that a half session waits for.

    Whoever sent a form is shown the log-in with the form kept: nothing typed is lost because a session ended.
    """
    to = LOG_IN if visitor is None or visitor.waits_for is None else STEPS[visitor.waits_for]
    if not exchange.route.changes:
        return redirect(exchange.service, f"{to}?weiter={quote(exchange.whole, safe='')}")
    told = Told((NotAllowed("not_logged_in"),), exchange.form)
    kept = {name: values for name, values in exchange.form.typed.items() if name not in {CSRF_FIELD, KEY_FIELD}}
    context: dict[str, Any] = {"kept": kept, "to": exchange.whole, "log_in": to}
    view = View("session/ended.html", context, status=HTTPStatus.UNAUTHORIZED)
    return answer_of(view, Shown(exchange.service, exchange.opened(), told))


def safe_way(wanted: str) -> str | None:
    """Take where to go on only if it is a page of ours: a path, not another host's address."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else None
