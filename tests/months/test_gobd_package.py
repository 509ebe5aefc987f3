"""What a year's audit package holds, on both databases: documents of that year and all they rest on (GoBD, Z3)."""

import csv
from pathlib import Path

from billing.services.sendings import Ordered
from invoices.gobd.package import Package, write_package
from invoices.gobd.verifying import verify_package
from invoices.run.ordering import order_all
from tests.months.story import Story

SUPPLIED = "Finanzamt Stuttgart"


def package(story: Story, year: int, folder: Path) -> Package:
    act = story.act("2027-03-01 09:00")
    return story.tell(lambda session: write_package(session, act, year, SUPPLIED, folder))


def column(folder: Path, table: str, name: str) -> list[str]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return [row[name] for row in csv.DictReader(stream, delimiter=";")]


def test_a_year_holds_what_was_issued_in_it_or_for_it_with_closings_and_minutes(simple: Story, tmp_path: Path) -> None:
    """December is billed in January: the tax is due for the one year, the number is of the other."""
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.work("E-dec", "C1", "2026-12-07 12:00", 30)
    simple.bill("2026-12", "2027-01-04 09:00")
    for year, numbers, months in (
        (2026, ["RE-2026-0001", "RE-2027-0001"], {"2026-10", "2026-12"}),
        (2027, ["RE-2027-0001"], {"2026-12"}),
    ):
        folder = tmp_path / str(year)
        made = package(simple, year, folder)
        assert column(folder, "invoice", "number") == numbers
        assert set(column(folder, "closing", "month")) == months
        assert set(column(folder, "segment", "month")) == months
        assert made.rows["audit_log"] == len(column(folder, "audit_log", "seq"))
        assert verify_package(folder).faults == []


def test_a_cancellation_of_the_next_year_brings_what_it_takes_back(simple: Story, tmp_path: Path) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.cancel("RE-2026-0001", "2027-01-05 09:00")
    package(simple, 2027, tmp_path / "p")
    assert column(tmp_path / "p", "invoice", "number") == ["RE-2026-0001", "ST-2027-0001"]
    assert set(column(tmp_path / "p", "invoice_line", "invoice_id")) == set(column(tmp_path / "p", "invoice", "id"))


def test_a_statement_of_pass_through_money_brings_the_orders_to_send_it(simple: Story, tmp_path: Path) -> None:
    """Sent the year after, it is still about the year of its closing."""
    simple.expense("D1", "C1", "2026-10-07", "119.00", "ancillary", in_name_of_client=True)
    simple.bill("2026-10", "2026-11-02 09:00")
    act = simple.act("2027-01-05 09:00")
    (ordered,) = order_all(simple.store, simple.processor_id, ["DP-2026-10-AVV-1"], act)
    assert isinstance(ordered, Ordered)
    package(simple, 2026, tmp_path / "p")
    (number,) = column(tmp_path / "p", "pass_through", "id")
    assert column(tmp_path / "p", "sending", "pass_through_id") == [number]


def test_another_processor_is_not_in_it(simple: Story, tmp_path: Path) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    other = Story(simple.store, "nachbar")
    other.contract("AVV-X")
    package(other, 2026, tmp_path / "p")
    assert column(tmp_path / "p", "invoice", "number") == []
    assert column(tmp_path / "p", "contract", "ref") == ["AVV-X"]
    assert column(tmp_path / "p", "processor", "ref") == [other.ref]
