"""Four months whose frozen documents are compared word by word with files (golden/README.md says how to renew them).

The letter with all its data, each line with services, dates, approvals and clauses, taxes, totals, explanations.
"""

import json
import os
from pathlib import Path

import pytest

from tests.months.story import Story
from tests.months.test_tax import AUSTRIAN

GOLDEN = Path(__file__).parent / "golden"


def compare(name: str, frozen: str) -> None:
    """Compare a frozen document with its golden file, or write the file anew when a person asked for that."""
    shown = json.dumps(json.loads(frozen), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    file = GOLDEN / f"{name}.json"
    if os.environ.get("RENEW_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
        pytest.fail(f"{file.name} was written anew: read the difference, then run without RENEW_GOLDEN")
    assert json.loads(shown) == json.loads(file.read_text(encoding="utf-8"))


def tell_of_a_usual_month(story: Story) -> None:
    """Free, billed and held work of every rate class, and a trip.

    Mon 5 Oct  12:00 general query 40 min, free             Fri 9 Oct  15:30 -----16:00-----17:00 two classes
    Tue 6 Oct  09:00 request 90 min                         Sat 10 Oct 10:00 20 min
    Thu 8 Oct  travel 07:00 to 09:00, audit on site 09:00 to 12:00, ticket 118.40
    Mon 12 Oct 09:00 30 min without a release, on hold
    """
    story.contract("AVV-2025-03", leitweg_id="04011000-1234512345-06")
    story.case("V-2026-001", contract="AVV-2025-03", kind="data_subject_request")
    story.case("V-2026-002", contract="AVV-2025-03", kind="audit", onsite_agreed_at="2026-10-01T08:00:00+02:00")
    story.case("V-2026-003", contract="AVV-2025-03", kind="other")
    story.estimate("KVA-2026-001", "V-2026-001", regular=240, out_of_hours=120, night_weekend=60)
    story.estimate("KVA-2026-002", "V-2026-002", regular=480, travel=240)
    story.work("Z-1", "V-2026-003", "2026-10-05 12:00", 40, "general_query")
    story.work("Z-2", "V-2026-001", "2026-10-06 09:00", 90, "request_processing")
    story.work("Z-3", "V-2026-002", "2026-10-08 07:00", 120, "audit_support", travel=True)
    story.work("Z-4", "V-2026-002", "2026-10-08 09:00", 180, "audit_support", onsite=True)
    story.expense("A-2026-001", "V-2026-002", "2026-10-08", "118.40")
    story.work("Z-5", "V-2026-001", "2026-10-09 15:30", 90, "individual_assessment")
    story.work("Z-6", "V-2026-001", "2026-10-10 10:00", 20, "request_processing")
    story.work("Z-7", "V-2026-003", "2026-10-12 09:00", 30, "special_format")
    story.bill("2026-10", "2026-11-02 09:00")


def test_a_usual_month_with_every_rate_class_and_a_trip(paper_story: Story) -> None:
    tell_of_a_usual_month(paper_story)
    compare("usual-month", paper_story.invoice("RE-2026-0001").to_json())


def test_the_activity_record_of_the_usual_month(paper_story: Story) -> None:
    tell_of_a_usual_month(paper_story)
    compare("usual-month-record", paper_story.record("2026-10", "AVV-2025-03").to_json())


def test_an_emergency_abroad_in_english_with_arrears_and_third_party_costs(paper_story: Story) -> None:
    """The emergency of September is announced in October only, and billed then; the receiver owes the tax."""
    story = paper_story
    story.contract("AVV-AT", **AUSTRIAN, language="en")
    story.case("V-1", "2026-09-26 08:00", contract="AVV-AT", kind="data_breach")
    story.work("Z-1", "V-1", "2026-09-26 22:00", 150, "breach_support", urgent=True)
    story.bill("2026-09", "2026-10-01 09:00")
    story.fact(
        "V-1",
        "2026-10-02 09:00",
        urgent_notice_at="2026-09-26T21:30:00+02:00",
        urgent_deadline_reason="72 hours (Art. 33 GDPR)",
        urgent_action_reason="data still leaking",
        urgent_approval_reason="nobody could be reached at night",
    )
    story.expense("X-1", "V-1", "2026-10-05", "1250.00", "third_party", approved_at="2026-10-04T10:00:00+02:00")
    assert story.bill("2026-10", "2026-11-02 09:00") == {"AVV-AT": "RE-2026-0001"}
    compare("emergency-abroad", story.invoice("RE-2026-0001").to_json())


def test_a_cancellation_after_the_rate_changed(paper_story: Story) -> None:
    """October at 100 and November at 120 an hour stand on one invoice; the cancellation repeats both prices."""
    story = paper_story
    story.contract("AVV-1")
    story.agree("2026-11", "2026-10-20 09:00", contract="AVV-1", hourly_rate="120.00")
    story.case("V-1", kind="dpia")
    story.estimate("KVA-1", "V-1", regular=600)
    story.work("Z-1", "V-1", "2026-10-30 09:00", 60, "dpia_support")
    story.work("Z-2", "V-1", "2026-11-03 09:00", 60, "dpia_support")
    assert story.bill("2026-11", "2026-12-01 09:00") == {"AVV-1": "RE-2026-0001"}
    story.cancel("RE-2026-0001", "2026-12-04 09:00", "Leistung beim falschen Auftraggeber erfasst")
    compare("cancellation", story.invoice("ST-2026-0001").to_json())


def test_a_correction_of_one_of_two_cases(paper_story: Story) -> None:
    """A call and its ticket are taken back at the price and tax that were charged; the other case stands."""
    story = paper_story
    story.contract("AVV-1")
    for ref, kind in (("V-1", "dpia"), ("V-2", "audit")):
        story.case(ref, kind=kind)
        story.estimate(f"KVA-{ref}", ref, regular=600, out_of_hours=60)
    story.work("Z-1", "V-1", "2026-10-29 15:30", 60, "dpia_support")
    story.work("Z-2", "V-2", "2026-10-30 09:00", 60, "audit_support")
    story.expense("A-1", "V-1", "2026-10-29", "18.90")
    assert story.bill("2026-10", "2026-11-02 09:00") == {"AVV-1": "RE-2026-0001"}
    story.correct_invoice("RE-2026-0001", "V-1", when="2026-11-12 09:00", reason="Vorgang war eine Grundleistung")
    compare("correction", story.invoice("ST-2026-0001").to_json())
