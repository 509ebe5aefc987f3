"""Nothing goes before its time (law.md G), nothing on hold and nothing in use; whoever tries, with plain SQL."""

# ruff: noqa: S608 - statements put together from names of our own tables

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from billing.store.audit import Event, append_audit, verify_audit
from billing.store.keyring import new_ring
from billing.store.rules.retention import KEPT_WHILE, periods_of, retained_tables
from billing.store.session import TenantSession, open_store
from billing.store.tables import AuditLog, CaseFile, IncidentVersion
from tests.store.conftest import Furnished, fresh_database
from tests.support import world as w
from tests.support.ageing import ENDED, THIS_YEAR, age, back_to
from tests.support.furnished import furnish
from tests.support.intruder import intruders, refusals
from tests.support.leaves import leave_to_delete, row_of, today

VOUCHERS = (
    "invoice invoice_file closing segment unit closing_expense correction correction_item expense payment written_off"
    " holiday_set opening_balance role_grant audit_log export_batch_item"
)
PROOF = "entry entry_version proposal case case_version case_file deadline_mark"
LETTERS = (
    "estimate estimate_version estimate_event approval sending delivery receipt reminder instruction support_request"
    " mail mail_attachment mail_attempt legal_hold"
)
WORK = "incomplete_entry import_batch import_row_key draft run incident_version"
YEARS = {
    **dict.fromkeys((VOUCHERS + " " + PROOF).split(), 8),
    **dict.fromkeys(("contract", "terms_version", "export_batch", "debtor_account"), 10),
    **dict.fromkeys(LETTERS.split(), 6),
    **dict.fromkeys([*WORK.split(), "person", "user"], 3),
    **dict.fromkeys(("contact", "controller", "stored_file"), 0),
}
# The letterhead and the settings of the books in force stay for ever, and what a number series is counted from.
ENDLESS = {"processor_version", "datev_settings"}


def logged(session: TenantSession, at: datetime) -> AuditLog:
    """Give the row of the audit log that an event of a moment became."""
    row = append_audit(session, Event(at, "tester", "month_closed", "contract:V1", {}))
    return session.exec(select(AuditLog).where(AuditLog.seq == row.seq)).one()


def test_every_table_has_a_period():
    """A new table is named where its period stands (`rules.logs`), or nobody could ever say when its rows go."""
    lasting = set(retained_tables())
    assert {name for name in lasting if periods_of(name)} == lasting
    assert lasting >= KEPT_WHILE.keys()


@pytest.mark.parametrize("table", retained_tables())
def test_nothing_goes_before_its_time(furnished: Furnished, table: str):
    """All is of 2026 here, so the leave to delete it can't be given this year, nor dated ahead."""
    for on in ("2026-11-02", "2099-01-01"):
        leave = leave_to_delete(furnished.world, table, row_of(table), on)
        assert refusals(furnished.people, leave) == {"retention_too_early"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def furnished_to_age(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """A world whose matters have all ended, which a test may move back in time; it begins in this year."""
    with fresh_database(request, tmp_path_factory) as database:
        store = open_store(database.app_url, new_ring())
        world = w.found(store)
        with store.tenant(world.processor_id) as session:
            issued = furnish(session, world)
        age(database, back_to(THIS_YEAR), *ENDED)
        with intruders(database, world.processor_id) as people:
            yield Furnished(database, store, world, issued, people)
        store.close()


def test_every_period_runs_to_the_end_of_its_last_year_and_not_longer(furnished_to_age: Furnished):
    """Year for year, the leave to delete is refused through the last year of the period and given in the next."""
    world = furnished_to_age.world
    tables = set(retained_tables()) - ENDLESS
    assert tables >= YEARS.keys()
    for years_ago in range(11):
        if years_ago:
            age(furnished_to_age.database, 1)
        for table in sorted(tables):
            refused = refusals(furnished_to_age.people, leave_to_delete(world, table, row_of(table), today()))
            kept = years_ago <= max((period.years for period in periods_of(table)), default=0)
            assert (refused == {"retention_too_early"}) == kept, (table, years_ago, refused)
            if table in YEARS:
                assert kept == (years_ago <= YEARS[table]), (table, years_ago)
    for table in ENDLESS:
        leave = leave_to_delete(world, table, row_of(table), today())
        assert refusals(furnished_to_age.people, leave) == {"retention_too_early"}


def test_what_goes_needs_its_record_and_nobody_who_uses_it(furnished_to_age: Furnished):
    """After ten years all may go, but in order: who names a row goes before it."""
    people, world = furnished_to_age.people, furnished_to_age.world
    age(furnished_to_age.database, 20)
    record = leave_to_delete(world, "estimate_event", row_of("estimate_event"), today())
    delete = "DELETE FROM estimate_event"
    assert [person.attempt(record, delete) for person in people] == [""] * len(people)
    assert refusals(people, delete) == {"row_is_kept"}
    for table in ("entry", "case", "contract", "person", "stored_file", "mail", "import_batch"):
        record = leave_to_delete(world, table, row_of(table), today())
        tried = {person.attempt(record, f'DELETE FROM "{table}" WHERE id = {row_of(table)}') for person in people}
        assert all("row_is_used" in refusal or "violates foreign key" in refusal for refusal in tried), table


@pytest.mark.parametrize(
    ("on", "kept"),
    [pytest.param("2020-12-31", True, id="the last day"), pytest.param("2021-01-01", False, id="the next")],
)
def test_eight_years_begin_after_the_year_of_the_voucher(migrated, store, world, on, kept):
    with store.tenant(world.processor_id) as session:
        row = logged(session, datetime(2012, 1, 1, 12, tzinfo=UTC))
    with intruders(migrated, world.processor_id) as people:
        refused = [person.attempt(leave_to_delete(world, "audit_log", row.id, on)) for person in people]
    assert all(("retention_too_early" in refusal) if kept else refusal == "" for refusal in refused)


@pytest.mark.parametrize("zone", ["-12:00", "+00:00", "+14:00"])
@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_the_zone_that_a_connection_chose_moves_no_year(migrated, store, world, zone):
    """The last minute of the German year is of that year, whatever zone somebody sets before he asks."""
    with store.tenant(world.processor_id) as session:
        row = logged(session, datetime(2012, 12, 31, 23, 30, tzinfo=UTC))  # 2013 in Germany
    with intruders(migrated, world.processor_id) as people:
        for person in people:
            person.connection.execute(f"SET TIME ZONE INTERVAL '{zone}' HOUR TO MINUTE")
        assert refusals(people, leave_to_delete(world, "audit_log", row.id, "2021-12-31")) == {"retention_too_early"}
        in_time = [person.attempt(leave_to_delete(world, "audit_log", row.id, "2022-01-01")) for person in people]
    assert in_time == [""] * len(people)


def test_old_rows_of_the_audit_log_may_go_and_the_rest_still_verifies(migrated, store, world):
    with store.tenant(world.processor_id) as session:
        old, young = [logged(session, at) for at in (datetime(2016, 5, 1, tzinfo=UTC), w.NOW)]
    with intruders(migrated, world.processor_id) as people:
        people[0].connection.execute(leave_to_delete(world, "audit_log", old.id, "2025-01-01"))
        people[0].connection.execute(f"DELETE FROM audit_log WHERE id = {old.id}")
    with store.tenant(world.processor_id, read_only=True) as session:
        report = verify_audit(session)
    assert (report.rows, report.head, report.broken_at) == (1, young.hash, None)


def test_the_file_of_a_data_breach_is_kept_as_a_whole_from_its_last_addition(migrated, store, world):
    """17(9)b: what was known first goes no earlier than what was added two years later."""
    with store.tenant(world.processor_id) as session:
        years = [datetime(year, 6, 1, tzinfo=UTC) for year in (2012, 2014)]
        first, _ = [w.put(session, IncidentVersion(case_id=world.case_id, **w.recorded(at))) for at in years]
        stored = w.number(w.add_file(session))
        file = w.put(session, CaseFile(case_id=world.case_id, stored_file_id=stored, **w.recorded(years[0])))
    for table, row in (("incident_version", first), ("case_file", file)):
        with intruders(migrated, world.processor_id) as people:
            too_early = leave_to_delete(world, table, row.id, "2017-12-31")
            assert refusals(people, too_early) == {"retention_too_early"}
            in_time = [person.attempt(leave_to_delete(world, table, row.id, "2018-01-01")) for person in people]
            assert in_time == [""] * len(people)
