"""Statements of pass-through money: what was paid in a controller's name, asked back apart from invoices."""

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.downloads import download
from api.v1.month_out import FileOut, PassThroughOut
from api.v1.routing import get
from billing.clause.reading import Reader, read_month
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.timespan import format_month
from invoices.run.pass_through import StatementRow, statement_by_id, statement_file_id, statements_after

_WANTED: dict[str, Reader] = {"month?": read_month, **PAGING}
_PDF = ("application/pdf",)


def _shown(row: StatementRow) -> PassThroughOut:
    statement = row.statement
    return PassThroughOut(
        id=row.id,
        number=statement.number,
        contract=row.contract,
        contract_id=statement.contract_id,
        month=row.month,
        issue_date=statement.issue_date,
        total=format_cents(statement.total_cents),
        living=row.living,
        file_id=statement.stored_file_id,
        document_sha256=statement.document_sha256,
        sending=str(row.sending),
    )


@get("/pass-throughs", right=Right.READ_MONTHS, query=_WANTED, gives=Page[PassThroughOut])
def pass_throughs(call: Call) -> Reply:
    """List statements of pass-through money, of one month's closings if said so."""
    wanted = call.query.get("month")
    month = None if wanted is None else format_month(wanted)
    return call.page(lambda after, most: statements_after(call.session, after, most, month=month), _shown)


@get("/pass-throughs/{statement_id:int}/file", right=Right.READ_MONTHS, gives=FileOut, media_types=_PDF, writes=True)
def pass_through_file(call: Call) -> Reply:
    """Download a statement of pass-through money as PDF."""
    return _file(call, statement_by_id(call.session, call.path["statement_id"]))


@get("/portal/pass-throughs", right=Right.PORTAL_READ, query=PAGING, gives=Page[PassThroughOut])
def portal_pass_throughs(call: Call) -> Reply:
    """List the statements of pass-through money of one's own controller."""
    mine = call.controller_id
    return call.page(lambda after, most: statements_after(call.session, after, most, controller_id=mine), _shown)


@get(
    "/portal/pass-throughs/{statement_id:int}/file",
    right=Right.PORTAL_READ,
    gives=FileOut,
    media_types=_PDF,
    writes=True,
)
def portal_pass_through_file(call: Call) -> Reply:
    """Download one of them as PDF."""
    return _file(call, statement_by_id(call.session, call.path["statement_id"], controller_id=call.controller_id))


def _file(call: Call, row: StatementRow) -> Reply:
    return download(call, statement_file_id(row.statement), f"pass_through:{row.statement.number}")
