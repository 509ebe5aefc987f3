"""Approved effort against work: as the core allots it, warned of at 80 and 100 %, supplemented in one step (13(5)c)."""

import pytest
from sqlmodel import col, select

from billing.services.acting import id_of
from billing.services.agreeing import agree_terms
from billing.services.approvals import approve_estimate, read_approval
from billing.services.budgets import budget_of
from billing.services.case_facts import read_case_facts
from billing.services.cases import find_case
from billing.services.estimate_states import send_estimate, withdraw_estimate
from billing.services.estimate_versions import change_estimate
from billing.services.estimates import add_estimate, find_estimate, read_estimate
from billing.services.newly_known import learn_fact
from billing.services.openings import set_opening
from billing.services.overruns import overrun_notices
from billing.services.party_changes import end_contact
from billing.services.supplements import propose_supplement
from billing.store.tables import Case, Contact, Controller, Mail
from tests.months.facts import at
from tests.months.story import Story
from tests.services.casework import mails_of
from tests.services.furnishing import APPROVER, READER, refused, rows_of
from tests.support.asked import heard
from tests.support.papers import release_mail

MONDAY, NOW = "2026-10-05", "2026-10-09 20:00"


def budget(story: Story, when: str = NOW):
    return story.tell(lambda s: budget_of(s, story.act(when), find_case(s, "V-1")))


def lines(story: Story, when: str = NOW) -> list[str]:
    return [f"{line.estimate} {line.rate_class} {line.used} of {line.approved}" for line in budget(story, when).lines]


def held(story: Story) -> list[str]:
    return [f"{held.minutes} {held.rate_class} {held.code}" for held in budget(story).held]


def notices(story: Story, when: str = NOW) -> list[str]:
    found = story.tell(lambda s: overrun_notices(s, story.act(when), id_of(find_case(s, "V-1"))))
    return [f"{notice.code} {notice.fields['rate_class']} {notice.fields['percent']}" for notice in found]


def supplement(story: Story, when: str = NOW):
    return story.tell(lambda s: propose_supplement(s, story.act(when), find_case(s, "V-1")))


# Mon 15:30           16:00            17:00
# |--- regular 30 -----|-- outside 60 --|      the dearer line pays for the cheaper minute only when that is used up
def test_used_is_what_the_core_takes_from_each_line(office: Story):
    office.estimate("Q-1", "V-1", regular=20, out_of_hours=50)
    office.work("E1", "V-1", f"{MONDAY} 15:30", 90)
    assert lines(office) == ["Q-1 regular 20 of 20", "Q-1 out_of_hours 50 of 50"]
    assert held(office) == ["20 out_of_hours estimate_exceeded"]


def test_billed_and_running_work_are_both_used_and_each_only_once(office: Story):
    office.estimate("Q-1", "V-1", when="2026-09-01 08:00", regular=600)
    office.work("E1", "V-1", "2026-09-07 09:00", 60)
    assert office.bill("2026-09", "2026-10-01 09:00")
    office.work("E2", "V-1", f"{MONDAY} 09:00", 45)
    assert lines(office) == ["Q-1 regular 105 of 600"]


def test_estimates_are_used_in_the_order_of_their_approval(office: Story):
    office.estimate("Q-2", "V-1", when="2026-10-01 08:00", regular=60)
    office.estimate("Q-1", "V-1", when="2026-10-02 08:00", regular=60)
    office.work("E1", "V-1", f"{MONDAY} 09:00", 90)
    assert lines(office) == ["Q-2 regular 60 of 60", "Q-1 regular 30 of 60"]


def test_work_of_other_cases_and_free_work_use_nothing(office: Story):
    office.estimate("Q-1", "V-1", regular=60)
    office.case("V-2")
    office.work("E1", "V-2", f"{MONDAY} 09:00", 60)
    office.work("E2", "V-1", f"{MONDAY} 10:00", 60, "incident_own_duty")
    assert lines(office) == ["Q-1 regular 0 of 60"]
    assert held(office) == []


def test_an_entry_seen_later_counts_from_then_on(office: Story):
    office.estimate("Q-1", "V-1", regular=60)
    office.work("E1", "V-1", f"{MONDAY} 09:00", 30, when="2026-10-08 09:00")
    assert [lines(office, when) for when in ("2026-10-08 08:59", "2026-10-08 09:00")] == [
        ["Q-1 regular 0 of 60"],
        ["Q-1 regular 30 of 60"],
    ]


def test_the_clock_of_urgent_work_counts_what_no_approval_pays_for(office: Story):
    office.fact("V-1", f"{MONDAY} 08:00", urgent_notice_at="2026-10-05T08:00:00+02:00", **_reasons())
    office.work("E1", "V-1", f"{MONDAY} 09:00", 150, urgent=True)
    found = budget(office)
    assert (found.urgent_used, found.urgent_cap) == (120, 120)
    assert held(office) == ["30 regular urgent_cap_reached"]


@pytest.mark.parametrize(
    ("minutes", "approved", "told"),
    [
        pytest.param(119, 0, [], id="one minute is left"),
        pytest.param(120, 0, ["urgent_used_up"], id="used up to the minute"),
        pytest.param(150, 0, ["urgent_used_up"], id="and more that waits"),
        pytest.param(150, 60, [], id="what is approved goes on"),
    ],
)
def test_that_the_urgent_minutes_are_used_up_is_said_and_the_controller_told_once(office, minutes, approved, told):
    office.fact("V-1", f"{MONDAY} 08:00", urgent_notice_at="2026-10-05T08:00:00+02:00", **_reasons())
    if approved:
        office.estimate("Q-1", "V-1", when=f"{MONDAY} 07:00", regular=120 + approved)
    office.work("E1", "V-1", f"{MONDAY} 08:30", minutes, urgent=True)

    def ask(session):
        return overrun_notices(session, office.act(NOW), id_of(find_case(session, "V-1")), urgent=True)

    asked = [[notice.code for notice in office.tell(ask) if notice.code == "urgent_used_up"] for _ in range(2)]
    assert asked == [told, told]
    mails = [mail for mail in rows_of(office, Mail) if mail.kind == "urgent_used_up"]
    assert [mail.recipient for mail in mails] == ([APPROVER, READER] if told else [])
    assert all("120 Minuten verbraucht" in mail.text for mail in mails)


def test_urgent_minutes_beyond_the_cap_are_supplemented_where_an_estimate_is_approved(office: Story):
    office.estimate("Q-1", "V-1", when="2026-10-06 08:00", regular=60)
    office.fact("V-1", f"{MONDAY} 08:00", urgent_notice_at="2026-10-05T08:00:00+02:00", **_reasons())
    office.work("E1", "V-1", f"{MONDAY} 08:30", 150, urgent=True)
    assert held(office) == ["30 regular urgent_cap_reached"]
    record = supplement(office)
    assert record.lines == [{"rate_class": "regular", "minutes": 30}]
    assert record.version.covers_from == at(f"{MONDAY} 10:30")


def test_urgent_minutes_beyond_the_cap_need_a_first_estimate_where_none_is_approved(office: Story):
    office.fact("V-1", f"{MONDAY} 08:00", urgent_notice_at="2026-10-05T08:00:00+02:00", **_reasons())
    office.work("E1", "V-1", f"{MONDAY} 08:30", 150, urgent=True)
    with refused("nothing_to_supplement"):
        supplement(office)


def _reasons() -> dict[str, str]:
    return {f"urgent_{name}_reason": "Frist" for name in ("deadline", "action", "approval")}


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(79, [], id="79 of 100 minutes: nothing to say"),
        pytest.param(80, ["estimate_nearly_used regular 80"], id="80 of 100: nearly used"),
        pytest.param(99, ["estimate_nearly_used regular 99"], id="99 of 100: nearly used"),
        pytest.param(100, ["estimate_used_up regular 100"], id="100 of 100: used up"),
        pytest.param(130, ["estimate_used_up regular 100"], id="more than approved is held, not used"),
    ],
)
def test_a_warning_comes_at_80_and_at_100_per_cent(desk: Story, minutes, expected):
    desk.estimate("Q-1", "V-1", regular=100)
    desk.work("E1", "V-1", f"{MONDAY} 09:00", minutes)
    assert notices(desk) == expected


def test_a_class_of_its_own_is_warned_of_on_its_own(desk: Story):
    desk.estimate("Q-1", "V-1", regular=600, night_weekend=30)
    desk.work("E1", "V-1", "2026-10-10 09:00", 30)
    assert notices(desk, "2026-10-10 20:00") == ["estimate_used_up night_weekend 100"]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(100, ["estimate_goes_dearer regular 100"], id="all of the cheaper: work goes on with the dearer"),
        pytest.param(
            129,
            ["estimate_goes_dearer regular 100", "estimate_nearly_used out_of_hours 96"],
            id="until a minute is left of the dearer",
        ),
        pytest.param(
            130,
            ["estimate_used_up regular 100", "estimate_used_up out_of_hours 100"],
            id="and ends with it",
        ),
    ],
)
def test_where_a_dearer_rate_is_left_nobody_is_told_that_more_takes_a_supplement(office: Story, minutes, expected):
    office.estimate("Q-1", "V-1", regular=100, out_of_hours=30)
    office.work("E1", "V-1", f"{MONDAY} 09:00", minutes)
    assert notices(office) == expected
    assert [mail.kind for mail in rows_of(office, Mail)] == [one.split()[0] for one in expected]
    assert ("noch 30 Minuten" in rows_of(office, Mail)[0].text) is (minutes == 100)


def test_what_is_left_of_a_cheaper_rate_is_not_left_to_a_dearer_one(desk: Story):
    desk.estimate("Q-1", "V-1", travel=60, regular=30)
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 30)
    assert notices(desk) == ["estimate_used_up regular 100"]


def test_a_supplement_gives_room_again(desk: Story):
    desk.estimate("Q-1", "V-1", when="2026-10-01 08:00", regular=100)
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 100)
    assert notices(desk) == ["estimate_used_up regular 100"]
    desk.estimate("Q-2", "V-1", when="2026-10-06 08:00", regular=100)
    assert notices(desk) == []


def test_work_that_uses_nothing_warns_of_nothing(desk: Story):
    desk.estimate("Q-1", "V-1", regular=30)
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 120, "incident_own_duty")
    assert notices(desk) == []


def test_what_was_used_before_we_kept_the_record_counts(desk: Story):
    desk.estimate("Q-1", "V-1", regular=100)
    raw = {"kind": "approval_used", "contract": "AVV-1", "estimate": "Q-1", "rate_class": "regular", "minutes": 75}
    desk.tell(lambda s: set_opening(s, desk.act(NOW), raw, at(NOW).date()))
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 5)
    assert notices(desk) == ["estimate_nearly_used regular 80"]


def test_the_controller_is_told_once_for_each_threshold(office: Story):
    office.estimate("Q-1", "V-1", regular=100)
    office.work("E1", "V-1", f"{MONDAY} 09:00", 80)
    notices(office)
    notices(office)
    office.work("E2", "V-1", f"{MONDAY} 12:00", 40)
    notices(office)
    notices(office)
    assert [mail.kind for mail in rows_of(office, Mail)] == ["estimate_nearly_used", "estimate_used_up"]
    assert "100 von 100 Minuten" in rows_of(office, Mail)[-1].text


def told(story: Story) -> list[str]:
    return [mail.kind for mail in rows_of(story, Mail)]


def test_where_nobody_may_approve_the_others_hear_of_an_overrun(office: Story):
    office.tell(
        lambda s: end_contact(s, office.act(NOW), s.exec(select(Contact).where(col(Contact.may_approve))).one())
    )
    office.estimate("Q-1", "V-1", regular=100)
    office.work("E1", "V-1", f"{MONDAY} 09:00", 80)
    assert [mail.recipient for mail in rows_of(office, Mail)] == [READER]


def test_a_correction_that_uses_approved_effort_up_is_told(office: Story):
    office.estimate("Q-1", "V-1", regular=100)
    office.work("E1", "V-1", f"{MONDAY} 09:00", 30)
    office.correct("E1", NOW, f"{MONDAY} 09:00", 90)
    assert told(office) == ["estimate_nearly_used"]


def test_a_cause_that_lets_work_use_approved_effort_up_is_told(office: Story):
    office.estimate("Q-1", "V-1", regular=100)
    office.fact("V-1", "2026-10-02 08:00", cause="undecided", cause_reason="offen")
    office.work("E1", "V-1", f"{MONDAY} 09:00", 130)
    assert told(office) == []
    facts = read_case_facts({"cause": "controller", "cause_reason": "Bedienfehler"})
    found = office.tell(lambda s: learn_fact(s, office.act(NOW), find_case(s, "V-1"), facts)).notices
    assert [notice.code for notice in found] == told(office) == ["estimate_used_up"]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(60, [], id="all of it"),
        pytest.param(59, ["estimate_used_up"], id="all but a minute"),
    ],
)
def test_a_release_of_earlier_work_is_told_to_fall_short_only_if_it_does(office: Story, minutes, expected):
    office.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    new = {"ref": "Q-1", "case": "V-1", "description": "Aufwand", "lines": [line(minutes)]}
    raw = {"approved_at": at(NOW).isoformat(), "channel": "mail", "approver_name": "Frau Süd"}
    raw["covers_from"] = at(f"{MONDAY} 09:00").isoformat()

    def release(session):
        act = office.act(NOW)
        sent = send_estimate(session, act, add_estimate(session, act, read_estimate(new)), act.at).record
        return approve_estimate(session, act, sent, read_approval(raw), release_mail())

    assert [notice.code for notice in office.tell(release).notices] == told(office) == expected


def line(minutes: int) -> dict[str, object]:
    return {"rate_class": "regular", "minutes": minutes}


@pytest.mark.parametrize("worked", [0, 79])
def test_far_from_the_threshold_one_statement_is_all_it_costs(office: Story, worked):
    office.estimate("Q-1", "V-1", regular=100)
    if worked:
        office.work("E1", "V-1", f"{MONDAY} 09:00", worked)
    asked: list[str] = []

    def ask(session):
        case_id = id_of(find_case(session, "V-1"))
        with heard(office.store, asked.append):
            return overrun_notices(session, office.act(NOW), case_id)

    assert office.tell(ask) == []
    assert len(asked) == 1


def test_what_waits_beyond_the_approved_effort_is_supplemented_in_one_step(office: Story):
    office.estimate("Q-1", "V-1", regular=60)
    office.work("E1", "V-1", f"{MONDAY} 15:00", 120)  # 60 regular, 60 out of hours
    office.work("E2", "V-1", "2026-10-06 09:00", 30)
    record = supplement(office)
    assert record.lines == [{"rate_class": "regular", "minutes": 30}, {"rate_class": "out_of_hours", "minutes": 60}]
    assert record.version.covers_from == at(f"{MONDAY} 16:00")
    assert record.estimate.supplements_id == office.tell(lambda s: find_estimate(s, "Q-1")).estimate.id
    assert record.version.description == (
        "Nachfreigabe zu Q-1: Für „Vorgang V-1“ (V-1) ist mehr Aufwand entstanden, als freigegeben war "
        "(Ziff. 13 Abs. 5 lit. c). "
        "Seit 05.10.2026 16:00 wurde darüber hinaus gearbeitet:\n\n- Geschäftszeiten: 30 Minuten\n"
        "- Außerhalb der Geschäftszeiten: 60 Minuten\n\nDie Freigabe gilt auch für diese bereits geleistete Arbeit."
    )


def test_the_approved_supplement_releases_what_waited(office: Story):
    office.estimate("Q-1", "V-1", regular=60)
    office.work("E1", "V-1", f"{MONDAY} 15:00", 120)
    record = supplement(office)
    act = office.act("2026-10-12 09:00")
    released = read_approval(
        {"approved_at": "2026-10-12T09:00:00+02:00", "channel": "mail", "approver_name": "Frau Süd"}
    )

    def release(session):
        found = find_estimate(session, record.estimate.ref)
        approve_estimate(session, act, send_estimate(session, act, found, act.at).record, released, release_mail())

    office.tell(release)
    assert budget(office, "2026-10-12 09:00").held == []
    with refused("nothing_to_supplement"):
        supplement(office, "2026-10-12 09:00")


def test_an_english_controller_reads_english(desk: Story):
    def speak_english(session):
        case = session.exec(select(Case).where(col(Case.ref) == "V-1")).one()
        session.get_one(Controller, case.controller_id).language = "en"

    desk.tell(speak_english)
    desk.estimate("Q-1", "V-1", regular=30)
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    assert (supplement(desk).version.description or "").startswith("Supplement to Q-1: “Vorgang V-1” (V-1)")


def test_nothing_is_supplemented_where_nothing_is_approved(desk: Story):
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    with refused("nothing_to_supplement") as caught:
        supplement(desk)
    assert caught.value.fields["clause"] == "13(5)c"


def test_one_supplement_at_a_time(desk: Story):
    desk.estimate("Q-1", "V-1", regular=30)
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    first = supplement(desk).estimate.ref
    with refused("supplement_is_open") as caught:
        supplement(desk)
    assert caught.value.fields["estimate"] == first
    desk.tell(lambda s: withdraw_estimate(s, desk.act(NOW), find_estimate(s, first), {}))
    assert supplement(desk).estimate.ref != first


def test_a_rate_that_was_missing_uses_up_approved_effort_and_the_controller_is_told_once(office: Story):
    office.agree("2026-01", "2026-01-10 09:00", hourly_rate=None)
    office.estimate("Q-1", "V-1", regular=60)
    office.work("E1", "V-1", f"{MONDAY} 09:00", 100)
    assert mails_of(office, "estimate_used_up") == []
    act, rate = office.act(NOW), {"hourly_rate": "100.00"}
    agreed = office.tell(lambda s: agree_terms(s, act, "AVV-1", "2026-10", rate))
    assert [(notice.code, notice.fields["used"]) for notice in agreed.notices] == [("estimate_used_up", 60)]
    (mail,) = mails_of(office, "estimate_used_up")
    assert mail.subject_id == 1
    again, later = office.act("2026-10-10 09:00"), {"hourly_rate": "110.00"}
    assert office.tell(lambda s: agree_terms(s, again, "AVV-1", "2026-10", later)).notices == [], "he knows"
    assert len(mails_of(office, "estimate_used_up")) == 1


# sent                valid until 12:00   the worker has not marked it yet
# |--- may decide -----------|--- another one is needed ---
@pytest.mark.parametrize(
    ("when", "is_open"),
    [pytest.param("12:00", True, id="the last minute"), pytest.param("12:01", False, id="the minute after")],
)
def test_a_supplement_that_can_be_decided_no_more_stands_in_no_other_ones_way(desk: Story, when, is_open):
    desk.estimate("Q-1", "V-1", regular=30)
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    first, until = supplement(desk).estimate.ref, {"valid_until": at("2026-11-03 12:00").isoformat()}
    desk.tell(lambda s: change_estimate(s, desk.act(NOW), find_estimate(s, first), until))
    desk.tell(lambda s: send_estimate(s, desk.act(NOW), find_estimate(s, first)))
    act = desk.act(f"2026-11-03 {when}")
    if is_open:
        with refused("supplement_is_open"):
            desk.tell(lambda s: propose_supplement(s, act, find_case(s, "V-1")))
    else:
        assert desk.tell(lambda s: propose_supplement(s, act, find_case(s, "V-1"))).estimate.ref != first


def test_an_open_first_estimate_is_no_supplement(desk: Story):
    desk.estimate("Q-1", "V-1", regular=30)
    desk.work("E1", "V-1", f"{MONDAY} 09:00", 60)
    raw = {"case": "V-1", "description": "mehr", "lines": [{"rate_class": "regular", "minutes": 60}]}
    desk.tell(lambda s: add_estimate(s, desk.act(NOW), read_estimate(raw)))
    assert supplement(desk).lines == [{"rate_class": "regular", "minutes": 30}]
