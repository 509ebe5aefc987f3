"""Whatever the bytes are: rows, refused rows or a problem with a sentence; never anything else, never without end."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import Problem
from billing.importing import (
    FORMATS,
    DateOrder,
    Mapping,
    ReadOptions,
    RefusedRow,
    WorkRow,
    classify,
    open_source,
    questions,
    read_work,
    survey_file,
)
from billing.texts import LANGUAGES, has_sentence, problem_sentence
from tests.importing.reader import BERLIN, CLOCKIFY, HARVEST, KIMAI, OWN, SUMMARY, TOGGL, said

VALID = [
    f"{OWN}\n2026-10-05;09:00;10:30;ML;A;V;dpia_support;90 min;note\n;2026-10-05T09:00+02:00;10:00;ML;A;V;;;\n",
    f"{TOGGL}\nMia,m@x.de,Acme,Web,,Call,No,2026-10-05,23:00:00,2026-10-06,00:18:25,1:18:25,a,\n",
    f'{CLOCKIFY}\n"P","C","","","U","","","","","10/25/2026","01:05 PM","10/25/2026","02:05 PM","1:00","1.00",""\n',
    f'{SUMMARY}\n"2026-10-05","P","C","D","00:38:20","0.6389"\n"Total","","","","00:38:20",""\n',
    f'{HARVEST}\n05/13/2026,C,P,,T,N,"1,25","1,50",Yes,Mia,Lang\n',
    f"{KIMAI}\n2026-10-25;02:30;10:15;4500;0;Mia;C;P;A;D;;\n",
]
FRAGMENTS = [
    *('"', '""', ";", ",", "\t", "\n", "\r", "\r\n", "\0", "\x1b[2J", "\ufeff", "\u2028", "0", "-", "=", "'", "T", "Z"),
    *("24:00", "2:30 AM", "99:99", "2026-03-29", "2026-10-25", "31/12/2026", "12/31/2026", "0000-00-00", "9999-12-31"),
    *("2000-01-01T00:00+14:00", "2099-12-31T24:00-14:00", "+02:00", "1e9", "NaN", "١", "½", "min", "999999999"),
    *("Total", "sep=;"),
]


def check(content: bytes, wanted: str | None, options: ReadOptions) -> None:
    """Go the whole way of an import; only a Problem may stop it, and each refusal must have its sentence."""
    rows: list[WorkRow | RefusedRow] = []
    problem: Problem | None = None
    try:
        with open_source("-", io.BytesIO(content)) as source:
            survey = survey_file(source, wanted)
            rows = list(read_work(survey, options))
    except Problem as caught:
        problem = caught
    if problem is not None:
        assert has_sentence(f"error.{problem.code}")
        assert not [lang for lang in LANGUAGES if "(path=" in problem_sentence(problem, lang)]
    for row in rows:
        assert isinstance(row, WorkRow | RefusedRow)
        if isinstance(row, RefusedRow):
            assert all(said(row, lang) for lang in LANGUAGES)
    digests = [row.digest for row in rows if isinstance(row, WorkRow)]
    assert len(digests) == len(set(digests))
    assert [row.line for row in rows] == sorted({row.line for row in rows})
    asked = questions(rows, Mapping())
    assert len(list(classify(rows, mapping=Mapping(), known=lambda _: set()))) == len(rows)
    assert bool(asked) == bool(digests)


settled = st.sampled_from([ReadOptions(BERLIN, order) for order in (None, *DateOrder)])
formats = st.sampled_from([None, *(known.name for known in FORMATS)])


@given(st.binary(max_size=400), formats, settled)
def test_any_bytes(content, wanted, options):
    check(content, wanted, options)


@given(st.sampled_from(VALID), st.binary(max_size=200), formats, settled)
def test_any_bytes_below_a_known_header(valid, content, wanted, options):
    check(valid.split("\n", 1)[0].encode() + b"\n" + content, wanted, options)


@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(FRAGMENTS)), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    settled,
)
def test_a_valid_file_with_pieces_cut_out_and_put_in(valid, changes, encoding, options):
    for where, cut, piece in changes:
        place = int(where * len(valid))
        valid = valid[:place] + piece + valid[place + cut :]
    check(valid.encode(encoding), None, options)


@given(st.sampled_from(VALID), st.integers(0, 1000), st.integers(0, 255), settled)
def test_a_valid_file_with_one_byte_changed(valid, place, byte, options):
    content = bytearray(valid.encode())
    content[place % len(content)] = byte
    check(bytes(content), None, options)


@pytest.mark.parametrize("valid", VALID, ids=[known.name for known in FORMATS])
def test_the_files_that_are_changed_here_are_valid(valid):
    with open_source("-", io.BytesIO(valid.encode())) as source:
        survey = survey_file(source)
        rows = list(read_work(survey, ReadOptions(BERLIN)))
    reasons = [row.code for row in rows if isinstance(row, RefusedRow)]
    assert reasons in ([], ["row_is_total"], ["row_time_twice"])


SLOW_TO_READ = {
    "quotes without end": '"' * 90_000,
    "a stamp and nothing but blanks": "2026-10-05" + " " * 90_000,
    "digits without end": "1" * 90_000,
    "colons without end": "1:" * 40_000,
    "tags without end": "a," * 1900,
}


@pytest.mark.parametrize("cell", SLOW_TO_READ.values(), ids=SLOW_TO_READ.keys())
def test_no_cell_takes_long(cell):
    """Each would run for minutes if some pattern went back and forth; a thousand rows of them take a moment."""
    for column in range(9):
        row = ";".join(cell if place == column else "" for place in range(9))
        check(f"{OWN}\n{row}\n".encode() * 3, None, ReadOptions(BERLIN))
