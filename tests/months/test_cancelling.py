"""A cancellation releases exactly what its own run billed; the next run bills it once (settlement, "Cancellation").

October      November     what a rerun of October bills
########     ====         ########   its own work again, once
billed       billed       ====       stays with November's invoice
"""

import pytest

from billing.errors import Conflict, InvalidInput, NotFound
from invoices.document import Kind
from tests.months.story import Story


def test_a_cancellation_is_a_document_of_its_own_that_names_the_invoice_and_the_reason(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    done = simple.cancel("RE-2026-0001", "2026-11-05 09:00", "Falscher Vorgang")
    assert (done.contract_ref, done.month, done.number, done.cancels) == (
        "AVV-1",
        "2026-10",
        "ST-2026-0001",
        "RE-2026-0001",
    )
    document = simple.invoice("ST-2026-0001")
    assert document.kind is Kind.CANCELLATION
    assert document.preceding is not None
    assert (document.preceding.number, document.preceding.issue_date.isoformat()) == ("RE-2026-0001", "2026-11-02")
    assert (document.reason, document.gross_cents) == ("Falscher Vorgang", 17850)
    assert simple.invoice("RE-2026-0001").kind is Kind.INVOICE


def test_a_rerun_bills_the_released_work_once(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.cancel("RE-2026-0001", "2026-11-03 09:00")
    assert simple.bill("2026-10", "2026-11-04 09:00") == {"AVV-1": "RE-2026-0002"}
    assert simple.lines("RE-2026-0002") == simple.lines("RE-2026-0001")
    simple.work("E2", "C1", "2026-11-05 09:00", 15)
    simple.bill("2026-11", "2026-12-01 09:00")
    assert simple.lines("RE-2026-0003") == ["C1 regular 1 × 25 = 25.00"]


def test_a_later_month_bills_what_was_cancelled_and_not_run_again(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.cancel("RE-2026-0001", "2026-11-03 09:00")
    simple.work("E2", "C1", "2026-11-05 09:00", 15)
    simple.bill("2026-11", "2026-12-01 09:00")
    assert simple.lines("RE-2026-0002") == ["C1 regular 7 × 25 = 175.00"]


def test_cancelling_october_leaves_what_november_billed(simple: Story) -> None:
    simple.expense("X1", "C1", "2026-10-06", "42.00")
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.work("E2", "C1", "2026-11-05 09:00", 45)
    simple.expense("X2", "C1", "2026-11-05", "8.00")
    simple.bill("2026-11", "2026-12-01 09:00")
    simple.cancel("RE-2026-0001", "2026-12-02 09:00")
    simple.bill("2026-12", "2027-01-04 09:00")
    assert simple.lines("RE-2026-0002") == ["C1 regular 3 × 25 = 75.00", "C1 X2.pdf 8.00"]
    assert simple.lines("RE-2027-0001") == ["C1 regular 6 × 25 = 150.00", "C1 X1.pdf 42.00"]


def test_what_was_free_stays_free_and_keeps_its_share_of_the_allowance(story: Story) -> None:
    story.contract()
    story.case("C1", kind="general_query")
    story.estimate("Q1", "C1", regular=600)
    story.work("E1", "C1", "2026-10-06 09:00", 80, "general_query")
    story.bill("2026-10", "2026-11-02 09:00")
    story.cancel("RE-2026-0001", "2026-11-03 09:00")
    story.work("E2", "C1", "2026-10-05 09:00", 10, "general_query", when="2026-11-03 10:00")
    story.bill("2026-10", "2026-11-04 09:00")
    assert story.lines("RE-2026-0001") == ["C1 regular 2 × 25 = 50.00"]
    assert story.lines("RE-2026-0002") == ["C1 regular 2 × 25 = 50.00"]
    assert story.settlement("AVV-1", "2026-10")["free"] == []


def test_approved_minutes_come_back_with_the_cancellation(story: Story) -> None:
    """Ninety released minutes are used up in October; cancelled, they are there for the earlier work logged late."""
    story.contract()
    story.case("C1")
    story.estimate("Q1", "C1", regular=90)
    story.work("E1", "C1", "2026-10-06 09:00", 90)
    story.bill("2026-10", "2026-11-02 09:00")
    story.cancel("RE-2026-0001", "2026-11-03 09:00")
    story.work("E0", "C1", "2026-10-05 09:00", 30, when="2026-11-03 10:00")
    story.bill("2026-10", "2026-11-04 09:00")
    run = story.settlement("AVV-1", "2026-10")
    assert run["net"] == "150.00"
    assert [(row["item"], row["minutes"]) for row in run["held"]] == [("E1", 30)]


def test_units_that_are_no_longer_due_are_reported_and_set_off_against_later_work(story: Story) -> None:
    """One case, rounded as a whole; November is cancelled and its work taken back.

    minutes   Oct 1   Nov 14   Dec 1      after that   Oct 1   Dec 1   Jan 28   Feb 1
    due         1        1       2                                1       2        3
    new units   1        0       1        living         1       2       2        2 + 1
    """
    story.contract()
    story.case("C1")
    story.estimate("Q1", "C1", regular=600)
    for day, minutes, issued in (("10-06", 1, "2026-11-02"), ("11-06", 14, "2026-12-01"), ("12-08", 1, "2027-01-04")):
        story.work(f"E{day[:2]}", "C1", f"2026-{day} 12:00", minutes)
        story.bill(f"2026-{day[:2]}", f"{issued} 09:00")
    assert story.numbers() == ["RE-2026-0001", "RE-2027-0001"]
    story.cancel_month("AVV-1", "2026-11", "2027-01-05 09:00")
    story.delete("E11", "2027-01-05 10:00")
    story.run("2027-01", "2027-01-06 09:00")
    assert story.summary("2027-01", "2027-01-06 09:00")["surplus"] == [{"case": "C1", "units": 1}]
    story.work("E20", "C1", "2027-01-07 09:00", 28)
    assert story.bill("2027-01", "2027-02-01 09:00") == {"AVV-1": None}
    story.work("E21", "C1", "2027-02-02 09:00", 1)
    story.run("2027-02", "2027-03-01 09:00")
    assert story.summary("2027-02", "2027-03-01 09:00")["surplus"] == []
    assert story.bill("2027-02", "2027-03-01 09:00") == {"AVV-1": "RE-2027-0002"}
    assert story.lines("RE-2027-0002") == ["C1 regular 1 × 25 = 25.00"]


def test_a_month_that_billed_nothing_is_cancelled_without_a_document(story: Story) -> None:
    story.contract()
    story.case("C1")
    story.work("E1", "C1", "2026-10-06 09:00", 30)
    story.bill("2026-10", "2026-11-02 09:00")
    done = story.cancel_month("AVV-1", "2026-10", "2026-11-03 09:00")
    assert (done.number, done.cancels, story.numbers()) == (None, None, [])
    story.estimate("Q1", "C1", "2026-11-03 10:00", covers_from="2026-10-01 08:00", regular=60)
    assert story.bill("2026-10", "2026-11-04 09:00") == {"AVV-1": "RE-2026-0001"}


def test_what_was_cancelled_is_refused_a_second_time(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.cancel("RE-2026-0001", "2026-11-03 09:00")
    with pytest.raises(Conflict, match="already_cancelled"):
        simple.cancel("RE-2026-0001", "2026-11-03 10:00")
    with pytest.raises(NotFound, match="closing_unknown"):
        simple.cancel_month("AVV-1", "2026-10", "2026-11-03 10:00")
    assert simple.numbers() == ["RE-2026-0001", "ST-2026-0001"]


def test_a_cancellation_cannot_be_cancelled(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.cancel("RE-2026-0001", "2026-11-03 09:00")
    with pytest.raises(Conflict, match="not_an_invoice"):
        simple.cancel("ST-2026-0001", "2026-11-03 10:00")


def test_a_cancellation_without_a_reason_is_refused(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    with pytest.raises(InvalidInput, match="reason_missing"):
        simple.cancel("RE-2026-0001", "2026-11-03 09:00", reason="  ")


def test_billed_work_is_corrected_by_cancelling_and_billing_again(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.cancel("RE-2026-0001", "2026-11-03 09:00")
    simple.correct("E1", "2026-11-03 10:00", "2026-10-06 09:00", 60)
    simple.bill("2026-10", "2026-11-04 09:00")
    assert simple.lines("RE-2026-0002") == ["C1 regular 4 × 25 = 100.00"]
