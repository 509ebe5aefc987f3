"""Bank files to payments: a dry run first, certain lines booked, the rest asked; nothing twice, nothing half."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from billing.errors import Problem
from billing.services.bank_import import book, read_answers
from billing.services.proofs import ProofFile
from billing.store.tables import AuditLog, BankEntry, Payment
from tests.banking.statements import PAYER, Entry, Transfer, camt, entry, statement
from tests.money.till import FIRST, NOW, SECOND, Till, told
from tests.services.furnishing import refused, rows_of

DAYS = {"booked": "2026-11-12", "valued": "2026-11-11"}
WHOLE = entry("178.50", f"Rechnung {FIRST}", **DAYS)
OTHER = entry("119.00", "re 2026 0002", debtor="Klinikum", **DAYS)
NAMELESS = entry("119.00", "Danke", debtor="KLINIKUM FILDER GGMBH", **DAYS)
TOO_MUCH = entry("200.00", FIRST, **DAYS)


def answer(entry_id: str, *shares: tuple[str, str | None]):
    invoices = [{"invoice": number} | ({"amount": amount} if amount else {}) for number, amount in shares]
    return read_answers([{"entry": entry_id, "invoices": invoices}], "confirmations")


def test_a_dry_run_says_what_would_be_booked_and_stores_nothing(cash):
    report = cash.look(WHOLE, OTHER, entry("5.00", direction="DBIT"), entry("6.00", status="PDNG"))
    assert told(report) == [("pays", "number"), ("pays", "number")]
    assert (report.booked, report.payments, report.file.debits, report.file.pending) == (False, 2, 1, 1)
    assert (cash.count(Payment), cash.count(BankEntry), cash.open(FIRST)) == (0, 0, 17850)


def test_booking_makes_payments_of_the_day_the_money_counts_from(till):
    report = till.book(WHOLE, OTHER)
    assert (report.booked, report.payments, report.needs_somebody) == (True, 2, False)
    assert (till.open(FIRST), till.open(SECOND), till.unsettled()) == (0, 0, [])
    (payment,) = till.payments(FIRST)
    assert (payment.paid_on.isoformat(), payment.debtor, payment.remittance) == (
        "2026-11-11",
        "Wohnbau Süd GmbH",
        f"Rechnung {FIRST}",
    )


@pytest.mark.parametrize("version", ["02", "08"])
def test_the_same_entries_again_change_nothing(till, version):
    till.book(WHOLE, OTHER)
    again = till.book(entry("1.00", "Danke", **DAYS), WHOLE, OTHER, version=version)
    assert told(again) == [("none", "no_number"), ("known", "booked_before"), ("known", "booked_before")]
    assert (till.count(Payment), till.count(BankEntry)) == (2, 2)


def test_one_transfer_for_two_invoices_is_one_entry_with_two_payments(till):
    till.book(entry("297.50", f"{FIRST}, {SECOND}", **DAYS))
    assert (till.count(BankEntry), till.count(Payment), till.unsettled()) == (1, 2, [])


def test_a_batch_is_booked_part_by_part(till):
    parts = (
        Transfer(amount="178.50", remittance=(FIRST,)),
        Transfer(amount="119.00", remittance=(SECOND,)),
        Transfer(amount="7.00", remittance=("Spende",)),
    )
    report = till.book(Entry(transfers=parts, booked="2026-11-12", valued="2026-11-11"))
    assert told(report) == [("pays", "number"), ("pays", "number"), ("none", "no_number")]
    assert (till.unsettled(), till.count(BankEntry)) == ([], 2)


def test_a_line_that_asks_is_booked_once_a_person_says_what_it_pays(till):
    report = till.book(NAMELESS)
    assert told(report) == [("ask", "amount_and_name")]
    assert (report.needs_somebody, till.count(BankEntry)) == (True, 0)
    said = answer(report.lines[0].id, (SECOND, None))
    assert told(till.book(NAMELESS, answers=said)) == [("pays", "confirmed")]
    assert till.open(SECOND) == 0
    assert told(till.book(NAMELESS, answers=said)) == [("known", "booked_before")]


def test_a_person_may_say_that_what_is_too_much_is_a_credit_or_belongs_elsewhere(till):
    (line,) = till.look(TOO_MUCH).lines
    assert (str(line.match.state), str(line.match.why)) == ("ask", "too_much")
    till.book(TOO_MUCH, answers=answer(line.id, (FIRST, "178.50"), (SECOND, "21.50")))
    assert (till.open(FIRST), till.open(SECOND)) == (0, 9750)


def test_a_part_of_an_entry_may_stay_unbooked(cash):
    (line,) = cash.look(TOO_MUCH).lines
    cash.book(TOO_MUCH, answers=answer(line.id, (FIRST, "178.50")))
    assert cash.open(FIRST) == 0


def test_an_entry_assigned_to_the_wrong_invoice_is_taken_back_and_assigned_anew(till):
    (line,) = till.look(NAMELESS).lines
    till.book(NAMELESS, answers=answer(line.id, (FIRST, None)))
    (wrong,) = till.payments(FIRST)
    till.take_back(FIRST, wrong.id)
    assert told(till.book(NAMELESS)) == [("known", "booked_before")]
    till.book(NAMELESS, answers=answer(line.id, (SECOND, None)))
    assert (till.open(FIRST), till.open(SECOND), till.count(BankEntry)) == (17850, 0, 1)


@pytest.mark.parametrize(
    ("shares", "code", "path"),
    [
        pytest.param([(FIRST, "200.01")], "bank_amount_differs", "confirmations[0].invoices", id="more than came in"),
        pytest.param([], "bank_amount_differs", "confirmations[0].invoices", id="nothing"),
        pytest.param(
            [(FIRST, "1.00"), (FIRST, "2.00")], "bank_amount_differs", "confirmations[0].invoices", id="twice the same"
        ),
        pytest.param(
            [(FIRST, None), (SECOND, "2.00")], "bank_amount_missing", "confirmations[0].invoices[0].amount", id="a rest"
        ),
        pytest.param([("RE-1", None)], "invoice_unknown", "confirmations[0].invoices[0].invoice", id="no such invoice"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_nothing_is_booked(cash, shares, code, path):
    (line, _) = cash.look(TOO_MUCH, OTHER).lines
    with refused(code, path):
        cash.book(TOO_MUCH, OTHER, answers=answer(line.id, *shares))
    assert cash.count(Payment) == 0


def test_an_answer_to_no_line_is_refused(cash):
    with refused("bank_entry_unknown", "confirmations[0].entry"):
        cash.book(WHOLE, answers=answer("0" * 12, (FIRST, None)))


def test_statements_of_other_accounts_are_refused(cash):
    other = "DE75512108001245126199"
    with refused("bank_account_not_ours", "file"):
        cash.book(WHOLE, iban=other)
    mixed = cash.book(OTHER, more=[statement(WHOLE, iban=other)])
    assert told(mixed) == [("pays", "number"), ("none", "other_account")]
    assert (cash.open(FIRST), mixed.needs_somebody) == (17850, False)


def test_a_file_that_breaks_off_books_nothing(cash):
    content = camt(WHOLE, OTHER)
    with refused("not_xml"):
        cash.tell(lambda s: book(s, cash.act(NOW), ProofFile("a.xml", content[: len(content) // 2])))
    damaged = content.replace(b"119.00", b"119.001")
    with refused("bank_file_damaged"):
        cash.tell(lambda s: book(s, cash.act(NOW), ProofFile("a.xml", damaged)))
    assert cash.count(Payment) == 0


def test_cancelled_and_paid_invoices_are_asked_about(cash):
    cash.cancel(FIRST, "2026-11-05 09:00")
    cash.pay(SECOND, 11900)
    assert told(cash.look(WHOLE, OTHER)) == [("ask", "cancelled"), ("ask", "paid_already")]


def test_who_paid_and_what_he_wrote_is_sealed_and_in_no_log(till):
    till.book(WHOLE)
    with till.store.engine.connect() as connection:
        if till.store.engine.dialect.name == "postgresql":
            connection.execute(
                sa.text("SELECT set_config('app.processor_id', :id, true)"), {"id": str(till.processor_id)}
            )
        raw = str([tuple(row) for row in connection.execute(sa.text("SELECT * FROM bank_entry"))])
    logs = str([row.details for row in rows_of(till, AuditLog)])
    for secret in ("Wohnbau", PAYER, "Rechnung"):
        assert secret not in raw
        assert secret not in logs
    (row,) = rows_of(till, BankEntry)
    assert (row.debtor, row.debtor_iban, row.remittance) == ("Wohnbau Süd GmbH", PAYER, f"Rechnung {FIRST}")


def test_twenty_imports_at_once_book_once(till: Till):
    file = ProofFile("auszug.xml", camt(WHOLE, OTHER, TOO_MUCH))

    def import_it(_: int) -> tuple[int, str]:
        try:
            with till.store.tenant(till.processor_id) as session:
                return book(session, till.act(NOW), file).payments, ""
        except Problem as problem:
            return 0, problem.code

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(import_it, range(20)))
    assert sorted(payments for payments, _ in outcomes) == [0] * 19 + [2]
    assert {code for _, code in outcomes} <= {"", "bank_entry_booked", "written_meanwhile"}
    assert (till.count(Payment), till.count(BankEntry), till.unsettled()) == (2, 2, [])


def test_the_database_lets_no_entry_be_spent_twice(till: Till):
    till.book(WHOLE)
    (payment,) = rows_of(till, Payment)
    more = {"amount_cents": 1, "paid_on": payment.paid_on, "bank_entry_id": payment.bank_entry_id}
    with refused("bank_entry_overspent"):
        till.tell(lambda s: s.add(Payment(invoice_id=payment.invoice_id, **more, **till.act(NOW).record())))
    (row,) = rows_of(till, BankEntry)
    with refused("bank_entry_booked"):
        till.tell(lambda s: s.add(BankEntry(**row.model_dump(exclude={"id"}))))
