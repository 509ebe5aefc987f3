"""What was handed over to bookkeeping: a document is in one living batch, and batches stay as they were."""

# ruff: noqa: S608 - statements put together from names of our own tables

import pytest

from tests.support.intruder import copied, refusals

BATCH, ITEM, SETTINGS = "export_batch", "export_batch_item", "datev_settings"


def row_of(furnished, table: str) -> int:
    ((number,),) = furnished.people[0].ask(f'SELECT min(id) FROM "{table}"')
    return int(number)


def second_batch(furnished, **changes: str) -> str:
    right = {"batch_no": "2", "withdrawn_at": "NULL", "withdrawn_by_name": "NULL", "withdrawn_reason": "NULL"}
    return copied(BATCH, row_of(furnished, BATCH), **(right | changes))


def into_the_second(furnished) -> str:
    batch = f"(SELECT max(id) FROM {BATCH})"
    return copied(ITEM, row_of(furnished, ITEM), batch_id=batch, superseded_at="NULL")


def withdrawal(furnished) -> str:
    said = "withdrawn_at = recorded_at, withdrawn_by_name = 'tester', withdrawn_reason = 'x'"
    return f"UPDATE {BATCH} SET {said} WHERE id = {row_of(furnished, BATCH)}"


SUPERSEDED = f"UPDATE {ITEM} SET superseded_at = (SELECT max(recorded_at) FROM {BATCH})"


def test_a_second_batch_can_be_written_and_take_the_document_once_the_first_is_withdrawn(furnished):
    """Without this, the refusals below could have any other reason."""
    steps = (withdrawal(furnished), SUPERSEDED, second_batch(furnished), into_the_second(furnished))
    assert [person.attempt(*steps) for person in furnished.people] == [""] * len(furnished.people)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        pytest.param(lambda f: (second_batch(f), into_the_second(f)), "row_exists|uq_", id="a document in two batches"),
        pytest.param(
            lambda f: (withdrawal(f), SUPERSEDED, into_the_second(f)),
            "not_of_this_batch",
            id="a document into a withdrawn batch",
        ),
        pytest.param(
            lambda f: (second_batch(f, from_day="'2026-10-01'", to_day="'2026-10-31'"), into_the_second(f)),
            "not_of_this_batch",
            id="a document into a batch of other days",
        ),
        pytest.param(lambda _: (SUPERSEDED,), "batch_not_withdrawn", id="a document out of a batch that holds"),
        pytest.param(
            lambda f: (second_batch(f, from_day="'2025-12-01'"),), "same_year", id="a batch over the turn of the year"
        ),
        pytest.param(lambda f: (second_batch(f, from_day="'2026-12-01'"),), "days_in_order", id="days in disorder"),
        pytest.param(lambda f: (second_batch(f, batch_no="1"),), "row_exists|uq_", id="a number twice"),
        pytest.param(lambda f: (second_batch(f, bookings="0"),), "has_bookings", id="a batch without bookings"),
        pytest.param(lambda _: (f"UPDATE {BATCH} SET debit_cents = 1",), "row_is_final", id="another sum"),
        pytest.param(
            lambda f: (withdrawal(f), f"UPDATE {BATCH} SET withdrawn_reason = 'y'"), "row_is_final", id="another reason"
        ),
        pytest.param(
            lambda _: (f"UPDATE {BATCH} SET withdrawn_reason = 'y'",), "withdrawal", id="a withdrawal by nobody"
        ),
        pytest.param(lambda _: (f"DELETE FROM {ITEM}",), "row_is_kept", id="an item deleted"),
        pytest.param(lambda _: (f"DELETE FROM {BATCH}",), "row_is_kept", id="a batch deleted"),
        pytest.param(lambda _: (f"UPDATE {SETTINGS} SET client = 8",), "row_is_final", id="settings changed"),
        pytest.param(
            lambda f: (copied(SETTINGS, row_of(f, SETTINGS), version_no="2", consultant="1000"),),
            "consultant_range",
            id="a consultant below 1001",
        ),
        pytest.param(
            lambda f: (copied(SETTINGS, row_of(f, SETTINGS), version_no="2", account_length="9"),),
            "account_length_range",
            id="accounts of nine digits",
        ),
        pytest.param(
            lambda f: (copied("debtor_account", row_of(f, "debtor_account")),), "row_exists|uq_", id="a second account"
        ),
        pytest.param(
            lambda _: ("UPDATE debtor_account SET number = 9999",), "number_range", id="no account of a debtor"
        ),
    ],
)
def test_plain_sql_is_refused(furnished, steps, words):
    for refusal in refusals(furnished.people, *steps(furnished)):
        assert refusal == "no right" or any(word in refusal for word in words.split("|")), refusal
