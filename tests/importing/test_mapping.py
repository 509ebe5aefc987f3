"""Who is who: answers decide, in their written order; nothing is guessed; what is open is asked once."""

import pytest

from billing.importing import Mapping, Rule, UnclockedTime, Work, answer, questions
from billing.timespan import Interval
from tests.importing.reader import OWN, TOGGL, read

TIME = Interval(0, 60)


def work(**cells) -> Work:
    return Work(time=TIME, **cells)


RULES = Mapping(
    persons={"Mia Lang": "ML", "": "CH"},
    clients={"Acme": "AVV-7", "": "AVV-0"},
    rules=(
        Rule(client="Acme", project="Web", case="V-12"),
        Rule(tag="DSFA", service="dpia_support", travel=False),
        Rule(client="Acme", service="other_support", travel=True, onsite=True),
        Rule(task="Design", case="V-99", document="tom"),
        Rule(tag="", urgent=True),
        Rule(task="Fix", remedies_processor_defect=True),
    ),
)

TARGETS = {
    "a rule for client and project": (work(client="Acme", project="Web"), "case", "V-12"),
    "the upper rule wins": (work(client="Acme", project="Web", task="Design"), "case", "V-12"),
    "a lower rule decides what the upper left open": (
        work(client="Acme", project="Web", task="Design"),
        "document",
        "tom",
    ),
    "each thing is decided by its own first rule": (
        work(client="Acme", project="Web", tags=("x", "DSFA")),
        "service",
        "dpia_support",
    ),
    "a flag by the first rule that names it": (work(client="Acme", tags=("DSFA",)), "travel", False),
    "another flag by a lower rule": (work(client="Acme", tags=("DSFA",)), "onsite", True),
    "what the row says itself goes first": (work(client="Acme", case="V-1", project="Web"), "case", "V-1"),
    "no from the row goes before yes from a rule": (work(client="Acme", onsite=False), "onsite", False),
    "yes from the row goes before no from a rule": (work(tags=("DSFA",), travel=True), "travel", True),
    "urgent by the row": (work(tags=("x",), urgent=True), "urgent", True),
    "a defect by the row": (work(remedies_processor_defect=True), "remedies_processor_defect", True),
    "no defect unless someone says so": (work(), "remedies_processor_defect", False),
    "a defect by a rule": (work(task="Fix"), "remedies_processor_defect", True),
    "a row without tags": (work(), "urgent", True),
    "a row with tags": (work(tags=("x",)), "urgent", False),
    "nobody's name": (work(), "person", "CH"),
    "a person's name": (work(person="Mia Lang"), "person", "ML"),
    "a name that only resembles": (work(person="mia lang"), "person", ""),
    "a client's contract": (work(client="Acme"), "contract", "AVV-7"),
    "the row's own contract goes first": (work(client="Acme", contract="AVV-1"), "contract", "AVV-1"),
    "a client that only resembles": (work(client="Acme GmbH"), "contract", ""),
}


@pytest.mark.parametrize(("row", "name", "value"), TARGETS.values(), ids=TARGETS.keys())
def test_answers_decide_where_work_belongs(row, name, value):
    assert getattr(RULES.target(row), name) == value


def test_our_own_refs_need_no_answer_but_answers_go_first():
    mapping = Mapping(
        persons={"XX": "YY"},
        known_persons=frozenset({"ML", "XX"}),
        clients={"K-1": "AVV-9"},
        known_clients={"K-1": "AVV-1", "K-2": "AVV-2"},
    )
    assert [mapping.person(name) for name in ("ML", "XX", "ZZ")] == ["ML", "YY", ""]
    assert [mapping.contract(name) for name in ("K-1", "K-2", "K-3")] == ["AVV-9", "AVV-2", ""]


def test_a_contract_named_by_the_row_counts_as_its_client_for_rules():
    mapping = Mapping(rules=(Rule(client="AVV-7", case="V-1"),))
    assert mapping.target(work(contract="AVV-7")).case == "V-1"
    assert mapping.target(work(contract="AVV-7", client="Acme")).case == ""


ROWS = f"""{TOGGL}
Mia,,Acme,Web,,Call,No,2026-10-05,09:00,2026-10-05,10:00,1:00:00,"a, b",
Mia,,Acme,Web,Plan,Call,No,2026-10-05,10:00,2026-10-05,11:00,1:00:00,c,
never,,Refused,Web,,Call,No,2026-10-05,11:00,2026-10-05,10:00,1:00:00,,
Tom,,Beta,Web,,Call,No,2026-10-05,09:00,2026-10-05,10:00,1:00:00,,
"""


def test_everything_open_is_asked_once_with_its_rows(tmp_path):
    asked = questions(read(tmp_path, ROWS), Mapping())
    assert [(q.kind, q.person or q.client, q.project, q.task, q.rows, q.first_line) for q in asked] == [
        ("person", "Mia", "", "", 2, 2),
        ("person", "Tom", "", "", 1, 5),
        ("client", "Acme", "", "", 2, 2),
        ("client", "Beta", "", "", 1, 5),
        ("case", "Acme", "Web", "", 2, 2),
        ("case", "Beta", "Web", "", 1, 5),
        ("service", "Acme", "Web", "", 1, 2),
        ("service", "Acme", "Web", "Plan", 1, 3),
        ("service", "Beta", "Web", "", 1, 5),
    ]
    assert [q.tags for q in asked if q.kind == "case"] == [("a", "b", "c"), ()]


def test_answers_are_remembered_and_nothing_is_asked_again(tmp_path):
    rows, mapping = read(tmp_path, ROWS), Mapping()
    for question in questions(rows, mapping):
        mapping = answer(mapping, question, f"{question.kind}-{question.client}{question.task}")
    assert questions(rows, mapping) == []
    first = mapping.target(work(person="Mia", client="Acme", project="Web", task="Plan"))
    assert (first.person, first.contract, first.case, first.service) == (
        "person-",
        "client-Acme",
        "case-Acme",
        "service-AcmePlan",
    )


def test_an_answer_never_changes_what_an_older_rule_decides():
    mapping = Mapping(rules=(Rule(project="Web", case="V-1"),))
    asked = questions([], mapping)
    assert asked == []
    later = mapping.with_rule(Rule(client="Acme", project="Web", case="V-2"))
    assert later.target(work(client="Acme", project="Web")).case == "V-1"


def test_our_own_csv_asks_only_for_what_it_leaves_out(tmp_path):
    rows = read(
        tmp_path, f"{OWN}\n2026-10-05;9:00;10:00;ML;AVV-1;V-1;dpia_support;;\n2026-10-06;9:00;10:00;ML;AVV-1;;;;"
    )
    asked = questions(rows, Mapping(known_persons=frozenset({"ML"})))
    assert [(q.kind, q.client) for q in asked] == [("case", "AVV-1"), ("service", "AVV-1")]


def test_incomplete_rows_are_asked_about_too(tmp_path):
    rows = read(tmp_path, f"{OWN}\n2026-10-05;;;ML;AVV-1;;;1 h;")
    assert [type(row.work.time) for row in rows if hasattr(row, "work")] == [UnclockedTime]
    assert [q.kind for q in questions(rows, Mapping())] == ["person", "case", "service"]
