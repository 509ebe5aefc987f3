"""Drafts: what a run would bill, looked at by a person and released."""

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.month_out import ApprovedOut, DraftOut, DraftRowOut, SettledMonthOut
from api.v1.months import month_in
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_month, read_object, shaped
from billing.services.access.rights import Right
from billing.services.fields import read_line
from billing.timespan import format_month
from invoices.run.approving import release_draft, require_fresh, review_draft
from invoices.run.drafts import is_month_over
from invoices.run.overview import DraftRow, draft_by_id, drafts_of_month, require_living
from invoices.run.reports import review_report


@shaped(type="string", pattern="^[0-9a-f]{64}$")
def read_facts_hash(value: object, path: str) -> str:
    """Take the hash of the draft that was looked at."""
    return read_line(value, path)


APPROVAL: dict[str, Reader] = {"facts_hash": read_facts_hash}


def _row(row: DraftRow) -> DraftRowOut:
    return DraftRowOut(
        id=row.id,
        month=row.draft.month,
        contract=row.contract.ref,
        contract_id=row.draft.contract_id,
        state=row.draft.state,
        as_of=row.draft.as_of,
        facts_hash=row.draft.facts_hash,
        approved_by=row.draft.approved_by_name,
        approved_at=row.draft.approved_at,
    )


_OF_THE_DRAFT = (
    *("state", "approved_by", "facts_hash", "missing", "broken_rules", "changed"),
    *("issue_by", "issue_warning"),
)


@get("/months/{month:str}/drafts", right=Right.READ_MONTHS, query=PAGING, gives=Page[DraftRowOut])
def drafts(call: Call) -> Reply:
    """List a month's drafts."""
    name = format_month(month_in(call))
    return call.page(lambda after, most: drafts_of_month(call.session, name, after, most), _row)


@get("/drafts/{draft_id:int}", right=Right.READ_MONTHS, gives=DraftOut)
def draft(call: Call) -> Reply:
    """See a draft as it stands now, with each reason; what was issued or discarded is refused."""
    row = _living(call)
    review = review_draft(call.session, row.draft, row.contract, call.act.at)
    report = review_report(review, call.lang)
    facts = {name: report[name] for name in _OF_THE_DRAFT}
    is_over = is_month_over(call.session, read_month(row.draft.month, "month"), call.act.at)
    settled = SettledMonthOut.model_validate(report)
    return Reply(DraftOut(id=row.id, month_is_over=is_over, **facts, settled=settled))


@post(
    "/drafts/{draft_id:int}/approval",
    right=Right.RUN_MONTHS,
    reads=APPROVAL,
    gives=ApprovedOut,
    status=200,
    in_steps=True,
    example={"facts_hash": "0" * 64},
)
def approve_draft(call: Call) -> Reply:
    """Release a draft: exactly what has the hash that was looked at; a change of facts makes the approval lapse."""
    seen = read_object(call.raw, "", APPROVAL)["facts_hash"]
    row = _living(call)
    require_fresh(review_draft(call.session, row.draft, row.contract, call.act.at))
    newly = release_draft(call.store, call.who.processor_id, row.draft.contract_id, row.draft.month, seen, call.act)
    return Reply(ApprovedOut(id=row.id, facts_hash=seen, newly=newly))


def _living(call: Call) -> DraftRow:
    row = draft_by_id(call.session, call.path["draft_id"])
    require_living(row)
    return row
