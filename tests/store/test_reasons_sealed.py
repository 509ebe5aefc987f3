"""Reasons that people wrote before 0005 sealed them: each says the same to who has the keys, and nothing to others."""

# ruff: noqa: S608 - statements put together from names of our own tables

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.errors import Problem
from billing.services.acting import Act
from billing.services.policies import list_policies, set_policy
from billing.store.audit import verify_audit
from billing.store.engine import connect_to
from billing.store.keyring import key_id_of
from billing.store.migrations import upgrade
from billing.store.queries.sealed import SEALED_TABLES, seal_some, values_by_key
from billing.store.session import Store, TenantSession, open_store
from billing.store.tables import Correction, ExportBatch, Policy, RoleGrant
from tests.store.old_world import RING, make_old
from tests.support import world as w
from tests.support.postgres import APP_ROLE

GRANTED, CORRECTED, WITHDRAWN, ALONE = "Gründung", "Fehler", "Krankheit von Frau Beispiel", "Nur noch Herr Muster"
SETTINGS = {"password_max_age_days": 90, "session_hours": 8}
WHO = "1, '2026-11-02 08:00:00.000000', 'tester'"
ROWS = (
    f"""INSERT INTO policy (processor_id, recorded_at, recorded_by_name, version_no, four_eyes, settings)
    VALUES ({WHO}, 1, TRUE, '{json.dumps(SETTINGS | {"reason": None})}'),
    ({WHO}, 2, FALSE, '{json.dumps(SETTINGS | {"reason": ALONE})}')""",
    f"""INSERT INTO datev_settings (processor_id, recorded_at, recorded_by_name, version_no, account_length,
    fiscal_year_month, locked, service_dates, accounts) VALUES ({WHO}, 1, 4, 1, FALSE, FALSE, '{{}}')""",
    f"""INSERT INTO export_batch (processor_id, recorded_at, recorded_by_name, batch_no, from_day, to_day, settings_id,
    stored_file_id, bookings, debit_cents, credit_cents, withdrawn_at, withdrawn_by_name, withdrawn_reason) VALUES
    ({WHO}, 1, '2026-10-01', '2026-10-31', 1, 1, 1, 0, 0, '2026-11-03 08:00:00.000000', 'tester', '{WITHDRAWN}'),
    ({WHO}, 2, '2026-10-01', '2026-10-31', 1, 1, 1, 0, 0, NULL, NULL, NULL)""",
)
PLACES = ("role_grant.reason", "correction.reason", "export_batch.withdrawn_reason", "policy.reason")


@pytest.fixture
def old_url(database_url: str) -> str:
    """A database as version 0004 left it, with a reason in each place."""
    make_old(database_url, "0004", *ROWS)
    return database_url


@pytest.fixture
def store(old_url: str) -> Iterator[Store]:
    """The same at this version."""
    upgraded = upgrade(old_url, ring=lambda: RING)
    assert (upgraded.before, upgraded.after) == ("0004", "0005")
    opened = open_store(old_url.replace("mehraufwand_owner", APP_ROLE), RING)
    yield opened
    opened.close()


def require_the_same_words(session: TenantSession) -> None:
    assert session.exec(select(RoleGrant.reason)).all() == [GRANTED]
    assert session.exec(select(Correction.reason)).all() == [CORRECTED]
    assert session.exec(select(ExportBatch.withdrawn_reason).order_by("batch_no")).all() == [WITHDRAWN, None]
    newest, first = (policy for policy, _ in list_policies(session))
    assert (newest.reason, newest.settings.four_eyes, newest.settings.session_hours) == (ALONE, False, 8)
    assert (first.reason, first.settings.four_eyes) == (None, True)


def test_each_reason_says_what_it_said_and_the_log_s_chain_is_whole(store: Store):
    with store.tenant(1) as session:
        require_the_same_words(session)
        assert (verify_audit(session).rows, verify_audit(session).broken_at) == (1, None)


@pytest.mark.parametrize("place", PLACES)
def test_each_reason_lies_under_the_key_of_its_place(store: Store, place: str):
    table, column = place.split(".")
    with store.tenant(1) as session:
        query = f'SELECT {column} FROM "{table}" WHERE {column} IS NOT NULL'
        values = [bytes(value) for value in session.connection().execute(sa.text(query)).scalars()]
    assert {key_id_of(value) for value in values} == {RING.current}
    assert {RING.open(value, f"{place}@1").decode() for value in values} <= {GRANTED, CORRECTED, WITHDRAWN, ALONE}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_holds_no_reason_in_the_clear_any_more(store: Store, database_url: str):
    store.close()
    written = Path(database_url.removeprefix("sqlite:///")).read_bytes()
    assert b"beleg.pdf" in written  # plain text would be found
    assert [text for text in (GRANTED, WITHDRAWN, ALONE) if text.encode() in written] == []


def test_a_policy_s_settings_hold_its_reason_no_more(store: Store):
    with store.tenant(1) as session:
        set_policy(session, Act("test", w.NOW), {"session_hours": 9, "reason": WITHDRAWN})
        settings = [json.loads(text) for text in session.exec(select(Policy.settings).order_by("version_no"))]
        assert list_policies(session)[0][0].reason == WITHDRAWN
    assert settings[:2] == [SETTINGS, SETTINGS]
    assert "reason" not in settings[2]


def test_keys_rotate_under_them(store: Store):
    store.ring = RING.rotated()
    for table in SEALED_TABLES:
        with store.tenant(1) as session:
            seal_some(session, table, 0)
    with store.tenant(1) as session:
        assert list(values_by_key(session)) == [store.ring.current]
        require_the_same_words(session)


def test_without_its_keys_a_database_with_reasons_stays_as_it_is(old_url: str):
    with pytest.raises(Problem, match="keys_missing"):
        upgrade(old_url)
    engine = connect_to(old_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == "0004"
        columns = {column["name"] for column in sa.inspect(connection).get_columns("policy")}
    engine.dispose()
    assert "reason" not in columns
