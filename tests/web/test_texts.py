"""Every text of every page stands in German in its template and in English in the catalogues, with the same gaps."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from api.web.rendering import HERE, TEMPLATES, environment, texts_of, told_sentence
from billing.errors import Refused
from billing.store.tables.kinds import EstimateState
from billing.texts import LANGUAGES, catalogue, has_sentence, problem_sentence

GAP = re.compile(r"%\(\w+\)s")
SHORT_CLAUSE = re.compile(r"(?<!Art\. )\b[0-9]{1,2}\([0-9]{1,2}\)")
CATALOGUES = sorted((HERE / "locale" / "en" / "LC_MESSAGES").glob("*.po"))


@cache
def texts() -> list[tuple[str, int, tuple[str, ...]]]:
    """Every text of a template, with its place; one with a plural has two."""
    found = extract_from_dir(
        str(TEMPLATES),
        method_map=[("**.html", "jinja2")],
        options_map={"**.html": {"extensions": "jinja2.ext.do", "trimmed": "true", "silent": "false"}},
    )
    return [(file, line, message if isinstance(message, tuple) else (message,)) for file, line, message, _, _ in found]


@pytest.mark.parametrize("template", sorted({file for file, _, _ in texts()}))
def test_every_text_of_a_template_is_there_in_english(template: str):
    english = texts_of("en")
    missing, other_gaps = [], []
    for file, line, message in texts():
        if file != template:
            continue
        forms = (
            english.plurals.get((message[0], message[1]), ())
            if len(message) > 1
            else (english.by_german.get(message[0], ""),)
        )
        if not all(forms) or not forms:
            missing.append((line, message))
        elif set(GAP.findall("".join(forms))) != set(GAP.findall("".join(message))):
            other_gaps.append((line, message))
    assert missing == []
    assert other_gaps == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_no_translation_is_left_of_a_text_that_is_gone(path: Path):
    used = {message for _, _, message in texts()}
    with path.open("rb") as source:
        kept = [message.id for message in read_po(source, locale="en", abort_invalid=True) if message.id]
    assert [one for one in kept if ((one,) if isinstance(one, str) else tuple(one)) not in used] == []


def codes_in(node: ast.expr) -> set[str]:
    """The codes that an expression may give: literals, also as the branches of a choice."""
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_every_deed_that_is_done_has_a_sentence_that_says_so():
    said: dict[str, str] = {}
    for path in HERE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Done":
                given = [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "message")]
                said |= {code: f"{path.name}:{call.lineno}" for node in given for code in codes_in(node)}
    assert said
    assert {place for code, place in said.items() if not has_sentence(f"page.{code}")} == set()


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("template", sorted(environment("de").list_templates(extensions=["html"])))
def test_every_template_can_be_read(template: str, lang: str):
    environment(lang).get_template(template)


def test_pages_name_a_clause_as_papers_do_and_programs_by_its_code():
    refused = Refused("estimate_already_sent", clause="13(5)a", value="KVA-1", state=EstimateState.SENT)
    assert "(Ziff. 13 Abs. 5 lit. a)" in told_sentence(refused, "de")
    assert "(Section 13 para. 5 lit. a)" in told_sentence(refused, "en")
    assert "(Ziffer 13(5)a)" in problem_sentence(refused, "de")
    by_law = Refused("reminder_not_due", clause="§ 286 BGB", value="RE-1", due_on="1.1.")
    assert told_sentence(by_law, "de") == problem_sentence(by_law, "de")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_for_people_names_a_clause_by_its_code(lang: str):
    assert [text for text in catalogue(lang).values() if SHORT_CLAUSE.search(text)] == []
    if lang == "de":
        assert [message for _, _, message in texts() if any(map(SHORT_CLAUSE.search, message))] == []
