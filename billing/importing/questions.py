"""Everything a file leaves open about persons, clients, cases and services, found in one pass and asked once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from billing.importing.mapping import Mapping, Rule, client_of
from billing.importing.rows import RefusedRow, Work, WorkRow

Kind: TypeAlias = Literal["person", "client", "case", "service"]

_ORDER: tuple[Kind, ...] = ("person", "client", "case", "service")
_MOST_TAGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to ask: who is `person`, which contract is `client`, which case or service are these rows.

    A case is asked per client and project, a service per client, project and task. `rows` counts the rows that wait for
    the answer, `first_line` is where the first of them stands, `tags` shows up to eight tags they carry.
    """

    kind: Kind
    person: str = ""
    client: str = ""
    project: str = ""
    task: str = ""
    rows: int
    first_line: int
    tags: tuple[str, ...] = ()


def questions(rows: Iterable[WorkRow | RefusedRow], mapping: Mapping) -> list[Question]:
    """Collect what is still unknown: persons first, then clients, cases and services, each in the order of the file."""
    asked: dict[tuple[str, ...], Question] = {}
    for row in rows:
        if isinstance(row, RefusedRow):
            continue
        target = mapping.target(row.work)
        for kind in _ORDER:
            if kind in target.unknown:
                _ask(asked, _question(kind, row), row.work)
    return sorted(asked.values(), key=lambda question: (_ORDER.index(question.kind), question.first_line))


def answer(mapping: Mapping, question: Question, value: str) -> Mapping:
    """Remember the answer to a question: the ref of the person, contract or case, or the code of the service."""
    if question.kind == "person":
        return mapping.with_person(question.person, value)
    if question.kind == "client":
        return mapping.with_client(question.client, value)
    if question.kind == "case":
        return mapping.with_rule(Rule(client=question.client, project=question.project, case=value))
    return mapping.with_rule(Rule(client=question.client, project=question.project, task=question.task, service=value))


def _question(kind: Kind, row: WorkRow) -> Question:
    work = row.work
    if kind == "person":
        return Question(kind=kind, person=work.person, rows=0, first_line=row.line)
    if kind == "client":
        return Question(kind=kind, client=work.client, rows=0, first_line=row.line)
    task = work.task if kind == "service" else ""
    return Question(kind=kind, client=client_of(work), project=work.project, task=task, rows=0, first_line=row.line)


def _ask(asked: dict[tuple[str, ...], Question], question: Question, work: Work) -> None:
    key = (question.kind, question.person, question.client, question.project, question.task)
    known = asked.get(key, question)
    tags = tuple(dict.fromkeys((*known.tags, *work.tags)))[:_MOST_TAGS]
    asked[key] = replace(known, rows=known.rows + 1, tags=tags)
