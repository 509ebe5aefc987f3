"""Setting up the second factor: scan or type the secret, confirm it by a first code, keep the recovery codes."""

from io import BytesIO

import segno
from markupsafe import Markup

from api.auth import session_cookie
from api.web.calls import PageCall, View
from api.web.navigation import home_of
from api.web.routing import deed, page
from api.web.session.log_in import WAY
from billing.services.access.enrolment import begin_enrolment, complete_enrolment, enrolment_again
from billing.services.access.second_factor import Proposal


@page("/anmelden/einrichten", right=None, half=True, in_steps=True, query=WAY)
def enrolment_page(call: PageCall) -> View:
    """Propose a secret for an authenticator app; to replace one in use, the password is asked for first."""
    sealed = call.form.text("enrolment")
    if sealed and call.told.problems:
        return _shown(enrolment_again(call.session, call.who, sealed, call.act.at))
    return _shown(begin_enrolment(call.store, call.who, {}, call.address, call.act.at))


@deed("/anmelden/einrichten", right=None, half=True, back=enrolment_page, query=WAY)
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


def _shown(proposal: Proposal) -> View:
    picture = BytesIO()
    segno.make(proposal.uri, micro=False).save(
        picture, kind="svg", border=2, xmldecl=False, svgns=False, nl=False, omitsize=True
    )
    # Our own drawing of an address we made: nothing in it comes from outside.
    code = Markup(picture.getvalue().decode())  # noqa: S704
    return View("session/enrolment.html", {"proposal": proposal, "code": code})
