"""Each tool's export with its quirks, one row a quirk: what the row becomes."""

from pathlib import Path

import pytest

from billing.importing import UnclockedTime, WorkRow
from tests.importing.reader import (
    CLOCKIFY,
    HARVEST,
    KIMAI,
    OWN,
    SUMMARY,
    TOGGL,
    read,
    shown,
    work_row,
)

SAMPLES = Path(__file__).parent / "samples"

NEWER_TOGGL = "Description,Duration,Member,Project,Start date,Start time,Stop date,Stop time"
CLOCKIFY_ROW = f'{CLOCKIFY}\n"P","C","D","","U","","","","Yes",'

TIMES = {
    "own: date and clock times": (
        f"{OWN}\n2026-10-05;09:00;10:30;ML;A;V;;;",
        "2026-10-05 09:00+0200 - 2026-10-05 10:30+0200",
    ),
    "own: German date": (f"{OWN}\n05.10.2026;9:00;10:30;ML;A;V;;;", "2026-10-05 09:00+0200 - 2026-10-05 10:30+0200"),
    "own: stamps with an offset": (
        f"{OWN}\n;2026-10-05T09:00+02:00;2026-10-05T08:30:00Z;ML;A;V;;;",
        "2026-10-05 09:00+0200 - 2026-10-05 10:30+0200",
    ),
    "own: a start with its day, an end without": (
        f"{OWN}\n;2026-10-05 09:00;10:30;ML;A;V;;;",
        "2026-10-05 09:00+0200 - 2026-10-05 10:30+0200",
    ),
    "own: until 24:00": (f"{OWN}\n2026-10-05;23:00;24:00;ML;A;V;;;", "2026-10-05 23:00+0200 - 2026-10-06 00:00+0200"),
    "own: over midnight by the duration": (
        f"{OWN}\n2026-10-05;23:00;00:30;ML;A;V;;1,5 h;",
        "2026-10-05 23:00+0200 - 2026-10-06 00:30+0200",
    ),
    "own: a day and a duration": (f"{OWN}\n2026-10-05;;;ML;A;V;;1:30;", "2026-10-05 90 min"),
    "own: minutes with their unit": (f"{OWN}\n2026-10-05;;;ML;A;V;;45 min;", "2026-10-05 45 min"),
    "own: exactly 24 hours": (
        f"{OWN}\n;2026-10-05T00:00+02:00;2026-10-06T00:00+02:00;ML;A;V;;;",
        "2026-10-05 00:00+0200 - 2026-10-06 00:00+0200",
    ),
    "toggl: seconds are cut at both ends": (
        f"{TOGGL}\nMia,m@x.de,Acme,Web,,Call,No,2026-10-05,09:00:59,2026-10-05,09:30:01,00:29:02,,",
        "2026-10-05 09:00+0200 - 2026-10-05 09:30+0200",
    ),
    "toggl: 18:25 min are minutes and seconds": (
        f"{TOGGL}\nMia,m@x.de,Acme,Web,,Call,No,2026-10-05,09:00:00,2026-10-05,09:18:25,18:25 min,,",
        "2026-10-05 09:00+0200 - 2026-10-05 09:18+0200",
    ),
    "toggl: 45 sec next to a minute of clock times": (
        f"{TOGGL}\nMia,m@x.de,Acme,Web,,Call,No,2026-10-05,09:00:30,2026-10-05,09:01:15,45 sec,,",
        "2026-10-05 09:00+0200 - 2026-10-05 09:01+0200",
    ),
    "toggl: the end has its own date": (
        f"{TOGGL}\nMia,m@x.de,Acme,Web,,Call,No,2026-10-05,23:30:00,2026-10-06,00:45:00,01:15:00,,",
        "2026-10-05 23:30+0200 - 2026-10-06 00:45+0200",
    ),
    "toggl: newer exports say Stop": (
        f"{NEWER_TOGGL}\nCall,1:30:00,Mia,Web,2026-10-05,10:30:00,2026-10-05,12:00:00",
        "2026-10-05 10:30+0200 - 2026-10-05 12:00+0200",
    ),
    "clockify: 12-hour times": (
        f'{CLOCKIFY_ROW}"10/25/2026","01:05:00 PM","10/25/2026","02:05:00 PM","01:00:00","1.00","0"',
        "2026-10-25 13:05+0100 - 2026-10-25 14:05+0100",
    ),
    "clockify: 12 AM is midnight, 12 PM noon": (
        f'{CLOCKIFY_ROW}"10/25/2026","12:00 AM","10/25/2026","12:00 PM","13:00","13.00","0"',
        "2026-10-25 00:00+0200 - 2026-10-25 12:00+0100",
    ),
    "clockify: a narrow blank before PM": (
        f'{CLOCKIFY_ROW}"2026-10-05","1:05\u202fPM","2026-10-05","2:05\u202fPM","1:00","1.00","0"',
        "2026-10-05 13:05+0200 - 2026-10-05 14:05+0200",
    ),
    "clockify: a duration cut to the minute still fits": (
        f'{CLOCKIFY_ROW}"2026-10-05","10:00","2026-10-05","10:14","0:13","0.22","0"',
        "2026-10-05 10:00+0200 - 2026-10-05 10:14+0200",
    ),
    "clockify: a report without clock times": (
        "Project,Client,Description,User,Start Date,Duration (h),Duration (decimal)\nP,C,D,U,2026-10-05,01:30:00,1.50",
        "2026-10-05 90 min",
    ),
    "clockify summary: seconds are cut": (
        f'{SUMMARY}\n"2026-10-05","P","C","D","00:38:20","0.6389"',
        "2026-10-05 38 min",
    ),
    "clockify summary: decimal hours alone": (
        '"Date","Project","Time (decimal)"\n"2026-10-05","P","0.6389"',
        "2026-10-05 38 min",
    ),
    "harvest: decimal comma": (f'{HARVEST}\n2026-10-05,C,P,,T,N,"1,25","1,50",Yes,Mia,Lang', "2026-10-05 75 min"),
    "harvest: 0.33 hours were 20 minutes": (
        f"{HARVEST}\n2026-10-05,C,P,,T,N,0.33,0.50,Yes,Mia,Lang",
        "2026-10-05 20 min",
    ),
    "harvest: semicolons between decimal commas": (
        "Date;Client;Project;Task;Notes;Hours\n05.10.2026;C;P;T;N;1,25",
        "2026-10-05 75 min",
    ),
    "kimai: the duration is in seconds": (
        f"{KIMAI}\n2026-10-05;09:00;10:15;4500;0;Mia;C;P;A;D;;",
        "2026-10-05 09:00+0200 - 2026-10-05 10:15+0200",
    ),
    "kimai: newer versions write hours": (
        f"{KIMAI}\n2026-10-05;09:00;10:15;1.25;0;Mia;C;P;A;D;;",
        "2026-10-05 09:00+0200 - 2026-10-05 10:15+0200",
    ),
    "kimai: two whole hours shortened to 2": (
        f"{KIMAI}\n2026-10-05;09:00;11:00;2;0;Mia;C;P;A;D;;",
        "2026-10-05 09:00+0200 - 2026-10-05 11:00+0200",
    ),
    "kimai: over midnight by the duration": (
        f"{KIMAI}\n2026-10-05;23:30;00:30;3600;0;Mia;C;P;A;D;;",
        "2026-10-05 23:30+0200 - 2026-10-06 00:30+0200",
    ),
    "kimai: from and to may be whole stamps": (
        f"{KIMAI}\n2026-10-05;2026-10-05 09:00;2026-10-05 10:15;4500;0;Mia;C;P;A;D;;",
        "2026-10-05 09:00+0200 - 2026-10-05 10:15+0200",
    ),
    "kimai: German headers": (
        "Datum;Von;Bis;Dauer;Benutzer;Kunde;Projekt;Tätigkeit;Beschreibung\n05.10.2026;09:00;10:15;4500;Mia;C;P;A;D",
        "2026-10-05 09:00+0200 - 2026-10-05 10:15+0200",
    ),
}


@pytest.mark.parametrize(("content", "time"), TIMES.values(), ids=TIMES.keys())
def test_a_row_has_the_time_that_its_tool_meant(tmp_path, content, time):
    assert shown(work_row(tmp_path, content)) == time


NOTICES = {
    "whole minutes need none": ("09:00:00", "09:30:00", "00:30:00", ()),
    "seconds of the start": ("09:00:01", "09:30:00", "00:29:59", ("seconds_cut",)),
    "seconds of the end": ("09:00:00", "09:30:01", "00:30:01", ("seconds_cut",)),
}


@pytest.mark.parametrize(("start", "end", "duration", "notices"), NOTICES.values(), ids=NOTICES.keys())
def test_what_was_changed_on_the_way_in_is_noted(tmp_path, start, end, duration, notices):
    content = f"{TOGGL}\nMia,m@x.de,Acme,Web,,Call,No,2026-10-05,{start},2026-10-05,{end},{duration},,"
    assert work_row(tmp_path, content).notices == notices


def test_what_a_duration_loses_is_noted(tmp_path):
    rows = read(
        tmp_path, f"{OWN}\n2026-10-05;23:30;0:30;;A;V;;1 h;\n2026-10-05;;;;A;V;;0,33 h;\n2026-10-05;;;;A;V;;0:20:59;"
    )
    assert [row.notices for row in rows if isinstance(row, WorkRow)] == [
        ("over_midnight",),
        ("duration_rounded",),
        ("seconds_cut",),
    ]


def test_toggl_names_person_client_project_task_tags_and_note(tmp_path):
    row = work_row(
        tmp_path,
        f"\ufeff{TOGGL}\r\n"
        '"Mia Lang",m@x.de,Acme,Web,Design,"Call, with\r\nquotes ""x""",Yes,'
        '2026-10-05,09:00:00,2026-10-05,10:00:00,01:00:00,"DSFA, eilig, DSFA",12.50\r\n',
    )
    work = row.work
    assert (row.line, work.person, work.client, work.project, work.task) == (2, "Mia Lang", "Acme", "Web", "Design")
    assert (work.tags, work.note) == (("DSFA", "eilig"), 'Call, with\nquotes "x"')


def test_toggl_without_a_user_takes_the_mail_address(tmp_path):
    row = work_row(tmp_path, f"{TOGGL}\n,m@x.de,Acme,Web,,Call,No,2026-10-05,09:00,2026-10-05,10:00,1:00:00,,")
    assert row.work.person == "m@x.de"


def test_clockify_placeholders_are_no_names(tmp_path):
    row = work_row(
        tmp_path,
        f'{SUMMARY}\n"2026-10-05","(Without project)","(Without client)","(Without description)","01:00:00","1.00"',
    )
    assert (row.work.project, row.work.client, row.work.note) == ("", "", "")


def test_harvest_has_the_person_in_two_columns(tmp_path):
    row = work_row(tmp_path, f"{HARVEST}\n2026-10-05,Acme,Web,W1,Design,Call,1.0,1.0,Yes,Mia,Lang")
    work = row.work
    assert (work.person, work.client, work.project, work.task, work.note) == (
        "Mia Lang",
        "Acme",
        "Web",
        "Design",
        "Call",
    )


def test_kimai_activity_is_the_task(tmp_path):
    row = work_row(tmp_path, f"{KIMAI}\n2026-10-05;09:00;10:00;3600;0;mia;Acme;Web;Design;Call;0;a,b")
    work = row.work
    assert (work.person, work.client, work.project, work.task) == ("mia", "Acme", "Web", "Design")
    assert (work.note, work.tags) == ("Call", ("a", "b"))


OWN_GERMAN = (
    "Datum;Beginn;Ende;Person;Auftraggeber;Vertrag;Vorgang;Tätigkeitsart;Dokument;"
    "Reise;Vor Ort;Eilfall;Eigener Mangel;Notiz\n"
    "05.10.2026;09:00;10:00;ML;Acme;AVV-7;V-12;standard_documents;tom;ja;nein;x;;Fahrt\n"
)
OWN_ENGLISH = (
    "DATE,Start,end,Person,CLIENT,contract,case,service,document,travel,onsite,urgent,Remedies_processor_defect,note\n"
    "2026-10-05,09:00,10:00,ML,Acme,AVV-7,V-12,standard_documents,tom,yes,no,true,,Fahrt\n"
)


@pytest.mark.parametrize("content", [OWN_GERMAN, OWN_ENGLISH], ids=["German, semicolons", "English, commas"])
def test_our_own_csv_says_everything_an_entry_needs(tmp_path, content):
    work = work_row(tmp_path, content).work
    assert (work.person, work.client, work.contract, work.case) == ("ML", "Acme", "AVV-7", "V-12")
    assert (work.service, work.document, work.note) == ("standard_documents", "tom", "Fahrt")
    assert (work.travel, work.onsite, work.urgent, work.remedies_processor_defect) == (True, False, True, None)


def test_a_public_clockify_summary_has_99_incomplete_rows(tmp_path):
    rows = read(tmp_path, (SAMPLES / "clockify-summary.csv").read_bytes(), time_zone=None)
    times = [row.work.time for row in rows if isinstance(row, WorkRow)]
    assert len(rows) == len(times) == 99
    assert all(isinstance(time, UnclockedTime) for time in times)
    assert (
        sum(time.minutes for time in times if isinstance(time, UnclockedTime)) == 4607
    )  # hours and minutes of the file added up by hand, seconds left out
    assert len({row.digest for row in rows if isinstance(row, WorkRow)}) == 99
