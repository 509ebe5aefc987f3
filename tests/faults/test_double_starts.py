"""Twenty orders to issue the same month at the same moment, ten by command and ten over HTTP: one month (F3)."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from litestar.testing import TestClient

from api.app import build_service, create_app
from api.settings import read_settings
from billing.services.acting import Act
from billing.services.installation import choose_processor
from billing.store.tables.kinds import Role
from tests.api.http.running import add_user, token_of
from tests.faults.conftest import Place, Worker
from tests.faults.seed import CONTRACTS, MONTH

REF, CALLS = "immoinvent", 10
ACCOUNTANT = {"Authorization": f"Bearer {token_of(REF, Role.ACCOUNTANT)}"}


@contextmanager
def service(place: Place) -> Iterator["TestClient[Any]"]:
    """Serve the installation, to somebody who may run months."""
    with place.opened() as store:
        with store.tenant(choose_processor(store, REF)[0]) as session:
            now = datetime.now(UTC)
            add_user(session, Act("test", now), REF, Role.ACCOUNTANT, until=now + timedelta(days=1))
        made = build_service(store, read_settings({}), "http://mehraufwand.local")
        with TestClient(create_app(made), base_url=made.base_url) as client:
            yield client


def mixed(worker: Worker, place: Place, client: "TestClient[Any]", deed: str, body: dict[str, Any]) -> list[Any]:
    """Start a deed ten times by command and ten times over HTTP at the same moment; gives all twenty answers."""
    start = threading.Barrier(CALLS + 1)

    def post(_: int) -> Any:
        start.wait(timeout=60)
        answer = client.post(f"/api/v1/months/{MONTH}/{deed}", json=body, headers=ACCOUNTANT)
        assert answer.status_code == 200, answer.text
        return answer.json()

    command = {"runs": "run", "issue": "issue"}[deed]
    with ThreadPoolExecutor(CALLS) as pool:
        posted = pool.map(post, range(CALLS))
        start.wait(timeout=60)
        results = worker.at_once(place, [[command, MONTH, "--json"]] * CALLS, tiny=True)
        assert [result.code for result in results] == [0] * CALLS, results
        return [*(json.loads(result.out) for result in results), *posted]


def test_twenty_orders_at_once_issue_each_contract_once(place: Place, worker: Worker) -> None:
    with place.copied() as copy, service(copy) as client:
        ordered = partial(mixed, worker, copy, client)
        changes = [(row["contract"], row["change"]) for answer in ordered("runs", {}) for row in answer["contracts"]]
        assert sorted(change for change in changes if change[1] == "new") == [(ref, "new") for ref in CONTRACTS]
        assert worker.call(copy, "approve", MONTH, "--json").code == 0
        issued = [row["contract"] for answer in ordered("issue", {}) for row in answer["issued"]]
        assert sorted(issued) == list(CONTRACTS)
        # Once more when all is done: nothing new, no file made again.
        assert [row for answer in ordered("issue", {}) for row in answer["issued"]] == []
        assert worker.call(copy, "worker", "--once", "--json", tiny=True).code == 0
        assert copy.violations() == []
