"""The sentence that says a deed is done comes through to the next page, however much there is to know."""

from types import SimpleNamespace
from typing import Any

import pytest

from api.web.calls import Done
from api.web.messages import message_in, packed

_MOST = 4096
"""Bytes of a cookie that every browser keeps (RFC 6265 section 6.1)."""


@pytest.mark.parametrize("words", ["", "Überzogen. ", "Überzogen. " * 150, "Überzogen. " * 2000])
def test_what_was_done_is_said_with_as_much_of_the_notices_as_a_cookie_holds(words: str):
    said = packed(Done("/zeiten", "work_logged_noted", {"hours": "2:00", "case": "V-1", "notes": words}))
    opened: Any = SimpleNamespace(cookies={"done": said}, lang="de")
    message = message_in(opened)
    assert message is not None
    assert "2:00" in message.sentence
    assert "V-1" in message.sentence
    assert words[:500] in message.sentence
    assert len(said) < _MOST
