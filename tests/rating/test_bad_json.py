"""Text that is no JSON, or JSON nobody can mean: refused with the place in the text or the path in the value."""

import json

import pytest

from billing.errors import InvalidInput, UnreadableInput
from billing.rating.strict_json import parse_json

DIGITS = "9" * 5000

# Text -> whether it is unreadable at all, code, path, value.
ROWS = {
    "nothing": (b"", True, "not_json", "line 1, column 1", ""),
    "a blank": (b" \n", True, "not_json", "line 2, column 1", ""),
    "half an object": (b'{"cases": [', True, "not_json", "line 1, column 12", ""),
    "a comma too many": (b'{"cases": [],}', True, "not_json", "line 1, column 14", "}"),
    "single quotes": (b"{'cases': []}", True, "not_json", "line 1, column 2", "'cases': []}"),
    "a comment": (b'{\n  // all cases\n  "cases": []}', True, "not_json", "line 2, column 3", '// all cases\n  "case'),
    "something behind the end": (b"{} {}", True, "not_json", "line 1, column 4", "{}"),
    "a tab inside a text": (b'{"id": "a\tb"}', True, "not_json", "line 1, column 10", '\tb"}'),
    "a number with a leading zero": (b'{"minutes": 015}', True, "not_json", "line 1, column 14", "15}"),
    "UTF-16 with its mark": ("{}".encode("utf-16"), True, "not_utf8", "byte 0", "0xFF"),
    "UTF-16 without its mark": ("{}".encode("utf-16-le"), True, "not_json", "line 1, column 2", "\0}\0"),
    "Windows-1252": ('{"kind": "Prüfung"}'.encode("cp1252"), True, "not_utf8", "byte 12", "0xFC"),
    "a program": (b"\x7fELF\x02\x01\x01\0", True, "not_json", "line 1, column 1", "\x7fELF\x02\x01\x01\0"),
    "nesting without end": (b"[" * 100_000, True, "nested_too_deep", "scenario", "[" * 20),
    "objects without end": (b'{"a":' * 100_000, True, "nested_too_deep", "scenario", '{"a":{"a":{"a":{"a":'),
    "NaN": (b'{"runs": [{"month": NaN}]}', False, "not_a_json_number", "runs[0].month", "NaN"),
    "Infinity": (b"[1, [-Infinity]]", False, "not_a_json_number", "[1][0]", "-Infinity"),
    "NaN alone": (b"NaN", False, "not_a_json_number", "scenario", "NaN"),
    "5000 digits": (f'{{"a": {{"b": -{DIGITS}}}}}'.encode(), False, "number_too_long", "a.b", "-" + DIGITS),
    "a key twice": (b'{"runs": [], "cases": [], "runs": [1]}', False, "duplicate_json_key", "runs", [1]),
    "a key twice inside": (
        b'{"entries": [{"id": "E1"}, {"start": 1, "id": "E2", "start": 2}]}',
        False,
        "duplicate_json_key",
        "entries[1].start",
        2,
    ),
    "a key twice inside the wrapper": (
        b'{"scenario": {"cases": [{"id": "C1", "id": "C1"}]}}',
        False,
        "duplicate_json_key",
        "cases[0].id",
        "C1",
    ),
    "a key twice, once with an escape": (b'{"id": 1, "\\u0069d": 2}', False, "duplicate_json_key", "id", 2),
    "a key three times": (b'{"id": 1, "id": 2, "id": 3}', False, "duplicate_json_key", "id", 3),
    "a flaw inside a value that is replaced": (b'{"a": {"b": NaN}, "a": 1}', False, "duplicate_json_key", "a", 1),
    "the first of several flaws": (b'[{"b": [NaN]}, {"c": 1, "c": 2}]', False, "not_a_json_number", "[0].b[0]", "NaN"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "unreadable", "code", "path", "value"), ROWS.values(), ids=ROWS)
def test_bad_json_is_refused_where_it_is_bad(text, unreadable, code, path, value):
    with pytest.raises(InvalidInput) as refusal:
        parse_json(text)
    problem = refusal.value
    assert (problem.code, problem.path, problem.fields["value"]) == (code, path, value)
    assert isinstance(problem, UnreadableInput) is unreadable


def test_what_the_parser_said_is_told():
    with pytest.raises(InvalidInput) as refusal:
        parse_json(b'{"cases": [}')
    assert refusal.value.fields["said"] == "Expecting value"


FINE = {
    "a byte order mark": (b"\xef\xbb\xbf{}", {}),
    "thirty digits": (b"[123456789012345678901234567890]", [123456789012345678901234567890]),
    "one key in two objects": (b'[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
    "keys that differ in case": (b'{"a": 1, "A": 2}', {"a": 1, "A": 2}),
    "an escape": (b'"\\u00fc\\n"', "ü\n"),
}


@pytest.mark.parametrize(("text", "value"), FINE.values(), ids=FINE)
def test_good_json_is_read(text, value):
    assert parse_json(text) == value == json.loads(text.decode("utf-8-sig"))
