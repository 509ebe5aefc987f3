"""Urgent work: three reasons, the controller told at once, and from then on its minutes count (13(5)b)."""

import pytest

from billing.services.cases import case_facts, find_case
from billing.services.urgent_work import declare_urgent, read_urgency
from billing.services.work import correct_work, find_entry, log_work
from billing.services.work_done import read_work
from billing.store.tables import CaseVersion, Mail
from tests.months.facts import at
from tests.services.casework import CONTACTS, act, at_once, end_contacts, mails_of, on_case, utc
from tests.services.furnishing import APPROVER, READER, last_event, refused, rows_of

REASONS = {
    "deadline_reason": "72 Stunden nach Art. 33 DSGVO",
    "action_reason": "Die Daten waren noch abrufbar",
    "approval_reason": "Niemand erreichbar, Sonntag",
}


def declare(story, when="2026-10-06 09:30", **more):
    return on_case(story, declare_urgent, read_urgency(REASONS | more), when=when)


def known(story):
    return story.tell(lambda session: case_facts(session, find_case(session, "V-1")))[0]


def test_the_controller_is_told_at_once_and_the_reasons_stay_on_record(office):
    declared = declare(office)
    facts = known(office)
    assert (declared.notice_at, facts["urgent_notice_at"]) == (at("2026-10-06 09:30"), at("2026-10-06 09:30"))
    assert facts["urgent_deadline_reason"] == REASONS["deadline_reason"]
    assert (declared.cap_minutes, declared.mails, declared.notices) == (120, CONTACTS, [])
    assert last_event(office)[:2] == ("urgent_declared", "case:V-1")


def test_the_notice_names_all_three_reasons_and_what_they_cost_at_most(office):
    declare(office)
    mails = mails_of(office, "urgent_notice")
    assert [mail.recipient for mail in mails] == [APPROVER, READER]
    assert all(reason in mails[0].text for reason in REASONS.values())
    assert "120 Minuten" in mails[0].text
    assert "bereits am" not in mails[0].text, "nobody told the controller before"


def test_who_was_called_before_gets_it_in_text_form_with_the_time_of_the_call(office):
    declared = declare(office, informed_at=utc("2026-10-06 08:15"))
    assert declared.notice_at == at("2026-10-06 08:15")
    assert "bereits am 06.10.2026, 08:15 Uhr informiert" in mails_of(office, "urgent_notice")[0].text


def test_its_minutes_are_billed_only_once_the_controller_was_told(desk):
    desk.work("Z-1", "V-1", "2026-10-06 08:00", 150, urgent=True)
    assert desk.bill("2026-10", "2026-11-02 09:00") == {"AVV-1": None}
    declare(desk, when="2026-11-03 09:00")
    (number,) = desk.bill("2026-11", "2026-12-02 09:00").values()
    assert desk.lines(number) == ["V-1 regular 8 × 25 = 200.00"], "120 of the 150 minutes"


def test_a_notice_more_than_a_day_after_the_work_began_is_noted(office):
    office.work("Z-1", "V-1", "2026-10-05 09:00", 60, urgent=True)
    assert [notice.code for notice in declare(office, when="2026-10-06 09:01").notices] == ["urgent_notice_late"]


def test_who_logs_urgent_work_is_told_that_the_controller_is_not_informed_yet(office):
    raw = {"case": "V-1", "person": "EB", "service": "breach_support", "urgent": True}

    def log(start: str, end: str) -> list[str]:
        new = read_work(raw | {"start": utc(start), "end": utc(end)})
        return [notice.code for notice in office.tell(lambda s: log_work(s, act(end), new)).notices]

    office.estimate("Q-1", "V-1", "2026-10-05 08:00", regular=600)
    assert log("2026-10-05 09:00", "2026-10-05 09:30") == [], "approved work waits for no notice"
    assert log("2026-10-05 18:00", "2026-10-05 18:30") == ["urgent_not_declared"], "of its class nothing is approved"
    declare(office, when="2026-10-05 19:00")
    assert log("2026-10-05 19:00", "2026-10-05 19:30") == []


def test_who_logs_urgent_work_where_nobody_can_be_told_hears_that(office):
    end_contacts(office)
    new = {"case": "V-1", "person": "EB", "service": "breach_support", "urgent": True}
    times = {"start": utc("2026-10-05 09:00"), "end": utc("2026-10-05 10:00")}
    logged = office.tell(lambda s: log_work(s, act("2026-10-05 10:00"), read_work(new | times)))
    assert [notice.code for notice in logged.notices] == ["controller_untold"]


def test_that_the_notice_came_late_is_said_to_who_logs_the_work_afterwards(office):
    declare(office, when="2026-10-06 10:01")
    raw = {"case": "V-1", "person": "EB", "service": "breach_support", "urgent": True}

    def log(start: str, end: str) -> list[str]:
        times = {"start": utc(start), "end": utc(end)}
        logged = office.tell(lambda s: log_work(s, act("2026-10-07 09:00"), read_work(raw | times)))
        return [notice.code for notice in logged.notices]

    assert log("2026-10-05 10:01", "2026-10-05 10:20") == []
    assert log("2026-10-05 10:00", "2026-10-05 10:01") == ["urgent_notice_late"]
    assert [
        notice.code for notice in _corrected(office, {"start": utc("2026-10-05 09:30")}, "Z-2026-0002").notices
    ] == ["urgent_notice_late"]


def _corrected(office, change, ref):
    return office.tell(lambda s: correct_work(s, act("2026-10-07 09:00"), find_entry(s, ref), change, "Tippfehler"))


def test_a_contract_without_urgent_minutes_says_that_approval_is_needed(office):
    office.agree("2026-10", "2026-09-15 09:00", urgent_cap_minutes=0)
    declared = declare(office)
    assert (declared.cap_minutes, [notice.code for notice in declared.notices]) == (0, ["no_urgent_minutes_agreed"])


def test_who_declares_work_beyond_the_cap_is_told_that_it_is_used_up(office):
    office.work("Z-1", "V-1", "2026-10-06 06:00", 150, urgent=True)
    assert [notice.code for notice in declare(office).notices] == ["urgent_used_up"]
    assert [mail.recipient for mail in mails_of(office, "urgent_used_up")] == [APPROVER, READER]


@pytest.mark.parametrize("reason", REASONS)
def test_all_three_reasons_must_be_given(reason):
    with refused("missing_key", reason):
        read_urgency({name: text for name, text in REASONS.items() if name != reason})


def test_a_case_is_declared_urgent_once(desk):
    declare(desk)
    with refused("urgent_already_declared"):
        declare(desk, when="2026-10-07 09:00")
    assert len(rows_of(desk, Mail)) == CONTACTS


def test_of_two_declarations_at_once_one_counts(office):
    assert at_once(lambda: declare(office), lambda: declare(office)) == ["done", "urgent_already_declared"]
    assert len(rows_of(office, Mail)) == CONTACTS


def test_nobody_to_write_to_and_nobody_called_is_refused(desk):
    end_contacts(desk)
    with refused("controller_has_no_contact"):
        declare(desk)
    assert rows_of(desk, CaseVersion) == []
    assert declare(desk, informed_at=utc("2026-10-06 08:15")).mails == 0


def test_a_call_still_to_come_is_refused(desk):
    with refused("moment_in_future", "informed_at"):
        declare(desk, informed_at=utc("2026-10-06 09:31"))
