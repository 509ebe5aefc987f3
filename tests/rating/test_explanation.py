"""Every reason as plain JSON: what is frozen with a closing and shown by `settle --explain`, key by key."""

import pytest

from tests.support.settling import approved, case, expense, settled, work


@pytest.fixture(scope="module")
def month():
    return settled(
        case(urgent_notice_at="2026-10-06T08:00+02:00"),
        work("2026-10-06 15:59", 31),
        work("2026-10-07 09:00", 20, "general_query", "E2"),
        work("2026-10-07 10:00", 10, "request_intake", "E3"),
        approved(40),
        expense("48.20", receipt=True),
        expense("5.00", "X2"),
        terms={"hourly_rate": "83.33"},
    )


def test_a_billed_stretch(month):
    assert month.trace["stretches"][0] == {
        "entry": "E1",
        "case": "C1",
        "from": "2026-10-06T13:59Z",
        "to": "2026-10-06T14:00Z",
        "minutes": 1,
        "month": "2026-10",
        "question": 13,
        "verdict": "billed",
        "code": "approved",
        "clause": "13(5)a",
        "rate_class": "regular",
        "band": "business_hours",
        "price": {"rate_class": "regular", "unit_price": "20.8325", "exact": "8333/400"},
        "source": "estimate:night_weekend:Q1",
        "before": 0,
        "after": 1,
    }


def test_a_free_stretch_with_a_source_has_no_price(month):
    assert month.trace["stretches"][2] == {
        "entry": "E2",
        "case": "C1",
        "from": "2026-10-07T07:00Z",
        "to": "2026-10-07T07:20Z",
        "minutes": 20,
        "month": "2026-10",
        "question": 10,
        "verdict": "free",
        "code": "13.2.d",
        "clause": "13(2)d",
        "rate_class": "regular",
        "band": "business_hours",
        "source": "allowance",
        "before": 0,
        "after": 20,
    }


def test_a_free_stretch_without_a_source_names_none(month):
    assert month.trace["stretches"][3].keys().isdisjoint({"price", "source", "before", "after"})


def test_expenses(month):
    assert month.trace["expenses"] == [
        {
            "expense": "X1",
            "case": "C1",
            "net": "48.20",
            "question": 0,
            "verdict": "billed",
            "code": "expense",
            "clause": "13(4)c",
        },
        {
            "expense": "X2",
            "case": "C1",
            "net": "5.00",
            "question": 0,
            "verdict": "held",
            "code": "receipt_missing",
            "clause": "13(4)c",
        },
    ]


def test_how_a_group_became_units(month):
    assert month.trace["groups"] == [
        {
            "group": "C1",
            "case": "C1",
            "minutes_to_date": 31,
            "units_due": 3,
            "units_before": 0,
            "surplus": 0,
            "allotted": [
                {
                    "rate_class": "regular",
                    "unit_price": "20.8325",
                    "exact": "8333/400",
                    "units": 1,
                    "minutes_to_date": 1,
                    "units_to_date": 0,
                },
                {
                    "rate_class": "out_of_hours",
                    "unit_price": "26.040625",
                    "exact": "8333/320",
                    "units": 2,
                    "minutes_to_date": 30,
                    "units_to_date": 0,
                },
            ],
        }
    ]
    assert month.trace["unit_minutes"] == 15


def test_nothing_else_is_told(month):
    assert month.trace.keys() == {"stretches", "expenses", "groups", "unit_minutes"}
