"""The months to bill, a year at a time: how far each is, and what is to be done next."""

from api.web.calls import PageCall, View
from api.web.routing import page
from billing.clause.reading import Reader
from billing.services.access.rights import Right
from billing.services.fields import count_between
from billing.services.moments import local_day, processor_zone
from invoices.run.months import first_year, months_of_year

_FIRST, _LAST = 2000, 2999
YEAR: dict[str, Reader] = {"jahr?": count_between(_FIRST, _LAST)}


@page("/abrechnung", right=Right.READ_MONTHS, query=YEAR)
def months_page(call: PageCall) -> View:
    """List the months of a year, the newest first."""
    today = local_day(call.act.at, processor_zone(call.session))
    year = call.query.get("jahr", today.year)
    return View(
        "clerk/months.html",
        {
            "months": months_of_year(call.session, year, today),
            "year": year,
            "running": f"{today:%Y-%m}",
            "before": year - 1 if year > first_year(call.session, today) else None,
            "after": year + 1 if year < today.year else None,
        },
    )
