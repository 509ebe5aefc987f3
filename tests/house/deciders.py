"""Which functions of the rating core act on which sub-clause: read from its source, through its constants.

A constant made from `refs.X` speaks of that clause, and so does a constant made from such a constant, in whatever
module; a function asks about a clause when it names `refs.X` or such a constant. The ordered table of questions 1 to 9
names its own functions.
"""

import ast
from collections import defaultdict
from pathlib import Path

from billing.clause import refs
from billing.clause.refs import CLAUSES
from billing.clause.term_sets import DEFAULT, term_set
from billing.clause.terms import TERMS
from billing.rating import chargeable
from billing.rating.decisions import Answer
from billing.rating.facts import Case, Entry

ROOT = Path(__file__).parents[2]
RATING = sorted(path for path in (ROOT / "billing" / "rating").glob("*.py") if path.stem != "__init__")
_TABLE = "QUESTIONS"
_NUMBER_OF = {name: value.number for name, value in vars(refs).items() if value in CLAUSES}
_CLAUSE_OF_TERM = {spec.name: spec.clause.number for spec in TERMS}

Names = dict[str, set[str]]


def functions_by_clause() -> dict[str, list[str]]:
    """Give for each clause (by its number) the functions that ask about it or read its terms, as `file: function`."""
    modules = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in RATING}
    constants = _constants(modules)
    found: dict[str, set[str]] = defaultdict(set)
    for module, tree in modules.items():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for clause in _spoken_of(function, _visible(tree, module, constants)) | _terms_read_by(function):
                    found[clause].add(f"`billing/rating/{module}.py: {function.name}`")
    for clause, functions in _of_the_table().items():
        found[clause] |= functions
    return {clause: sorted(functions) for clause, functions in found.items()}


def _constants(modules: dict[str, ast.Module]) -> dict[str, Names]:
    """Find the module-level names that speak of clauses, module by module, until no more are found."""
    constants: dict[str, Names] = {module: {} for module in modules}
    while True:
        before = sum(len(names) for names in constants.values())
        for module, tree in modules.items():
            visible = _visible(tree, module, constants)
            for statement in tree.body:
                if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
                    constants[module] |= _assigned(statement, visible)
        if sum(len(names) for names in constants.values()) == before:
            return constants


def _assigned(statement: ast.Assign | ast.AnnAssign, visible: Names) -> Names:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for target in targets:
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            pairs += zip(target.elts, statement.value.elts, strict=True)
        elif statement.value:
            pairs.append((target, statement.value))
    return {
        target.id: clauses
        for target, value in pairs
        if isinstance(target, ast.Name) and target.id != _TABLE
        for clauses in [_spoken_of(value, visible)]
        if clauses
    }


def _visible(tree: ast.Module, module: str, constants: dict[str, Names]) -> Names:
    """The constants a module sees: its own, and those it imports from its neighbours."""
    visible = dict(constants[module])
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("billing.rating."):
            theirs = constants[(node.module or "").removeprefix("billing.rating.")]
            visible |= {alias.name: theirs[alias.name] for alias in node.names if alias.name in theirs}
    return visible


def _spoken_of(node: ast.AST, visible: Names) -> set[str]:
    clauses: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "refs":
            clauses |= {_NUMBER_OF[part.attr]} if part.attr in _NUMBER_OF else set()
        elif isinstance(part, ast.Name) and part.id in visible:
            clauses |= visible[part.id]
    return clauses


def _terms_read_by(function: ast.FunctionDef) -> set[str]:
    return {
        _CLAUSE_OF_TERM[part.attr]
        for part in ast.walk(function)
        if isinstance(part, ast.Attribute) and part.attr in _CLAUSE_OF_TERM and _is_terms(part.value)
    }


def _is_terms(node: ast.expr) -> bool:
    """Tell whether an expression is called `terms` or is one of an agreement's versions."""
    return ast.unparse(node).split(".")[-1].startswith(("terms", "versions["))


def _of_the_table() -> Names:
    """The functions of the ordered table, at the clause of their answer or of the service they ask about."""
    found: Names = defaultdict(set)
    for row, answer in rows_and_answers():
        found[answer.clause].add(f"`billing/rating/chargeable.py: {row.applies.__name__}`")
    return found


def rows_and_answers() -> list[tuple[chargeable.Row, Answer]]:
    """Each row of the ordered table with its answer under the default terms; with each service's where those differ."""
    rows = [(row, row.answer) for row in chargeable.QUESTIONS if row.answer]
    terms = term_set(DEFAULT)
    for code, service in terms.catalogue.items():
        entry = Entry("E", "C", code, 0, 1)
        ask = chargeable.Question(entry, Case("C"), service, terms.terms, True, 2026, [], False)  # noqa: FBT003
        row = next((row for row in chargeable.QUESTIONS if row.applies(ask)), None)
        answer = chargeable.ask_chargeable(ask)
        if row and answer and not row.answer:
            rows.append((row, answer))
    return rows
