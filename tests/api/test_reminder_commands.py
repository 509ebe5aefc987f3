"""`mehraufwand reminder` at the terminal: a preview, the letter printed, and what is refused."""

import pytest

from tests.api.clock import YEAR
from tests.api.shell import Shell

FIRST = f"RE-{YEAR}-0001"


def test_what_is_not_known_to_be_received_is_not_reminded_of(issued: Shell) -> None:
    for verb in ("draft", "send"):
        said = issued.run("reminder", verb, FIRST)
        assert (said.code, "Der Zugang der Rechnung" in said.err, "13(8)" in said.err) == (2, True, True)
    assert issued.ok("reminder", "list", FIRST, "--json").json == {"reminders": []}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("draft", "RE-1999-0001"), "gibt es nicht"),
        (("received", FIRST, "--level", "1", "--on", "2026-01-01"), "Stufe 1"),
        (("received", FIRST, "--level", "1"), "on"),
    ],
)
def test_what_cannot_be_is_one_sentence(issued: Shell, arguments: tuple[str, ...], told: str) -> None:
    said = issued.run("reminder", *arguments)
    assert (said.code, told in said.err) == (2, True), said
