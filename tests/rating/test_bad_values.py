"""Each value that can't be taken as it is: refused with its own code and the very path, and told in one sentence."""

import pytest

from billing.errors import InvalidInput
from billing.public_holidays import public_holidays
from billing.rating.scenario import parse_json, settle_scenario
from tests.rating.good_scenario import GONE, GOOD, as_text, spoiled

PATH = "the path that was changed"
START, NET, MINUTES = "entries[0].start", "expenses[0].net", "estimates[0].lines[0].minutes"
UNIT, HOURS, NIGHT, FACTORS = "terms.unit_minutes", "terms[1].business_hours", "terms[1].night", "terms[1].factors"

NO_LISTS = dict.fromkeys(GOOD, GONE)

# What is changed -> the code and the path of the refusal.
ROWS = {
    # Shapes and keys
    "a key beside a wrapped scenario": ({"scenario": GOOD, **NO_LISTS, "note": 1}, "unknown_key", "note"),
    "an unknown key at the top": ({"contract": "AVV"}, "unknown_key", PATH),
    "an unknown key of a case": ({"cases[0].color": "red"}, "unknown_key", PATH),
    "an unknown key of an update": ({"cases[0].updates[0].kind": "x"}, "unknown_key", PATH),
    "an optional key with its mark": ({"cases[0].cause?": "x"}, "unknown_key", 'cases[0]["cause?"]'),
    "an unknown key of an entry": ({"entries[1].minutes": 20}, "unknown_key", PATH),
    "an unknown key of an estimate's line": ({"estimates[0].lines[0].price": "1.00"}, "unknown_key", PATH),
    "an expense is not logged": ({"expenses[0].logged_at": "2026-10-15T09:00Z"}, "unknown_key", PATH),
    "an unknown key of a run": ({"runs[1].note": "x"}, "unknown_key", PATH),
    "an unknown key of a cancellation": ({"cancellations[0].reason": "x"}, "unknown_key", PATH),
    "a key that is no word": ({"runs[1]": {**GOOD["runs"][1], "": 1}}, "unknown_key", 'runs[1][""]'),
    "a term that is no word": ({"terms": {"a b": 1}}, "unknown_term", 'terms["a b"]'),
    "a missing list": ({"expenses": GONE}, "missing_key", PATH),
    "a missing id": ({"cases[1].id": GONE}, "missing_key", PATH),
    "a missing end": ({"entries[0].end": GONE}, "missing_key", PATH),
    "a missing finding": ({"cases[0].audit.finding": GONE}, "missing_key", PATH),
    "a missing month": ({"runs[0].month": GONE}, "missing_key", PATH),
    "null is no start": ({START: None}, "not_a_moment", PATH),
    "null is no list": ({"entries": None}, "not_a_list", PATH),
    "a list that is an object": ({"cases": {}}, "not_a_list", PATH),
    "an entry that is a text": ({"entries[1]": "E2"}, "not_an_object", PATH),
    "an audit that is a list": ({"cases[0].audit": []}, "not_an_object", PATH),
    "lines that are a number": ({"estimates[0].lines": 3}, "not_a_list", PATH),
    # Texts
    "an id that is a number": ({"entries[0].id": 1}, "not_a_text", PATH),
    "an empty id": ({"entries[0].id": ""}, "text_is_empty", PATH),
    "an id of blanks": ({"cases[0].id": " \t"}, "text_is_empty", PATH),
    "an endless id": ({"runs": [], "cancellations": [], "cases[1].id": "x" * 501}, "text_too_long", "cases[1].id"),
    "an id with NUL": ({"estimates[0].id": "Q\0"}, "text_not_storable", PATH),
    "an id of two lines": ({"estimates[0].id": "Q\n1"}, "text_not_storable", PATH),
    "half a surrogate pair": ({"cases[0].audit.site": "\ud800"}, "text_not_storable", PATH),
    "a document that is a flag": ({"entries[1].document": True}, "not_a_text", PATH),
    "a flag that is a text": ({"entries[0].onsite": "true"}, "not_true_or_false", PATH),
    "a flag that is a number": ({"expenses[0].receipt": 1}, "not_true_or_false", PATH),
    # Words
    "an unknown service": ({"entries[0].service": "coffee"}, "unknown_value", PATH),
    "a service in capitals": ({"entries[0].service": "DPIA_support"}, "unknown_value", PATH),
    "an unknown cause": ({"cases[0].cause": "nobody"}, "unknown_value", PATH),
    "an unknown cause in an update": ({"cases[1].updates[0].cause": "nobody"}, "unknown_value", PATH),
    "an unknown finding": ({"cases[0].audit.finding": "minor"}, "unknown_value", PATH),
    "an unknown mode": ({"cases[0].audit.mode": "hybrid"}, "unknown_value", PATH),
    "an unknown class": ({"estimates[0].lines[0].rate_class": "cheap"}, "unknown_value", PATH),
    "an unknown kind of expense": ({"expenses[0].kind": "gift"}, "unknown_value", PATH),
    "a class that is a list": ({"estimates[0].lines[0].rate_class": ["regular"]}, "unknown_value", PATH),
    # Instants, dates, months
    "a time without offset": ({START: "2026-10-14T09:00"}, "time_without_offset", PATH),
    "a time without offset, with seconds": ({"runs[0].as_of": "2026-11-02 09:00:00.5"}, "time_without_offset", PATH),
    "a date is no instant": ({"cases[0].updates[0].at": "2026-10-20"}, "not_a_moment", PATH),
    "an offset of 25 hours": ({START: "2026-10-14T09:00+25:00"}, "not_a_moment", PATH),
    "an offset without colon": ({START: "2026-10-14T09:00+0200"}, "not_a_moment", PATH),
    "30 February": ({START: "2026-02-30T09:00Z"}, "not_a_moment", PATH),
    "the hour 24": ({START: "2026-10-14T24:00Z"}, "not_a_moment", PATH),
    "a minute 60": ({START: "2026-10-14T09:60Z"}, "not_a_moment", PATH),
    "an instant as a number": ({START: 1_791_961_200}, "not_a_moment", PATH),
    "a named zone": ({START: "2026-10-14T09:00 Europe/Berlin"}, "not_a_moment", PATH),
    "full-width digits in a time": ({START: "２０２６-10-14T09:00Z"}, "not_a_moment", PATH),
    "the year 1": ({START: "0001-01-01T00:00+14:00"}, "year_out_of_range", PATH),
    "the year 9999": ({"entries[0].end": "9999-12-31T23:59-14:00"}, "year_out_of_range", PATH),
    "a notice without offset": ({"cases[0].urgent_notice_at": "2026-10-05T08:00"}, "time_without_offset", PATH),
    "an approval without offset": ({"estimates[0].approved_at": "2026-10-02T09:00"}, "time_without_offset", PATH),
    "an expense of no date": ({"expenses[0].incurred_on": "14.10.2026"}, "not_a_date", PATH),
    "an expense of 31 September": ({"expenses[0].incurred_on": "2026-09-31"}, "not_a_date", PATH),
    "an expense of an instant": ({"expenses[0].incurred_on": "2026-10-14T00:00Z"}, "not_a_date", PATH),
    "an audit in the year 0": ({"cases[0].audit.date": "0000-10-14"}, "not_a_date", PATH),
    "an audit in 1900": ({"cases[0].audit.date": "1900-10-14"}, "year_out_of_range", PATH),
    "a month 13": ({"runs[0].month": "2026-13"}, "not_a_month", PATH),
    "a month of one digit": ({"runs[0].month": "2026-1"}, "not_a_month", PATH),
    "a month that is a number": ({"cancellations[0].run_month": 202610}, "not_a_month", PATH),
    "a month in 9999": ({"runs[1].month": "9999-12"}, "year_out_of_range", PATH),
    # Numbers
    "minutes as text": ({MINUTES: "240"}, "not_a_whole_number", PATH),
    "minutes with a point": ({MINUTES: 240.0}, "not_a_whole_number", PATH),
    "minutes that are true": ({MINUTES: True}, "not_a_whole_number", PATH),
    "negative minutes": ({MINUTES: -1}, "number_out_of_range", PATH),
    "absurdly many minutes": ({MINUTES: 10**12}, "number_out_of_range", PATH),
    # Money
    "money as a number": ({NET: 48.2}, "money_not_a_string", PATH),
    "money as a whole number": ({NET: 48}, "money_not_a_string", PATH),
    "three decimals": ({NET: "48.205"}, "money_not_whole_cents", PATH),
    "a decimal comma": ({NET: "48,20"}, "money_not_whole_cents", PATH),
    "an exponent": ({NET: "1e2"}, "money_not_whole_cents", PATH),
    "a blank before": ({NET: " 1.00"}, "money_not_whole_cents", PATH),
    "a plus sign": ({NET: "+1.00"}, "money_not_whole_cents", PATH),
    "a bare point": ({NET: ".50"}, "money_not_whole_cents", PATH),
    "a currency": ({NET: "48.20 EUR"}, "money_not_whole_cents", PATH),
    "full-width digits": ({NET: "１００"}, "money_not_whole_cents", PATH),
    "NaN as text": ({NET: "NaN"}, "money_not_whole_cents", PATH),
    "no amount": ({NET: ""}, "money_not_whole_cents", PATH),
    "negative money": ({NET: "-0.01"}, "negative_money", PATH),
    "negative nothing": ({NET: "-0.00"}, "negative_money", PATH),
    "an absurd amount": ({NET: "1000000000.00"}, "number_out_of_range", PATH),
    "a more absurd amount": ({NET: "9" * 60 + ".99"}, "number_out_of_range", PATH),
    # Terms
    "terms that are a number": ({"terms": 7}, "not_terms", PATH),
    "an unknown set of terms": ({"terms": "immoinvent-2025"}, "unknown_term_set", PATH),
    "an empty list of versions": ({"terms": []}, "list_is_empty", PATH),
    "a version that is a name": ({"terms[0]": "immoinvent-2026"}, "not_an_object", PATH),
    "a version from no month": ({"terms[0].valid_from": GONE}, "missing_key", PATH),
    "a version from a day": ({"terms[0].valid_from": "2026-11-01"}, "not_a_month", PATH),
    "a month with two versions": ({"terms[1].valid_from": "2026-11"}, "month_listed_twice", PATH),
    "a single object from a month": ({"terms": {"valid_from": "2026-10"}}, "unknown_term", "terms.valid_from"),
    "an unknown term": ({"terms[1].discount": "0.1"}, "unknown_term", PATH),
    "a rate as a number": ({"terms[0].hourly_rate": 120}, "money_not_a_string", PATH),
    "a negative rate": ({"terms[0].hourly_rate": "-1.00"}, "negative_money", PATH),
    "an absurd rate": ({"terms[0].hourly_rate": "1" + "0" * 30}, "number_out_of_range", PATH),
    "a unit that doesn't divide the hour": ({"terms": {"unit_minutes": 7}}, "unit_does_not_divide_hour", UNIT),
    "a unit of nothing": ({"terms": {"unit_minutes": 0}}, "unit_does_not_divide_hour", UNIT),
    "a unit of two hours": ({"terms": {"unit_minutes": 120}}, "unit_does_not_divide_hour", UNIT),
    "a unit that changes": ({"terms[1].unit_minutes": 30}, "term_cannot_change", PATH),
    "a scope that changes": ({"terms[1].rounding_scope": "entry"}, "term_cannot_change", PATH),
    "a direction that changes": ({"terms[1].rounding_direction": "nearest"}, "term_cannot_change", PATH),
    "a tax that changes": ({"terms[1].vat": "0.07"}, "term_cannot_change", PATH),
    "a factor as a number": ({f"{FACTORS}.travel": 0.5}, "not_a_decimal_string", PATH),
    "a negative factor": ({f"{FACTORS}.travel": "-0.5"}, "not_a_decimal_string", PATH),
    "a factor of a fraction": ({f"{FACTORS}.regular": "1/2"}, "not_a_decimal_string", PATH),
    "a missing factor": ({f"{FACTORS}.regular": GONE}, "missing_key", PATH),
    "an unknown factor": ({f"{FACTORS}.sunday": "2"}, "unknown_key", PATH),
    "factors out of order": ({f"{FACTORS}.out_of_hours": "1.6"}, "factors_out_of_order", f"{FACTORS}.night_weekend"),
    "travel dearer than work": ({f"{FACTORS}.travel": "1.01"}, "factors_out_of_order", f"{FACTORS}.regular"),
    "a tax above one": ({"terms": {"vat": "19"}}, "share_above_one", "terms.vat"),
    "a tax as a number": ({"terms": {"vat": 0.19}}, "not_a_decimal_string", "terms.vat"),
    "a weekday 0": ({f"{HOURS}.days[0]": 0}, "not_a_weekday", PATH),
    "a weekday 8": ({f"{HOURS}.days[4]": 8}, "not_a_weekday", PATH),
    "a weekday that is true": ({f"{HOURS}.days[0]": True}, "not_a_weekday", PATH),
    "a weekday twice": ({f"{HOURS}.days[4]": 1}, "listed_twice", PATH),
    "business hours without days": ({f"{HOURS}.days": GONE}, "missing_key", PATH),
    "business hours of no length": ({f"{HOURS}.to": "08:00"}, "window_is_empty", HOURS),
    "a night of no length": ({f"{NIGHT}.to": "23:00"}, "window_is_empty", NIGHT),
    "a night without an end": ({f"{NIGHT}.to": GONE}, "missing_key", PATH),
    "a night that begins at 24:00": ({f"{NIGHT}.from": "24:00"}, "not_a_clock_time", PATH),
    "a night that ends at 24:30": ({f"{NIGHT}.to": "24:30"}, "not_a_clock_time", PATH),
    "a clock of one digit": ({f"{NIGHT}.to": "6:00"}, "not_a_clock_time", PATH),
    "a clock with seconds": ({f"{NIGHT}.to": "06:00:00"}, "not_a_clock_time", PATH),
    "an unknown Land": ({"terms[0].holiday_calendar": "DE-XX"}, "unknown_value", PATH),
    "a Land without its country": ({"terms[0].holiday_calendar": "BW"}, "unknown_value", PATH),
    "a holiday that is no date": ({"terms[1].extra_holidays[0]": "Easter"}, "not_a_date", PATH),
    "a holiday added and removed": (
        {"terms[1].extra_holidays[0]": "2026-10-03"},
        "holiday_added_and_removed",
        "terms[1].removed_holidays",
    ),
    "a negative allowance": ({"terms[0].allowance_minutes": -60}, "number_out_of_range", PATH),
    "an allowance of null": ({"terms[0].allowance_minutes": None}, "not_a_whole_number", PATH),
    "a cap as text": ({"terms[0].urgent_cap_minutes": "120"}, "not_a_whole_number", PATH),
    "a term of payment of 100 years": ({"terms[0].payment_days": 36_500}, "number_out_of_range", PATH),
    "an unknown scope": ({"terms": {"rounding_scope": "day"}}, "unknown_value", "terms.rounding_scope"),
    "an unknown direction": ({"terms": {"rounding_direction": "down"}}, "unknown_value", "terms.rounding_direction"),
    "an unknown reading of documents": ({"terms[0].documents_scope": "never"}, "unknown_value", PATH),
    "an unknown reading of audits": ({"terms[0].audit_free_on": "none"}, "unknown_value", PATH),
    "an unknown reading of base services": ({"terms[0].base_services_out_of_hours": "x"}, "unknown_value", PATH),
}  # fmt: skip


def test_the_good_scenario_is_good():
    assert len(settle_scenario(parse_json(as_text(GOOD)), public_holidays)["runs"]) == 2


@pytest.mark.parametrize(("changes", "code", "path"), ROWS.values(), ids=ROWS)
def test_a_bad_value_is_refused_with_its_path(changes, code, path):
    expected_path = next(iter(changes)) if path == PATH else path
    with pytest.raises(InvalidInput) as refusal:
        settle_scenario(parse_json(as_text(spoiled(changes))), public_holidays)
    assert (refusal.value.code, refusal.value.path) == (code, expected_path)
