"""Fifty approve and fifty decline at the same moment: one decides, all others are told that it is decided (F4)."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlmodel import select

from billing.errors import Conflict, Refused
from billing.services.access.visitor import Via
from billing.services.acting import id_of
from billing.services.estimate_decisions import Decider, decide_estimate, read_decision
from billing.services.estimate_mails import mail_estimate
from billing.services.estimate_states import send_estimate, withdraw_estimate
from billing.services.estimate_versions import add_version
from billing.services.estimates import add_estimate, find_estimate, read_estimate, version_by_id
from billing.services.parties import find_contact
from billing.store.audit import verify_audit
from billing.store.session import Store
from billing.store.tables import Approval, EstimateEvent
from tests.api.http.estimating import newest_link, send
from tests.api.http.running import Site, furnish_site, open_site
from tests.months.story import Story
from tests.services.furnishing import APPROVER, Desk, furnish
from tests.services.test_estimates import NEW

CLICKS = ["approve", "decline"] * 50
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
    act = office.act(WHEN)

    def go(session):
        record = send_estimate(session, act, add_estimate(session, act, read_estimate({**NEW, "ref": "Q-1"})))
        mail_estimate(session, act, record)
        return id_of(record.version)

    return office.tell(go)


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


def decided_once(office: Story):
    """Give the one state the estimate came to; there is an approval exactly if it is approved, and the log is whole."""

    def look(session):
        states = [str(event.state) for event in session.exec(select(EstimateEvent)) if event.state != "sent"]
        approvals = len(list(session.exec(select(Approval))))
        assert verify_audit(session).broken_at is None
        (state,) = states
        assert approvals == (state == "approved")
        return state

    return office.tell(look)


def test_of_a_hundred_clicks_one_decides(office: Story, version: int):
    outcomes = all_at_once([click(office, version, decision) for decision in CLICKS])
    state = decided_once(office)
    assert outcomes == Counter({state: 1, "estimate_is_decided": 99})


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
    decided_once(Desk(site.store, site.processors["immoinvent"]))
