"""The leave to delete a row, as somebody with an SQL client would write it."""

# ruff: noqa: S608 - statements put together from names of our own tables

from datetime import UTC, datetime

from tests.support.world import World


def leave_to_delete(world: World, table: str, row: int | str | None, on: str) -> str:
    """Give the statement that writes a retention record, dated as somebody likes."""
    return f"""INSERT INTO retention_record (processor_id, table_name, row_id, retention_class, retained_until,
        recorded_on, recorded_at, recorded_by_name, reason) VALUES ({world.processor_id}, '{table}', {row},
        'voucher', '1999-12-31', '{on}', '2026-11-02 08:00:00.000000', 'tester', 'Frist')"""


def row_of(table: str) -> str:
    """Give the first row of a table, as SQL."""
    return f'(SELECT min(id) FROM "{table}")'


def today() -> str:
    """Give the day by which the database judges."""
    return datetime.now(UTC).date().isoformat()
