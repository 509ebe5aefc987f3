"""What a processor chose for its own people: four eyes, sessions, ages of passwords and keys; versions, all kept.

Without any choice the defaults hold: they are the safe ones (law.md T-03, T-06, T-09, part G "Works council").
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any

from billing.canonical import canonical
from billing.clause.reading import Reader, one_of, read_flag
from billing.errors import InvalidInput
from billing.receivables.default import DefaultBegins
from billing.services.acting import Act, audit, put
from billing.services.changing import Changes, read_changes
from billing.services.fields import count_between, read_clock, read_note
from billing.store.queries.users import newest_policy, policies_of
from billing.store.session import TenantSession
from billing.store.tables import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """The choices that hold; ages are in days, None switches the rule off.

    `four_eyes` off lets one person propose and confirm (a firm of one): every such trail says so. `person_reports` on
    allows reports by person, which a works council has a say in (§ 87 Abs. 1 Nr. 6 BetrVG). `default_begins` reads
    § 286 BGB: with the first `reminder` or after 30 days, or `strict`ly the day after the due date.
    `delete_on_time` lets the worker delete each day what has served its time; off, a person does it.
    `run_day` is the day of the month on which the worker runs the month before, at `run_time` by the processor's clock;
    `reminders_weekday` (1 is Monday) that on which it says what could be reminded of, at `reminders_time`. Neither
    issues nor sends anything: that takes a person.
    """

    four_eyes: bool = True
    password_max_age_days: int | None = None
    session_idle_minutes: int = 15
    session_hours: int = 12
    person_reports: bool = False
    key_max_age_days: int | None = 365
    default_begins: DefaultBegins = DefaultBegins.REMINDER
    delete_on_time: bool = False
    run_day: int | None = None
    run_time: str = "06:00"
    reminders_weekday: int | None = None
    reminders_time: str = "06:00"


_MAY_BE_OFF = ("password_max_age_days", "key_max_age_days", "run_day", "reminders_weekday")
_POLICY: dict[str, Reader] = {
    "four_eyes?": read_flag,
    "password_max_age_days?": count_between(30, 3650),
    "session_idle_minutes?": count_between(5, 60),
    "session_hours?": count_between(1, 24),
    "person_reports?": read_flag,
    "key_max_age_days?": count_between(30, 3650),
    "default_begins?": one_of(*DefaultBegins),
    "delete_on_time?": read_flag,
    "run_day?": count_between(1, 28),
    "run_time?": read_clock,
    "reminders_weekday?": count_between(1, 7),
    "reminders_time?": read_clock,
    "reason?": read_note,
}
POLICY = Changes(_POLICY, (*_MAY_BE_OFF, "reason"))
"""Every choice and how it is read. `null` switches off what may be off; what is not named stays."""

_NAMES = frozenset(field.name for field in fields(PolicySettings))


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The choices that hold, the number of their version (0: never chosen, the defaults) and the reason given."""

    version_no: int
    settings: PolicySettings
    reason: str | None = None


def current_policy(session: TenantSession) -> PolicySettings:
    """Give the choices that hold now; one statement, as every request asks."""
    return policy_in_force(session).settings


def policy_in_force(session: TenantSession) -> PolicyInForce:
    """Give the choices that hold now with their version."""
    row = newest_policy(session, session.processor_id)
    return PolicyInForce(0, PolicySettings()) if row is None else _in_force(row)


def list_policies(session: TenantSession) -> list[tuple[PolicyInForce, Policy]]:
    """Give all versions, the newest first: what was chosen, and the row that says by whom and when."""
    return [(_in_force(row), row) for row in policies_of(session, session.processor_id)]


def set_policy(session: TenantSession, act: Act, raw: Mapping[str, Any]) -> PolicyInForce:
    """Record a new version; InvalidInput when nothing is named, or four eyes are given up without a reason."""
    changes, reason = _read(raw)
    before = policy_in_force(session)
    settings = replace(before.settings, **changes)
    if before.settings.four_eyes and not settings.four_eyes and reason is None:
        raise InvalidInput("four_eyes_reason_missing", path="reason", value=None)
    chosen = {name: value for name, value in asdict(settings).items() if name != "four_eyes"}
    version = Policy(
        version_no=before.version_no + 1,
        four_eyes=settings.four_eyes,
        settings=canonical(chosen),
        reason=reason,
        **act.record(),
    )
    put(session, version)
    old, new = asdict(before.settings), asdict(settings)
    changed = sorted(name for name in old if old[name] != new[name])
    trail = {name: [old[name], new[name]] for name in changed}
    audit(session, act, "policy_set", f"policy:{version.version_no}", changed=trail, four_eyes=settings.four_eyes)
    return PolicyInForce(version.version_no, settings, reason)


def _read(raw: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Read the changes and their reason."""
    changes = read_changes(raw, POLICY)
    reason = changes.pop("reason", None)
    if not changes:
        raise InvalidInput("nothing_said", path="four_eyes", value=None)
    return changes, reason


@lru_cache(maxsize=64)
def settings_of(chosen: str | None, *, four_eyes: bool = True) -> PolicySettings:
    """Read the choices as a version holds them; None: there is no version, the defaults hold."""
    known = {name: value for name, value in json.loads(chosen or "{}").items() if name in _NAMES}
    if "default_begins" in known:
        known["default_begins"] = DefaultBegins(known["default_begins"])
    return PolicySettings(four_eyes=four_eyes, **known)


def _in_force(row: Policy) -> PolicyInForce:
    settings = settings_of(row.settings, four_eyes=row.four_eyes)
    return PolicyInForce(row.version_no, settings, row.reason)
