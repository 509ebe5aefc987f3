"""What a run reads back out of the tables: as known at its moment, not as known today."""

from datetime import date

from sqlalchemy import event

from billing.errors import NotFound
from billing.rating.facts import Audit
from billing.services.acting import id_of
from billing.services.contract_history import load_contract
from billing.services.contracts import find_contract
from billing.services.processors import add_processor_data, read_processor
from billing.services.samples import SAMPLE_PROCESSOR
from billing.timespan import Interval, instant_of
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import refused


def loaded(story: Story, as_of: str | None = None):
    moment = None if as_of is None else instant_of(at(as_of))

    def load(session):
        return load_contract(session, story.processor_id, id_of(find_contract(session, "AVV-1")), moment)

    return story.tell(load)


def seen(story: Story, as_of: str):
    return loaded(story, as_of).history.seen_at(instant_of(at(as_of)))


def test_a_contract_of_nobody_is_not_found(office: Story):
    with refused("contract_not_found") as caught:
        office.tell(lambda session: load_contract(session, office.processor_id, 999))
    assert isinstance(caught.value, NotFound)


def test_a_corrected_entry_is_seen_as_it_was_known(office: Story):
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    office.correct("Z-1", "2026-10-08 09:00", "2026-10-06 09:00", 90)
    office.delete("Z-1", "2026-10-10 09:00")
    known = [
        [entry.end - entry.start for entry in seen(office, moment).entries]
        for moment in (
            "2026-10-06 09:59",
            "2026-10-06 10:00",
            "2026-10-08 09:00",
            "2026-10-10 08:59",
            "2026-10-10 09:00",
        )
    ]
    assert known == [[], [60], [90], [90], []]


def test_a_finding_is_known_from_its_recording_on_and_outlives_a_new_date(office: Story):
    site = {"audit_site": "Aichtal", "audit_mode": "onsite"}
    office.case("V-2", **site, audit_date="2026-10-14")
    office.fact("V-2", "2026-10-20 09:00", audit_finding="deviation")
    office.fact("V-2", "2026-10-21 09:00", audit_date="2026-10-15")
    audits = [
        seen(office, moment).cases["V-2"].audit
        for moment in ("2026-10-19 09:00", "2026-10-20 09:00", "2026-10-21 09:00")
    ]
    assert audits == [
        Audit("Aichtal", onsite=True, date=date(2026, 10, 14), finding="pending"),
        Audit("Aichtal", onsite=True, date=date(2026, 10, 14), finding="deviation"),
        Audit("Aichtal", onsite=True, date=date(2026, 10, 15), finding="deviation"),
    ]


def test_a_withdrawn_expense_is_gone_from_then_on(office: Story):
    office.expense("X-1", "V-1", "2026-10-06", "12.00")
    office.withdraw("X-1", "2026-10-09 09:00")
    assert [
        len(seen(office, moment).expenses) for moment in ("2026-10-06 20:00", "2026-10-09 08:59", "2026-10-09 09:00")
    ] == [
        1,
        1,
        0,
    ]


def test_an_approval_counts_by_the_day_of_the_processor_s_clock(office: Story):
    late = "2026-10-05T22:30:00Z"  # half past midnight in Berlin
    office.expense("X-1", "V-1", "2026-10-06", "12.00", "third_party", when="2026-10-06 20:00", approved_at=late)
    (expense,) = seen(office, "2026-11-01 09:00").expenses
    assert expense.approved_on == date(2026, 10, 6)


def test_released_minutes_leave_the_ledger_and_free_ones_stay(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    office.work("Z-2", "V-1", "2026-10-06 10:00", 30, "request_intake")
    office.bill("2026-10", "2026-11-02 09:00")
    before = loaded(office).ledger()
    office.cancel("RE-2026-0001", "2026-11-03 09:00")
    after = loaded(office).ledger()
    free = Interval(instant_of(at("2026-10-06 10:00")), instant_of(at("2026-10-06 10:30")))
    assert (sorted(before.decided), before.estimate_used) == (["Z-1", "Z-2"], {"estimate:regular:Q-1": 60})
    assert sum(before.groups["V-1"].units.values()) == 4
    assert (dict(after.decided), dict(after.estimate_used), after.groups) == ({"Z-2": [free]}, {}, {})


def test_a_ledger_can_be_that_of_the_closings_before_one(office: Story):
    office.work("Z-1", "V-1", "2026-10-06 10:00", 30, "general_query")
    office.bill("2026-10", "2026-11-02 09:00")
    office.work("Z-2", "V-1", "2026-11-03 10:00", 30, "general_query")
    office.bill("2026-11", "2026-12-02 09:00")
    contract = loaded(office)
    second = contract.decided.segments[-1].closing_id
    assert (sorted(contract.ledger().decided), sorted(contract.ledger(second).decided)) == (["Z-1", "Z-2"], ["Z-1"])


def test_each_table_is_read_once_however_many_rows_it_has(office: Story):
    def queries() -> int:
        asked: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            asked.append(statement)

        event.listen(office.store.engine, "before_cursor_execute", note)
        loaded(office)
        event.remove(office.store.engine, "before_cursor_execute", note)
        return len(asked)

    few = queries()
    for number in range(12):
        office.case(f"C-{number}")
        office.estimate(f"Q-{number}", f"C-{number}", regular=60)
        office.work(f"Z-{number}", f"C-{number}", f"2026-10-{number + 6:02d} 09:00", 30)
        office.expense(f"X-{number}", f"C-{number}", "2026-10-06", "1.00")
    office.bill("2026-10", "2026-11-02 09:00")
    assert queries() == few


def test_equal_agreements_are_one_object_so_that_contracts_share_a_timeline(office: Story):
    office.contract("AVV-2")
    other = office.tell(
        lambda session: load_contract(session, office.processor_id, id_of(find_contract(session, "AVV-2")))
    )
    mine = loaded(office)
    assert mine.agreement is other.agreement
    assert mine.terms_sha256 == other.terms_sha256


def test_the_clock_is_the_processor_s_on_the_day_of_the_run(office: Story):
    moved = read_processor({**SAMPLE_PROCESSOR, "time_zone": "Atlantic/Azores", "valid_from": "2026-10-01"})
    office.tell(lambda session: add_processor_data(session, office.act("2026-09-15 09:00"), moved))
    zones = [loaded(office, moment).agreement.zone.key for moment in ("2026-09-30 09:00", "2026-10-02 09:00")]
    assert zones == ["Europe/Berlin", "Atlantic/Azores"]
