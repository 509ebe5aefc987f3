"""Which invoices a transfer pays: what it says, never a guess; everything else is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.banking.camt import read_camt
from billing.banking.matching import Claim, Match, Share, match_lines
from tests.banking.statements import OURS, Entry, camt, entry

CLAIMS = [
    Claim(number="RE-2026-0118", open_cents=11900, debtor="Wohnbau Süd GmbH"),
    Claim(number="RE-2026-0119", open_cents=23800, debtor="Wohnbau Süd GmbH"),
    Claim(number="RE-2026-0120", open_cents=0, debtor="Klinikum Filder gGmbH"),
    Claim(number="RE-2026-0121", open_cents=0, debtor="Klinikum Filder gGmbH", is_cancelled=True),
    Claim(number="RE-2026-118", open_cents=5000, debtor="Stadtwerke Nord AG"),
]


def matched(*entries: Entry, claims: list[Claim] = CLAIMS, **more) -> list[Match]:
    said = {"accounts": frozenset({OURS}), "known": frozenset(), "confirmed": {}, **more}
    return match_lines(read_camt(camt(*entries)).lines, claims, **said)


def told(match: Match) -> tuple[str, str, dict[str, int]]:
    return str(match.state), str(match.why), {share.number: share.cents for share in match.shares}


@pytest.mark.parametrize(
    "text",
    [
        "RE-2026-0118",
        "re-2026-0118",
        "Rechnung RE-2026-0118 vom 01.07.",
        "RE 2026 0118",
        "RE20260118",
        "RE-2026 - 0118",
        "RE - 2026-01 18",
        "SVWZ+RE-2026-0118",
        "EREF+RE-2026-0118SVWZ+Danke",
        "(RE-2026-0118)",
        "RE/2026/0118, 119,00 EUR",
        "RE-2026-0118 119",
    ],
)
def test_a_number_is_found_however_it_was_typed(text):
    (match,) = matched(entry("119.00", text))
    assert told(match) == ("pays", "number", {"RE-2026-0118": 11900})


def test_a_number_may_break_over_two_lines_or_stand_in_the_end_to_end_reference():
    broken, referenced = matched(
        entry("50.00", "Zahlung RE-20", "26-0118 Danke"), entry("69.00", "Danke", end_to_end="RE-2026-0118")
    )
    assert told(broken) == ("pays", "number", {"RE-2026-0118": 5000})
    assert told(referenced) == ("pays", "number", {"RE-2026-0118": 6900})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("0118", id="a part of a number"),
        pytest.param("2026-0118", id="a number without its series"),
        pytest.param("RE-2026-01180", id="a longer number"),
        pytest.param("WARE-2026-0118", id="a number inside another word"),
        pytest.param("RE-2025-0118", id="a number of another year"),
        pytest.param("RE-2026-O118", id="a letter for a digit"),
        pytest.param("", id="no text"),
    ],
)
def test_what_is_no_number_of_ours_is_not_guessed(text):
    (match,) = matched(entry("77.00", text))
    assert told(match) == ("none", "no_number", {})


@pytest.mark.parametrize(
    ("amount", "text", "expected"),
    [
        pytest.param("50.00", "RE-2026-0118", ("pays", "number", {"RE-2026-0118": 5000}), id="a part payment"),
        pytest.param("120.00", "RE-2026-0118", ("ask", "too_much", {"RE-2026-0118": 12000}), id="more than is open"),
        pytest.param("119.00", "RE-2026-0120", ("ask", "paid_already", {"RE-2026-0120": 11900}), id="paid already"),
        pytest.param("119.00", "RE-2026-0121", ("ask", "cancelled", {"RE-2026-0121": 11900}), id="cancelled"),
        pytest.param(
            "357.00",
            "RE-2026-0118 und RE-2026-0119",
            ("pays", "several_numbers", {"RE-2026-0118": 11900, "RE-2026-0119": 23800}),
            id="two numbers whose sum fits",
        ),
        pytest.param(
            "300.00",
            "RE-2026-0118 und RE-2026-0119",
            ("ask", "sum_differs", {"RE-2026-0118": 11900, "RE-2026-0119": 23800}),
            id="two numbers whose sum does not",
        ),
        pytest.param(
            "119.00",
            "RE-2026-0118, RE-2026-0120 schon bezahlt",
            ("ask", "sum_differs", {"RE-2026-0118": 11900, "RE-2026-0120": 0}),
            id="one of two numbers is paid",
        ),
        pytest.param(
            "119.00", "Danke", ("ask", "amount_and_name", {"RE-2026-0118": 11900}), id="no number: amount and name"
        ),
        pytest.param("0.00", "RE-2026-0118", ("none", "no_number", {}), id="nothing was sent"),
    ],
)
def test_what_becomes_of_an_amount(amount, text, expected):
    (match,) = matched(entry(amount, text))
    assert told(match) == expected


def test_exactly_what_a_reminder_asked_for_pays_the_invoice_with_its_costs():
    claims = [Claim(number="RE-2026-0118", open_cents=11900, debtor="Wohnbau", costs_cents=4060)]
    for amount, expected in (("159.60", ("pays", "with_costs")), ("159.61", ("ask", "too_much"))):
        (match,) = matched(entry(amount, "RE-2026-0118"), claims=claims)
        assert told(match)[:2] == expected


def test_the_amount_alone_proposes_nothing():
    (match,) = matched(entry("119.00", "Danke", debtor="Wer anders"))
    assert told(match) == ("none", "no_number", {})


def test_of_two_invoices_of_one_amount_both_are_proposed():
    claims = [Claim(number=f"RE-2026-000{n}", open_cents=11900, debtor="Wohnbau Süd GmbH") for n in (1, 2)]
    (match,) = matched(entry("119.00", "Danke"), claims=claims)
    assert told(match) == ("ask", "amount_and_name", {"RE-2026-0001": 11900, "RE-2026-0002": 11900})


def test_each_line_sees_what_the_ones_before_it_left_open():
    first, second, third = matched(
        entry("100.00", "RE-2026-0118", reference="A"),
        entry("19.00", "RE-2026-0118", reference="B"),
        entry("19.00", "RE-2026-0118", reference="C"),
    )
    assert [told(match)[:2] for match in (first, second, third)] == [
        ("pays", "number"),
        ("pays", "number"),
        ("ask", "paid_already"),
    ]


def test_lines_of_other_accounts_pay_nothing():
    (match,) = matched(entry("119.00", "RE-2026-0118"), accounts=frozenset({"DE75512108001245126199"}))
    assert told(match) == ("none", "other_account", {})


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (entry("119.00", "RE-2026-0118", currency="CHF"), "foreign_currency"),
        (entry("119.00", "RE-2026-0118", reversal=True), "reversal"),
        (entry("119.00", "RE-2026-0118", reversal=True, direction="DBIT"), "returned"),
        (Entry(announced=2, with_parts=False, amount="238.00"), "batch_unsplit"),
    ],
)
def test_what_is_no_payment_pays_nothing_even_if_somebody_confirms_it(one, why):
    confirmed = {1: (Share("RE-2026-0118", 11900),)}
    for said in ({}, confirmed):
        (match,) = matched(one, confirmed=said)
        assert told(match) == ("none", why, {})


def test_what_a_person_said_is_taken_as_it_is_and_what_was_booked_stays():
    split = (Share("RE-2026-0118", 10000), Share("RE-2026-0119", 1900))
    first, second = matched(
        entry("119.00", "Danke", reference="A"),
        entry("119.00", "RE-2026-0118", reference="B"),
        confirmed={1: split},
        known=frozenset({2}),
    )
    assert told(first) == ("pays", "confirmed", {"RE-2026-0118": 10000, "RE-2026-0119": 1900})
    assert told(second) == ("known", "booked_before", {})


TEXTS = st.lists(
    st.sampled_from(["RE-2026-0118", "re 2026 0119", "RE20260120", "RE-2026-0121", "Danke", "118"]), max_size=3
).map(" ".join)
LINES = st.lists(st.tuples(st.integers(0, 40_000), TEXTS), max_size=6)


@given(LINES)
def test_nothing_is_booked_beyond_what_is_open_nor_for_less_than_was_sent(sent):
    entries = [
        entry(f"{cents // 100}.{cents % 100:02d}", text, reference=f"R{at}") for at, (cents, text) in enumerate(sent)
    ]
    left = {claim.number: claim.open_cents for claim in CLAIMS}
    for match in matched(*entries):
        if match.state == "pays":
            assert sum(share.cents for share in match.shares) == match.line.cents > 0
            for share in match.shares:
                left[share.number] -= share.cents
    assert all(cents >= 0 for cents in left.values())
