"""What a processor chose for its people: safe without any choice, in versions, four eyes given up only for a reason."""

import json

import pytest

from billing.services.acting import Act
from billing.services.policies import PolicySettings, current_policy, list_policies, policy_in_force, set_policy
from billing.store.tables import AuditLog, Policy
from tests.months.story import Story
from tests.services.furnishing import NOW, last_event, refused, rows_of

REASON = "Ein-Personen-Betrieb"


def choose(story: Story, **said):
    return story.tell(lambda session: set_policy(session, story.act(NOW), said))


def test_without_a_choice_the_safe_ones_hold(office: Story):
    assert office.tell(current_policy) == PolicySettings(
        four_eyes=True,
        password_max_age_days=None,
        session_idle_minutes=15,
        session_hours=12,
        person_reports=False,
        key_max_age_days=365,
    )
    assert office.tell(policy_in_force).version_no == 0


def test_a_choice_is_a_version_and_what_it_does_not_name_stays(office: Story):
    choose(office, session_idle_minutes=10)
    choose(office, session_hours=8, password_max_age_days=365)
    assert office.tell(current_policy) == PolicySettings(
        session_idle_minutes=10, session_hours=8, password_max_age_days=365
    )
    assert [policy.version_no for policy, _ in office.tell(list_policies)] == [2, 1]
    assert last_event(office) == ("policy_set", "policy:2", "Erika Beispiel")


def test_null_switches_off_what_may_be_off(desk: Story):
    choose(desk, password_max_age_days=365)
    assert choose(desk, password_max_age_days=None, key_max_age_days=None).settings == PolicySettings(
        password_max_age_days=None, key_max_age_days=None
    )


def test_four_eyes_are_given_up_for_a_reason_that_stays_on_record(office: Story):
    with refused("four_eyes_reason_missing", "reason"):
        choose(office, four_eyes=False)
    assert rows_of(office, Policy) == []
    assert choose(office, four_eyes=False, reason=REASON).reason == REASON
    (row,) = rows_of(office, Policy)
    assert row.four_eyes is False, "the database asks this column when a second person confirms"
    choose(office, session_hours=8)
    assert office.tell(current_policy).four_eyes is False


def test_the_log_shows_values_before_and_after_and_whether_four_eyes_look(desk: Story):
    choose(desk, four_eyes=False, reason=REASON, session_hours=8)
    details = json.loads(rows_of(desk, AuditLog)[-1].details)
    assert details == {"changed": {"four_eyes": [True, False], "session_hours": [12, 8]}, "four_eyes": False}


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        pytest.param({}, "nothing_said", "four_eyes", id="nothing"),
        pytest.param({"reason": REASON}, "nothing_said", "four_eyes", id="a reason alone"),
        pytest.param({"four_eyes": "no"}, "not_true_or_false", "four_eyes", id="a word"),
        pytest.param({"four_eyes": None}, "may_not_be_empty", "four_eyes", id="null for what can't be off"),
        pytest.param({"session_idle_minutes": 4}, "number_out_of_range", "session_idle_minutes", id="idle 4 minutes"),
        pytest.param({"session_idle_minutes": 61}, "number_out_of_range", "session_idle_minutes", id="idle 61 minutes"),
        pytest.param({"session_hours": 0}, "number_out_of_range", "session_hours", id="no hour"),
        pytest.param({"session_hours": 25}, "number_out_of_range", "session_hours", id="25 hours"),
        pytest.param({"password_max_age_days": 29}, "number_out_of_range", "password_max_age_days", id="29 days"),
        pytest.param({"key_max_age_days": 3651}, "number_out_of_range", "key_max_age_days", id="ten years and a day"),
        pytest.param({"session_hours": True}, "not_a_whole_number", "session_hours", id="true for a number"),
        pytest.param({"colour": "blue"}, "unknown_key", "colour", id="a choice there is not"),
    ],
)
def test_a_wrong_choice_is_refused(desk: Story, said, code, path):
    with refused(code, path):
        choose(desk, **said)
    assert rows_of(desk, Policy) == []


@pytest.mark.parametrize(("name", "least", "most"), [("session_idle_minutes", 5, 60), ("session_hours", 1, 24)])
def test_the_bounds_themselves_are_taken(desk: Story, name, least, most):
    for value in (least, most):
        choose(desk, **{name: value})
        assert getattr(desk.tell(current_policy), name) == value


def test_a_policy_is_asked_by_one_statement(office: Story):
    """Every request asks it."""
    from sqlalchemy import event  # noqa: PLC0415 - for this one question

    def count(session):
        seen: list[str] = []
        current_policy(session)  # the transaction has begun
        event.listen(session.connection(), "before_cursor_execute", lambda *said: seen.append(said[2]))
        current_policy(session)
        return seen

    assert len(office.tell(count)) == 1


def test_somebody_elses_policy_holds_for_him_alone(office: Story):
    choose(office, session_hours=8)
    other = Story(office.store, "nachbar")
    assert other.tell(current_policy).session_hours == 12
    other.tell(lambda session: set_policy(session, Act("other", other.act(NOW).at), {"session_hours": 3}))
    assert (office.tell(current_policy).session_hours, other.tell(current_policy).session_hours) == (8, 3)
