"""docs/api.md and the README say what is so: the month is played line by line, addresses and limits are the code's."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.v1.description import FILE
from api.v1.nouns import all_routes
from billing.services.idempotency import KEPT_FOR, LONGEST_KEY
from tests.support.repository import ROOT

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
PEOPLE = {
    "STAFF": "staff",
    "LEAD": "lead",
    "CLERK": "accountant",
    "ADMIN": "admin",
    "CLIENT": "controller_approver",
}
MOMENT = re.compile(r"# (\d{4}-\d\d-\d\d \d\d:\d\d)  ")
CALL = re.compile(r"(?:(?P<name>\w+)=\$\()?(?P<call>mw .*?)(?: \| jq (?:-r )?'?(?P<part>\.\S+?)'?\))?")
ADDRESSES = sorted(set(re.findall(r"`(?:[A-Z]+ )?(/[a-z][a-z0-9/-]*)`", GUIDE)) - {"/health", "/readiness"})


def lines() -> list[str]:
    (block,) = re.findall(r"^```month\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    return [line for line in block.splitlines() if line]


def part_of(answer: Any, path: str) -> str:
    """Give what `jq` finds under a path such as `.items[0].id`."""
    for name, position in re.findall(r"\.(\w+)(?:\[(\d+)\])?", path):
        answer = answer[name][int(position)] if position else answer[name]
    return str(answer)


def play(site) -> Iterator[tuple[str, Any]]:
    """Play the month; gives each call with its answer."""
    known = {name: name for name in PEOPLE}
    for line in lines():
        if moment := MOMENT.match(line):
            berlin = datetime.strptime(moment[1], "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("Europe/Berlin"))
            site.clock.now = berlin.astimezone(UTC)
            continue
        said = CALL.fullmatch(line)
        assert said, line
        _, who, method, path, *rest = shlex.split(Template(said["call"]).substitute(known))
        body = json.loads(rest[0]) if rest else None
        headers = dict(word.split(": ") for word in rest[2::2])
        answer = site.ask(
            PEOPLE[who], method, path, body, **{"Idempotency-Key": line[:200].encode().hex()[:200]}, **headers
        )
        assert answer.is_success, f"{line}\n{answer.text}"
        if said["name"]:
            known[said["name"]] = part_of(answer.json(), said["part"])
        yield f"{method} {path}", answer.json()


def test_the_month_of_the_guide_is_billed_as_it_says(site):
    answers = dict(play(site))
    (invoice,) = answers["GET /invoices"]["items"]
    told = re.search(r"net (\S+), gross (\S+)\.\n", GUIDE)
    assert told
    assert (invoice["net"], invoice["gross"]) == told.groups()
    assert [line["units"] for line in answers[f"GET /invoices/{invoice['id']}/explanation"]["lines"]] == [10]
    assert [seen["number"] for seen in answers["GET /portal/invoices"]["items"]] == [invoice["number"]]
    assert answers["GET /verification"]["faults"] == []


def test_the_service_settles_the_case_of_the_readme_as_the_readme_says(desk):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (scenario,) = re.findall(r"^```json\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    (path,) = re.findall(r'^curl .* --data @case\.json "\$base/api/v1(\S+)"$', readme, re.MULTILINE)
    (run,) = desk.post("staff", path, json.loads(scenario))["runs"]
    names = ("case", "rate_class", "units", "unit_price", "net")
    rows = [" | ".join(str(line[name]) for name in names) for line in run["lines"]]
    assert rows == re.findall(r"^\| (V-101 .*) \|$", readme, re.MULTILINE)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_guide_is_one(address):
    known = [re.sub(r"\{\w+:\w+\}", r"[^/]+", route.path) for route in all_routes()]
    said = address.removeprefix("/api/v1")
    assert any(re.fullmatch(f"{path}(/.*)?", said) for path in known) or address in {"/api/v1", "/api/v1/openapi.json"}


def test_the_limits_of_the_guide_are_those_of_the_code():
    for text in (GUIDE, FILE.read_text(encoding="utf-8")):
        assert f"for {KEPT_FOR.total_seconds() / 3600:.0f} hours" in text
    assert f"1 to {LONGEST_KEY} printable" in GUIDE
