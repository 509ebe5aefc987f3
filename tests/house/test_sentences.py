"""Every error code that any line of the product can raise has a sentence in both languages, with values for its gaps.

The codes are read from the source: a literal given to an error family, or to a function that hands it on to one.
"""

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from billing.store.problems import _NAMED_KEYS, _POSTGRESQL_STATES, _SQLITE_STATES
from billing.texts import LANGUAGES, catalogue

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for package in ("api", "billing", "invoices") for path in (ROOT / package).rglob("*.py"))
# What the families' constructors add by themselves (billing.errors).
GIVEN = {
    "Problem": frozenset(),
    "InvalidInput": frozenset({"path", "value"}),
    "UnreadableInput": frozenset({"path", "value"}),
    "NotAllowed": frozenset(),
    "NotFound": frozenset(),
    "Refused": frozenset({"clause"}),
    "Conflict": frozenset(),
}
FLAW = frozenset({"path", "value"})  # `strict_json` notes a code and raises it once the path is known
# Codes out of tables, which are told below.
BY_TABLE = {"billing/rating/strict_json.py", "billing/store/problems.py"}


class Teller(NamedTuple):
    """A name whose calls carry a code: where among the arguments, and the fields it adds."""

    position: int
    keyword: str | None
    given: frozenset[str]


class Told(NamedTuple):
    """A code in the source, and the fields its sentence may use; None when they can't be read from the call."""

    code: str
    place: str
    fields: frozenset[str] | None


Function = ast.FunctionDef | ast.AsyncFunctionDef
Calls = list[tuple[Path, ast.Call, tuple[Function, ...]]]
Tellers = dict[tuple[Path | None, str], Teller]


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def calls_in(tree: ast.AST, inside: tuple[Function, ...] = ()) -> Iterator[tuple[ast.Call, tuple[Function, ...]]]:
    """All calls with the functions they stand in, the innermost first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield node, inside
        yield from calls_in(node, (node, *inside) if isinstance(node, Function) else inside)


def argument(call: ast.Call, teller: Teller) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg is not None and keyword.arg == teller.keyword:
            return keyword.value
    return call.args[teller.position] if len(call.args) > teller.position else None


def literals(node: ast.expr | None) -> list[str] | None:
    """The texts an argument may be: one literal, or either branch of a choice; None when it is neither."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.IfExp(body=body, orelse=other):
            sides = literals(body), literals(other)
            return None if None in sides else [text for side in sides for text in side or []]
        case _:
            return None


def parameters(function: Function) -> list[str]:
    every = [*function.args.posonlyargs, *function.args.args]
    return [each.arg for each in every if each.arg not in ("self", "cls")]


def fields_of(call: ast.Call, teller: Teller) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else teller.given | {name for name in names if name is not None}


@pytest.fixture(scope="module")
def calls() -> Calls:
    """All calls of the source, for these tests alone: its trees are large."""
    trees = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES]
    return [(path, call, inside) for path, tree in trees for call, inside in calls_in(tree)]


def key_of(name: str, path: Path) -> tuple[Path | None, str]:
    """A private name means something in its own file only."""
    return (path if name.startswith("_") else None, name)


@pytest.fixture(scope="module")
def tellers(calls: Calls) -> Tellers:
    """The error families, and all functions that hand a parameter on to one of them as its code."""
    known: Tellers = {(None, family): Teller(0, None, given) for family, given in GIVEN.items()}
    known[None, "flaw"] = Teller(0, "code", FLAW)
    while True:
        found = dict(known)
        for path, call, inside in calls:
            teller = known.get(key_of(name_of(call.func), path))
            code = argument(call, teller) if teller else None
            giver = giver_of(code, inside)
            if teller and giver and isinstance(code, ast.Name):
                added = frozenset(keyword.arg for keyword in call.keywords if keyword.arg)
                found.setdefault(
                    key_of(giver.name, path), Teller(parameters(giver).index(code.id), code.id, teller.given | added)
                )
        if found == known:
            return known
        known = found


def giver_of(code: ast.expr | None, inside: tuple[Function, ...]) -> Function | None:
    """The function around a call whose parameter the code is."""
    return next((each for each in inside if isinstance(code, ast.Name) and code.id in parameters(each)), None)


@pytest.fixture(scope="module")
def told(calls: Calls, tellers: Tellers) -> list[Told]:
    found = []
    for path, call, _ in calls:
        teller = tellers.get(key_of(name_of(call.func), path))
        codes = literals(argument(call, teller)) if teller else None
        if teller and codes:
            place = f"{path.relative_to(ROOT)}:{call.lineno}"
            found += [Told(code, place, fields_of(call, teller)) for code in codes]
    return sorted(found)


def placeholders(text: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_source_was_read(tellers, told):
    codes = {each.code for each in told}
    assert {"InvalidInput", "Refused", "refuse", "_contradiction", "flaw"} <= {name for _, name in tellers}
    assert {
        "unknown_key",
        "unknown_case",
        "time_without_offset",
        "not_a_moment",
        "not_json",
        "number_too_long",
    } <= codes


def test_no_code_escapes_this_test(calls, tellers):
    elsewhere = {
        str(path.relative_to(ROOT))
        for path, call, inside in calls
        for teller in [tellers.get(key_of(name_of(call.func), path))]
        if teller and literals(argument(call, teller)) is None and not giver_of(argument(call, teller), inside)
    }
    assert elsewhere <= BY_TABLE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_databases_has_a_sentence(language):
    codes = {*_NAMED_KEYS.values(), *(code for code, _ in _SQLITE_STATES.values()), *dict(_POSTGRESQL_STATES).values()}
    assert {code for code in codes if f"error.{code}" not in catalogue(language)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(told, language):
    assert [each for each in told if f"error.{each.code}" not in catalogue(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_gets_the_values_it_names(told, language):
    sentences = catalogue(language)
    assert [
        (each.place, each.code, missing)
        for each in told
        if each.fields is not None and f"error.{each.code}" in sentences
        for missing in [placeholders(sentences[f"error.{each.code}"]) - each.fields]
        if missing
    ] == []


@pytest.mark.parametrize(
    "code",
    [
        *("contact_exists", "closing_unknown", "already_cancelled", "payment_not_found", "received_before_issue"),
        *("file_name_invalid", "file_is_empty", "file_type_unknown", "file_not_whole", "file_not_base64"),
        *("draft_is_another", "timer_is_running", "work_overlaps", "paid_before_issue"),
    ],
)
def test_a_refusal_that_people_meet_says_what_to_do(code):
    german, english = (catalogue(lang)[f"error.{code}"] for lang in LANGUAGES)
    assert "bitte" in german.lower() or "braucht" in german
    assert "please" in english.lower() or "takes" in english or "needs" in english
