"""Opening balances: what was given and used before moving in counts, until the first closing, and only once."""

from datetime import date

import pytest

from billing.errors import Refused
from billing.services.openings import list_openings, set_opening
from billing.store.tables import OpeningBalance
from tests.months.story import Story
from tests.services.furnishing import NOW, last_event, refused, rows_of

TODAY = date(2026, 11, 2)
ALLOWANCE = {"kind": "allowance_used", "contract": "AVV-1", "month": "2026-10", "minutes": 25}


def opening(story: Story, raw):
    return story.tell(lambda session: set_opening(session, story.act(NOW), raw, TODAY))


def listed(story: Story):
    found = story.tell(list_openings)
    return [
        (str(row.kind), row.contract_ref, row.year or row.month, row.subject or row.series, row.value) for row in found
    ]


def test_each_kind_is_kept_with_what_it_is_about(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    for raw in (
        {"kind": "next_number", "year": 2026, "number": 118},
        {"kind": "document_taken", "contract": "AVV-1", "year": 2026, "document": "tom"},
        {"kind": "audit_given", "contract": "AVV-1", "year": 2026, "site": "Aichtal"},
        ALLOWANCE,
        {"kind": "approval_used", "contract": "AVV-1", "estimate": "Q-1", "rate_class": "regular", "minutes": 600},
    ):
        opening(office, raw)
    assert listed(office) == [
        ("next_number", None, 2026, "RE", 118),
        ("document_taken", "AVV-1", 2026, "tom", 1),
        ("audit_given", "AVV-1", 2026, "Aichtal", 1),
        ("allowance_used", "AVV-1", "2026-10", None, 25),
        ("approval_used", "AVV-1", None, "Q-1", 600),
    ]
    assert last_event(office)[:2] == ("opening_set", "opening:approval_used")


def test_a_balance_of_the_same_thing_takes_the_place_of_the_one_before(office: Story):
    opening(office, ALLOWANCE)
    opening(office, ALLOWANCE | {"minutes": 30})
    opening(office, ALLOWANCE | {"month": "2026-09"})
    assert [row[2:] for row in listed(office)] == [("2026-10", None, 30), ("2026-09", None, 25)]
    assert [row.withdrawn_by_name for row in rows_of(office, OpeningBalance)] == ["Erika Beispiel", None, None]


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({"kind": "money"}, "unknown_value", "kind", id="a kind there is not"),
        pytest.param({}, "missing_key", "kind", id="no kind"),
        pytest.param(
            {"kind": "next_number", "year": 2026, "number": 0}, "number_out_of_range", "number", id="number 0"
        ),
        pytest.param({"kind": "next_number", "year": 26, "number": 1}, "year_out_of_range", "year", id="a short year"),
        pytest.param(
            {"kind": "next_number", "year": 2026, "number": 1, "series": "re"}, "series_invalid", "series", id="small"
        ),
        pytest.param(ALLOWANCE | {"contract": "X"}, "unknown_contract", "contract", id="a contract there is not"),
        pytest.param(ALLOWANCE | {"year": 2026}, "unknown_key", "year", id="a field of another kind"),
        pytest.param(ALLOWANCE | {"minutes": -1}, "number_out_of_range", "minutes", id="less than nothing"),
        pytest.param(
            {"kind": "approval_used", "contract": "AVV-1", "estimate": "Q", "rate_class": "regular", "minutes": 1},
            "unknown_estimate",
            "estimate",
            id="an estimate there is not",
        ),
    ],
)
def test_a_balance_with_a_wrong_field_is_not_kept(desk: Story, raw, code, path):
    with refused(code, path):
        opening(desk, raw)
    assert rows_of(desk, OpeningBalance) == []


def test_no_more_can_be_used_than_was_approved(desk: Story):
    desk.estimate("Q-1", "V-1", regular=60)
    raw = {"kind": "approval_used", "contract": "AVV-1", "estimate": "Q-1", "rate_class": "regular", "minutes": 61}
    with refused("more_used_than_approved", "minutes"):
        opening(desk, raw)


def test_from_the_first_closing_on_the_product_keeps_the_record_itself(office: Story):
    office.contract("AVV-2")
    office.work("Z-1", "V-1", "2026-10-06 09:00", 30, "request_intake")
    office.run("2026-10", "2026-11-02 09:00")
    office.approve("2026-10", "2026-11-02 09:00", "AVV-1")
    office.issue("2026-10", "2026-11-02 09:00")
    for raw in (ALLOWANCE, {"kind": "next_number", "year": 2026, "number": 118}):
        with refused("opening_too_late") as caught:
            opening(office, raw)
        assert isinstance(caught.value, Refused)
    opening(office, ALLOWANCE | {"contract": "AVV-2"})


# October, 100 minutes of general queries; 25 of the 60 free minutes were used before the move.
#   |09:00 ---- 35 free ---- 09:35 ---- 65 held: no approved estimate ---- 10:40|
def test_allowance_used_before_the_move_is_not_free_again(office: Story):
    opening(office, ALLOWANCE)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 100, "general_query")
    run = office.run("2026-10", "2026-11-02 09:00")["AVV-1"].prepared
    assert run is not None
    assert [(str(stretch.answer.verdict), stretch.minutes) for stretch in run.settlement.stretches] == [
        ("free", 35),
        ("held", 65),
    ]


def test_a_document_given_before_the_move_is_not_free_again(office: Story):
    opening(office, {"kind": "document_taken", "contract": "AVV-1", "year": 2026, "document": "tom"})
    office.work("Z-1", "V-1", "2026-10-06 09:00", 30, "standard_documents", document="tom")
    office.work("Z-2", "V-1", "2026-10-06 10:00", 30, "standard_documents", document="certificate")
    run = office.run("2026-10", "2026-11-02 09:00")["AVV-1"].prepared
    assert run is not None
    assert [str(stretch.answer.verdict) for stretch in run.settlement.stretches] == ["held", "free"]


def test_an_audit_given_before_the_move_makes_the_next_one_the_second(office: Story):
    opening(office, {"kind": "audit_given", "contract": "AVV-1", "year": 2026, "site": "Aichtal"})
    audit = {"audit_site": "Aichtal", "audit_mode": "onsite", "audit_date": "2026-10-14", "audit_finding": "none"}
    office.case("V-2", kind="audit", **audit)
    office.work("Z-1", "V-2", "2026-10-14 09:00", 30, "audit_support")
    run = office.run("2026-10", "2026-11-02 09:00")["AVV-1"].prepared
    assert run is not None
    assert [stretch.answer.code for stretch in run.settlement.stretches] == ["second_onsite_audit"]


def test_minutes_approved_and_used_before_the_move_are_used(office: Story):
    office.estimate("Q-1", "V-1", regular=60)
    raw = {"kind": "approval_used", "contract": "AVV-1", "estimate": "Q-1", "rate_class": "regular", "minutes": 45}
    opening(office, raw)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    run = office.run("2026-10", "2026-11-02 09:00")["AVV-1"].prepared
    assert run is not None
    assert [(str(stretch.answer.verdict), stretch.minutes) for stretch in run.settlement.stretches] == [
        ("billed", 15),
        ("held", 45),
    ]


def test_the_first_invoice_takes_the_number_that_comes_next(office: Story):
    opening(office, {"kind": "next_number", "year": 2026, "number": 118})
    office.estimate("Q-1", "V-1", regular=600)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    assert office.bill("2026-10", "2026-11-02 10:00") == {"AVV-1": "RE-2026-0118"}
