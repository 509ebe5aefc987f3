"""Passwords: forgotten, chosen anew behind a mailed link, or changed because they are too old."""

from api.auth import session_cookie
from api.web.calls import Done, OpenPageCall, PageCall, View
from api.web.navigation import home_of
from api.web.routing import deed, open_deed, open_page, page
from api.web.session.log_in import WAY
from api.web.ways import LOG_IN
from billing.services.access.invitations import PASSWORD, accept_invitation
from billing.services.access.login import change_password
from billing.services.access.resets import RESET_REQUEST, complete_reset, request_reset
from billing.services.access.user_links import at_invitation, at_reset
from billing.services.moments import local_day, processor_zone
from billing.services.processors import current_processor


@open_page("/anmelden/vergessen")
def forgotten_page(_call: OpenPageCall) -> View:
    """Ask for the address whose password is forgotten."""
    return View("session/forgotten.html")


@open_deed("/anmelden/vergessen", back=forgotten_page)
def forgotten_deed(call: OpenPageCall) -> View:
    """Mail a link, if the address has an account; the answer does not tell."""
    call.form.read_all(RESET_REQUEST)
    call.form.require_good()
    request_reset(call.service.store, call.form.raw("email"), call.address, call.service.now())
    return View("session/reset_requested.html")


@open_page("/passwort/{token:str}")
def reset_page(_call: OpenPageCall) -> View:
    """Ask for a new password; looking at it uses nothing up."""
    return View("session/new_password.html")


@open_deed("/passwort/{token:str}", back=reset_page)
def reset_deed(call: OpenPageCall) -> Done:
    """Set the new password; the link is used up and all sessions end."""
    raw = {"password": password_of(call, "password")}
    with at_reset(call.service.store, call.path["token"], call.address, call.service.now()) as opened:
        complete_reset(opened, raw)
    return Done(LOG_IN, "password_set")


@open_page("/einladung/{token:str}")
def invitation_page(call: OpenPageCall) -> View:
    """Show what an invitation offers; it stays unused, whoever looks at it."""
    store, token, now = call.service.store, call.path["token"], call.service.now()
    with at_invitation(store, token, call.address, now, read_only=True) as opened:
        day = local_day(now, processor_zone(opened.session))
        offered = {
            "processor": current_processor(opened.session, day).company_name,
            "email": opened.user.email or "",
        }
    return View("session/invitation.html", offered)


@open_deed("/einladung/{token:str}", back=invitation_page)
def invitation_deed(call: OpenPageCall) -> Done:
    """Set the first password of an account; the link is used up."""
    raw = {"password": password_of(call, "password")}
    with at_invitation(call.service.store, call.path["token"], call.address, call.service.now()) as opened:
        accept_invitation(opened, raw)
    return Done(LOG_IN, "invitation_accepted")


@page("/anmelden/passwort", right=None, half=True, query=WAY)
def change_page(_call: PageCall) -> View:
    """Ask for the password in use and a new one."""
    return View("session/change_password.html")


@deed("/anmelden/passwort", right=None, half=True, in_steps=True, back=change_page, query=WAY)
def change_deed(call: PageCall) -> Done:
    """Change one's password: all other sessions end, and this one gets a new token."""
    raw = {name: password_of(call, name) for name in ("current_password", "new_password")}
    changed = change_password(call.store, call.who, raw, call.address, call.act.at)
    onward = call.query.get("weiter") or home_of(changed.visitor)
    return Done(onward, "password_changed", cookies=[session_cookie(call.service, changed.token)])


def password_of(call: OpenPageCall | PageCall, name: str) -> str:
    """Give a password as it was typed: spaces at its ends belong to it."""
    call.form.read_all({name: PASSWORD["password"]})
    call.form.require_good()
    return call.form.typed[name][0]
