"""How a controller's supply is taxed shows on its invoice (§§ 3a, 13b, 19 UStG); printed the same on both databases."""

from typing import Any

import pytest

from invoices.document import VatCategory
from tests.months.conftest import work_once
from tests.months.story import Story

AUSTRIAN: dict[str, Any] = {
    "name": "Wiener Wohnbau GmbH",
    "street": "Ring 4",
    "postcode": "1010",
    "city": "Wien",
    "country": "AT",
    "vat_case": "reverse_charge",
    "vat_id": "ATU36765808",
}
SWISS: dict[str, Any] = {
    "name": "Zürcher Liegenschaften AG",
    "street": "Seeweg 2",
    "postcode": "8001",
    "city": "Zürich",
    "country": "CH",
    "vat_case": "third_country",
}


@pytest.mark.parametrize(
    ("controller", "category", "code", "vat_cents"),
    [
        pytest.param({}, VatCategory.STANDARD, "", 2850, id="at home with 19 percent"),
        pytest.param(AUSTRIAN, VatCategory.REVERSE_CHARGE, "VATEX-EU-AE", 0, id="in the EU by the receiver"),
        pytest.param(SWISS, VatCategory.OUTSIDE_SCOPE, "VATEX-EU-O", 0, id="in a third country not at all"),
    ],
)
def test_a_supply_is_taxed(
    paper_story: Story, controller: dict[str, Any], category: VatCategory, code: str, vat_cents: int
) -> None:
    paper_story.contract(**controller)
    work_once(paper_story)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    document = paper_story.invoice("RE-2026-0001")
    (group,) = document.vat_groups
    assert (group.category, group.exemption_code, group.vat_cents) == (category, code, vat_cents)
    assert {line.vat_category for line in document.lines} == {category}
    assert (document.net_cents, document.gross_cents) == (15000, 15000 + vat_cents)
    assert bool(group.exemption_reason) is (category is not VatCategory.STANDARD)


def test_both_vat_ids_stand_on_an_invoice_that_the_receiver_pays_the_tax_of(paper_story: Story) -> None:
    """§ 14a Abs. 1 UStG."""
    paper_story.contract(**AUSTRIAN)
    work_once(paper_story)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    document = paper_story.invoice("RE-2026-0001")
    assert (document.seller.vat_id, document.buyer.vat_id) == ("DE123456789", "ATU36765808")


def test_a_cancellation_takes_back_the_tax_that_was_charged(paper_story: Story) -> None:
    paper_story.contract(**AUSTRIAN)
    work_once(paper_story)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    paper_story.cancel("RE-2026-0001", "2026-11-03 09:00")
    assert paper_story.invoice("ST-2026-0001").vat_groups == paper_story.invoice("RE-2026-0001").vat_groups
