"""Every example, loaded and run month by month from the database, gives the settlement that `settle` gives."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.rating.scenario import parse_json
from billing.services.acting import Act
from billing.services.scenario_loading import LoadedScenario, load_scenario
from billing.services.verification import verify
from billing.store.session import Store
from billing.timespan import datetime_of, format_month
from invoices.run.approving import living_drafts, release_draft, require_fresh, review_draft
from invoices.run.cancelling import cancel_closing
from invoices.run.closings import closing_of_month
from invoices.run.drafts import RunOrder, run_month
from invoices.run.issuing import Issued, issue_month
from tests.support.processor import found_processor

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.json"))
NOW = datetime(2031, 1, 2, 9, tzinfo=UTC)
KEYS = ("month", "lines", "net", "vat", "gross", "free", "held")


def issue(store: Store, processor_id: int, month: int, as_of: datetime) -> dict[str, Any]:
    """Run, approve and issue one month as of a moment; gives what the closing froze of it."""
    act = Act("clerk", NOW)
    order = RunOrder(processor_id, month, as_of, as_of_fixed=True, act=act)
    list(run_month(store, order))
    name = format_month(month)
    with store.tenant(processor_id) as session:
        ((draft, contract),) = living_drafts(session, name, [])
        require_fresh(review_draft(session, draft, contract, NOW))
        content: dict[str, Any] = json.loads(draft.settlement)
    release_draft(store, processor_id, draft.contract_id, name, draft.facts_hash, act)
    outcomes = list(issue_month(store, processor_id, name, [contract.ref], act))
    assert all(isinstance(outcome, Issued) for outcome in outcomes), outcomes
    run: dict[str, Any] = content["run"]
    return run


def run_all(store: Store, processor_id: int, scenario: LoadedScenario) -> list[dict[str, Any]]:
    runs = []
    for step in scenario.steps:
        cancelled = []
        for cancellation in step.cancellations:
            month = format_month(cancellation["run_month"])
            with store.tenant(processor_id) as session:
                closing = closing_of_month(session, scenario.contract_ref, month)
                net = json.loads(closing.settlement)["run"]["net"]
                cancel_closing(session, store, closing, reason="story", act=Act("clerk", NOW))
            cancelled.append({"id": cancellation["id"], "month": month, "net": net})
        run = issue(store, processor_id, step.month, datetime_of(step.as_of))
        runs.append({key: run[key] for key in KEYS} | ({"cancelled": cancelled} if cancelled else {}))
    return runs


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_loaded_and_run_month_by_month_gives_the_same_settlement(example: Path, store: Store) -> None:
    raw = parse_json(example.read_bytes())
    processor_id = found_processor(store, date(2000, 1, 1))
    with store.tenant(processor_id) as session:
        loaded = load_scenario(session, Act("clerk", NOW), raw, "AVV-1")
    assert run_all(store, processor_id, loaded) == raw["expected"]["runs"]
    with store.tenant(processor_id, read_only=True) as session:
        assert verify(session).faults == []
