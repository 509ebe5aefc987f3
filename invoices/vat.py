"""How a supply is taxed: category, rate and the note that stands for a missing tax (§§ 3a, 13b, 19 UStG)."""

from fractions import Fraction

from billing.money import vat_on
from invoices.document import VatCategory, VatGroup
from invoices.wording import exemption_reason

_BY_CASE = {
    "domestic": VatCategory.STANDARD,
    "reverse_charge": VatCategory.REVERSE_CHARGE,
    "third_country": VatCategory.OUTSIDE_SCOPE,
}
_CODES = {VatCategory.REVERSE_CHARGE: "VATEX-EU-AE", VatCategory.OUTSIDE_SCOPE: "VATEX-EU-O"}


def vat_of(rate: Fraction, vat_case: str, *, small_business: bool) -> tuple[VatCategory, Fraction]:
    """Give category and rate of everything on one invoice; a small business issuer charges no VAT to anyone."""
    category = VatCategory.EXEMPT if small_business else _BY_CASE[vat_case]
    return category, rate if category is VatCategory.STANDARD else Fraction(0)


def vat_group(category: VatCategory, rate: Fraction, net_cents: int, lang: str) -> VatGroup:
    """Sum up one category and rate; VAT is rounded half up once on the sum of nets."""
    return VatGroup(
        category=category,
        rate=rate,
        net_cents=net_cents,
        vat_cents=vat_on(net_cents, rate),
        exemption_reason=exemption_reason(category, lang),
        exemption_code=_CODES.get(category, ""),
    )
