"""100,000 rows: two passes and a dry run in bounded memory, whatever the size of the file."""

import subprocess
import sys
from pathlib import Path

from tests.importing.reader import TOGGL
from tests.support.repository import ROOT

ROWS = 100_000
MOST_MEMORY_MIB = 50

DRY_RUN = """
import resource, sys
from billing.importing import *

def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def dry_run(name):
    report = Report()
    with open_source(name) as source:
        survey = survey_file(source)
        rows = read_work(survey, ReadOptions("Europe/Berlin"))
        for _ in report.counting(classify(rows, mapping=Mapping(), known=lambda digests: digests[::2])):
            pass
    return report.counts

dry_run(sys.argv[1])
before = peak()
counts = dry_run(sys.argv[2])
print(counts["duplicate"], counts["needs_mapping"], counts["refused"], peak() - before)
"""


def toggl(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(TOGGL + "\n")
        for number in range(rows):
            hour, minute = 8 + number % 9, number % 60
            stream.write(
                f"Person {number % 7},p@x.de,Client {number % 30},Project {number % 50},,Note {number},No,"
                f"2026-10-{number % 28 + 1:02d},{hour:02d}:{minute:02d}:00,"
                f"2026-10-{number % 28 + 1:02d},{hour + 1:02d}:{minute:02d}:00,01:00:00,a,\n"
            )
    return path


def test_a_hundred_thousand_rows_need_little_memory(tmp_path):
    small, large = toggl(tmp_path / "small.csv", 100), toggl(tmp_path / "large.csv", ROWS)
    run = subprocess.run(
        [sys.executable, "-c", DRY_RUN, str(small), str(large)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    duplicates, waiting, refused, growth = map(int, run.stdout.split())
    assert (duplicates, waiting, refused) == (ROWS // 2, ROWS // 2, 0)
    assert growth < MOST_MEMORY_MIB
