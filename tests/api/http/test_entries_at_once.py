"""Several people log work in the same moment: one transaction for all, and each is answered as if alone."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from httpx import ASGITransport, AsyncClient, Response

from billing.services.acting import Act
from billing.store.audit import verify_audit
from billing.store.tables.kinds import Role
from tests.api.http.running import PROCESSORS, Site, add_user, token_of
from tests.api.http.test_entries import LATER, WORK
from tests.support.asked import committed, heard

COLLEAGUES = [f"staff{number}" for number in range(1, 6)]
on_postgresql = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class Sent:
    """One entry that somebody sends."""

    who: str
    body: Mapping[str, object]
    key: str | None = None
    of: str = PROCESSORS[0]


@pytest.fixture
def crowd(site: Site) -> Site:
    """Five colleagues who logged work before, so that it is known whose their tokens are."""
    act = Act("test", datetime(2026, 1, 5, 8, tzinfo=UTC))
    for login in COLLEAGUES:
        site.tell(lambda session, login=login: add_user(session, act, PROCESSORS[0], Role.STAFF, login=login))
    answers = [one for who in COLLEAGUES for one in send(site, Sent(who, WORK | LATER))]
    assert told(answers) == [(201, f"Z-2026-000{number}") for number in range(1, 6)]
    return site


@pytest.fixture
def commits() -> Iterator[list[int]]:
    """The processor of each commit of a brief session."""
    made: list[int] = []
    with committed(lambda session: made.append(session.processor_id)):
        yield made


def send(site: Site, *all_sent: Sent) -> list[Response]:
    """Send all in the same moment; give the answers in that order."""

    async def send_all() -> list[Response]:
        async with AsyncClient(
            transport=ASGITransport(app=site.client.app), base_url="http://testserver.local"
        ) as client:
            return await asyncio.gather(*(send_one(client, sent) for sent in all_sent))

    async def send_one(client: AsyncClient, sent: Sent) -> Response:
        headers = {"Authorization": f"Bearer {token_of(sent.of, sent.who)}"}
        if sent.key is not None:
            headers["Idempotency-Key"] = sent.key
        return await client.post("/api/v1/entries", json=sent.body, headers=headers)

    return asyncio.run(send_all())


def told(answers: list[Response]) -> list[tuple[int, str]]:
    """Give each answer's status, and its reference or the code of what is wrong."""
    return [(one.status_code, one.json().get("ref") or one.json()["code"]) for one in answers]


def test_work_of_several_people_is_one_commit_and_each_has_a_reference_of_their_own(crowd: Site, commits: list[int]):
    answers = send(crowd, *(Sent(who, WORK, key="1") for who in COLLEAGUES))
    assert told(answers) == [(201, f"Z-2026-000{number}") for number in range(6, 10)] + [(201, "Z-2026-0010")]
    assert [one.json()["person"] for one in answers] == [who.upper() for who in COLLEAGUES]
    assert len({one.json()["id"] for one in answers}) == len(COLLEAGUES)
    assert commits == [crowd.processors[PROCESSORS[0]]]
    again = send(crowd, *(Sent(who, WORK, key="1") for who in COLLEAGUES))
    assert [one.text for one in again] == [one.text for one in answers]
    report = crowd.tell(verify_audit)
    assert report.fault is None


def test_one_person_s_work_that_overlaps_is_logged_once(crowd: Site):
    answers = send(crowd, Sent("staff1", WORK), Sent("staff2", WORK), Sent("staff1", WORK | {"case": "V-2"}))
    assert told(answers) == [(201, "Z-2026-0006"), (201, "Z-2026-0007"), (409, "work_overlaps")]


def test_the_same_request_twice_in_one_moment_has_one_effect_and_the_same_answer(crowd: Site):
    first, other, second = send(
        crowd, Sent("staff1", WORK, key="k"), Sent("staff2", WORK, key="k"), Sent("staff1", WORK, key="k")
    )
    assert first.json() == second.json()
    assert (first.status_code, other.status_code, second.status_code) == (201, 201, 201)
    assert second.headers["idempotency-replayed"] == "true"
    assert len(crowd.get("auditor", "/entries")["items"]) == 7


def test_who_is_refused_keeps_nobody_from_logging(crowd: Site):
    answers = send(
        crowd,
        Sent("staff1", WORK),
        Sent("staff2", WORK | {"case": "V-99"}),
        Sent("auditor", WORK),
        Sent("nobody", WORK),
        Sent("staff3", WORK, key="k" * 300),
        Sent("staff4", WORK),
    )
    assert [one.status_code for one in answers] == [201, 422, 403, 401, 422, 201]
    assert len(crowd.get("auditor", "/entries")["items"]) == 7


def test_two_processors_in_one_moment_see_nothing_of_each_other(crowd: Site):
    ours, theirs = send(crowd, Sent("staff1", WORK), Sent("staff", WORK, of=PROCESSORS[1]))
    assert told([ours, theirs]) == [(201, "Z-2026-0006"), (201, "Z-2026-0001")]
    seen = crowd.ask("auditor", "GET", "/entries", of=PROCESSORS[1]).json()["items"]
    assert [one["ref"] for one in seen] == ["Z-2026-0001"]


@on_postgresql
def test_what_all_need_to_know_is_asked_once(crowd: Site):
    asked: list[str] = []
    with heard(crowd.store, asked.append):
        answers = send(crowd, *(Sent(who, WORK) for who in COLLEAGUES))
    assert {one.status_code for one in answers} == {201}
    once = {"the turn at references and at the log": "pg_advisory", "the end of the log": "audit_log.seq DESC"}
    assert [sum(words in text for text in asked) for words in once.values()] == [2, 1], asked
