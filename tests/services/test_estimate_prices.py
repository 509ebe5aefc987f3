"""What a cost estimate costs: as an invoice of its minutes would, at the rates agreed when it was sent (13(4)a)."""

from dataclasses import astuple

import pytest

from billing.services.estimate_prices import price_of
from billing.services.estimate_versions import add_version
from billing.services.estimates import find_estimate
from billing.services.parties import find_controller
from billing.services.party_changes import change_controller
from tests.months.story import Story
from tests.services.test_estimate_versions import WHEN, add, send


def price(story: Story, **change):
    add(story, **change)
    return story.tell(lambda s: price_of(s, story.act(WHEN), find_estimate(s, "Q-1")))


def minutes(**of_class: int):
    return [{"rate_class": rate_class, "minutes": count} for rate_class, count in of_class.items()]


@pytest.mark.parametrize(
    ("lines", "units", "net", "gross"),
    [
        pytest.param(minutes(regular=60), [4], 10000, 11900, id="an hour of four units"),
        pytest.param(minutes(regular=61), [5], 12500, 14875, id="a minute more is another unit"),
        pytest.param(minutes(regular=1), [1], 2500, 2975, id="at least one unit"),
        pytest.param(minutes(regular=28, night_weekend=2), [2, 0], 5000, 5950, id="units belong to the whole"),
        pytest.param(
            minutes(travel=60, regular=60, out_of_hours=60, night_weekend=60), [4] * 4, 42500, 50575, id="all"
        ),
        pytest.param([*minutes(regular=30), *minutes(regular=30)], [4], 10000, 11900, id="two lines of one class"),
    ],
)
def test_an_estimate_costs_what_an_invoice_of_its_minutes_would(desk: Story, lines, units, net, gross):
    found = price(desk, lines=lines)
    assert ([line.units for line in found.lines], found.net, found.gross) == (units, net, gross)
    assert sum(line.net for line in found.lines) == net


def test_no_price_is_told_while_no_rate_is_agreed(desk: Story):
    desk.agree("2026-10", "2026-09-30 09:00", hourly_rate=None)
    found = price(desk)
    assert (found.net, found.vat, found.gross) == (None, None, None)
    assert [astuple(line) for line in found.lines] == [
        ("regular", 240, None, None, None),
        ("night_weekend", 30, None, None, None),
    ]


def test_a_sent_estimate_keeps_the_price_it_was_sent_with(desk: Story):
    add(desk)
    send(desk)
    desk.agree("2026-10", "2026-10-20 09:00", hourly_rate="200.00")
    later = desk.act("2026-11-02 09:00")
    assert desk.tell(lambda s: price_of(s, later, find_estimate(s, "Q-1"))).net == 47500
    desk.tell(lambda s: add_version(s, later, find_estimate(s, "Q-1"), {}))
    assert desk.tell(lambda s: price_of(s, later, find_estimate(s, "Q-1"))).net == 95000


def test_a_controller_abroad_is_charged_no_vat(desk: Story):
    change = {"country": "AT", "vat_case": "reverse_charge", "vat_id": "ATU13585627"}
    desk.tell(lambda s: change_controller(s, desk.act(WHEN), find_controller(s, "K-AVV-1"), change))
    found = price(desk)
    assert (found.net, found.vat, found.gross) == (47500, 0, 47500)


@pytest.mark.parametrize(
    ("lines", "nets"),
    [
        pytest.param(
            [{"rate_class": "regular", "minutes": 240, "text": "Beschreibung"}, *minutes(regular=60, travel=60)],
            [40000, 10000, 5000],
            id="whole units cost what each says",
        ),
        pytest.param(minutes(regular=50, travel=60), [None, None], id="minutes that fill no unit have no own amount"),
    ],
)
def test_each_position_has_an_amount_if_all_are_whole_units(desk: Story, lines, nets):
    found = price(desk, lines=lines)
    assert [one.net for one in found.positions] == nets
    assert [one.text for one in found.positions] == [line.get("text") for line in lines]
