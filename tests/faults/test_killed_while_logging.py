"""The service is killed while several people log work together: what was acknowledged is there, each piece once.

people   log log log log ?            log log log ?            log log
service  ================X  starts ===============X  starts =========
"""

import http.client
import json
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlmodel import col, select

from billing.services.acting import Act
from billing.services.installation import choose_processor
from billing.services.verification import verify
from billing.store.tables import Entry, IdempotencyKey
from billing.store.tables.kinds import Role
from tests.api.http.running import add_case, add_user, token_of
from tests.faults.conftest import Place
from tests.support.served import place_of, served, wait_until

REF, CREATED, MINUTES = "immoinvent", 201, 5
PEOPLE = [f"staff{number}" for number in range(1, 7)]
BEGIN = datetime(2025, 5, 5, 6, 0, tzinfo=UTC)


class Colleague:
    """Somebody who logs five minutes after five minutes; what got no answer is sent again under its key."""

    def __init__(self, login: str) -> None:
        """Be ready."""
        self._login, self._numbers = login, count()
        self._unanswered: int | None = None
        self.logged: list[str] = []
        """The reference of each piece that was acknowledged."""

    def work(self, address: tuple[str, int]) -> None:
        """Log work until nobody answers any more."""
        line = http.client.HTTPConnection(*address, timeout=30)
        try:
            while True:
                number = next(self._numbers) if self._unanswered is None else self._unanswered
                self._unanswered = number
                self.logged.append(self._log(line, number))
                self._unanswered = None
        except (OSError, http.client.HTTPException):
            return
        finally:
            line.close()

    def _log(self, line: http.client.HTTPConnection, number: int) -> str:
        start = BEGIN + number * timedelta(minutes=MINUTES)
        end = start + timedelta(minutes=MINUTES)
        body = {"case": self._login, "start": start.isoformat(), "end": end.isoformat(), "service": "other_support"}
        headers = {
            "Authorization": f"Bearer {token_of(REF, self._login)}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(number),
        }
        line.request("POST", "/api/v1/entries", json.dumps(body), headers)
        answer = line.getresponse()
        said = json.loads(answer.read())
        assert answer.status == CREATED, said
        return str(said["ref"])


@pytest.fixture
def office(place: Place) -> Iterator[Place]:
    """The installation with six people who may log work, each on a case of their own."""
    with place.copied() as copy:
        with copy.opened() as store, store.tenant(choose_processor(store, REF)[0]) as session:
            act = Act("test", datetime.now(UTC))
            for login in PEOPLE:
                add_user(session, act, REF, Role.STAFF, login=login, until=act.at + timedelta(days=1))
                add_case(session, act, "AVV-1", login)
        yield copy


@contextmanager
def working(colleagues: list[Colleague], address: tuple[str, int]) -> Iterator[None]:
    """Let all work; at the end of the block nobody answers them any more."""
    threads = [threading.Thread(target=colleague.work, args=(address,)) for colleague in colleagues]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("kills", "seed"),
    [pytest.param(1, 1, id="one kill"), pytest.param(20, 2, id="twenty kills", marks=pytest.mark.slow)],
)
def test_what_was_acknowledged_is_there_and_what_was_sent_again_is_there_once(
    office: Place, kills: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret, and the same on every machine
    colleagues = [Colleague(login) for login in PEOPLE]
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--without-worker"]
    for number in range(kills + 1):
        before = [len(colleague.logged) for colleague in colleagues]
        with served(command, office.environment) as one:
            address = place_of(one.read_until(r"(http://[^ ]+:[0-9]+)"))
            with working(colleagues, address):
                wait_until(lambda: all(len(now.logged) > was for now, was in zip(colleagues, before, strict=True)))  # noqa: B023 - called here
                time.sleep(chance.uniform(0.0, 0.3))
                one.end(signal.SIGKILL if number < kills else signal.SIGTERM)
    acknowledged = [ref for colleague in colleagues for ref in colleague.logged]
    with office.opened() as store, store.tenant(choose_processor(store, REF)[0]) as session:
        logged = session.exec(select(Entry.ref).where(col(Entry.recorded_by_id).is_not(None))).all()
        answers = session.exec(select(IdempotencyKey.response)).all()
        assert verify(session).faults == []
    assert len(set(acknowledged)) == len(acknowledged) > len(PEOPLE) * (kills + 1)
    # Whoever was cut off the last time has not asked again.
    assert set(acknowledged) <= set(logged)
    assert len(answers) == len(logged) <= len(acknowledged) + len(PEOPLE)
    print(f"{len(acknowledged)} pieces of work, {kills} kills")  # noqa: T201
