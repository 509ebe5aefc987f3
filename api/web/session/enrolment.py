"""Setting up the second factor: scan or type the secret, confirm it by a first code, keep the recovery codes."""

from io import BytesIO

import segno
from markupsafe import Markup

from api.auth import session_cookie
from api.web.calls import Done, PageCall, View
from api.web.navigation import home_of
from api.web.routing import deed, page
from api.web.session.log_in import WAY
from api.web.session.passwords import password_of
from api.web.ways import onward_by
from billing.services.access.authentication import SECOND_FACTOR
from billing.services.access.enrolment import begin_enrolment, complete_enrolment, enrolment_again
from billing.services.access.myself import myself
from billing.services.access.second_factor import Proposal

_HERE = "/anmelden/einrichten"
_ANEW = f"{_HERE}/neu"


@page(_HERE, right=None, half=True, in_steps=True, query=WAY)
def enrolment_page(call: PageCall) -> View:
    """Propose a secret for an authenticator app; to replace one in use, ask for the password first."""
    sealed = call.form.text("enrolment")
    if sealed and call.told.problems:
        return _shown(call, enrolment_again(call.session, call.who, sealed, call.act.at))
    if call.who.waits_for != SECOND_FACTOR and myself(call.session, call.who).has_second_factor:
        return View("session/replace_factor.html", {"to": _address(call, _ANEW)})
    return _shown(call, begin_enrolment(call.store, call.who, {}, call.address, call.act.at))


@page(_ANEW, right=None, half=True, query=WAY)
def replacement_page(call: PageCall) -> Done:
    """Begin again, for who comes back to the address of a form."""
    return Done(_address(call, _HERE))


@deed(_ANEW, right=None, half=True, in_steps=True, back=enrolment_page, query=WAY)
def replacement_deed(call: PageCall) -> View:
    """Propose a secret in place of the one in use, which stays in use until the new one's first code is right."""
    raw = {"current_password": password_of(call, "current_password")}
    return _shown(call, begin_enrolment(call.store, call.who, raw, call.address, call.act.at))


@deed(_HERE, right=None, half=True, back=enrolment_page, query=WAY)
def enrolment_deed(call: PageCall) -> View:
    """Take the secret into use by its first code, and show the recovery codes this once."""
    raw = {"enrolment": call.form.text("enrolment"), "code": call.form.text("code")}
    codes, logged_in = complete_enrolment(call.session, call.act, call.who, raw, call.address)
    onward = call.query.get("weiter") or home_of(logged_in.visitor)
    return View(
        "session/recovery_codes.html",
        {"codes": codes, "onward": onward},
        cookies=[session_cookie(call.service, logged_in.token)],
        secret=logged_in.token,
    )


def _shown(call: PageCall, proposal: Proposal) -> View:
    picture = BytesIO()
    segno.make(proposal.uri, micro=False).save(
        picture, kind="svg", border=2, xmldecl=False, svgns=False, nl=False, omitsize=True
    )
    # Our own drawing of an address we made: nothing in it comes from outside.
    code = Markup(picture.getvalue().decode())  # noqa: S704
    return View("session/enrolment.html", {"proposal": proposal, "code": code, "to": _address(call, _HERE)})


def _address(call: PageCall, path: str) -> str:
    """Give where a form goes, with the way on afterwards kept."""
    return onward_by(path, call.query.get("weiter"))
