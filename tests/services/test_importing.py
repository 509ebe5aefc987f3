"""The storing half of an import: every row finds its place or says why not, and the same file twice changes nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from billing.importing import Mapping, ReadOptions, classify, open_source, read_work, survey_file, write_work
from billing.services.cases import find_case
from billing.services.importing import (
    ImportedFile,
    PlacedRow,
    Places,
    Stored,
    discard_incomplete,
    incomplete_rows,
    known_digests,
    list_incomplete,
    placed_rows,
    store_rows,
)
from billing.services.urgent_work import declare_urgent, read_urgency
from billing.store.session import TenantSession
from billing.store.tables import Entry, EntryVersion, ImportBatch, ImportRowKey, IncompleteEntry, Mail
from tests.months.facts import BERLIN, at
from tests.months.story import Story
from tests.services.furnishing import NOW, last_event, refused, rows_of

HEADER = "date;start;end;person;contract;case;service;document;duration;note;completes"
GOOD = "2026-10-06;09:00;10:30;EB;AVV-1;V-1;request_processing;;;Antwort;"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "work.csv"
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


def read(story: Story, path: Path, *, keep: bool, when: str = NOW) -> list[PlacedRow]:
    """Read a file as the command does, storing it or only looking."""
    seen: list[PlacedRow] = []
    go_through(story, path, seen, keep=keep, when=when)
    return seen


def store(story: Story, path: Path, when: str = NOW) -> Stored:
    """Store a file; gives what came of it."""
    stored = go_through(story, path, [], keep=True, when=when)
    assert stored is not None
    return stored


def go_through(story: Story, path: Path, seen: list[PlacedRow], *, keep: bool, when: str) -> Stored | None:
    def go(session: TenantSession) -> Stored | None:
        places = Places(session, story.act(when))
        known = Mapping(known_persons=frozenset(places.persons), known_clients=places.clients())
        with open_source(path) as source:
            survey = survey_file(source)
            work = read_work(survey, ReadOptions("Europe/Berlin"))
            rows = placed_rows(classify(work, mapping=known, known=known_digests(session)), places)
            if not keep:
                seen.extend(rows)
                return None
            file = ImportedFile(path.name, survey.text.sha256, "own", "Europe/Berlin", survey.text.line_ends - 1)
            return store_rows(session, story.act(when), rows, file, seen.append)

    return story.tell(go)


def outcomes(rows: list[PlacedRow]) -> list[str]:
    return [row.code or str(row.status) for row in rows]


def test_a_dry_run_stores_nothing(office: Story, tmp_path: Path):
    assert outcomes(read(office, write(tmp_path, GOOD), keep=False)) == ["new"]
    assert rows_of(office, Entry) == rows_of(office, ImportRowKey) == []


def test_a_row_becomes_an_entry_with_the_next_reference_of_its_year(office: Story, tmp_path: Path):
    office.work("Z-2026-0004", "V-1", "2026-10-01 09:00", 30)
    path = write(tmp_path, GOOD, "2025-12-31;09:00;10:00;EB;AVV-1;V-1;other_support;;;;")
    assert outcomes(read(office, path, keep=True)) == ["new", "new"]
    assert [row.ref for row in rows_of(office, Entry)] == ["Z-2026-0004", "Z-2026-0005", "Z-2025-0001"]
    version = rows_of(office, EntryVersion)[1]
    assert (version.start_at, version.end_at) == (at("2026-10-06 09:00"), at("2026-10-06 10:30"))
    assert (version.service, version.note, version.recorded_at) == ("request_processing", "Antwort", at(NOW))
    (batch,) = rows_of(office, ImportBatch)
    assert (batch.file_name, batch.row_count, len(batch.file_sha256)) == ("work.csv", 2, 64)
    assert last_event(office)[:2] == ("work_imported", f"import:{batch.id}")


def test_the_same_file_twice_changes_nothing(office: Story, tmp_path: Path):
    incomplete = "2026-10-07;;;EB;AVV-1;V-1;request_processing;;90 min;;"
    path = write(tmp_path, GOOD, incomplete)
    read(office, path, keep=True)
    before = [len(rows_of(office, table)) for table in (Entry, EntryVersion, IncompleteEntry, ImportRowKey)]
    assert outcomes(read(office, path, keep=True)) == ["duplicate", "duplicate"]
    assert [len(rows_of(office, table)) for table in (Entry, EntryVersion, IncompleteEntry, ImportRowKey)] == before


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        pytest.param(GOOD.replace(";EB;", ";XX;"), "needs_mapping", id="a person nobody has explained"),
        pytest.param(GOOD.replace("AVV-1", "AVV-9"), "row_contract_unknown", id="a contract there is not"),
        pytest.param(GOOD.replace("V-1;req", "V-9;req"), "row_case_unknown", id="a case the contract has not"),
        pytest.param(GOOD.replace("2026-10-06", "2026-11-03"), "row_in_future", id="work still to come"),
        pytest.param(
            GOOD.replace("request_processing", "standard_documents"), "row_document_missing", id="which document?"
        ),
        pytest.param(f"{GOOD}{'a' * 64}", "row_completes_unknown", id="completes a row nobody knows"),
        pytest.param(GOOD.replace("09:00;10:30", "10:30;09:00"), "row_end_before_start_of_day", id="end before start"),
    ],
)
def test_a_row_that_can_t_be_taken_never_stops_the_good_ones(desk: Story, tmp_path: Path, line, outcome):
    good = GOOD.replace("2026-10-06", "2026-10-08")
    assert outcomes(read(desk, write(tmp_path, line, good), keep=True)) == [outcome, "new"]
    assert len(rows_of(desk, Entry)) == 1


# stored    |09:00 ---- 10:30|
# line 2            |10:00 ---- 11:00|          overlaps stored work
# line 3                     |11:00 ---- 12:00|
# line 4                            |11:30 ---- 12:30|     overlaps line 3
def test_work_at_once_is_refused_with_the_other_entry_or_line(office: Story, tmp_path: Path):
    office.work("Z-1", "V-1", "2026-10-06 09:00", 90)
    times = ("10:00;11:00", "11:00;12:00", "11:30;12:30", "12:00;13:00")
    rows = read(office, write(tmp_path, *(GOOD.replace("09:00;10:30", time) for time in times)), keep=True)
    assert outcomes(rows) == ["row_overlaps", "new", "row_overlaps_line", "new"]
    assert (rows[0].fields["value"], rows[2].fields["value"]) == ("Z-1", "3")
    assert rows[0].fields["start"].isoformat() == "2026-10-06T09:00:00+02:00"


def test_two_people_may_work_at_once(office: Story, tmp_path: Path):
    office.work("Z-1", "V-1", "2026-10-01 09:00", 30, person="ML")
    rows = read(office, write(tmp_path, GOOD, GOOD.replace(";EB;", ";ML;")), keep=True)
    assert outcomes(rows) == ["new", "new"]


def test_more_rows_than_one_batch_all_get_references_of_their_own(desk: Story, tmp_path: Path):
    times = [(f"2026-{day // 27 + 1:02d}-{day % 27 + 1:02d}", hour) for day in range(100) for hour in range(8, 20)]
    lines = [f"{day};{hour:02d}:00;{hour:02d}:30;EB;AVV-1;V-1;other_support;;;;" for day, hour in times]
    assert outcomes(read(desk, write(tmp_path, *lines), keep=True)) == ["new"] * 1200
    refs = [row.ref for row in rows_of(desk, Entry)]
    assert (refs[0], refs[-1], len(set(refs))) == ("Z-2026-0001", "Z-2026-1200", 1200)


def test_incomplete_rows_are_kept_written_out_filled_in_and_completed(office: Story, tmp_path: Path):
    path = write(tmp_path, "2026-10-07;;;EB;AVV-1;V-1;request_processing;;90 min;Telefonat;")
    assert outcomes(read(office, path, keep=True)) == ["incomplete"]
    (row,) = office.tell(list_incomplete)
    assert (row.worked_on.isoformat(), row.duration_minutes, row.case_ref, row.person_ref) == (
        "2026-10-07",
        90,
        "V-1",
        "EB",
    )

    back = tmp_path / "back.csv"
    with back.open("w", newline="") as stream:
        office.tell(lambda session: write_work(incomplete_rows(session), stream, BERLIN))
    assert outcomes(read(office, back, keep=True)) == ["duplicate"]  # untouched: nothing new, still asked for

    filled = back.read_text().replace("2026-10-07;;;", "2026-10-07;14:00;15:30;")
    back.write_text(filled)
    assert outcomes(read(office, back, keep=True)) == ["new"]
    (entry,), (kept,) = rows_of(office, Entry), rows_of(office, IncompleteEntry)
    assert (kept.completed_by_id, office.tell(list_incomplete)) == (entry.id, [])
    again = filled.replace("14:00;15:30", "15:30;17:00")
    back.write_text(again)
    assert outcomes(read(office, back, keep=True)) == ["row_completes_done"]


def test_an_incomplete_row_nobody_can_place_keeps_the_names_it_came_with(office: Story, tmp_path: Path):
    path = tmp_path / "summary.csv"
    header = "date;duration;contract;case;service;client;project;note"
    path.write_text(f"{header}\n2026-10-07;90 min;;;;Acme;Website;Anruf\n")
    assert outcomes(read(office, path, keep=True)) == ["incomplete"]
    (row,) = office.tell(list_incomplete)
    assert (row.case_ref, row.note) == (None, "Acme / Website / Anruf")


def test_a_month_of_another_tool_without_clock_times_waits_as_a_whole(desk: Story):
    sample = Path(__file__).parents[1] / "importing" / "samples" / "clockify-summary.csv"
    assert outcomes(read(desk, sample, keep=True)) == ["incomplete"] * 99
    assert (len(rows_of(desk, IncompleteEntry)), rows_of(desk, Entry)) == (99, [])
    assert outcomes(read(desk, sample, keep=True)) == ["duplicate"] * 99


def test_an_incomplete_row_can_be_given_up_once_with_a_reason(office: Story, tmp_path: Path):
    read(office, write(tmp_path, "2026-10-07;;;EB;AVV-1;V-1;request_processing;;90 min;;"), keep=True)
    (row,) = office.tell(list_incomplete)

    def give_up(reason, number=row.id):
        return office.tell(lambda session: discard_incomplete(session, office.act(NOW), number, reason))

    with refused("missing_key", "reason"):
        give_up(None)
    with refused("unknown_incomplete", "number"):
        give_up("vergessen", 99)
    give_up("niemand weiß es mehr")
    with refused("incomplete_is_done", "number"):
        give_up("noch einmal")
    assert office.tell(list_incomplete) == []


def test_a_client_s_name_may_be_its_own_reference_when_it_has_one_contract(office: Story):
    places = office.tell(lambda session: Places(session, office.act(NOW)))
    assert places.clients() == {"K-AVV-1": "AVV-1", "AVV-1": "AVV-1"}
    assert (places.has_case("AVV-1", "V-1"), places.has_case("AVV-1", "V-2"), places.cases_of("AVV-1")) == (
        True,
        False,
        ["V-1"],
    )


# approved 60         |-------- imported: 90 --------|
def test_approved_effort_that_imported_work_uses_up_is_told_as_that_of_work_logged_by_hand(
    office: Story, tmp_path: Path
):
    office.estimate("Q-1", "V-1", regular=60)
    stored = store(office, write(tmp_path, GOOD))
    assert [(notice.code, notice.fields["used"]) for notice in stored.notices] == [("estimate_used_up", 60)]
    assert [mail.kind for mail in rows_of(office, Mail)] == ["estimate_used_up"]
    again = store(office, write(tmp_path, "2026-10-07;09:00;09:30;EB;AVV-1;V-1;other_support;;;;"), "2026-11-02 09:05")
    assert (again.notices, len(rows_of(office, Mail))) == ([], 1), "it was told"


def test_urgent_minutes_that_imported_work_uses_up_are_told(office: Story, tmp_path: Path):
    reasons = dict.fromkeys(("deadline_reason", "action_reason", "approval_reason"), "72 Stunden")
    act = office.act("2026-10-06 08:00")
    office.tell(lambda s: declare_urgent(s, act, find_case(s, "V-1"), read_urgency(reasons)))
    path = tmp_path / "urgent.csv"
    path.write_text(f"{HEADER};urgent\n2026-10-06;09:00;11:30;EB;AVV-1;V-1;breach_support;;;;;yes\n", encoding="utf-8")
    assert [notice.code for notice in store(office, path).notices] == ["urgent_used_up"]


def test_imported_work_is_billed_like_work_logged_by_hand(office: Story, tmp_path: Path):
    office.estimate("Q-1", "V-1", regular=600)
    read(office, write(tmp_path, GOOD), keep=True)
    assert office.bill("2026-10", "2026-11-02 10:00") == {"AVV-1": "RE-2026-0001"}
    assert office.lines("RE-2026-0001") == ["V-1 regular 6 × 25 = 150.00"]


def test_a_mapping_answers_for_names_of_another_tool(office: Story, tmp_path: Path):
    answers = replace(Mapping(), persons={"Mia": "EB"}, clients={"Acme": "AVV-1"})
    path = tmp_path / "toggl.csv"
    path.write_text(
        "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n"
        "Mia,m@x.example,Acme,V-1,,Anruf,Yes,2026-10-06,09:00:00,2026-10-06,09:30:00,00:30:00,\n"
    )

    def place(session):
        places = Places(session, office.act(NOW))
        with open_source(path) as source:
            work = list(read_work(survey_file(source), ReadOptions("Europe/Berlin")))
        return list(placed_rows(classify(work, mapping=answers, known=known_digests(session)), places))

    (row,) = office.tell(place)
    assert row.target is not None
    assert (str(row.status), row.target.unknown) == ("needs_mapping", ("case", "service"))
