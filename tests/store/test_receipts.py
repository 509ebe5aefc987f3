"""Receipt (Zugang) in the database: an accepted delivery or a proof, never before the issue, never changed."""

import pytest

from tests.support.intruder import copied, refusals

ATTEMPT, RECEIPT = 1, 1
STATEMENT = "(SELECT max(id) FROM pass_through)"
MANUAL = {"source": "'manual'", "delivery_id": "NULL", "evidence_file_id": "1", "evidence_note": "X'00'"}


def receipt(**changes: str) -> str:
    """Give the INSERT of another receipt, which alone would be right."""
    return copied("receipt", RECEIPT, **changes)


def bytea(furnished) -> dict[str, str]:
    """A sealed note as each database takes bytes in plain SQL."""
    return {} if furnished.database.is_sqlite else {"evidence_note": "'\\x00'::bytea"}


def test_another_accepted_delivery_and_a_proof_may_be_added(furnished):
    """Without this, the refusals below could have any other reason."""
    for right in (receipt(), receipt(**MANUAL | bytea(furnished))):
        assert [person.attempt(right) for person in furnished.people] == [""] * len(furnished.people)


def test_a_statement_of_pass_through_money_is_sent_as_well_and_by_an_order_of_its_own(furnished):
    of_it = {"invoice_id": "NULL", "pass_through_id": STATEMENT}
    order = copied("sending", 1, **of_it)
    attempt = copied("delivery", ATTEMPT, sending_id="(SELECT max(id) FROM sending)", **of_it)
    assert [person.attempt(order, attempt) for person in furnished.people] == [""] * len(furnished.people)
    twice = refusals(furnished.people, order, copied("sending", 1, **of_it))
    assert all("pass_through_id" in refusal or "row_exists" in refusal for refusal in twice)


@pytest.mark.parametrize("outcome", ["deferred", "rejected", "failed"])
def test_an_attempt_that_was_not_accepted_is_no_receipt(furnished, outcome):
    refused = copied("delivery", ATTEMPT, outcome=f"'{outcome}'")
    of_it = receipt(delivery_id="(SELECT max(id) FROM delivery)")
    assert refusals(furnished.people, refused, of_it) == {"receipt_unproved"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"delivery_id": "NULL"}, id="by mail without an attempt"),
        pytest.param({"source": "'portal'"}, id="by another channel than the attempt"),
        pytest.param({"source": "'manual'"}, id="by hand with an attempt"),
        pytest.param(MANUAL | {"evidence_file_id": "NULL"}, id="by hand without a file"),
        pytest.param(MANUAL | {"evidence_note": "NULL"}, id="by hand without a note"),
    ],
)
def test_a_receipt_takes_evidence(furnished, changes):
    words = bytea(furnished) if changes.get("evidence_note", "NULL") != "NULL" else {}
    assert refusals(furnished.people, receipt(**changes | words)) == {"receipt_unproved"}


def test_nothing_is_received_before_it_was_issued(furnished):
    assert refusals(furnished.people, receipt(received_on="'2026-11-01'")) == {"received_before_issue"}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        pytest.param(receipt(received_on="NULL"), "delivered_or_proved", id="a delivery that denies itself"),
        pytest.param(receipt(source="'seen'"), "ck_receipt_source|receipt_unproved", id="a page view"),
        pytest.param(copied("sending", 1), "invoice_id|row_exists", id="a first sending twice"),
        pytest.param(copied("sending", 1, number="0"), "number_positive", id="a sending before the first"),
        pytest.param(copied("sending", 1, number="2", file_kind="NULL"), "file_by_mail", id="mail without a file"),
        pytest.param(copied("sending", 1, number="2", invoice_id="NULL"), "one_document", id="an order for nothing"),
        pytest.param(copied("sending", 1, number="2", pass_through_id=STATEMENT), "one_document", id="for two at once"),
        pytest.param(copied("delivery", ATTEMPT, invoice_id="NULL"), "one_document", id="an attempt with nothing"),
        pytest.param(
            copied("delivery", ATTEMPT, invoice_id="NULL", pass_through_id=STATEMENT),
            "link_broken|foreign key",
            id="an attempt with a statement by the order of an invoice",
        ),
    ],
)
def test_sendings_and_receipts_are_sound(furnished, statement, words):
    for refusal in refusals(furnished.people, statement):
        assert any(word in refusal for word in words.split("|")), refusal
