"""The week of a member of staff, and what work would do before it is logged: as the month's run would settle it."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from billing.errors import NotFound
from billing.public_holidays import holiday_name
from billing.services.acting import id_of
from billing.services.cases import find_case
from billing.services.moments import processor_zone
from billing.services.parties import find_person
from billing.services.weeks import (
    Fate,
    Worked,
    agreement_of_days,
    cases_to_choose,
    holidays_of,
    last_work_of,
    week_of,
    work_settled,
)
from billing.services.work import find_entry
from billing.services.work_done import WorkDone
from billing.services.work_previews import Preview, preview_work
from tests.months.facts import at
from tests.months.story import Story

MONDAY, SATURDAY, NOW = "2026-10-05", "2026-10-10", "2026-10-11 20:00"


def week(story: Story, when: str = NOW, monday: str = MONDAY) -> list[Worked]:
    first = date.fromisoformat(monday)
    return story.tell(lambda s: week_of(s, story.act(when), id_of(find_person(s, "EB")), first, processor_zone(s)))


def parts(story: Story, ref: str, when: str = NOW) -> list[str]:
    worked = next(one for one in week(story, when) if one.row.ref == ref)
    return [f"{part.minutes} {part.fate} {part.code} {part.band}" for part in worked.parts]


def preview(story: Story, start: str, minutes: int, instead_of: str | None = None, **said) -> Preview:
    begin = at(start)
    facts = {"service": "request_processing", **said}
    done = WorkDone(start=begin, end=begin + timedelta(minutes=minutes), **facts)
    return story.tell(lambda s: preview_work(s, story.act(NOW), find_case(s, "V-1"), done, instead_of))


def added(found: Preview) -> list[str]:
    return [f"{line.units} {line.price.rate_class.code} {line.net}" for line in found.added]


# Mon 15:30            16:00            17:00
# |--- regular 30 ------|-- outside 60 --|
def test_each_minute_of_the_week_has_what_the_run_would_decide(office: Story):
    office.estimate("Q-1", "V-1", regular=30, out_of_hours=40)
    office.work("E1", "V-1", f"{MONDAY} 15:30", 90)
    office.work("E2", "V-1", f"{MONDAY} 09:00", 20, "incident_own_duty")
    assert parts(office, "E2") == ["20 free own_duty business_hours"]
    assert parts(office, "E1") == [
        "30 billable approved business_hours",
        "40 billable approved outside_hours",
        "20 held estimate_exceeded outside_hours",
    ]


def test_what_was_invoiced_is_done_and_what_was_free_stays_free(office: Story):
    office.estimate("Q-1", "V-1", when="2026-09-01 08:00", regular=600)
    office.work("E1", "V-1", "2026-09-30 09:00", 60)
    office.work("E2", "V-1", "2026-09-30 11:00", 30, "incident_own_duty")
    assert office.bill("2026-09", "2026-10-01 09:00")
    found = week(office, monday="2026-09-28")
    assert [(one.row.ref, one.fates, one.minutes()) for one in found] == [
        ("E1", [Fate.DONE], 60),
        ("E2", [Fate.FREE], 30),
    ]


def test_free_work_is_one_part_however_many_bands_it_crosses(office: Story):
    office.work("E1", "V-1", f"{MONDAY} 15:00", 180, "incident_own_duty")
    (worked,) = week(office)
    assert [(part.minutes, part.surcharge) for part in worked.parts] == [(180, Fraction(0))]


def test_a_surcharge_is_on_the_hourly_rate_and_travel_takes_away(office: Story):
    office.estimate("Q-1", "V-1", travel=60, out_of_hours=60, night_weekend=60)
    office.work("E1", "V-1", f"{SATURDAY} 10:00", 30)
    office.work("E2", "V-1", f"{MONDAY} 17:00", 30)
    office.work("E3", "V-1", f"{MONDAY} 18:00", 30, travel=True)
    assert [part.surcharge for one in week(office) for part in one.parts] == [
        Fraction(1, 4),
        Fraction(-1, 2),
        Fraction(1, 2),
    ]


def test_work_over_a_weeks_midnight_is_in_both_weeks_whole(office: Story):
    office.work("E1", "V-1", "2026-10-04 23:30", 60)
    assert [one.row.ref for one in week(office)] == ["E1"]
    assert [one.minutes() for one in week(office, monday="2026-09-28")] == [60]


def test_work_taken_back_and_work_of_others_is_not_there(office: Story):
    office.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    office.work("E2", "V-1", f"{MONDAY} 09:00", 60, person="TR")
    office.work("E3", "V-1", f"{MONDAY} 11:00", 60)
    office.delete("E3", f"{MONDAY} 13:00")
    assert [one.row.ref for one in week(office)] == ["E1"]


def test_one_entry_can_be_asked_for_and_one_taken_back_is_not_found(office: Story):
    office.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    number = office.tell(lambda s: id_of(find_entry(s, "E1")))
    found = office.tell(lambda s: work_settled(s, office.act(NOW), number))
    assert (found.row.case_ref, found.minutes(Fate.HELD)) == ("V-1", 60)
    office.delete("E1", f"{MONDAY} 13:00")
    with pytest.raises(NotFound):
        office.tell(lambda s: work_settled(s, office.act(NOW), number))


def test_the_picture_is_of_the_contract_most_was_worked_for(office: Story):
    office.contract("AVV-2", terms={"business_hours": {"days": [1], "from": "09:00", "to": "10:00"}})
    office.case("V-2", contract="AVV-2")
    office.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    office.work("E2", "V-2", f"{MONDAY} 12:00", 61)

    def days_of(session):
        worked = week_of(
            session, office.act(NOW), id_of(find_person(session, "EB")), date(2026, 10, 5), processor_zone(session)
        )
        return agreement_of_days(session, worked, None, processor_zone(session)).versions[0].business_hours.days

    assert list(office.tell(days_of)) == [1]


def test_without_any_work_the_picture_is_of_the_usual_clause(office: Story):
    agreement = office.tell(lambda s: agreement_of_days(s, [], None, processor_zone(s)))
    days = [date(2026, 10, 2), date(2026, 10, 3), date(2026, 11, 1)]
    assert holidays_of(agreement, days) == set(days[1:])


@pytest.mark.parametrize(
    ("day", "language", "name"),
    [
        (date(2026, 6, 4), "de", "Fronleichnam"),
        (date(2026, 6, 4), "en", "Corpus Christi"),
        (date(2026, 6, 5), "de", None),
    ],
)
def test_a_holiday_has_its_name_in_both_languages(day, language, name):
    assert holiday_name("DE-BW", day, language) == name


def test_cases_to_choose_are_open_and_newest_first(office: Story):
    office.case("V-2")
    rows = office.tell(cases_to_choose)
    assert [(row.ref, row.controller) for row in rows] == [("V-2", "Wohnbau Süd GmbH"), ("V-1", "Wohnbau Süd GmbH")]


def test_the_last_work_is_the_one_logged_last(office: Story):
    person = office.tell(lambda s: id_of(find_person(s, "EB")))
    assert office.tell(lambda s: last_work_of(s, person)) is None
    office.work("E1", "V-1", f"{MONDAY} 12:00", 60, when=NOW)
    office.work("E2", "V-1", f"{MONDAY} 09:00", 60, when=NOW)
    last = office.tell(lambda s: last_work_of(s, person))
    assert last is not None
    assert last.ref == "E2"


# Mon 14:30              16:00             17:10
# |---- regular 90 -------|--- outside 70 ---|     6 units at 25.00 and 5 at 31.25
def test_a_preview_says_what_the_work_adds_to_its_case_in_whole_units(office: Story):
    office.estimate("Q-1", "V-1", regular=600, out_of_hours=600)
    found = preview(office, f"{MONDAY} 14:30", 160)
    assert [(part.minutes, part.surcharge) for part in found.parts] == [(90, Fraction(0)), (70, Fraction(1, 4))]
    assert added(found) == ["6 regular 15000", "5 out_of_hours 15625"]
    assert (found.net, found.minutes, found.unit_minutes) == (30625, 160, 15)


def test_a_unit_that_is_begun_already_is_not_paid_twice(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    office.work("E1", "V-1", f"{MONDAY} 09:00", 20)
    assert added(preview(office, f"{MONDAY} 10:00", 10)) == []
    assert added(preview(office, f"{MONDAY} 10:00", 11)) == ["1 regular 2500"]


def test_a_preview_says_how_much_of_the_budget_is_used_and_exceeded(office: Story):
    office.estimate("Q-1", "V-1", regular=480)
    office.work("E1", "V-1", "2026-10-06 08:30", 375)
    found = preview(office, f"{MONDAY} 09:00", 165)
    assert (found.before.used, found.after.used, found.after.approved, found.over_minutes) == (375, 480, 480, 60)
    assert [notice.code for notice in found.notices] == ["estimate_used_up"]


def test_a_preview_without_any_approval_waits(office: Story):
    found = preview(office, f"{MONDAY} 09:00", 60)
    assert [(part.fate, part.code) for part in found.parts] == [(Fate.HELD, "no_approved_estimate")]
    assert (found.net, found.over_minutes) == (0, 0)


def test_urgent_work_is_previewed_as_declared(office: Story):
    found = preview(office, f"{SATURDAY} 10:00", 150, urgent=True)
    assert [(part.minutes, part.fate, part.code) for part in found.parts] == [
        (120, Fate.BILLABLE, "urgent"),
        (30, Fate.HELD, "urgent_cap_reached"),
    ]
    assert added(found) == ["8 night_weekend 30000"]


def test_a_correction_is_previewed_in_the_place_of_what_it_corrects(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    office.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    assert added(preview(office, f"{MONDAY} 09:00", 30, instead_of="E1")) == ["-2 regular -5000"]


def test_a_preview_stores_nothing(office: Story):
    preview(office, f"{MONDAY} 09:00", 60)
    assert week(office) == []
