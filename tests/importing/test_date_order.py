"""Day or month first: decided from the whole file, or asked; never per row."""

import pytest

from billing.errors import InvalidInput
from billing.importing import DateOrder, Mapping, ReadOptions, WorkRow, open_options, remembered
from billing.texts import problem_sentence
from tests.importing.reader import CLOCKIFY, read, shown, survey

DAY, MONTH = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


def clockify(*days: str) -> str:
    rows = (f'"P","C","","","U","","","","","{day}","9:00","{day}","10:00","1:00","","0"' for day in days)
    return "\n".join([CLOCKIFY, *rows])


def days_of(tmp_path, *days: str, date_order: DateOrder | None = None) -> list[str]:
    rows = read(tmp_path, clockify(*days), date_order=date_order)
    return [shown(row)[:10] for row in rows if isinstance(row, WorkRow)]


DECIDED = {
    "a 13th decides for the day": (("05/10/2026", "13/10/2026"), ["2026-10-05", "2026-10-13"]),
    "a 13th in second place decides for the month": (("05/10/2026", "05/13/2026"), ["2026-05-10", "2026-05-13"]),
    "hyphens are in doubt as slashes are": (("05-10-2026", "05-13-2026"), ["2026-05-10", "2026-05-13"]),
    "the last row decides for the first": (
        ("01/02/2026", "03/04/2026", "31/12/2026"),
        ["2026-02-01", "2026-04-03", "2026-12-31"],
    ),
    "a year in front needs no decision": (("2026/10/05", "2026-05-10"), ["2026-10-05", "2026-05-10"]),
    "dots are German": (("05.10.2026",), ["2026-10-05"]),
    "the same number twice needs no decision": (("05/05/2026", "6/6/2026"), ["2026-05-05", "2026-06-06"]),
}


@pytest.mark.parametrize(("written", "meant"), DECIDED.values(), ids=DECIDED.keys())
def test_the_whole_file_decides_the_order(tmp_path, written, meant):
    assert days_of(tmp_path, *written) == meant
    assert open_options(survey(tmp_path, clockify(*written)), ReadOptions("Europe/Berlin")) == ()


def test_a_file_in_doubt_asks_and_takes_the_answer(tmp_path):
    found = survey(tmp_path, clockify("05/10/2026", "06/10/2026"))
    assert open_options(found, ReadOptions()) == ("time_zone", "date_order")
    assert days_of(tmp_path, "05/10/2026", date_order=DAY) == ["2026-10-05"]
    assert days_of(tmp_path, "05/10/2026", date_order=MONTH) == ["2026-05-10"]


PROBLEMS = {
    "in doubt": (
        ("05/05/2026", "05/10/2026"),
        None,
        'doesn\'t tell whether "05/10/2026" (line 3) begins with the day or the month.',
    ),
    "mixed": (
        ("13/10/2026", "10/14/2026"),
        None,
        'mixes dates: "13/10/2026" (line 2) begins with the day, "10/14/2026" (line 3) with the month.',
    ),
    "answered against the evidence": (
        ("05/10/2026", "13/10/2026"),
        MONTH,
        '"13/10/2026" (line 3) can only be read the other way round.',
    ),
}


@pytest.mark.parametrize(("written", "order", "sentence"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_what_the_file_does_not_settle_is_asked_with_the_line(tmp_path, written, order, sentence):
    with pytest.raises(InvalidInput) as caught:
        days_of(tmp_path, *written, date_order=order)
    assert sentence in problem_sentence(caught.value, "en")
    assert caught.value.path == str(tmp_path / "work.csv")


def test_a_remembered_order_answers_only_what_the_file_leaves_open(tmp_path):
    mapping = Mapping(time_zone="Europe/Berlin", date_order=MONTH)
    asked = survey(tmp_path, clockify("05/10/2026"))
    assert remembered(asked, ReadOptions(), mapping) == ReadOptions("Europe/Berlin", MONTH)
    settled = survey(tmp_path, clockify("13/10/2026"))
    assert remembered(settled, ReadOptions(), mapping) == ReadOptions("Europe/Berlin", None)
    given = ReadOptions("UTC", DAY)
    assert remembered(asked, given, mapping) == given


def test_what_is_no_date_decides_nothing(tmp_path):
    assert days_of(tmp_path, "13/13/2026", "5/x/2026", "05/05/2026") == ["2026-05-05"]
