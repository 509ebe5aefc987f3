"""How a supply is taxed: category, rate and the note that stands for a missing tax (§§ 3a, 13b, 19 UStG)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from billing.clause.vat_rates import vat_rate
from billing.money import vat_on
from invoices.document import ExpenseLine, Line, VatCategory, VatGroup
from invoices.wording import exemption_reason

_BY_CASE = {
    "domestic": VatCategory.STANDARD,
    "reverse_charge": VatCategory.REVERSE_CHARGE,
    "third_country": VatCategory.OUTSIDE_SCOPE,
}
_CODES = {VatCategory.REVERSE_CHARGE: "VATEX-EU-AE", VatCategory.OUTSIDE_SCOPE: "VATEX-EU-O"}


@dataclass(frozen=True, slots=True)
class Taxing:
    """How everything on one invoice is taxed: one category, at the rate of the month of service (§ 27 Abs. 1 UStG)."""

    category: VatCategory

    def rate_of(self, month: int) -> Fraction:
        """Give the rate for a service or cost of a local month (index); none but the standard category has one."""
        return vat_rate(month) if self.category is VatCategory.STANDARD else Fraction(0)


def taxing(vat_case: str, *, small_business: bool) -> Taxing:
    """Say how a controller is charged; a small business issuer charges no VAT to anyone (§ 19 Abs. 1 UStG)."""
    return Taxing(VatCategory.EXEMPT if small_business else _BY_CASE[vat_case])


def vat_groups(lines: Iterable[Line | ExpenseLine], lang: str) -> tuple[VatGroup, ...]:
    """Sum lines by category and rate, the highest rate first; VAT is rounded half up once on each sum of nets."""
    nets: dict[tuple[VatCategory, Fraction], int] = {}
    for line in lines:
        key = (line.vat_category, line.vat_rate)
        nets[key] = nets.get(key, 0) + line.net_cents
    return tuple(
        VatGroup(
            category=category,
            rate=rate,
            net_cents=net,
            vat_cents=vat_on(net, rate) if net >= 0 else -vat_on(-net, rate),
            exemption_reason=exemption_reason(category, lang),
            exemption_code=_CODES.get(category, ""),
        )
        for (category, rate), net in sorted(nets.items(), key=lambda item: (item[0][0], -item[0][1]))
    )
