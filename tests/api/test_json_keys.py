"""docs/json.md names every key that the month's commands answer with, and no other."""

import re

import pytest

from tests.api.clock import YEAR
from tests.api.months import MONTH, log, paths
from tests.api.shell import ROOT, Shell

PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
SETTLED = "A settled month"
# What only a cancelled month of a rounding group can have, or one with pass-through money: tests/months meet both.
RARE = {"contracts[].surplus[].case", "contracts[].surplus[].units", "contracts[].surplus", "contracts[].pass_through"}
RARE |= {f"contracts[].pass_through[].{key}" for key in ("case", "expense", "amount")}
PASSED = {"pass_through"} | {
    f"pass_through[].{key}" for key in ("expense", "case", "net", "verdict", "code", "clause", "question")
}

REFUSED = frozenset({"refused", "refused[].number", "refused[].code", "refused[].sentence"})


def documented(*sections: str) -> set[str]:
    """Give the keys that the page lists under these headings."""
    found: set[str] = set()
    for section in sections:
        (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
        rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
        found |= {key for row in rows for key in re.findall(r"`([^`]+)`", row)}
    return found


def without_parents(keys: set[str]) -> set[str]:
    """Leave out the list whose items' keys are there as well: it is empty for one item and not for another."""
    return {key for key in keys if not any(other.startswith((f"{key}[]", f"{key}.")) for other in keys)}


def compare(answer: object, *sections: str, rare: frozenset[str] = frozenset()) -> None:
    assert without_parents(paths(answer)) - rare == documented(*sections) - rare


def test_run_and_review(month: Shell) -> None:
    answer = month.ok("run", MONTH, "--json").json
    compare(answer, "run", SETTLED, rare=frozenset(RARE))
    compare(month.ok("review", MONTH, "--json").json, "review", SETTLED, rare=frozenset(RARE))
    month.ok("log", "delete", "Z-1", "--reason", "doppelt")
    (first, *_) = month.ok("review", MONTH, "--json").json["contracts"]
    assert first["changed"] == ["Z-1"]


def test_approve_and_issue(month: Shell) -> None:
    month.ok("run", MONTH)
    answer = month.ok("approve", MONTH, "--contract", "AVV-3", "--contract", "AVV-1", "--json").json
    compare(answer, "approve")
    assert [row["newly_approved"] for row in answer["approved"]] == [True, True]
    log(month, "Z-late", "V-1", "2025-03-11 09:00", "09:30")
    said = month.run("issue", MONTH, "--json")
    assert said.code == 2
    compare(said.json, "issue", rare=frozenset({"refused[].missing"}))
    (refused,) = said.json["refused"]
    assert (refused["contract"], refused["code"], refused["changed"]) == ("AVV-1", "draft_is_stale", ["Z-late"])
    assert "Z-late" in refused["sentence"]
    assert said.json["waiting"] == ["AVV-2"]
    (closed,) = said.json["issued"]
    assert (closed["contract"], closed["number"], closed["gross"]) == ("AVV-3", None, "0.00")


def test_explain_cancel_and_export(issued: Shell) -> None:
    compare(issued.ok("explain", f"RE-{YEAR}-0001", "--json").json, "explain", rare=frozenset(PASSED))
    exported = issued.ok("export", "month", MONTH, "--out", str(issued.home / "out"), "--json").json
    compare(exported, "export month")
    assert len(exported["written"]) == 8
    cancelled = issued.ok("cancel", f"RE-{YEAR}-0001", "--reason", "Falscher Vorgang", "--json").json
    compare(cancelled, "cancel")
    assert (cancelled["cancels"], cancelled["number"]) == (f"RE-{YEAR}-0001", f"ST-{YEAR}-0001")
    assert issued.ok("explain", f"RE-{YEAR}-0001", "--json").json["cancelled_by"] == f"ST-{YEAR}-0001"
    (closed, *_) = issued.ok("run", MONTH, "--json").json["contracts"]
    assert closed["change"] == "new"


def test_correct(issued: Shell) -> None:
    corrected = issued.ok(
        "correct", f"RE-{YEAR}-0001", "--case", "V-1", "--reason", "Vorgang war kostenfrei", "--json"
    ).json
    compare(corrected, "correct")
    assert (corrected["corrects"], corrected["number"]) == (f"RE-{YEAR}-0001", f"ST-{YEAR}-0001")
    assert issued.ok("explain", f"RE-{YEAR}-0001", "--json").json["corrected_by"] == [f"ST-{YEAR}-0001"]


def test_a_skipped_contract_says_only_whose_it_is_and_why(issued: Shell) -> None:
    for row in issued.ok("run", MONTH, "--json").json["contracts"]:
        assert set(row) == {"contract", "controller", "change", "changed"}
        assert row["change"] == "closed"


@pytest.mark.parametrize("command", ["run", "review", "approve", "issue"])
def test_a_refusal_prints_no_json(month: Shell, command: str) -> None:
    assert "2026-13" in month.refused(command, "2026-13", "--json")


def test_send(issued: Shell) -> None:
    compare(issued.ok("send", MONTH, "--json").json, "send", rare=REFUSED)
