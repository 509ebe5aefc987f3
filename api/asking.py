"""Questions on a terminal: one after the other, each answer checked at once and asked again until it fits."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.prompt import Prompt

from api.console import err, language
from billing.clause.reading import Reader
from billing.errors import InvalidInput
from billing.texts import problem_sentence, sentence


def ask_fields(
    asked: Sequence[tuple[str, str]],
    readers: Mapping[str, Reader],
    known: Mapping[str, Any],
    defaults: Mapping[str, str],
) -> dict[str, Any]:
    """Ask for each field (name, words) that is not known yet; an empty answer takes the default or leaves it out.

    `readers` are those of the use case: a name that ends in `?` there may be left out.
    """
    answers = dict(known)
    err().print(sentence("ask.hint", language()), style="dim", highlight=False)
    for name, words in asked:
        if name not in answers:
            answer = _ask(name, words, readers, defaults.get(name))
            if answer is not None:
                answers[name] = answer
    return answers


def _ask(name: str, words: str, readers: Mapping[str, Reader], default: str | None) -> Any:
    reader, may_be_empty = readers.get(name) or readers[f"{name}?"], f"{name}?" in readers
    while True:
        text = Prompt.ask(f"[bold]{words}[/]", console=err(), default=default or "", show_default=bool(default)).strip()
        if not text and may_be_empty:
            return None
        try:
            reader(text, name)
        except InvalidInput as problem:
            err().print(problem_sentence(problem, language()), style="yellow", markup=False, highlight=False)
        else:
            return text
