"""The benchmark measures what it says: a reproducible month of the promised mix, settled with all its reasons."""

import json
import subprocess
import sys
from random import Random

from benchmarks import rating
from benchmarks._rating_month import made_up_month
from billing.rating.bands import BandReason, Timeline
from billing.rating.decisions import Verdict
from tests.support.repository import ROOT


def test_the_same_seed_makes_the_same_month():
    assert made_up_month(3, 100, Random(7)) == made_up_month(3, 100, Random(7))  # noqa: S311 - reproducible
    assert made_up_month(3, 100, Random(7)) != made_up_month(3, 100, Random(8))  # noqa: S311 - reproducible


def test_the_mix_is_the_promised_one():
    month = made_up_month(50, 100, Random(1))  # noqa: S311 - reproducible
    timeline = Timeline(rating.agreement())
    entries = [entry for facts in month for entry in facts.entries]
    pieces = [timeline.piece_at(entry.start) for entry in entries]
    inside = [
        piece.reason is BandReason.BUSINESS_HOURS and entry.end <= piece.end
        for entry, piece in zip(entries, pieces, strict=True)
    ]
    assert len(entries) == 5_000
    assert 0.75 < sum(inside) / len(entries) < 0.85
    assert {len(facts.cases) for facts in month} == {len(facts.estimates) for facts in month} == {10}


def test_all_minutes_are_answered_and_every_verdict_is_met():
    month = made_up_month(20, 100, Random(1))  # noqa: S311 - reproducible
    stretches = [stretch for settlement in rating.settle_all(month) for stretch in settlement.stretches]
    end = Timeline(rating.agreement()).month_start(rating.MONTH + 1)
    due = sum(min(entry.end, end) - entry.start for facts in month for entry in facts.entries if entry.start < end)
    assert sum(stretch.minutes for stretch in stretches) == due
    assert {stretch.answer.verdict for stretch in stretches} == set(Verdict)


def test_one_row_is_printed_as_json():
    printed = subprocess.run(
        [sys.executable, "-m", "benchmarks.rating", "--json", "--contracts", "2", "--seed", "5"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    row = json.loads(printed)
    assert (row["entries"], row["contracts"], row["seed"]) == (200, 2, 5)
    assert row["entries_per_second"] > 0
    assert row["peak_rss_mib"] > 0
    assert row["ratio_to_bare_loop"] > 1
