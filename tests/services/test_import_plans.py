"""A large import on PostgreSQL: each row costs the same, whatever the server knew of the tables when it began."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from billing.importing import Mapping, ReadOptions, classify, open_source, read_work, survey_file
from billing.services.importing import ImportedFile, PlacedRow, Places, known_digests, placed_rows, store_rows
from billing.services.importing.storing import BATCH
from billing.store.tables import Entry
from tests.months.story import Story
from tests.services.furnishing import NOW, rows_of
from tests.support.migrated import Migrated

BATCHES, A_DAY = 4, 80
ROWS_READ = 10  # for one row; it was thousands, and more with each batch
FIRST_DAY = date(2020, 1, 1)
READ = """SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0) FROM pg_stat_xact_user_tables
    WHERE relname IN ('entry', 'entry_version', 'import_row_key')"""


def write(folder: Path, numbers: range) -> Path:
    """Write a file of quarters of an hour, eighty a day."""
    lines = ["date;start;end;person;contract;case;service"]
    for number in numbers:
        day, quarter = divmod(number, A_DAY)
        start, end = (f"{at // 4:02d}:{at % 4 * 15:02d}" for at in (quarter, quarter + 1))
        lines.append(f"{FIRST_DAY + timedelta(days=day)};{start};{end};EB;AVV-1;V-1;other_support")
    path = folder / "work.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows_read_by_batch(story: Story, path: Path) -> list[int]:
    """Import a file; give how many rows PostgreSQL read for each batch."""
    counted: list[int] = []

    def go(session):
        def count(row: PlacedRow) -> None:
            if row.row.line % BATCH == 2:  # the first row of a batch, when all before it is written
                counted.append(int(session.execute(sa.text(READ)).scalar_one()))

        places = Places(session, story.act(NOW))
        known = Mapping(known_persons=frozenset(places.persons), known_clients=places.clients())
        with open_source(path) as source:
            work = read_work(survey_file(source), ReadOptions("Europe/Berlin"))
            rows = placed_rows(classify(work, mapping=known, known=known_digests(session)), places)
            store_rows(session, story.act(NOW), rows, ImportedFile(path.name, "0" * 64, "own", None, 1), count)

    story.tell(go)
    return [later - earlier for earlier, later in pairwise(counted)]


# Regression: 8,000 rows took three times as long as without the statistics, 100,000 would have taken twenty times.
@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_later_batches_read_no_more_rows_although_statistics_say_that_tables_are_small(
    migrated: Migrated, office: Story, tmp_path: Path
):
    rows_read_by_batch(office, write(tmp_path, range(20)))
    with psycopg.connect(migrated.superuser_url.replace("+psycopg", ""), autocommit=True) as superuser:
        superuser.execute("VACUUM ANALYZE")
    read = rows_read_by_batch(office, write(tmp_path, range(A_DAY, A_DAY + BATCHES * BATCH + 1)))
    assert len(rows_of(office, Entry)) == 20 + BATCHES * BATCH + 1
    assert len(read) == BATCHES
    assert max(read[1:]) <= ROWS_READ * BATCH
