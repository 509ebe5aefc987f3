"""Generated requests against the description (schemathesis, all its checks): no bug answers, no answer undescribed."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok

from billing.store.keyring import new_ring
from billing.store.session import open_store
from tests.api.http.furnishing import furnish_all
from tests.api.http.running import PROCESSORS, Site, application_of, furnish_site, open_site, token_of
from tests.support.migrated import sqlite_copy

ROLES = ("controller_approver", "lead", "accountant")
"""In this order: who keeps the master data may end the contact that asks for the controller."""
SEED = 20261102
ALLOWED = {
    "2xx": "done",
    "401": "a log-in, a code or a link that was made up",
    "403": "the role lacks the right, or the deed wants another way in",
    "404": "no such thing here",
    "409": "the state of things, or a clause, forbids it",
    "412": "what was changed is not what was seen",
    "422": "what no schema says: dates in their order, references to be found, texts of spaces, files by content",
    "429": "too many tries at a secret",
}
"""What may be answered to a request that fits the description, and why."""
CONFIG = {
    "generation": {"with-security-parameters": False},
    "checks": {
        "positive_data_acceptance": {"expected-statuses": list(ALLOWED)},
        "negative_data_rejection": {"expected-statuses": ["4xx"]},
    },
}


@pytest.fixture(scope="module")
def target(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[Any]]]:
    """A furnished site on SQLite and its operations; what is asked stays done."""
    with sqlite_copy(migrated_file, tmp_path_factory.mktemp("fuzz") / "mehraufwand.db") as database:
        store = open_store(database.app_url, new_ring())
        with open_site(store, furnish_site(store)) as site:
            for of in PROCESSORS:
                furnish_all(site, of)
        # An application of its own: schemathesis has a client of its own.
        config = SchemathesisConfig.from_dict(CONFIG)
        with application_of(site.service) as application:
            schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", application, config=config)
            yield site, [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        store.close()


def fuzz(operation: Any, role: str, examples: int) -> Counter[int]:
    """Send what fits the description and, where anything is taken, what does not."""
    takes_anything = any(operation.iter_parameters()) or len(operation.body) > 0
    modes = [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if takes_anything else [])]
    return sum((send_generated(operation, role, mode, examples) for mode in modes), Counter())


def send_generated(operation: Any, role: str, mode: GenerationMode, examples: int) -> Counter[int]:
    """Send generated requests as a role, hold each answer against the description, and count the statuses."""
    headers = {"Authorization": f"Bearer {token_of(PROCESSORS[0], role)}"}
    statuses: Counter[int] = Counter()

    @seed(SEED)
    @settings(max_examples=examples, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        response = case.call(headers=headers)
        statuses[response.status_code] += 1
        case.validate_response(response, headers=headers)

    ask()
    return statuses


def is_whole(site: Site) -> bool:
    """Prove both logs and all hashes after all that was asked."""
    with open_site(site.store, site.processors) as again:
        return all(again.get("auditor", "/verification", of=of)["is_whole"] is True for of in PROCESSORS)


def ask_everything(target: tuple[Site, list[Any]], examples: int) -> Counter[int]:
    """Ask every operation so often in each way as each role; gives how often each status was the answer."""
    site, operations = target
    told: Counter[int] = Counter()
    for role in ROLES:
        statuses = sum((fuzz(one, role, examples) for one in operations), Counter())
        assert statuses[200] > 0, (role, "is let in nowhere")
        told += statuses
    assert is_whole(site)
    return told


def test_generated_requests_get_described_answers(target):
    assert ask_everything(target, 1).total() > 500


@pytest.mark.slow
def test_ten_thousand_generated_requests_get_described_answers(target):
    assert ask_everything(target, 12).total() > 10_000
