"""Alarms by mail (law.md T-14): lockouts, failed steps, broken chains and hashes; told to every admin, and once."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from billing import outbox
from billing.outbox import Done, Item
from billing.services.access.trail import note_access
from billing.services.alarms import alert_admins, alert_failed_steps, alert_faults, verify_daily
from billing.services.verification import Fault, Verification
from billing.services.verification import verify as prove
from billing.store.audit import verify_audit
from billing.store.session import Store
from billing.store.tables import AccessLog, AuditLog, Mail, Outbox, Person, RoleGrant
from billing.store.tables.kinds import Role
from tests.support.correspondence import NOW, Correspondence, act, correspond, correspond_on_sqlite
from tests.support.lent_file import LentFiles

DAY = 24 * 60


@pytest.fixture
def desk(migrated_file: Path, lent_files: LentFiles) -> Iterator[Correspondence]:
    """A processor with two admins, who read German and English."""
    with correspond_on_sqlite(lent_files, migrated_file) as office:
        office.user("ANNA", Role.ADMIN)
        office.user("BOB", Role.ADMIN, language="en")
        yield office


def alert(desk: Correspondence, minutes: int = 0, account: str = "Mia Lang") -> int:
    said = {"account": account, "network": "192.0.2.0/24"}
    return desk.tell(lambda session: alert_admins(session, act(minutes), "lockout", about=None, **said))


def subjects(desk: Correspondence) -> list[str | None]:
    return [mail.subject for mail in desk.rows(Mail)]


def test_every_admin_is_told_in_his_language(desk: Correspondence) -> None:
    assert alert(desk) == 2
    assert subjects(desk) == ["Anmeldung gesperrt: Mia Lang", "Log-in locked: Mia Lang"]
    assert [mail.recipient for mail in desk.rows(Mail)] == ["ANNA@immoinvent.example", "BOB@immoinvent.example"]
    (event,) = [row for row in desk.rows(AuditLog) if row.action == "alarm_raised"]
    assert "Mia" not in event.details
    assert desk.tell(lambda session: verify_audit(session).broken_at) is None


def test_who_is_no_admin_now_is_not_told(desk: Correspondence) -> None:
    disabled = desk.user("DORA", Role.ADMIN)
    desk.tell(lambda session: setattr(session.merge(disabled), "disabled_at", NOW))
    desk.user("EVE", Role.ADMIN, expires_at=NOW)
    desk.user("FRED", Role.ADMIN, revoked_at=NOW)
    desk.user("GINA", Role.ACCOUNTANT)
    desk.user("HANS")
    left = desk.user("JULE", Role.ADMIN)
    yesterday = NOW.date() - timedelta(days=1)
    desk.tell(lambda session: setattr(session.get_one(Person, left.person_id), "left_on", yesterday))
    alert(desk)
    assert {mail.recipient for mail in desk.rows(Mail)} == {"ANNA@immoinvent.example", "BOB@immoinvent.example"}


def test_an_admin_twice_over_is_told_once(desk: Correspondence) -> None:
    ida = desk.user("IDA", Role.ADMIN)
    desk.put(
        RoleGrant(user_id=ida.id or 0, role=Role.ADMIN, reason="noch einmal", recorded_at=NOW, recorded_by_name="test")
    )
    assert alert(desk) == 3


def test_another_processors_admins_are_not_told(store: Store) -> None:
    ours, theirs = correspond(store), correspond(store, "immosolve")
    ours.user("ANNA", Role.ADMIN)
    theirs.user("CARL", Role.ADMIN)
    assert alert(ours) == 1
    assert theirs.rows(Mail) == []


def test_the_same_alarm_in_the_same_words_is_told_once_a_day(desk: Correspondence) -> None:
    assert [alert(desk, minutes) for minutes in (0, 5, DAY)] == [2, 0, 2]
    assert alert(desk, 5, account="Jan Otto") == 2


def fail(store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
    del store, processor_id
    for item in items:
        yield Done(item, "printer on fire", hopeless=item.subject_id == 99)


def attempt(desk: Correspondence, kind: str, days: int) -> None:
    at = NOW + timedelta(days=days)
    list(outbox.run_pending(desk.store, desk.processor_id, {kind: fail}, lambda: at))


def raised(desk: Correspondence, days: int = 0) -> int:
    return desk.tell(lambda session: alert_failed_steps(session, act(days * DAY)))


def test_a_step_that_fails_three_times_raises_one_alarm(desk: Correspondence) -> None:
    desk.tell(lambda session: outbox.enqueue(session, "pdf", "invoice", 7, NOW))
    told = []
    for day in range(5):
        attempt(desk, "pdf", day)
        told.append(raised(desk, day))
    assert told == [0, 0, 2, 0, 0]
    german = desk.rows(Mail)[0]
    assert german.subject == "Ein Schritt schlägt immer wieder fehl: Druck eines Rechnungsdokuments"
    assert "\n\n> printer on fire\n\n" in (german.text or "")


def test_a_step_that_failed_for_good_raises_one_at_once(desk: Correspondence) -> None:
    desk.tell(lambda session: outbox.enqueue(session, "pdf", "invoice", 99, NOW))
    attempt(desk, "pdf", 0)
    assert [raised(desk), raised(desk, 1)] == [2, 0]


def test_a_failing_alarm_raises_none(desk: Correspondence) -> None:
    alert(desk)
    for day in range(4):
        attempt(desk, "mail", day)
    assert [row.attempts for row in desk.rows(Outbox)] == [4, 4]
    assert raised(desk, 5) == 0


def test_each_check_that_found_faults_raises_one_alarm_naming_the_first(desk: Correspondence) -> None:
    faults = [Fault("files", f"{number} a.pdf", "hash_differs") for number in (4, 5, 6)]
    found = Verification({}, [*faults, Fault("audit_log", "17", "row_changed")])
    assert desk.tell(lambda session: alert_faults(session, act(), found)) == 4
    told = [mail.text or "" for mail in desk.rows(Mail) if mail.language == "de"]
    assert "Abweichungen: 3, zuerst bei: 4 a.pdf." in told[0]
    assert "Abweichungen: 1, zuerst bei: 17." in told[1]
    assert desk.tell(lambda session: alert_faults(session, act(DAY), found)) == 0


def verify(mail: Correspondence, minutes: int) -> Verification | None:
    return verify_daily(mail.store, mail.processor_id, act(minutes))


def test_proof_is_taken_once_a_day_whoever_comes_first(store: Store) -> None:
    mail = correspond(store)
    assert [verify(mail, minutes) is None for minutes in (0, 10, 15 * 60, 16 * 60, DAY)] == [
        *(False, True, True, False, True),
    ], "the day of UTC begins 16 hours after 08:00"
    noted = [(row.day.isoformat(), row.action) for row in mail.rows(AccessLog)]
    assert noted == [("2026-11-02", "verified_unattended"), ("2026-11-03", "verified_unattended")]


def tampered(desk: Correspondence, statement: str) -> list[tuple[str, str]]:
    """Change a row behind our back; gives what the proof of that minute finds."""
    with sa.create_engine(desk.store.engine.url).connect() as raw:
        for (name,) in raw.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            raw.execute(sa.text(f"DROP TRIGGER {name}"))
        raw.execute(sa.text(statement))
        raw.commit()
    return faults_of_the_access_log(desk)


def faults_of_the_access_log(desk: Correspondence) -> list[tuple[str, str]]:
    return [(fault.subject, fault.code) for fault in desk.tell(prove).faults if fault.check == "access_log"]


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        pytest.param("DELETE FROM access_log WHERE day = '2026-11-02' AND seq = 2", "2026-11-02 1", id="its last row"),
        pytest.param("DELETE FROM access_log WHERE day = '2026-11-02'", "access_log:2026-11-02", id="all of it"),
    ],
)
def test_the_end_of_a_day_of_the_access_log_that_was_cut_off_is_noticed(
    desk: Correspondence, statement: str, subject: str
) -> None:
    verify(desk, 0)
    desk.tell(lambda session: note_access(session, act(60), "file_downloaded", "stored_file:1"))
    verify(desk, DAY)
    desk.tell(
        lambda session: note_access(session, act(90), "month_exported", "month:2026-10")
    )  # took until the next day
    assert faults_of_the_access_log(desk) == []
    assert tampered(desk, "DELETE FROM access_log WHERE seq = 3") == [], "what came in late nobody was told of"
    assert tampered(desk, statement) == [(subject, "day_cut")]


def test_a_changed_row_of_the_audit_log_is_noticed_and_told(desk: Correspondence) -> None:
    desk.write()
    alert(desk)
    with sa.create_engine(desk.store.engine.url).connect() as raw:
        for (name,) in raw.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            raw.execute(sa.text(f"DROP TRIGGER {name}"))
        raw.execute(sa.text("UPDATE audit_log SET action = 'nothing' WHERE action = 'alarm_raised'"))
        raw.commit()
    found = verify(desk, 60)
    assert found is not None
    assert [(fault.check, fault.subject) for fault in found.faults] == [("audit_log", "3")]
    assert "Prüfung nicht bestanden" in str(subjects(desk))
    assert verify(desk, DAY) is not None
    assert sum("Prüfung nicht bestanden" in str(subject) for subject in subjects(desk)) == 1


def test_the_moment_of_an_alarm_is_that_of_who_raises_it(desk: Correspondence) -> None:
    alert(desk, 30)
    assert {mail.created_at for mail in desk.rows(Mail)} == {datetime(2026, 11, 2, 8, 30, tzinfo=UTC)}
