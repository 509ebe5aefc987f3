"""Handing a month over to bookkeeping: once each document, what the batch was is kept, and books add up to invoices."""

import hashlib
import json
import re
import threading
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from billing.errors import Problem
from billing.services.datev_settings import books, set_books
from billing.services.debtors import list_debtors, set_debtor
from billing.store.files import read_file
from billing.store.session import TenantSession
from billing.store.tables import AuditLog, ExportBatch
from invoices.run.batches import batch_by_no, batches_after, give_batch_files, withdraw_batch
from invoices.run.exporting import export_datev, plan_export, read_days
from tests.months.conftest import begin
from tests.months.facts import BERLIN
from tests.months.story import Story
from tests.months.test_tax import AUSTRIAN, SWISS
from tests.support.extf import Read, day_of, read

WHEN = "2026-11-28 14:30"
NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)
SAID: dict[str, Any] = {"chart": "SKR04", "consultant": 1001, "client": 7}


def say(story: Story, **said: Any) -> None:
    """Record what the tax adviser said."""
    story.tell(lambda session: set_books(session, story.act("2026-11-01 09:00"), said))


def export(story: Story, first: date, last: date, *, papers: bool = False, when: str = WHEN) -> list[Read]:
    """Hand over; gives the batches read back."""

    def hand_over(session: TenantSession) -> list[bytes]:
        done = export_datev(session, story.act(when), BERLIN, first, last, papers=papers)
        return [read_file(session, batch.stored_file_id).content for _, batch in done]

    return [read(content) for content in story.tell(hand_over)]


def withdraw(story: Story, number: int, reason: str | None = "Falscher Kontenrahmen") -> None:
    """Withdraw a batch."""
    act = story.act(WHEN)
    story.tell(lambda session: withdraw_batch(session, act, batch_by_no(session, number).batch, reason))


@pytest.fixture
def billed(simple: Story) -> Story:
    """October is billed, and the tax adviser has said all."""
    simple.bill("2026-10", "2026-11-02 09:00")
    say(simple, **SAID)
    return simple


def test_a_month_is_handed_over_once(billed: Story) -> None:
    (batch,) = export(billed, *NOVEMBER)
    ((amount, side, debtor, account, day, number, text),) = batch.values(1, 2, 7, 8, 10, 11, 14)
    assert (amount, side, debtor, account) == ("178,50", "S", "10000", "4400")
    assert (day, number, text) == ("0211", "RE-2026-0001", "Rechnung 10/2026 Wohnbau Süd GmbH")
    assert [day_of(text) for text in batch.values(115, 116)[0]] == [date(2026, 10, 6), date(2026, 10, 6)]
    assert [cell.value for cell in batch.header[10:16]] == ["1001", "7", "20260101", "4", "20261101", "20261130"]
    assert batch.header[5].value == "20261128143000000"
    assert batch.header[26].value == "04"
    assert export(billed, *NOVEMBER) == []
    assert billed.tell(lambda session: plan_export(session, *NOVEMBER)) == ()


def test_a_cancellation_and_the_new_invoice_come_with_the_next_batch(billed: Story) -> None:
    export(billed, *NOVEMBER)
    billed.cancel("RE-2026-0001", "2026-11-29 09:00")
    billed.bill("2026-10", "2026-11-29 10:00")
    (batch,) = export(billed, *NOVEMBER, when="2026-11-29 11:00")
    assert batch.values(2, 11) == [("H", "ST-2026-0001"), ("S", "RE-2026-0002")]
    assert sum(batch.cents()) == 0
    assert [day_of(text) for (text,) in batch.values(116)] == [date(2026, 11, 29), date(2026, 10, 6)]


def test_a_correction_takes_its_part_back_and_a_cancellation_the_rest(billed: Story) -> None:
    billed.case("C2")
    billed.estimate("Q2", "C2", "2026-11-03 08:00", regular=600)
    billed.work("E2", "C2", "2026-11-04 09:00", 60)
    billed.work("E3", "C1", "2026-11-05 09:00", 30)
    billed.bill("2026-11", "2026-12-01 09:00")
    billed.correct_invoice("RE-2026-0002", "C2", when="2026-12-02 09:00")
    billed.cancel("RE-2026-0002", "2026-12-03 09:00")
    (batch,) = export(billed, date(2026, 12, 1), date(2026, 12, 31), when="2026-12-04 09:00")
    assert batch.values(1, 2, 11) == [
        ("178,50", "S", "RE-2026-0002"),
        ("119,00", "H", "ST-2026-0001"),
        ("59,50", "H", "ST-2026-0002"),
    ]
    assert sum(batch.cents()) == 0


def test_debtor_accounts_are_given_in_order_and_kept(story: Story) -> None:
    begin(story)
    story.contract("AVV-2", **AUSTRIAN)
    story.contract("AVV-3", **SWISS)
    for number in (2, 3):
        story.case(f"C{number}", contract=f"AVV-{number}")
        story.estimate(f"Q{number}", f"C{number}", regular=600)
        story.work(f"E{number}", f"C{number}", "2026-10-06 12:00", 60, person=f"P{number}")
    story.bill("2026-10", "2026-11-02 09:00")
    say(story, **SAID)
    act = story.act("2026-11-03 09:00")
    story.tell(lambda session: set_debtor(session, act, "K-AVV-2", 20000, books(session)))
    (batch,) = export(story, *NOVEMBER)
    assert batch.values(7, 8, 40) == [
        ("20001", "4400", ""),
        ("20000", "4336", "ATU36765808"),
        ("20002", "4338", ""),
    ]
    known = story.tell(lambda session: {one.ref: number for one, number in list_debtors(session)})
    assert known == {"K-AVV-1": 20001, "K-AVV-2": 20000, "K-AVV-3": 20002}


def test_a_selection_is_split_by_months_so_no_batch_spans_two_years(billed: Story) -> None:
    billed.work("E2", "C1", "2026-12-08 09:00", 60)
    billed.bill("2026-12", "2027-01-04 09:00")
    first, second = export(billed, date(2026, 11, 2), date(2027, 1, 15), when="2027-01-15 09:00")
    spans = [[cell.value for cell in batch.header[12:16]] for batch in (first, second)]
    assert spans == [
        ["20260101", "4", "20261102", "20261130"],
        ["20270101", "4", "20270101", "20270115"],
    ]
    assert (first.values(11), second.values(11)) == ([("RE-2026-0001",)], [("RE-2027-0001",)])
    assert day_of(second.values(116)[0][0]) == date(2026, 12, 8)


def test_a_fiscal_year_may_begin_in_july(billed: Story) -> None:
    say(billed, fiscal_year_month=7)
    (batch,) = export(billed, *NOVEMBER)
    assert batch.header[12].value == "20260701"


def test_longer_accounts_have_zeros_behind_and_own_accounts_their_length(billed: Story) -> None:
    say(billed, account_length=6)
    say(billed, revenue_19="440077")
    (batch,) = export(billed, *NOVEMBER)
    assert batch.values(7, 8) == [("1000000", "440077")]
    assert billed.tell(books).accounts["revenue_eu"] == "433600"
    assert code_of(lambda: say(billed, account_length=5)) == "account_length_differs"
    say(billed, revenue_19=None, account_length=5)
    assert billed.tell(books).accounts["revenue_19"] == "44000"
    withdraw(billed, 1)
    assert code_of(lambda: export(billed, *NOVEMBER)) == "debtor_account_length_differs"


def test_all_that_is_missing_is_named_at_once_and_nothing_is_written(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    say(simple, client=7)
    with pytest.raises(Problem) as refused:
        export(simple, *NOVEMBER)
    assert refused.value.code == "datev_incomplete"
    assert refused.value.fields["missing"] == ["datev.consultant", "datev.chart"]
    assert simple.tell(lambda session: batches_after(session, 0, 9)) == []


def test_a_plan_says_what_accounts_get_and_which_names_are_respelled(paper_story: Story) -> None:
    paper_story.contract(name='Łódź Mieszkania; "Süd" GmbH')
    paper_story.case("C1")
    paper_story.estimate("Q1", "C1", regular=600)
    paper_story.work("E1", "C1", "2026-10-06 09:00", 90)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    say(paper_story, **SAID)
    (plan,) = paper_story.tell(lambda session: plan_export(session, *NOVEMBER))
    assert plan.respelled == ['Łódź Mieszkania; "Süd" GmbH']
    assert plan.sums() == {"4400": 17850}
    (batch,) = export(paper_story, *NOVEMBER)
    assert batch.values(14) == [('Rechnung 10/2026 Lódz Mieszkania; "Süd" GmbH',)]


def test_a_batch_is_given_again_to_the_byte_and_kept_ten_years(billed: Story) -> None:
    export(billed, *NOVEMBER)

    def again(session: TenantSession) -> tuple[bytes, str, date]:
        (file,) = give_batch_files(session, billed.act(WHEN), batch_by_no(session, 1).batch)
        return file.content, file.sha256, file.retain_until

    first, second = billed.tell(again), billed.tell(again)
    assert first == second
    assert hashlib.sha256(first[0]).hexdigest() == first[1]
    assert first[2] == date(2036, 12, 31)


def test_papers_go_along_once_they_are_made(billed: Story) -> None:
    assert code_of(lambda: export(billed, *NOVEMBER, papers=True)) == "papers_not_made"
    assert billed.tell(lambda session: session.exec(select(ExportBatch)).all()) == []


def test_a_withdrawn_batch_is_kept_and_its_documents_are_handed_over_anew(billed: Story) -> None:
    export(billed, *NOVEMBER)
    assert code_of(lambda: withdraw(billed, 1, None)) == "missing_key"
    withdraw(billed, 1)
    assert code_of(lambda: withdraw(billed, 1)) == "batch_withdrawn"
    say(billed, chart="SKR03")
    (batch,) = export(billed, *NOVEMBER)
    assert batch.values(8, 11) == [("8400", "RE-2026-0001")]
    rows = billed.tell(lambda session: batches_after(session, 0, 9))
    assert [(row.batch.batch_no, row.numbers, row.batch.withdrawn_by_name) for row in rows] == [
        (1, ("RE-2026-0001",), "Erika Beispiel"),
        (2, ("RE-2026-0001",), None),
    ]


def test_of_two_exports_at_once_one_gets_it_and_the_other_nothing(billed: Story) -> None:
    got: list[int] = []
    started = threading.Barrier(2)

    def one() -> None:
        started.wait()
        got.append(len(export(billed, *NOVEMBER)))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [0, 1]


def test_what_was_done_stands_in_the_audit_log(billed: Story) -> None:
    export(billed, *NOVEMBER)
    withdraw(billed, 1)
    query = select(AuditLog.action, AuditLog.subject).order_by(col(AuditLog.seq).desc()).limit(3)
    assert billed.tell(lambda session: session.exec(query).all())[::-1] == [
        ("datev_settings_recorded", "datev_settings:1"),
        ("exported_to_datev", "export_batch:1"),
        ("export_withdrawn", "export_batch:1"),
    ]
    last = select(AuditLog.details).order_by(col(AuditLog.seq).desc()).limit(1)
    reason = json.loads(billed.tell(lambda session: session.exec(last).one()))["reason"]
    assert re.fullmatch("[0-9a-f]{64}", reason), "what somebody typed may name people: it stands with the batch"


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        pytest.param({"consultant": 1000}, "number_out_of_range", "consultant", id="a consultant below 1001"),
        pytest.param({"client": 100_000}, "number_out_of_range", "client", id="a client above 99999"),
        pytest.param({"account_length": 3}, "number_out_of_range", "account_length", id="accounts of three digits"),
        pytest.param({"account_length": 9}, "number_out_of_range", "account_length", id="accounts of nine digits"),
        pytest.param({"fiscal_year_month": 13}, "number_out_of_range", "fiscal_year_month", id="a thirteenth month"),
        pytest.param({"chart": "SKR07"}, "unknown_value", "chart", id="a chart we have no accounts of"),
        pytest.param({"revenue_19": "84x0"}, "account_invalid", "revenue_19", id="an account with a letter"),
        pytest.param({"revenue_19": "0000"}, "account_invalid", "revenue_19", id="an account of zeros"),
        pytest.param(
            {"revenue_19": "84000"}, "account_length_differs", "revenue_19", id="an account of another length"
        ),
        pytest.param({"chart": None}, "may_not_be_empty", "chart", id="no chart any more"),
        pytest.param({}, "nothing_said", "chart", id="nothing"),
    ],
)
def test_settings_that_can_not_be_are_refused(paper_story: Story, said: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(Problem) as refused:
        say(paper_story, **said)
    assert (refused.value.code, refused.value.fields["path"]) == (code, path)
    assert paper_story.tell(books).version_no == 0


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(9_999, "debtor_account_invalid", id="too short"),
        pytest.param(70_000, "debtor_account_invalid", id="that of a creditor"),
        pytest.param(100_000, "debtor_account_invalid", id="too long"),
        pytest.param(10_500, "debtor_account_taken", id="another controller's"),
    ],
)
def test_a_debtor_account_that_can_not_be_is_refused(paper_story: Story, number: int, code: str) -> None:
    paper_story.contract("AVV-1")
    paper_story.contract("AVV-2")
    act = paper_story.act(WHEN)
    paper_story.tell(lambda session: set_debtor(session, act, "K-AVV-1", 10_500, books(session)))
    refused = code_of(
        lambda: paper_story.tell(lambda session: set_debtor(session, act, "K-AVV-2", number, books(session)))
    )
    assert refused == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param({}, "month_or_days", id="nothing"),
        pytest.param({"month": "2026-11", "to": "2026-11-30"}, "month_or_days", id="both"),
        pytest.param({"from": "2026-11-01"}, "month_or_days", id="only the first day"),
        pytest.param({"from": "2026-11-02", "to": "2026-11-01"}, "end_before_start", id="days in the wrong order"),
        pytest.param({"month": "2026-13"}, "not_a_month", id="no month"),
    ],
)
def test_days_are_a_month_or_the_first_and_the_last(raw: dict[str, Any], code: str) -> None:
    assert code_of(lambda: read_days(raw)) == code


def test_a_month_has_all_its_days() -> None:
    assert read_days({"month": "2026-02"}) == (date(2026, 2, 1), date(2026, 2, 28))
    assert read_days({"from": "2026-02-03", "to": "2027-01-01"}) == (date(2026, 2, 3), date(2027, 1, 1))


def code_of(act: Any) -> str:
    """Give the code of the refusal; there must be one."""
    with pytest.raises(Problem) as refused:
        act()
    return refused.value.code
