"""People and rights: who has an account with which roles, invited, granted, reset and closed (law.md T-08, T-31)."""

from datetime import datetime, time
from typing import Any

from api.web.admin.places import places_of
from api.web.calls import Done, PageCall, View
from api.web.days import day_reader, today_of
from api.web.routing import deed, page
from billing.services.access.deactivation import deactivate_user, waiting_for
from billing.services.access.grants import grant_by_id, grant_role, list_grants, read_grant, revoke_grant
from billing.services.access.invitations import invite, read_invitation, send_invitation
from billing.services.access.resets import reset_access
from billing.services.access.rights import CONTROLLER_ROLES, RIGHTS, STAFF_ROLES, Right
from billing.services.access.users import account_of_user, change_user, list_accounts, record_pledge, user_by_id
from billing.services.acting import id_of
from billing.services.mail_domains import in_letters
from billing.services.parties import add_person, list_controllers, list_persons, read_person

_MOST = 500


@page("/einstellungen/personen", right=Right.PEOPLE)
def people_page(call: PageCall) -> View:
    """List all accounts."""
    accounts = list_accounts(call.session, call.act.at, most=_MOST)
    return _view(call, "admin/people.html", accounts=accounts)


@page("/einstellungen/personen/neu", right=Right.PEOPLE)
def new_account_page(call: PageCall) -> View:
    """Ask for whom an account is opened, with which roles."""
    return _view(
        call,
        "admin/new_account.html",
        persons=list_persons(call.session),
        controllers=list_controllers(call.session),
        staff_roles=[role for role in RIGHTS if role in STAFF_ROLES],
        controller_roles=[role for role in RIGHTS if role in CONTROLLER_ROLES],
    )


@deed("/einstellungen/personen/neu", right=Right.PEOPLE, back=new_account_page, fields={"person": "who"})
def invite_deed(call: PageCall) -> Done:
    """Open an account and mail its invitation; a new colleague is recorded as a person on the way."""
    form = call.form
    raw: dict[str, Any] = {**form.raw("email", "reason", "language"), "roles": form.texts("roles")}
    kind, _, ref = form.text("who").partition(":")
    if kind == "new":
        raw["person"] = add_person(call.session, call.act, read_person(_new_person(call))).ref
    elif kind in {"person", "controller"}:
        raw[kind] = ref
    user = invite(call.session, call.act, read_invitation(raw))
    return Done(f"/einstellungen/personen/{id_of(user)}", "user_invited", {"email": in_letters(user.email)})


@page("/einstellungen/personen/{user_id:int}", right=Right.PEOPLE)
def account_page(call: PageCall) -> View:
    """Show an account with all roles it has or had, and what can be done with it."""
    user = user_by_id(call.session, call.path["user_id"])
    grants = list_grants(call.session, user)
    held = {grant.role for grant in grants if _holds(grant, call.act.at)}
    side = CONTROLLER_ROLES if user.controller_id is not None else STAFF_ROLES
    return _view(
        call,
        "admin/account_of.html",
        account=account_of_user(call.session, user, call.act.at),
        grants=[(grant, _holds(grant, call.act.at)) for grant in grants],
        free_roles=[role for role in RIGHTS if role in side and role not in held],
        waiting=waiting_for(call.session, user),
        persons=[one for one in list_persons(call.session) if one.id != user.person_id],
        today=today_of(call),
        is_me=user.id == call.who.user_id,
    )


@deed("/einstellungen/personen/{user_id:int}/rolle", right=Right.PEOPLE, back=account_page)
def grant_deed(call: PageCall) -> Done:
    """Give a role, with a reason and perhaps an end."""
    form, raw = call.form, call.form.raw("role", "reason")
    until = form.read("expires_at", day_reader(call), optional=True)
    form.require_good()
    if until is not None:
        raw["expires_at"] = datetime.combine(until, time.max, call.zone).replace(microsecond=0).isoformat()
    grant_role(call.session, call.act, _user(call), read_grant(raw))
    return Done(_home(call), "role_granted")


@deed("/einstellungen/personen/{user_id:int}/rolle/{grant_id:int}/entzug", right=Right.PEOPLE, back=account_page)
def revoke_deed(call: PageCall) -> Done:
    """Take a role back at once."""
    revoke_grant(call.session, call.act, grant_by_id(call.session, _user(call), call.path["grant_id"]))
    return Done(_home(call), "role_revoked")


@deed("/einstellungen/personen/{user_id:int}/einladung", right=Right.PEOPLE, back=account_page)
def invite_again_deed(call: PageCall) -> Done:
    """Mail the invitation anew; the older link opens nothing any more."""
    user = _user(call)
    send_invitation(call.session, call.act, user)
    return Done(_home(call), "user_invited", {"email": in_letters(user.email)})


@deed("/einstellungen/personen/{user_id:int}/adresse", right=Right.PEOPLE, back=account_page)
def change_deed(call: PageCall) -> Done:
    """Change address or language; with another address sessions and links end, and both addresses are told."""
    user, said = _user(call), call.form.raw("email", "language")
    changes = {name: value for name, value in said.items() if value != getattr(user, name)}
    change_user(call.session, call.act, user, changes)
    return Done(_home(call), "user_changed")


@deed("/einstellungen/personen/{user_id:int}/verpflichtung", right=Right.PEOPLE, back=account_page)
def pledge_deed(call: PageCall) -> Done:
    """Record the day on which somebody pledged confidentiality."""
    day = call.form.read("pledged_on", day_reader(call))
    call.form.require_good()
    record_pledge(call.session, call.act, _user(call), {"pledged_on": day.isoformat()})
    return Done(_home(call), "pledge_recorded")


@deed("/einstellungen/personen/{user_id:int}/zuruecksetzen", right=Right.PEOPLE, back=account_page)
def reset_deed(call: PageCall) -> Done:
    """Take away a lost password or second factor; all sessions end, and the person is told."""
    wanted = {name: True for name in ("password", "second_factor") if call.form.checked(name)}
    reset_access(call.session, call.act, _user(call), wanted)
    return Done(_home(call), "access_reset")


@deed("/einstellungen/personen/{user_id:int}/schliessen", right=Right.PEOPLE, back=account_page)
def close_deed(call: PageCall) -> Done:
    """Close an account; what waited for the person goes to the one that is named."""
    deactivate_user(call.session, call.act, _user(call), call.form.raw("hand_over_to"))
    return Done(_home(call), "account_closed")


def _new_person(call: PageCall) -> dict[str, Any]:
    form = call.form
    pledged = form.read("pledged_on", day_reader(call))
    raw = form.read_all({"name": lambda value, _: value, "initials": lambda value, _: value})
    form.require_good()
    return {**raw, "ref": raw["initials"], "confidentiality_pledged_on": pledged.isoformat()}


def _view(call: PageCall, template: str, **context: Any) -> View:
    return View(template, {"sections": places_of(call.who), "here": "people", **context})


def _user(call: PageCall) -> Any:
    return user_by_id(call.session, call.path["user_id"])


def _home(call: PageCall) -> str:
    return f"/einstellungen/personen/{call.path['user_id']}"


def _holds(grant: Any, now: datetime) -> bool:
    return grant.revoked_at is None and (grant.expires_at is None or grant.expires_at > now)
