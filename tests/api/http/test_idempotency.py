"""A POST under an Idempotency-Key (F9): one effect and one answer, however often, however late, whoever else asks."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlmodel import col, select

from api.v1.description import describe
from billing.errors import Conflict
from billing.services.access.authentication import hash_of
from billing.services.acting import put
from billing.services.cases import open_case
from billing.services.idempotency import forget_answers
from billing.store.session import hold
from billing.store.tables import ApiToken, Case, Controller, Entry, Expense, IdempotencyKey, Person, User
from tests.api.http.entering import ask, enter, give_password
from tests.api.http.running import NOW, PROCESSORS, Site, open_site
from tests.api.http.waiting import wait_for_a_lock
from tests.support.papers import pdf

CASE = {"contract": "AVV-1", "kind": "data_subject_request", "title": "Auskunft unter Schlüssel"}
WORK = {
    "case": "V-1",
    "service": "general_query",
    "start": "2026-10-05T09:00:00+02:00",
    "end": "2026-10-05T09:30:00+02:00",
}
EXPENSE = {"case": "V-1", "kind": "travel", "incurred_on": "2026-10-14", "net": "8.50", "description": "Bus"}
FILE = {"receipt_file": {"name": "beleg.pdf", "content": base64.b64encode(pdf()).decode()}}
CONTROLLER = {"name": "Wohnbau Süd", "street": "Ring 1", "postcode": "70173", "city": "Stuttgart"}
DEEDS = [
    pytest.param("lead", "/cases", CASE, Case, id="a case"),
    pytest.param("staff", "/entries", WORK, Entry, id="work"),
    pytest.param("staff", "/expenses", EXPENSE | FILE, Expense, id="an expense with its file"),
    pytest.param("accountant", "/controllers", CONTROLLER, Controller, id="a controller"),
]
KEY = "klick-1"


def count(site: Site, table: Any) -> int:
    def rows(session: Any) -> int:
        return len(session.exec(select(table.id)).all())

    return int(site.tell(rows))


def asked(site: Site, role: str, path: str, body: Any, key: str = KEY) -> tuple[int, str, str]:
    answer = site.ask(role, "POST", path, body, Idempotency_Key=key)
    return answer.status_code, answer.text, answer.headers.get("location", "")


def at_once(site: Site, times: int, ask: Callable[[Site], tuple[int, str, str]]) -> set[tuple[int, str, str]]:
    """Ask so often at the same time."""
    with ThreadPoolExecutor(min(times, 20)) as pool:
        return set(pool.map(lambda _: ask(site), range(times)))


@pytest.mark.parametrize(("role", "path", "body", "table"), DEEDS)
def test_twenty_at_once_have_one_effect_and_one_answer(site, role, path, body, table):
    before = count(site, table)
    ((status, _, _),) = at_once(site, 20, lambda site: asked(site, role, path, body))
    assert (status, count(site, table)) == (201, before + 1)


@pytest.mark.slow
@pytest.mark.parametrize(("role", "path", "body", "table"), DEEDS)
def test_a_hundred_at_once_have_one_effect_and_one_answer(site, role, path, body, table):
    before = count(site, table)
    ((status, _, _),) = at_once(site, 100, lambda site: asked(site, role, path, body))
    assert (status, count(site, table)) == (201, before + 1)


@pytest.mark.parametrize(("role", "path", "body", "table"), DEEDS)
def test_after_a_restart_and_a_day_the_same_answer_comes_again(site, role, path, body, table):
    first, there = asked(site, role, path, body), count(site, table)
    with open_site(site.store, site.processors) as restarted:
        restarted.clock.now = site.clock.now
        restarted.clock.forward(hours=24)
        again = restarted.ask(role, "POST", path, body, Idempotency_Key=KEY)
        assert (again.status_code, again.text, again.headers.get("location", "")) == first
        assert again.headers["idempotency-replayed"] == "true"
    assert count(site, table) == there


def test_a_key_of_another_request_is_refused_and_stays_the_first_ones(site):
    first, there = asked(site, "lead", "/cases", CASE), count(site, Case)
    for path, body in (("/cases", CASE | {"title": "anders"}), ("/entries", WORK), ("/cases?limit=1", CASE)):
        refused = site.ask("lead", "POST", path, body, Idempotency_Key=KEY)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert (asked(site, "lead", "/cases", CASE), count(site, Case)) == (first, there)


def test_the_same_key_of_somebody_else_is_another(site):
    before = count(site, Case)
    answers = {
        asked(site, "lead", "/cases", CASE),
        asked(site, "staff", "/cases", CASE),
    }
    foreign = site.ask("lead", "POST", "/cases", CASE, of="nachbar", Idempotency_Key=KEY)
    assert (len(answers), foreign.status_code, count(site, Case)) == (2, 201, before + 2)


TOKEN = {"label": "Editor", "scopes": ["work"], "expires_at": "2027-01-31T00:00:00Z"}


def test_a_token_of_narrow_scope_is_not_given_the_answer_that_its_owner_s_session_got(site):
    """It knows key and body, from a log or a shared program, and would be given a token that may more than itself."""
    give_password(site)
    csrf = enter(site).json()["csrf_token"]
    narrow = ask(site, "POST", "/me/tokens", TOKEN | {"scopes": ["read_cases"]}, csrf).json()["token"]
    made = ask(site, "POST", "/me/tokens", TOKEN, csrf, **{"Idempotency-Key": KEY})
    site.client.cookies.clear()
    shown = ask(site, "POST", "/me/tokens", TOKEN, **{"Idempotency-Key": KEY, "Authorization": f"Bearer {narrow}"})
    assert (made.status_code, shown.status_code, shown.json().get("code")) == (201, 403, "session_needed")


def test_a_half_log_in_is_not_given_the_recovery_codes_that_a_whole_one_got(site):
    """Who knows the password alone, and what was once sent, would have a second factor of another person."""
    give_password(site)
    csrf = enter(site).json()["csrf_token"]
    proposed = ask(site, "POST", "/me/second-factor", {}, csrf).json()
    body = {"enrolment": proposed["enrolment"], "code": pyotp.TOTP(proposed["secret"]).at(site.clock.now)}
    sent = {"Idempotency-Key": KEY}
    done = ask(site, "POST", "/me/second-factor/confirmation", body, csrf, **sent)
    begun = enter(site).json()
    again = ask(site, "POST", "/me/second-factor/confirmation", body, begun["csrf_token"], **sent)
    assert (done.status_code, begun["waits_for"]) == (201, "second_factor")
    assert (again.status_code, again.json().get("recovery_codes")) == (403, None)


def test_two_tokens_of_a_person_have_keys_of_their_own_and_each_its_own_answer_again(site):
    before = count(site, Case)
    first = asked(site, "lead", "/cases", CASE)
    other = {"Authorization": f"Bearer {site.tell(second_token)}", "Idempotency-Key": KEY}
    answers = [ask(site, "POST", "/cases", CASE, **other) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text != first[1]
    assert (asked(site, "lead", "/cases", CASE), count(site, Case)) == (first, before + 2)


def second_token(session: Any) -> str:
    """Give the lead one more token."""
    lead = session.exec(select(Person).where(Person.ref == "LEAD")).one()
    user = session.exec(select(User).where(User.person_id == lead.id)).one()
    ends: dict[str, Any] = {"created_at": NOW, "expires_at": NOW + timedelta(days=30)}
    put(session, ApiToken(user_id=user.id, label="zweites", token_hash=hash_of("mau_zweites"), scopes="work", **ends))
    return "mau_zweites"


def test_who_logs_in_anew_and_sends_again_gets_the_answer_of_the_session_before(site):
    give_password(site)
    before, answers = count(site, Case), []
    for _ in range(2):
        csrf = enter(site).json()["csrf_token"]
        answers.append(ask(site, "POST", "/cases", CASE, csrf, **{"Idempotency-Key": KEY}))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (answers[0].text, count(site, Case)) == (answers[1].text, before + 1)
    assert answers[1].headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("/cases", CASE | {"surprise": 1}, 422, id="an unknown key"),
        pytest.param("/cases", CASE | {"ref": "V-1"}, 409, id="what is there already"),
        pytest.param("/cases/999/facts", {"cause": "processor", "cause_reason": "so"}, 404, id="what is not there"),
    ],
)
def test_a_refusal_is_repeated_too(site, path, body, status):
    first = asked(site, "lead", path, body)
    again = site.ask("lead", "POST", path, body, Idempotency_Key=KEY)
    assert (first[0], again.text) == (status, first[1])
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_who_was_ended_for_another_transaction_may_ask_again_under_the_same_key(site):
    path, facts = "/cases/1/facts", {"cause": "processor", "cause_reason": "Export falsch eingestellt"}
    with ThreadPoolExecutor(1) as pool:
        with site.store.tenant(site.processors[PROCESSORS[0]]) as other:
            hold(other, "audit")  # as whoever writes does; the request has the name of its case by then
            outrun = pool.submit(asked, site, "lead", path, facts)
            wait_for_a_lock(site)
            hold(other, "/api/v1/cases/1")  # the two wait in a circle, and the server ends who has waited longest
        assert (outrun.result()[0], '"code": "written_meanwhile"' in outrun.result()[1]) == (409, True)
    assert asked(site, "lead", path, facts)[0] == 201


def test_who_was_outrun_may_ask_again_under_the_same_key(site, monkeypatch):
    before, outrun = count(site, Case), [Conflict("written_meanwhile", table="case")]

    def opened(*given: Any) -> Any:
        case = open_case(*given)
        if outrun:
            raise outrun.pop()
        return case

    monkeypatch.setattr("api.v1.cases.open_case", opened)
    assert (asked(site, "lead", "/cases", CASE)[0], count(site, Case)) == (409, before)
    assert (asked(site, "lead", "/cases", CASE)[0], count(site, Case)) == (201, before + 1)


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_who_was_outrun_by_the_same_request_gets_its_answer(site, monkeypatch):
    faster: list[tuple[int, str, str]] = []

    def opened(*_: Any) -> Any:
        monkeypatch.undo()
        faster.append(asked(site, "lead", "/cases", CASE))
        raise Conflict("written_meanwhile", table="case")

    monkeypatch.setattr("api.v1.cases.open_case", opened)
    assert asked(site, "lead", "/cases", CASE) == faster[0]
    assert faster[0][0] == 201


def test_after_two_days_the_duty_forgets_and_the_key_is_new(site):
    first = asked(site, "lead", "/cases", CASE)
    site.clock.forward(hours=47)
    site.tell(lambda session: forget_answers(session, site.clock.now))
    assert asked(site, "lead", "/cases", CASE) == first
    site.clock.forward(hours=2)
    site.tell(lambda session: forget_answers(session, site.clock.now))
    assert site.tell(lambda session: session.exec(select(col(IdempotencyKey.id))).all()) == []
    assert asked(site, "lead", "/cases", CASE) != first


@pytest.mark.parametrize("key", ["", "x" * 256, "ä"])
def test_a_key_that_is_none_is_refused(desk, key):
    headers = {"Authorization": "Bearer mau_immoinvent_lead", "Idempotency-Key": key.encode()}
    refused = desk.client.post("/api/v1/cases", json=CASE, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_invalid")


def test_every_post_of_who_is_logged_in_or_has_a_link_takes_a_key():
    posts = [said["post"] for said in describe()["paths"].values() if "post" in said]
    taking = [post for post in posts if any(one["name"] == "Idempotency-Key" for one in post["parameters"])]
    owned = [post for post in posts if post["security"] or post["tags"] == ["links"]]
    assert [post["operationId"] for post in taking] == [post["operationId"] for post in owned]
