"""The authorization matrix: every operation of the description, asked by everybody about own and foreign things.

What is expected stands in `authorization.toml`, reviewed by a person; the requests are made from the description.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import event

from api.v1.description import describe
from api.v1.nouns import all_routes
from billing.services.access.rights import RIGHTS
from billing.store.keyring import new_ring
from billing.store.session import Store, open_store
from billing.store.tables.kinds import Role
from tests.api.http.furnishing import READER_OF_ALL, Furnished, furnish_all
from tests.api.http.running import PROCESSORS, Site, furnish_site, open_site
from tests.support.migrated import postgres_copy, sqlite_copy

HOME, ELSEWHERE = PROCESSORS
ANONYMOUS, APPROVER, READER = "anonymous", "controller_approver", "controller_reader"
COLUMNS = (ANONYMOUS, "staff", "lead", "accountant", "admin", "auditor", APPROVER, READER, READER_OF_ALL)
TABLE: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("authorization.toml").read_text(encoding="utf-8")
)
ROWS = {name: dict(zip(COLUMNS, said.split(), strict=True)) for noun in TABLE.values() for name, said in noun.items()}
NO_RIGHT = {"right_missing", "token_reads_only"}
NOT_YET = {
    "session_needed": "a password, a second factor and a token are changed in a log-in only",
    "second_person_missing": "who did the work or proposed it is not its second person",
    "work_of_another": "the furnished entry is of STAFF",
}
"""Refusals with 403 of those who are let in."""
_PARAMETER = re.compile(r"\{(\w+)\}")
_QUERY = {"month": "2026-10", "contract": "AVV-1"}
_NO_LINK = "0" * 43
_SITE_NAMES = {
    "AVV-101": "AVV-1",
    "V-101": "V-1",
    "Z-2026-0001": "Z-1",
    "K-101": "K-1",
    "ML": "STAFF",
    "CH": "LEAD",
    "kern@wohnbau-filderland.example": "controller_approver@immoinvent.example",
}
"""What the examples of the description name, as the site calls it."""
_EXAMPLE_NAMES = re.compile("|".join(rf"\b{name}\b" for name in _SITE_NAMES))


class Operation:
    """One operation of the description, and how it is asked."""

    def __init__(self, method: str, path: str, said: Mapping[str, Any]) -> None:
        self.method, self.path, self.said = method.upper(), path.removeprefix("/api/v1"), said
        self.name: str = said["operationId"]
        self.names = _PARAMETER.findall(path)
        self.is_portal = self.path.startswith("/portal/")
        self.names_a_thing = any(name == "token" or name.endswith("_id") for name in self.names)

    @property
    def body(self) -> Any:
        if not self.said["security"]:
            return {}  # who is let in is seen by what is lacking: nobody logs in, no link is used up
        return self.said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")

    @property
    def query(self) -> str:
        asked = [one["name"] for one in self.said["parameters"] if one["in"] == "query" and one["required"]]
        return "&".join(f"{name}={_QUERY[name]}" for name in asked)

    def address(self, things: Furnished, login: str) -> str:
        """Give the address of the own thing, or of the foreign one that `things` tell of."""
        links = {"token": things.of_links.get(self.path.split("/")[1], _NO_LINK)}
        values = {**things.numbers, **links, "token_id": things.tokens.get(login, things.tokens["admin"])}
        if "/incident" in self.path:
            values["case_id"] = things.breach
        if self.is_portal:
            values["file_id"] = values["invoice_file_id"]
        return _PARAMETER.sub(lambda match: str(values[match[1]]), self.path) + (f"?{self.query}" if self.query else "")


@dataclass
class World:
    """A furnished site in which nothing stays done, so that every cell is asked about the same things."""

    site: Site
    own: Furnished
    foreign: Furnished
    neighbours: Furnished

    def ask(self, operation: Operation, login: str, about: Furnished) -> tuple[int, str]:
        """Give the status of the answer and, if it is a refusal, its code."""
        headers = {"If_Match": f'"{"0" * 32}"'} if operation.method in ("PATCH", "PUT") else {}
        body = json.loads(_EXAMPLE_NAMES.sub(lambda match: _SITE_NAMES[match[0]], json.dumps(operation.body)))
        response = self.site.ask(login, operation.method, operation.address(about, login), body, **headers)
        is_problem = response.headers.get("content-type") == "application/problem+json"
        return response.status_code, response.json()["code"] if is_problem else ""


def _world(store: Store) -> Iterator[World]:
    with open_site(store, furnish_site(store)) as site:
        own, foreign = furnish_all(site, HOME), furnish_all(site, ELSEWHERE)
        # What a request would leave is taken back at its commit, which is SQLAlchemy's for those that are not brief.
        event.listen(store.engine, "commit", lambda connection: connection.connection.rollback())
        links = dict.fromkeys(own.of_links, _NO_LINK)
        neighbours = replace(own, numbers=own.neighbours)
        with mock.patch.object(Store, "is_brief", new=False):
            yield World(site, own, replace(foreign, of_links=links), neighbours)


@pytest.fixture(scope="module")
def world(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On SQLite, once for all cells."""
    with sqlite_copy(migrated_file, tmp_path_factory.mktemp("matrix") / "mehraufwand.db") as database:
        store = open_store(database.app_url, new_ring())
        yield from _world(store)
        store.close()


OPERATIONS = [
    Operation(method, path, said) for path, methods in describe()["paths"].items() for method, said in methods.items()
]

BY_NAME = {operation.name: operation for operation in OPERATIONS}


def test_the_table_has_a_row_for_every_operation_and_no_other():
    assert sorted(ROWS) == sorted(BY_NAME)


def test_the_description_says_who_may_as_the_table_does():
    """Where an operation names a right, the roles that have it are those of the table."""
    for route in all_routes():
        if route.right is not None:
            having = {str(role) for role in Role if route.right in RIGHTS[role]}
            said = {role for role in map(str, Role) if ROWS[route.name][role] == "yes"}
            assert (route.name, said) == (route.name, having)


def test_an_auditor_changes_nothing_but_the_own_way_in():
    own, looks = ("/me/", "/session", "/links/", "/invitations/", "/password-resets"), ("preview_settlement",)
    changed = [one for one in OPERATIONS if one.method != "GET" and ROWS[one.name]["auditor"] == "yes"]
    assert [one.name for one in changed if not one.path.startswith(own) and one.name not in looks] == []


def test_what_is_looked_at_by_all_is_looked_at_by_the_reading_token_and_nothing_is_changed_by_it():
    for operation in OPERATIONS:
        if ROWS[operation.name][ANONYMOUS] == "-":
            may = operation.method == "GET" and ROWS[operation.name]["admin"] == "yes"
            assert (operation.name, ROWS[operation.name][READER_OF_ALL] == "yes") == (operation.name, may)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_role_gets_what_the_table_says_about_its_own_things(world, operation):
    for login, said in ROWS[operation.name].items():
        status, code = world.ask(operation, login, world.own)
        where = (operation.name, login, status, code)
        if said == "-":
            expected = (401, {"not_logged_in"}) if login == ANONYMOUS else (403, NO_RIGHT)
            assert status == expected[0], where
            assert code in expected[1], where
        else:
            assert status < 500, where
            assert status not in (401, 404), where
            assert status != 403 or code in NOT_YET, where


def foreign_answers(world: World, operation: Operation) -> tuple[dict[str, int], dict[str, int]]:
    """Give what everybody is told about foreign things, and what he should be."""
    told, expected = {}, {}
    for about in (world.foreign, *([world.neighbours] if operation.is_portal else [])):
        for login, said in ROWS[operation.name].items():
            status, code = world.ask(operation, login, about)
            whose = "neighbour" if about is world.neighbours else "foreign"
            told[f"{operation.name} {login} {whose} {code}"] = status
            expected[f"{operation.name} {login} {whose} {code}"] = (
                404 if said == "yes" else 401 if login == ANONYMOUS else 403
            )
    return told, expected


NAMING = [operation for operation in OPERATIONS if operation.names_a_thing]


@pytest.mark.parametrize("operation", NAMING, ids=lambda operation: operation.name)
def test_each_role_is_told_that_foreign_things_are_not_there(world, operation):
    told, expected = foreign_answers(world, operation)
    assert told == expected


def test_on_postgresql_too_foreign_things_are_not_there(postgres):
    with postgres_copy(postgres) as database:
        store = open_store(database.app_url, new_ring())
        for world in _world(store):
            for operation in NAMING:
                told, expected = foreign_answers(world, operation)
                assert told == expected
        store.close()
