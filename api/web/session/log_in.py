"""Logging in and out: address and password, then the second factor where one is due, and on to where one wanted."""

from typing import Any

from api.auth import ended_cookie, link_cookie, session_cookie
from api.web.calls import Done, OpenPageCall, PageCall, View
from api.web.navigation import home_of
from api.web.routing import deed, open_deed, open_page, page
from api.web.ways import LOG_IN, STEPS, onward_by, read_way, resumed
from billing.clause.reading import Reader
from billing.services.access.authentication import SECOND_FACTOR
from billing.services.access.login import CODE, LoggedIn, give_second_factor, log_in, log_out
from billing.services.access.login import LOG_IN as LOG_IN_FIELDS

WAY: dict[str, Reader] = {"weiter?": read_way}
"""The query of the pages on the way in: where to go on afterwards."""
KEPT = "_kept"
"""The field with a form that somebody sent after his session had ended."""


@page("/", right=None, half=True)
def home(call: PageCall) -> Done:
    """Lead to where one's work begins."""
    return Done(home_of(call.who))


@open_page("/anmelden", query=WAY)
def log_in_page(call: OpenPageCall) -> View:
    """Ask for address and password."""
    return View("session/ended.html" if call.form.text(KEPT) else "session/log_in.html", {"kept": call.form.text(KEPT)})


@open_deed("/anmelden", back=log_in_page, query=WAY)
def log_in_deed(call: OpenPageCall) -> Done | View:
    """Begin a session; whatever was wrong, the answer is the same."""
    said = call.form.read_all(LOG_IN_FIELDS)
    call.form.require_good()
    raw = {**said, "password": call.form.typed["password"][0]}
    return entered(call, log_in(call.service.store, raw, call.address, call.service.now()))


@page("/anmelden/code", right=None, half=True, query=WAY)
def code_page(call: PageCall) -> View | Done:
    """Ask for the code of the authenticator app."""
    return _second_factor(call, "session/code.html")


@deed("/anmelden/code", right=None, half=True, in_steps=True, back=code_page, query=WAY)
def code_deed(call: PageCall) -> Done | View:
    """Complete a session with a code of the app; it goes on under a new token."""
    return _given(call, "code")


@page("/anmelden/wiederherstellung", right=None, half=True, query=WAY)
def recovery_page(call: PageCall) -> View | Done:
    """Ask for a recovery code, for who has lost the app."""
    return _second_factor(call, "session/recovery.html")


@deed("/anmelden/wiederherstellung", right=None, half=True, in_steps=True, back=recovery_page, query=WAY)
def recovery_deed(call: PageCall) -> Done | View:
    """Complete a session with a recovery code, which is used up by it."""
    return _given(call, "recovery_code")


@deed("/abmelden", right=None, half=True)
def log_out_deed(call: PageCall) -> Done:
    """End the session, and let the browser forget the mailed links that were opened in it."""
    log_out(call.session, call.who, call.act)
    return Done(LOG_IN, "logged_out", cookies=[ended_cookie(call.service), link_cookie(call.service, "")])


def entered(call: OpenPageCall | PageCall, logged_in: LoggedIn) -> Done | View:
    """Go on with a session that has just begun, or goes on under a new token: to the form that was kept, if any."""
    who, cookies = logged_in.visitor, [session_cookie(call.service, logged_in.token)]
    kept = call.form.text(KEPT)
    form = resumed(kept) if kept else None
    if form is not None and who.waits_for == SECOND_FACTOR:
        return View("session/code.html", {"kept": kept, "query": ""}, cookies=cookies, secret=logged_in.token)
    if form is not None and who.waits_for is None:
        view = {"to": form[0], "fields": form[1]}
        return View("session/resume.html", view, cookies=cookies, secret=logged_in.token)
    return Done(_next(who.waits_for, call.query) or call.query.get("weiter") or home_of(who), cookies=cookies)


def _second_factor(call: PageCall, template: str) -> View | Done:
    """Show a page of the second factor to whose session waits for it; all others go on."""
    if call.who.waits_for != SECOND_FACTOR:
        return Done(_next(call.who.waits_for, call.query) or home_of(call.who))
    return View(template, {"kept": call.form.text(KEPT), "query": call.opened.address.partition("?")[2]})


def _given(call: PageCall, name: str) -> Done | View:
    call.form.read_all({name: CODE[f"{name}?"]})
    call.form.require_good()
    raw = {name: call.form.text(name)}
    return entered(call, give_second_factor(call.store, call.who, raw, call.address, call.act.at))


def _next(waits_for: str | None, query: Any) -> str | None:
    """Give the step that a half session waits for, with the way on kept."""
    if waits_for is None:
        return None
    return onward_by(STEPS[waits_for], query.get("weiter"))
