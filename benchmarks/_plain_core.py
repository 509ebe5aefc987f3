"""The same rows without us: plain SQLAlchemy Core, the same tables and triggers, one transaction an entry."""

import json
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks._databases import database
from benchmarks._service import SINCE, furnish, worked
from billing.canonical import canonical, fingerprint
from billing.store.keyring import Seal, new_ring, sealing
from billing.store.queries.prepared import table_of
from billing.store.session import open_store
from billing.store.tables import AuditLog, Entry, EntryVersion, IdempotencyKey


@dataclass(frozen=True, slots=True)
class Plain:
    """Seconds of CPU and of wall clock an entry, and how many statements it took."""

    cpu: float
    wall: float
    statements: int


def plain_inserts(kind: str, count: int) -> Plain:
    """Insert what logging an entry leaves - entry, version, audit row, remembered answer - and nothing else."""
    with tempfile.TemporaryDirectory(prefix="mehraufwand-bench-") as folder, database(kind, Path(folder)) as found:
        ring = new_ring()
        furnish(found.app_url, ring, 1)
        found.maintain()
        store = open_store(found.app_url, ring)
        with sealing(Seal(ring, 1)):
            _insert(store.engine, 0, 20)
            cpu, wall = time.process_time(), time.perf_counter()
            _insert(store.engine, 20, count)
            spent = Plain((time.process_time() - cpu) / count, (time.perf_counter() - wall) / count, 4)
        store.close()
        return spent


def _insert(engine: sa.Engine, first: int, count: int) -> None:
    entry, version, audit, key = (table_of(model) for model in (Entry, EntryVersion, AuditLog, IdempotencyKey))
    now = datetime.now(UTC)
    record: dict[str, Any] = {"recorded_at": now, "recorded_by_name": "plain"}
    for number in range(first, first + count):
        start, end = worked(SINCE, number)
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT set_config('app.processor_id', '1', true)"))
            of = {"processor_id": 1, "case_id": 1, "contract_id": 1, "controller_id": 1, "person_id": 1}
            done = connection.execute(sa.insert(entry).values(ref=f"X-{number}", **of, **record))
            entry_id = (done.inserted_primary_key or (0,))[0]
            connection.execute(
                sa.insert(version).values(
                    processor_id=1,
                    entry_id=entry_id,
                    person_id=1,
                    version_no=1,
                    start_at=start,
                    end_at=end,
                    service="request_processing",
                    travel=False,
                    onsite=False,
                    urgent=False,
                    remedies_processor_defect=False,
                    deleted=False,
                    note="Auskunft: Suche im Archiv",
                    **record,
                )
            )
            last = connection.execute(sa.select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one()
            row = {
                "seq": last.seq + 1,
                "prev_hash": last.hash,
                "at": now,
                "actor": "plain",
                "action": "work_logged",
                "subject": f"entry:X-{number}",
                "details": canonical({"minutes": 15}),
            }
            digest = fingerprint(canonical({**row, "processor_id": 1, "at": now.isoformat()}))
            connection.execute(sa.insert(audit).values(processor_id=1, hash=digest, **row))
            connection.execute(
                sa.insert(key).values(
                    processor_id=1,
                    actor="user:1",
                    key=str(number),
                    request_sha256=sha256(str(number).encode()).hexdigest(),
                    status=201,
                    response=json.dumps({"headers": {}, "body": "x" * 400}),
                    created_at=now,
                )
            )
