"""The year: billable, free and held effort by month and client, as charts with their tables."""

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date

from api.web.calls import PageCall, View
from api.web.charts.year import Month, year_chart
from api.web.clerk.months import YEAR
from api.web.days import today_of
from api.web.routing import page
from billing.rating.decisions import Verdict
from billing.services.access.rights import Right
from billing.texts import wording
from invoices.format import LOCALES
from invoices.run.months import first_year
from invoices.run.years import ClientYear, year_of

_MONTHS = range(1, 13)


@page("/jahr", right=Right.READ_MONTHS, query=YEAR)
def year_page(call: PageCall) -> View:
    """Show a year over all clients, then each of them."""
    today = today_of(call)
    year = call.query.get("jahr", today.year)
    clients = year_of(call.session, year, call.act.at)
    everybody = _months(clients, year, call.lang)
    label = wording("page.year_label", call.lang, year=str(year))
    return View(
        "clerk/year.html",
        {
            "year": year,
            "months": everybody,
            "names": [date(year, number, 1) for number in _MONTHS],
            "chart": year_chart(everybody, label=label),
            "clients": [_client(one, year, call.lang) for one in clients],
            "before": year - 1 if year > first_year(call.session, today) else None,
            "after": year + 1 if year < today.year else None,
        },
    )


def _client(one: ClientYear, year: int, lang: str) -> dict[str, object]:
    months = _months([one], year, lang)
    label = wording("page.year_label_of", lang, year=str(year), client=one.client)
    return {"name": one.client, "contract": one.contract, "months": months, "chart": year_chart(months, label=label)}


def _months(clients: Sequence[ClientYear], year: int, lang: str) -> list[Month]:
    return [
        Month(
            format_date(date(year, number, 1), "LLL", locale=LOCALES[lang]).rstrip("."),
            *(
                sum(one.of(f"{year}-{number:02}", verdict) for one in clients)
                for verdict in (Verdict.BILLED, Verdict.FREE, Verdict.HELD)
            ),
        )
        for number in _MONTHS
    ]
