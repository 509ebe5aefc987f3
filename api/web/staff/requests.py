"""What controllers asked for in the portal, as staff see it; each opened a case."""

from api.web.calls import PageCall, View
from api.web.routing import page
from api.web.staff.lookup import address, places
from billing.services.access.rights import Right
from billing.services.by_name import Named
from billing.services.support_requests import newest_requests, request_files, request_row

_SHOWN = 100


@page("/anfragen", right=Right.READ_CASES)
def list_requests_page(call: PageCall) -> View:
    """List requests, the newest first."""
    found = newest_requests(call.session, _SHOWN)
    at = places(call, Named.CASE, ((row.case_ref, row.case_id) for row in found))
    rows = [{"row": row, "case_here": at.here[row.case_id], "contract": at.contract.get(row.case_id)} for row in found]
    return View("staff/requests/list.html", {"rows": rows})


@page("/anfragen/{request_id:int}", right=Right.READ_CASES)
def request_page(call: PageCall) -> View:
    """Show a request with the files that came along."""
    row = request_row(call.session, call.path["request_id"])
    case_here = address(call, Named.CASE, row.case_ref, row.case_id)
    context = {"row": row, "files": request_files(call.session, row), "case_here": case_here}
    return View("staff/requests/show.html", context)
