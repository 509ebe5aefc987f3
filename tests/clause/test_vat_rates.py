"""13(4)a "zzgl. gesetzlicher Umsatzsteuer": the standard rate by the date of service (§§ 12, 27, 28 UStG)."""

from fractions import Fraction

import pytest

from billing.clause.vat_rates import vat_rate
from billing.timespan import month_index


@pytest.mark.parametrize(
    ("year", "month", "percent"),
    [
        pytest.param(2006, 12, 19, id="before the table begins its oldest rate"),
        pytest.param(2007, 1, 19, id="since 2007"),
        pytest.param(2020, 6, 19, id="until June 2020"),
        pytest.param(2020, 7, 16, id="lowered in July 2020"),
        pytest.param(2020, 12, 16, id="until the end of 2020"),
        pytest.param(2021, 1, 19, id="as before since 2021"),
        pytest.param(2026, 11, 19, id="today"),
    ],
)
def test_the_rate_of_a_month(year: int, month: int, percent: int) -> None:
    assert vat_rate(month_index(year, month)) == Fraction(percent, 100)
