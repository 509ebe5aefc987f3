"""What the processor chose for its own people: four eyes, sessions, ages of passwords and keys; every version kept."""

from typing import Any

from api.web.admin.places import places_of
from api.web.calls import Done, PageCall, View
from api.web.routing import deed, page
from billing.clause.reading import refuse
from billing.receivables.default import DefaultBegins
from billing.services.access.rights import Right
from billing.services.policies import list_policies, policy_in_force, set_policy

_SWITCHES = ("four_eyes", "person_reports", "delete_on_time")
_COUNTS = ("session_idle_minutes", "session_hours")
_MAY_BE_OFF = ("password_max_age_days", "key_max_age_days")


@page("/einstellungen/sicherheit", right=Right.PEOPLE)
def policy_page(call: PageCall) -> View:
    """Show the choices that hold, and who chose what when."""
    context = {
        "policy": policy_in_force(call.session),
        "versions": list_policies(call.session),
        "default_begins": list(DefaultBegins),
    }
    return View("admin/policy.html", {"sections": places_of(call.who), "here": "policy", **context})


@deed("/einstellungen/sicherheit", right=Right.PEOPLE, back=policy_page)
def policy_deed(call: PageCall) -> Done:
    """Record a new version with what differs; giving up four eyes takes a reason."""
    form, now = call.form, policy_in_force(call.session).settings
    said: dict[str, Any] = {name: form.checked(name) for name in _SWITCHES}
    said |= {name: form.read(name, _count) for name in _COUNTS}
    said |= {name: form.read(name, _count, optional=True) for name in _MAY_BE_OFF}
    said["default_begins"] = form.text("default_begins")
    form.require_good()
    changes = {name: value for name, value in said.items() if value != getattr(now, name)}
    if form.text("reason"):
        changes["reason"] = form.text("reason")
    set_policy(call.session, call.act, changes)
    return Done("/einstellungen/sicherheit", "policy_set")


def _count(value: Any, path: str) -> int:
    """Take a whole number as it is typed; whether it fits is the use case's to say."""
    if not value.isascii() or not value.isdigit():
        raise refuse("not_a_whole_number", path, value)
    return int(value)
