"""The dry run: one status a row, in the order of the file; the store is asked in batches."""

import itertools

from billing.importing import Mapping, Report, Rule, Status, WorkRow, classify
from billing.texts import LANGUAGES, has_sentence, sentence
from tests.importing.reader import OWN, read

ROWS = f"""{OWN}
2026-10-05;9:00:30;10:00;ML;AVV-1;V-1;dpia_support;;new
2026-10-06;9:00;10:00;ML;AVV-1;V-1;dpia_support;;stored
2026-10-07;9:00;8:00;ML;AVV-1;V-1;dpia_support;;refused
2026-10-08;;;ML;AVV-1;V-1;dpia_support;1 h;incomplete
2026-10-09;9:00;10:00;ML;AVV-1;;dpia_support;;no case
2026-10-10;;;ML;AVV-1;;dpia_support;1 h;incomplete and no case
2026-10-05;9:00:30;10:00;ML;AVV-1;V-1;dpia_support;;new
"""
MAPPING = Mapping(persons={"ML": "ML"})


def test_each_row_has_its_status_in_the_order_of_the_file(tmp_path):
    rows = read(tmp_path, ROWS)
    stored = {row.digest for row in rows if isinstance(row, WorkRow) and row.work.note == "stored"}
    report = Report()
    reported = list(report.counting(classify(rows, mapping=MAPPING, known=stored.intersection)))
    assert [(one.row.line, one.status) for one in reported] == [
        (2, Status.NEW),
        (3, Status.DUPLICATE),
        (4, Status.REFUSED),
        (5, Status.INCOMPLETE),
        (6, Status.NEEDS_MAPPING),
        (7, Status.INCOMPLETE),
        (8, Status.NEW),
    ]
    assert report.counts == {"new": 2, "duplicate": 1, "refused": 1, "incomplete": 2, "needs_mapping": 1}
    assert report.notices == {"seconds_cut": 2}
    targets = {one.row.line: one.target for one in reported}
    assert targets[4] is None
    assert targets[6] is not None
    assert targets[6].unknown == ("case",)
    assert targets[7] is not None
    assert targets[7].unknown == ("case",)


def test_the_same_file_twice_is_all_duplicates(tmp_path):
    stored: set[str] = set()
    first = list(classify(read(tmp_path, ROWS), mapping=MAPPING, known=stored.intersection))
    stored |= {one.row.digest for one in first if isinstance(one.row, WorkRow)}
    assert len(stored) == 6
    again = classify(read(tmp_path, ROWS), mapping=MAPPING, known=stored.intersection)
    assert {one.status for one in again} == {Status.DUPLICATE, Status.REFUSED}


def test_the_store_is_asked_once_a_batch_and_rows_are_not_kept(tmp_path):
    asked: list[int] = []

    def known(digests) -> set[str]:
        asked.append(len(digests))
        return set()

    endless = itertools.cycle(read(tmp_path, ROWS))
    stream = classify(endless, mapping=MAPPING, known=known, batch=7)
    assert len(list(itertools.islice(stream, 15))) == 15
    assert asked == [6, 6, 6]


def test_a_batch_of_refused_rows_asks_nothing(tmp_path):
    def known(digests) -> set[str]:
        raise AssertionError(digests)

    rows = read(tmp_path, f"{OWN}\nnever;;;;;;;;\n")
    assert [one.status for one in classify(rows, mapping=MAPPING, known=known)] == [Status.REFUSED]


def test_a_rule_completes_the_row(tmp_path):
    mapping = Mapping(persons={"ML": "ML"}, rules=(Rule(client="AVV-1", case="V-9"),))
    rows = [row for row in read(tmp_path, ROWS) if row.line == 6]
    (one,) = classify(rows, mapping=mapping, known=lambda _digests: set())
    assert one.status is Status.NEW
    assert one.target is not None
    assert (one.target.case, one.target.person, one.target.contract) == ("V-9", "ML", "AVV-1")


def test_status_notices_and_questions_have_their_words():
    keys = [f"import_status.{status}" for status in Status]
    keys += [
        f"import_notice.{code}"
        for code in ("seconds_cut", "duration_rounded", "over_midnight", "windows_1252", "lines_before_header")
    ]
    assert all(has_sentence(key) for key in keys)
    fields = {"person": "Mia", "client": "Acme", "project": "Web", "task": "Plan"}
    for kind in ("person", "client", "case", "service", "time_zone", "date_order"):
        assert all(sentence(f"import_question.{kind}", lang, **fields).endswith("?") for lang in LANGUAGES)
