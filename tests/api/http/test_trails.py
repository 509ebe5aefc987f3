"""Who did what stands in the logs (law.md T-01, T-12), and nothing of it in the log lines of the service (T-02)."""

import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest
from sqlmodel import col, select
from structlog.testing import capture_logs

from billing.services.access.trail import note_access
from billing.services.acting import audit
from billing.store.audit import append_access, append_audit
from billing.store.tables import AuditLog
from tests.api.http.entering import GOOD, WRONG, ask, enter, give_password
from tests.api.http.running import token_of
from tests.api.http.witness import TRACELESS, writing_routes

TRAILS = {audit, note_access, append_audit, append_access}
OURS = ("api.", "billing.", "invoices.")
ROUTES = writing_routes()
SECRET = "vertraulich: Frau Muster, Seeweg 2"  # noqa: S105 - a text that must not get into the logs
BODY = {"contract": "AVV-1", "kind": "data_subject_request", "title": SECRET}


def names_in(code: CodeType) -> Iterator[str]:
    """Give every name that a function mentions, those inside its comprehensions and lambdas too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def mentioned(function: FunctionType) -> Iterator[FunctionType]:
    """Give the functions, and the methods of classes, that a function mentions by a global name."""
    for name in names_in(function.__code__):
        thing = function.__globals__.get(name)
        things = vars(thing).values() if isinstance(thing, type) else [thing]
        yield from (one for one in map(inspect.unwrap, filter(callable, things)) if isinstance(one, FunctionType))


def leads_to_a_log(function: Any, seen: set[Any]) -> bool:
    if function in TRAILS:
        return True
    if function in seen or not function.__module__.startswith(OURS):
        return False
    seen.add(function)
    return any(leads_to_a_log(one, seen) for one in mentioned(function))


def actors(site, action: str) -> list[str]:
    query = select(AuditLog.actor).where(AuditLog.action == action).order_by(col(AuditLog.seq))
    found: list[str] = site.tell(lambda session: list(session.exec(query)))
    return found


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_each_route_that_writes_leads_to_a_log_or_says_why_not(route):
    assert leads_to_a_log(route.handler, set()) or route.name in TRACELESS


def test_a_reason_for_no_trace_is_that_of_a_route():
    assert set(TRACELESS) <= {route.name for route in ROUTES}


def test_a_change_without_a_trace_is_noticed_in_whatever_test_makes_it(desk, monkeypatch):
    monkeypatch.setattr("billing.services.cases.audit", lambda *_, **__: None)
    with pytest.raises(AssertionError, match="open_case left no trace"):
        desk.ask("staff", "POST", "/cases", BODY)


# The reference of a person, or the number of a contact: either has one account at most.
@pytest.mark.parametrize(
    ("role", "path", "body", "action", "actor"),
    [
        pytest.param("staff", "/cases", BODY, "case_opened", "STAFF", id="a member of staff"),
        pytest.param("lead", "/cases", BODY, "case_opened", "LEAD", id="another one"),
        pytest.param(
            "controller_approver",
            "/portal/requests",
            {"contract": "AVV-1", "kind": "data_subject_request", "description": "Auskunft"},
            "support_requested",
            "contact:1",
            id="a contact of a controller",
        ),
    ],
)
def test_each_row_names_the_one_account_that_did_it(site, role, path, body, action, actor):
    site.post(role, path, body)
    assert actors(site, action)[-1:] == [actor]


def test_a_run_leaves_a_row_for_each_draft_it_writes_and_none_for_what_stays(site):
    for _ in range(2):
        site.post("accountant", "/months/2026-10/runs", {})
        assert actors(site, "draft_new") == ["ACCOUNTANT", "ACCOUNTANT"]
    assert actors(site, "draft_unchanged") == []


def test_the_lines_of_the_service_hold_no_password_no_token_and_no_text(desk, monkeypatch):
    give_password(desk)
    link = "L" * 43

    def fail(*_: Any) -> None:
        raise RuntimeError(SECRET)

    with capture_logs() as lines:
        enter(desk, password=WRONG)
        enter(desk)
        cookie = desk.client.cookies["mehraufwand"]
        ask(desk, "GET", f"/links/{link}?next=erika@example.org")
        desk.post("staff", "/cases", BODY)
        monkeypatch.setattr("api.v1.cases.open_case", fail)
        assert desk.ask("staff", "POST", "/cases", BODY).status_code == 500
    assert [(line["event"], line.get("status")) for line in lines] == [
        ("request", 401),
        ("request", 201),
        ("request", 422),
        ("request", 201),
        ("failure", None),
        ("request", 500),
    ]
    assert [line["route"] for line in lines[2:4]] == ["/api/v1/links/{token}", "/api/v1/cases"]
    for secret in (GOOD, WRONG, cookie, link, token_of("immoinvent", "staff"), SECRET, "Muster", "erika", "immoinvent"):
        assert secret not in str(lines)
