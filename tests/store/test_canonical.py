"""Canonical JSON: the bytes are those that Python's own encoder writes, whatever kind of text it is given."""

import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy.sql import quoted_name

from billing.canonical import canonical, canonical_object

PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Kind(StrEnum):
    A = "a"
    UE = "ü"


TEXTS = st.text() | st.sampled_from(Kind) | st.text().map(lambda text: quoted_name(text, quote=True))
LEAVES = st.none() | st.booleans() | st.integers() | TEXTS
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(TEXTS, inner)
        | st.dictionaries(st.integers(), inner)
    ),
    max_leaves=20,
)


@given(VALUES)
@example(2**64)
@example({"ä": "\u2028", "a": '"\\\x7f\x1f', "Z": [10**30, -(10**30)]})
@example({10: "ten", 9: "nine"})
@example("\ud800")
def test_it_is_what_python_writes(value: Any) -> None:
    assert canonical(value) == PLAIN.encode(value)


@settings(max_examples=30)
@given(st.dictionaries(st.text(), VALUES))
def test_an_object_of_parts_is_the_whole(parts: dict[str, Any]) -> None:
    assert canonical_object({name: canonical(value) for name, value in parts.items()}) == canonical(parts)


@pytest.mark.parametrize("value", [1.5, float("nan"), b"bytes", {"deep": [[{1}]]}], ids=repr)
def test_what_has_no_exact_text_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no place in a canonical document"):
        canonical(value)
