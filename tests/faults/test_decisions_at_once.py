"""Fifty approve and fifty decline at the same moment: one decides, all others are told that it is decided (F4)."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlmodel import col, select

from billing.errors import Conflict, Refused
from billing.services.access.visitor import Via
from billing.services.acting import id_of
from billing.services.estimate_decisions import Decider, decide_estimate, read_decision
from billing.services.estimate_states import send_estimate, withdraw_estimate
from billing.services.estimate_versions import add_version
from billing.services.estimates import add_estimate, find_estimate, read_estimate, version_by_id
from billing.services.parties import find_contact
from billing.store.session import Store
from billing.store.tables import Approval, EstimateEvent
from tests.api.http.estimating import newest_link, send
from tests.api.http.running import Site, furnish_site, open_site
from tests.faults.checker import violations
from tests.months.story import Story
from tests.services.furnishing import APPROVER, Desk, furnish
from tests.services.test_estimates import NEW

CLICKS = ["approve", "decline"] * 50
ROUNDS = 200
MAIL_WAITS = "a step of the outbox is still open"
"""No mail server is there, and no worker: only what was decided is asked."""
WHEN = "2026-10-05 09:00"


def all_at_once(deeds: list[Callable[[], str]]) -> Counter[str]:
    """Start all at the same moment, each in a thread of its own; gives how often each outcome came."""
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], str]) -> str:
        start.wait(timeout=60)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return Counter(pool.map(run, deeds))


@pytest.fixture
def office(store: Store) -> Story:
    return furnish(Story(store))


@pytest.fixture
def version(office: Story):
    """The id of a sent version of an estimate."""
    return sent(office, "Q-1")


def sent(office: Story, ref: str) -> int:
    act = office.act(WHEN)

    def go(session):
        record = send_estimate(session, act, add_estimate(session, act, read_estimate({**NEW, "ref": ref}))).record
        return id_of(record.version)

    return int(office.tell(go))


def outcome_of(deed: Callable[[], str]) -> Callable[[], str]:
    """Give what came of a deed in a word: its own, or the code of the refusal."""

    def run() -> str:
        try:
            return deed()
        except (Refused, Conflict) as refusal:
            return refusal.code

    return run


def click(office: Story, version: int, decision: str) -> Callable[[], str]:
    def decide(session):
        record = version_by_id(session, version)
        contact = find_contact(session, record.estimate.controller_id, APPROVER)
        decider = Decider(contact_id=id_of(contact), via=Via.LINK, credential_id=1, network="")
        decide_estimate(session, office.act("2026-10-06 09:00"), record, decider, read_decision({"decision": decision}))
        return f"{decision}d"

    return outcome_of(lambda: office.tell(decide))


def decided(office: Story) -> list[str]:
    """Give what each estimate came to; there is an approval for each that is approved, and nothing is broken."""

    def look(session):
        # In the order of the estimates: PostgreSQL puts new rows where those of clicks that were refused have been.
        rows = session.exec(select(EstimateEvent).order_by(col(EstimateEvent.estimate_version_id)))
        events = [event for event in rows if event.state != "sent"]
        assert max(Counter(event.estimate_version_id for event in events).values()) == 1
        states = [str(event.state) for event in events]
        assert len(list(session.exec(select(Approval)))) == states.count("approved")
        return states

    found: list[str] = office.tell(look)
    wrong = violations(office.store, office.processor_id)
    assert [sentence for sentence in wrong if not sentence.startswith(MAIL_WAITS)] == []
    return found


def test_of_a_hundred_clicks_one_decides(office: Story, version: int):
    outcomes = all_at_once([click(office, version, decision) for decision in CLICKS])
    (state,) = decided(office)
    assert outcomes == Counter({state: 1, "estimate_is_decided": 99})


@pytest.mark.slow
def test_of_a_hundred_clicks_one_decides_two_hundred_times(office: Story):
    chance, outcomes, begun = random.Random(4), [], time.monotonic()  # noqa: S311 - the same on every machine
    for number in range(ROUNDS):
        version = sent(office, f"Q-{number}")
        clicks = chance.sample(CLICKS, len(CLICKS))
        outcomes.append(all_at_once([click(office, version, decision) for decision in clicks]))
    states = decided(office)
    assert outcomes == [Counter({state: 1, "estimate_is_decided": 99}) for state in states]
    took = time.monotonic() - begun
    print(f"{ROUNDS} rounds of {len(CLICKS)} clicks, {states.count('approved')} approved, {took:.0f} s")  # noqa: T201
    assert len(set(states)) == 2


def test_a_release_and_a_new_version_at_once_never_both_hold(office: Story, version: int):
    def revise(session):
        add_version(session, office.act(WHEN), find_estimate(session, "Q-1"), {})
        return "revised"

    def withdraw(session):
        withdraw_estimate(session, office.act(WHEN), find_estimate(session, "Q-1"), {})
        return "withdrawn"

    deeds = [click(office, version, "approve") for _ in range(4)]
    deeds += [outcome_of(partial(office.tell, deed)) for deed in (revise, withdraw)]
    outcomes = all_at_once(deeds)
    approved = office.tell(lambda session: len(list(session.exec(select(Approval)))))
    assert outcomes["approved"] == approved
    if approved:
        assert (outcomes["revised"], outcomes["withdrawn"]) == (0, 0)
    assert set(outcomes) <= {
        "approved",
        "revised",
        "withdrawn",
        "estimate_is_decided",
        "estimate_superseded",
        "estimate_is_approved",
        "estimate_not_sent",
        "written_meanwhile",
    }


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with open_site(store, furnish_site(store)) as opened:
        yield opened


@pytest.mark.parametrize("way", ["portal", "link"])
def test_of_a_hundred_clicks_over_http_one_is_answered_201_and_the_others_409(site: Site, way: str):
    estimate = send(site)
    link = newest_link(site)

    def post(decision: str) -> str:
        body = {"decision": decision}
        if way == "link":
            answer = site.client.post(f"/api/v1/links/{link}/decision", json=body)
        else:
            path = f"/portal/estimates/{estimate['id']}/decision"
            answer = site.ask("controller_approver", "POST", path, {**body, "version": 1})
        return f"{answer.status_code} {answer.json().get('code')}"

    outcomes = all_at_once([partial(post, decision) for decision in CLICKS])
    assert outcomes == Counter({"201 None": 1, "409 estimate_is_decided": 99})
    assert len(decided(Desk(site.store, site.processors["immoinvent"]))) == 1
