"""What the processor chose for its own people, in versions: four eyes, sessions, ages of passwords and keys."""

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import get, patch
from billing.receivables.default import DefaultBegins
from billing.services.access.rights import Right
from billing.services.policies import POLICY, PolicyInForce, list_policies, policy_in_force, set_policy


class PolicyOut(BaseModel):
    """The choices that hold. Version 0: nobody chose yet, these are the defaults."""

    version: int
    four_eyes: bool = Field(description="A second person confirms reclassification and goodwill.")
    password_max_age_days: int | None = Field(description="null: passwords need not be changed.")
    session_idle_minutes: int
    session_hours: int
    person_reports: bool = Field(description="Reports by person; off unless the works council agreed.")
    key_max_age_days: int | None = Field(description="null: nobody is reminded to rotate keys.")
    default_begins: DefaultBegins = Field(description="When a debtor is in default (§ 286 BGB).")
    delete_on_time: bool = Field(description="The worker deletes each day what has served its time.")
    run_day: int | None = Field(description="Day on which the worker runs the month before. null: a person does.")
    run_time: str = Field(description="At what time, by the processor's clock.", examples=["06:00"])
    reminders_weekday: int | None = Field(
        description="Weekday (1 is Monday) on which the worker says what could be reminded of; it sends nothing."
    )
    reminders_time: str
    reason: str | None


class PolicyVersionOut(PolicyOut):
    """A version of the policy, with who chose it and when."""

    recorded_at: AwareDatetime
    recorded_by: str | None


class PolicyVersionsOut(BaseModel):
    """All versions, the newest first."""

    items: list[PolicyVersionOut]


@get("/policy", right=Right.PEOPLE, gives=PolicyOut)
def get_policy(call: Call) -> Reply:
    """Give the choices that hold now."""
    return Reply(_show(policy_in_force(call.session)), etag=True)


@patch(
    "/policy",
    right=Right.PEOPLE,
    reads=POLICY,
    gives=PolicyOut,
    example={"four_eyes": False, "reason": "Ein-Personen-Betrieb"},
)
def change_policy(call: Call) -> Reply:
    """Record a new version; what is not named stays. Giving up four eyes takes a reason, which every trail shows."""
    call.require_match(_show(policy_in_force(call.session)))
    return Reply(_show(set_policy(call.session, call.act, call.raw)), etag=True)


@get("/policy/versions", right=Right.PEOPLE, gives=PolicyVersionsOut)
def list_policy_versions(call: Call) -> Reply:
    """List all versions, the newest first."""
    items = [
        PolicyVersionOut(**_show(policy).model_dump(), recorded_at=row.recorded_at, recorded_by=row.recorded_by_name)
        for policy, row in list_policies(call.session)
    ]
    return Reply(PolicyVersionsOut(items=items))


def _show(policy: PolicyInForce) -> PolicyOut:
    chosen = policy.settings
    return PolicyOut(
        version=policy.version_no,
        four_eyes=chosen.four_eyes,
        password_max_age_days=chosen.password_max_age_days,
        session_idle_minutes=chosen.session_idle_minutes,
        session_hours=chosen.session_hours,
        person_reports=chosen.person_reports,
        key_max_age_days=chosen.key_max_age_days,
        default_begins=chosen.default_begins,
        delete_on_time=chosen.delete_on_time,
        run_day=chosen.run_day,
        run_time=chosen.run_time,
        reminders_weekday=chosen.reminders_weekday,
        reminders_time=chosen.reminders_time,
        reason=policy.reason,
    )
