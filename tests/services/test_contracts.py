"""Contracts and what was agreed from which month on: whole versions, never edited, refused where they can't change."""

import json
from fractions import Fraction

import pytest

from billing.clause.terms import RateClass
from billing.services.acting import id_of
from billing.services.agreeing import agree_terms
from billing.services.contract_history import load_contract
from billing.services.contracts import add_contract, find_contract, list_terms, read_contract
from billing.store.tables import TermsVersion
from billing.timespan import format_month, instant_of
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import NOW, last_event, refused, rows_of

NEW = {"controller": "K-AVV-1", "starts_on": "2026-07-01"}


def add(story: Story, raw):
    return story.tell(lambda session: add_contract(session, story.act(NOW), read_contract(raw)))


def agree(story: Story, valid_from, changes, when: str = NOW):
    return story.tell(lambda session: agree_terms(session, story.act(when), "AVV-1", valid_from, changes))


def loaded(story: Story, ref: str = "AVV-1", as_of: str | None = None):
    def load(session):
        number = id_of(find_contract(session, ref))
        return load_contract(session, story.processor_id, number, None if as_of is None else instant_of(at(as_of)))

    return story.tell(load)


def test_what_is_not_agreed_otherwise_holds_as_in_the_term_set(office: Story):
    contract = add(office, NEW | {"number": "DPA 7", "terms": {"hourly_rate": "110.00", "allowance_minutes": 30}})
    assert (contract.ref, contract.number, contract.term_set) == ("DPA 7", "DPA 7", "immoinvent-2026")
    (terms,) = loaded(office, "DPA 7").agreement.versions
    assert (terms.hourly_rate, terms.allowance_minutes, terms.unit_minutes) == (110_00, 30, 15)
    assert format_month(terms.valid_from or 0) == "2026-07"
    assert last_event(office)[:2] == ("contract_added", "contract:DPA 7")


def test_a_version_holds_every_term_so_that_no_later_default_shows_through(office: Story):
    add(office, NEW | {"ref": "B", "terms": {"allowance_minutes": 90}})
    (version,) = [row for row in rows_of(office, TermsVersion) if '"allowance_minutes":90' in row.terms]
    assert len(json.loads(version.terms)) == 17


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"controller": "K-9"}, "unknown_controller", "controller", id="a controller there is not"),
        pytest.param({"ref": "AVV-1"}, "contract_exists", "ref", id="a reference that is taken"),
        pytest.param({"number": "AVV-1"}, "contract_exists", "ref", id="a number that is a taken reference"),
        pytest.param({"term_set": "acme"}, "unknown_value", "term_set", id="a term set there is not"),
        pytest.param({"starts_on": "1.1.2026"}, "not_a_date", "starts_on", id="a date of another form"),
        pytest.param({"terms": {"vat": "0.07"}}, "vat_is_statutory", "terms.vat", id="a VAT that the law does not set"),
        pytest.param({"terms": {"rate": "1"}}, "unknown_term", "terms.rate", id="a term there is not"),
        pytest.param({"terms": {"hourly_rate": 100}}, "money_not_a_string", "terms.hourly_rate", id="money as number"),
        pytest.param({"terms": ["x"]}, "not_terms", "terms", id="a list of terms"),
    ],
)
def test_a_contract_with_a_wrong_field_is_not_taken_in(desk: Story, change, code, path):
    with refused(code, path):
        add(desk, NEW | change)
    assert len(rows_of(desk, TermsVersion)) == 1


def test_new_terms_hold_from_their_month_on_and_the_others_stay(office: Story):
    agree(office, "2026-11", {"hourly_rate": "120.00"})
    agree(office, "2027-01", {"allowance_minutes": 90})
    found = loaded(office).agreement
    rates = [
        (format_month(terms.valid_from or 0), terms.hourly_rate, terms.allowance_minutes) for terms in found.versions
    ]
    assert rates == [("2025-01", 100_00, 60), ("2026-11", 120_00, 60), ("2027-01", 120_00, 90)]
    assert last_event(office)[:2] == ("terms_agreed", "contract:AVV-1")


def test_of_two_versions_of_a_month_the_one_recorded_last_counts(office: Story):
    agree(office, "2026-11", {"hourly_rate": "120.00"}, "2026-10-01 09:00")
    second = agree(office, "2026-11", {"hourly_rate": "125.00"}, "2026-10-05 09:00")
    assert second.version.version_no == 2
    assert [terms.hourly_rate for terms in loaded(office).agreement.versions] == [100_00, 125_00]
    contract = office.tell(lambda session: find_contract(session, "AVV-1"))
    assert [row.version_no for row in office.tell(lambda session: list_terms(session, contract))] == [1, 1, 2]


def test_a_run_knows_the_terms_recorded_by_its_moment(office: Story):
    agree(office, "2026-11", {"hourly_rate": "120.00"}, "2026-10-05 09:00")
    assert [terms.hourly_rate for terms in loaded(office, as_of="2026-10-05 08:59").agreement.versions] == [100_00]
    assert [terms.hourly_rate for terms in loaded(office, as_of="2026-10-05 09:00").agreement.versions] == [
        100_00,
        120_00,
    ]


def test_a_rate_agreed_later_for_earlier_months_prices_them(office: Story):
    agree(office, "2025-06", {"hourly_rate": "130.00"})
    agreement = loaded(office).agreement
    price = agreement.terms_at(2026 * 12 + 9).unit_price(RateClass.REGULAR)
    assert price is not None
    assert price.euros == Fraction(65, 2)


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        pytest.param({"unit_minutes": 5}, "term_is_fixed", "terms.unit_minutes", id="the unit can't change"),
        pytest.param({"rounding_scope": "entry"}, "term_is_fixed", "terms.rounding_scope", id="nor what is rounded"),
        pytest.param({"rounding_direction": "nearest"}, "term_is_fixed", "terms.rounding_direction", id="nor how"),
        pytest.param({"vat": "0.07"}, "term_is_fixed", "terms.vat", id="VAT is no matter of agreement"),
        pytest.param({}, "no_term_changed", "terms", id="nothing agreed"),
        pytest.param({"hourly_rate": "1e2"}, "money_not_whole_cents", "terms.hourly_rate", id="a rate that is none"),
        pytest.param({"nihgt": {}}, "unknown_term", "terms.nihgt", id="a term there is not"),
    ],
)
def test_terms_that_can_t_be_agreed_are_refused(desk: Story, changes, code, path):
    with refused(code, path):
        agree(desk, "2026-11", changes)
    assert len(rows_of(desk, TermsVersion)) == 1


def test_a_fixed_term_named_with_the_value_it_has_is_no_change(desk: Story):
    agree(desk, "2026-11", {"unit_minutes": 15, "hourly_rate": "105.00"})
    assert loaded(desk).agreement.versions[-1].hourly_rate == 105_00


def test_a_month_that_is_none_is_named(desk: Story):
    with refused("not_a_month", "valid_from"):
        agree(desk, "11/2026", {"hourly_rate": "105.00"})


def test_a_person_is_told_what_new_terms_leave_as_it_is(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    office.bill("2026-10", "2026-11-02 09:00")
    agree(office, "2027-01", {"hourly_rate": "120.00"}, "2026-11-03 09:00")
    told = agree(office, "2026-10", {"hourly_rate": "110.00"}, "2026-11-03 10:00").notices
    assert [(notice.code, notice.fields["value"]) for notice in told] == [
        ("billed_months_stay", "2026-10"),
        ("later_versions_stay", "2027-01"),
    ]
