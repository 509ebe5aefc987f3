"""Changes of one thing at the same time: of all who saw it as it was, one changes it; the others must look again."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.http.running import Site

AT_ONCE, ROUNDS = 8, 4
ONE_CHANGED = Counter({200: 1, 412: AT_ONCE - 1})
TIMER = {"case": "V-1", "service": "request_processing"}


def change_at_once(site: Site, role: str, seen: str, ask: Callable[[int], tuple[str, str, Any]]) -> Counter[int]:
    """Send changes of what one look showed at the same time; gives how often each status was the answer."""
    tag = site.ask(role, "GET", seen).headers["etag"]

    def change(number: int) -> int:
        method, path, body = ask(number)
        return site.ask(role, method, path, body, if_match=tag).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(change, range(AT_ONCE)))


@pytest.mark.parametrize(
    ("role", "path", "body"),
    [
        ("lead", "/cases/1", lambda number: {"title": f"Auskunft {number}"}),
        ("admin", "/policy", lambda number: {"session_hours": 1 + number % 24}),
        ("staff", "/timer", lambda number: {"note": f"Auszug {number}"}),
    ],
    ids=["a thing with a number", "what there is one of", "the running clock"],
)
def test_of_changes_at_once_to_what_was_seen_one_counts(site, role, path, body):
    site.post("staff", "/timer", TIMER)
    for count in range(ROUNDS):
        done = change_at_once(site, role, path, lambda number: ("PATCH", path, body(count * AT_ONCE + number)))  # noqa: B023
        assert done == ONE_CHANGED


def test_another_spelling_of_its_address_is_the_same_thing(site):
    spelled = ["1", "01", "001", "%2B1", "1/", "0001", "%D9%A1", "00001"]
    for count in range(ROUNDS):
        done = change_at_once(
            site,
            "lead",
            "/cases/1",
            lambda number: ("PATCH", f"/cases/{spelled[number]}", {"title": f"{count}-{number}"}),  # noqa: B023
        )
        assert done == ONE_CHANGED


def test_two_routes_that_change_the_same_thing_wait_for_each_other(site):
    users = site.get("admin", "/users")["items"]
    path = next(f"/users/{user['id']}" for user in users if "staff" in user["roles"])
    for count in range(ROUNDS):

        def ask(number: int) -> tuple[str, str, Any]:
            if number % 2:
                return "PUT", f"{path}/confidentiality-pledge", {"pledged_on": f"2026-0{number}-1{count}"}  # noqa: B023
            return "PATCH", path, {"email": f"neu-{count}-{number}@processor.example"}  # noqa: B023

        assert change_at_once(site, "admin", path, ask) == ONE_CHANGED
