"""A service to be measured: one server process on a database with some past work, and staff who may log more."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks._databases import Database, database
from billing.services.access.grants import record_grant
from billing.services.access.rights import Right
from billing.services.acting import Act, id_of, put
from billing.services.cases import open_case, read_case
from billing.services.contracts import add_contract, read_contract
from billing.services.idempotency import Asked, Given, remember_answer
from billing.services.parties import add_controller, add_person, read_controller, read_person
from billing.services.work import log_work
from billing.services.work_done import NewWork, WorkDone
from billing.store.key_file import create_ring
from billing.store.keyring import KeyRing
from billing.store.session import TenantSession, open_store
from billing.store.tables import ApiToken, ProcessorVersion, RoleGrant, User
from billing.store.tables.kinds import Role

FOUNDED = datetime(2026, 1, 2, 8, tzinfo=UTC)
CASES = 20
_PAST_ENTRIES = 2000
_QUARTER = timedelta(minutes=15)
SINCE = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=80)
"""People log what they did lately: 80 days hold 7,680 quarters of an hour."""
TOKEN = "mau_benchmark"  # noqa: S105 - of a database that lives for a minute


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process and its database."""

    port: int
    pid: int
    database: Database
    ring: KeyRing

    def cpu_seconds(self) -> float:
        """Give the CPU time that the server process has used so far, of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_server(
    kind: str, people: int = 8, furnished: Callable[[str, KeyRing], object] | None = None
) -> Iterator[Server]:
    """Run the service on SQLite or PostgreSQL as `mehraufwand serve` does, without the worker.

    `furnished` fills the database, given its URL and the ring; else there are some people with a case to work on.
    """
    with tempfile.TemporaryDirectory(prefix="mehraufwand-bench-") as folder, database(kind, Path(folder)) as found:
        config = Path(folder) / "config"
        config.mkdir(mode=0o700)
        ring = create_ring(config / "keys.json")
        if furnished is None:
            furnish(found.app_url, ring, people)
        else:
            furnished(found.app_url, ring)
        found.maintain()
        environment = {**os.environ, "MEHRAUFWAND_DB": found.app_url, "MEHRAUFWAND_CONFIG": str(config)}
        said = Path(folder) / "server.log"
        words = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--without-worker"]
        with said.open("w") as log, subprocess.Popen(words, env=environment, stdout=log, stderr=log) as process:  # noqa: S603 - ours
            try:
                yield Server(_port(process, said), process.pid, found, ring)
            finally:
                process.terminate()
                process.wait(timeout=30)


def token_of(person: int) -> str:
    """Give the token of one of the people."""
    return f"{TOKEN}_{person}"


def _port(process: subprocess.Popen[bytes], said: Path) -> int:
    """Read where the server listens out of what it says when it is ready."""
    while process.poll() is None:
        if found := re.search(r"http://[^ ]+:([0-9]+)", said.read_text()):
            return int(found[1])
        time.sleep(0.1)
    message = f"the server did not start: {said.read_text()}"
    raise RuntimeError(message)


def furnish(url: str, ring: KeyRing, people: int) -> None:
    """Found a processor with cases, people and the work of its first weeks."""
    store = open_store(url, ring)
    act, later = Act("benchmark", FOUNDED), Act("benchmark", FOUNDED + timedelta(days=30))
    with store.new_tenant("bench", FOUNDED) as session:
        _add_letter(session, act)
        address = {"street": "Seeweg 2", "postcode": "70173", "city": "Stuttgart"}
        controller = add_controller(session, act, read_controller({"name": "Wohnbau", "ref": "K-1", **address}))
        contract = {"controller": controller.ref, "ref": "AVV-1", "starts_on": "2026-01-01"}
        add_contract(session, act, read_contract(contract))
        for number in range(CASES):
            raw = {"contract": "AVV-1", "ref": f"V-{number}", "kind": "data_subject_request", "title": "Auskunft"}
            open_case(session, act, *read_case(raw))
        for number in range(people):
            _add_user(session, act, number)
        for number in range(_PAST_ENTRIES):
            start, end = worked(FOUNDED, number // people)
            done = WorkDone(start=start, end=end, service="request_processing", note="Auskunft")
            log_work(session, later, NewWork(case=f"V-{number % CASES}", person=f"P{number % people}", done=done))
            remember_answer(
                session, Asked("user:0", str(number), sha256(b"").hexdigest()), Given(201, {}, ""), later.at
            )
    store.close()


def _add_letter(session: TenantSession, act: Act) -> None:
    letter: dict[str, Any] = {"company_name": "Bench GmbH", "street": "Weg 1", "postcode": "70173", "city": "Stuttgart"}
    put(session, ProcessorVersion(valid_from=date(2025, 1, 1), vat_id="DE123456789", **letter, **act.record()))


def _add_user(session: TenantSession, act: Act, number: int) -> None:
    raw = {"name": f"Person {number}", "initials": f"P{number}", "confidentiality_pledged_on": "2026-01-02"}
    person, email = add_person(session, act, read_person(raw)), f"p{number}@bench.example"
    user = User(person_id=id_of(person), email=email, email_digest=session.ring.digest(email), created_at=act.at)
    put(session, user)
    record_grant(session, act, RoleGrant(user_id=id_of(user), role=Role.STAFF, reason="Benchmark", **act.record()))
    secret = sha256(token_of(number).encode()).hexdigest()
    until = datetime.now(UTC) + timedelta(days=1)
    token = ApiToken(
        user_id=id_of(user),
        label="bench",
        token_hash=secret,
        scopes=str(Right.WORK),
        created_at=act.at,
        expires_at=until,
    )
    put(session, token)


def worked(since: datetime, number: int) -> tuple[datetime, datetime]:
    """Give the start and end of a quarter of an hour; each number is a time of its own."""
    start = since + number * _QUARTER
    return start, start + _QUARTER


def entry_json(person: int, number: int) -> bytes:
    """Give one piece of work of a quarter of an hour."""
    start, end = worked(SINCE, number)
    return json.dumps(
        {
            "case": f"V-{(person + number) % CASES}",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "service": "request_processing",
            "note": "Auskunft: Suche im Archiv",
        }
    ).encode()
