"""The worker runs the month before on the day that was chosen: drafts and a mail, never an invoice."""

import pytest

from billing.errors import InvalidInput, Problem
from billing.services.policies import set_policy
from billing.store.tables import AuditLog, Closing, Draft, Mail
from billing.store.tables.kinds import Role
from invoices.run.scheduled import run_on_time
from tests.months.story import Story
from tests.services.furnishing import rows_of
from tests.support.correspondence import Correspondence


def choose(story: Story, **said: object) -> None:
    story.tell(lambda session: set_policy(session, story.act("2026-10-01 09:00"), said))


def ran(story: Story, *moments: str) -> list[bool]:
    return [run_on_time(story.store, story.processor_id, story.act(moment)) for moment in moments]


def accountant(story: Story) -> None:
    """Give somebody the role whose holders are told."""
    Correspondence(story.store, story.processor_id, 0, 0).user("CLAIRE", Role.ACCOUNTANT)


def test_without_a_choice_a_person_begins_the_run(simple: Story) -> None:
    assert ran(simple, "2026-11-28 23:59") == [False]


def test_the_month_before_is_run_once_when_its_day_and_time_have_come(simple: Story) -> None:
    accountant(simple)
    choose(simple, run_day=3, run_time="07:30")
    assert ran(simple, "2026-11-03 07:29", "2026-11-03 07:30", "2026-11-03 07:35", "2026-11-20 09:00") == [
        False,
        True,
        False,
        False,
    ]
    assert [(draft.month, draft.state) for draft in rows_of(simple, Draft)] == [("2026-10", "draft")]
    assert rows_of(simple, Closing) == [], "nothing is issued without a person"
    (mail,) = rows_of(simple, Mail)
    assert mail.subject == "Entwürfe für 2026-10 warten auf Freigabe: 1"
    assert "Ausgestellt ist nichts." in mail.text


def test_an_approval_is_a_persons_and_stays_as_it_was(simple: Story) -> None:
    choose(simple, run_day=3)
    simple.run("2026-10", "2026-11-02 09:00")
    simple.approve("2026-10", "2026-11-02 10:00")
    assert ran(simple, "2026-11-03 06:00") == [True]
    assert [draft.state for draft in rows_of(simple, Draft)] == ["approved"]


def test_a_day_that_no_worker_saw_is_caught_up_on(simple: Story) -> None:
    choose(simple, run_day=3)
    assert ran(simple, "2026-11-17 04:00") == [True]


def test_january_runs_december(simple: Story) -> None:
    choose(simple, run_day=1)
    ran(simple, "2027-01-01 06:00")
    assert {row.subject for row in rows_of(simple, AuditLog) if row.action == "month_run_on_time"} == {"month:2026-12"}


def test_a_run_that_fails_is_told_to_the_admins_and_begun_again(simple: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    Correspondence(simple.store, simple.processor_id, 0, 0).user("ANNA", Role.ADMIN)
    choose(simple, run_day=3)

    def fail(*_: object) -> None:
        raise Problem("database_locked", seconds=30)

    monkeypatch.setattr("invoices.run.scheduled.run_month", fail)
    with pytest.raises(Problem, match="database_locked"):
        ran(simple, "2026-11-03 06:00")
    assert [mail.subject for mail in rows_of(simple, Mail)] == ["Rechnungslauf 2026-10 abgebrochen"]
    monkeypatch.undo()
    assert ran(simple, "2026-11-03 06:05") == [True]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"run_day": 29}, "number_out_of_range"),
        ({"run_time": "24:00"}, "not_a_clock"),
        ({"run_time": "6:00"}, "not_a_clock"),
        ({"reminders_weekday": 0}, "number_out_of_range"),
    ],
    ids=["a day that February lacks", "no such hour", "half a time", "no such weekday"],
)
def test_a_time_that_cannot_be_is_refused(simple: Story, said: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        choose(simple, **said)
