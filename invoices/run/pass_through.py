"""Statements of pass-through money (§ 10 Abs. 1 Satz 5 UStG): frozen with the closing, printed after the commit.

They take no number of a series: they are no invoices (§ 14 Abs. 4 Nr. 4 UStG asks it of those), and must not look like
some. Their number names contract and month.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from billing import outbox
from billing.errors import Conflict, NotFound
from billing.services.acting import Act, id_of, put
from billing.services.sendings import SendingState, sending_states
from billing.store.files import NewFile, store_file
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, PassThrough, StoredFile
from billing.store.tables.kinds import RetentionClass
from invoices.run.letters import processor_on
from invoices.run.preparing import Prepared

PASSED_THROUGH_PDF = "pass_through_pdf"
_TABLE = "pass_through"
_VOUCHER_YEARS = 8


def freeze_statement(session: TenantSession, closing: Closing, prepared: Prepared, act: Act) -> PassThrough | None:
    """Write the statement of a closing and order its PDF; None when nothing was paid in the controller's name."""
    if prepared.statement is None:
        return None
    today = act.at.astimezone(ZoneInfo(processor_on(session, act.at.date()).time_zone)).date()
    number = _number(session, closing, prepared.contract)
    statement = replace(prepared.statement, number=number, issue_date=today)
    row = PassThrough(
        contract_id=closing.contract_id,
        controller_id=prepared.contract.controller_id,
        closing_id=id_of(closing),
        number=number,
        issue_date=today,
        issued_at=act.at,
        document=statement.to_json(),
        document_sha256=statement.sha256,
        total_cents=statement.total_cents,
    )
    put(session, row)
    outbox.enqueue(session, PASSED_THROUGH_PDF, _TABLE, id_of(row), act.at)
    return row


def _number(session: TenantSession, closing: Closing, contract: Contract) -> str:
    """Name contract and month, and after a cancellation the how manieth statement of them it is."""
    query = (
        select(sa.func.count())
        .select_from(PassThrough)
        .join(Closing, col(Closing.id) == col(PassThrough.closing_id))
        .where(Closing.contract_id == contract.id, Closing.month == closing.month)
    )
    before = session.exec(query).one()
    return f"DP-{closing.month}-{contract.ref}" + (f"-{before + 1}" if before else "")


def statement_source(session: TenantSession, number: int) -> str:
    """Give the JSON a statement is printed from: what was frozen, to the letter."""
    return _row(session, number).document


def _row(session: TenantSession, number: int) -> PassThrough:
    return session.exec(select(PassThrough).where(PassThrough.id == number)).one()


def store_statement(session: TenantSession, number: int, content: bytes, act: Act) -> None:
    """Keep the printed statement."""
    row = _row(session, number)
    kept_until = date(row.issue_date.year + _VOUCHER_YEARS, 12, 31)
    name = f"{row.number}.pdf".replace("/", "-")
    new = NewFile(name, "application/pdf", content, RetentionClass.VOUCHER, kept_until)
    file = store_file(session, new, recorded_at=act.at, recorded_by=act.name)
    row.stored_file_id = id_of(file)
    put(session, row)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement with the names that lists show; `living` is false once its month was cancelled."""

    id: int
    statement: PassThrough
    contract: str
    month: str
    living: bool
    sending: SendingState


def statements_after(
    session: TenantSession,
    after: int,
    most: int,
    *,
    month: str | None = None,
    controller_id: int | None = None,
    number: str | None = None,
) -> list[StatementRow]:
    """Give statements by rising id: all, those of a month's closings, those of one controller, the one of a number."""
    query = _statements().where(col(PassThrough.id) > after)
    if month is not None:
        query = query.where(Closing.month == month)
    if controller_id is not None:
        query = query.where(PassThrough.controller_id == controller_id)
    if number is not None:
        query = query.where(PassThrough.number == number)
    return _shown(session, query.order_by(col(PassThrough.id)).limit(most))


def newest_statements(session: TenantSession, most: int, *, controller_id: int) -> list[StatementRow]:
    """Give a controller's newest statements, the newest first."""
    query = _statements().where(PassThrough.controller_id == controller_id)
    return _shown(session, query.order_by(col(PassThrough.id).desc()).limit(most))


def _statements() -> Any:
    return (
        select(PassThrough, Contract.ref, Closing.month, Closing.cancelled_by_id)
        .join(Contract, col(Contract.id) == col(PassThrough.contract_id))
        .join(Closing, col(Closing.id) == col(PassThrough.closing_id))
    )


def _shown(session: TenantSession, query: Any) -> list[StatementRow]:
    rows = session.exec(query).all()
    states = sending_states(session, [row for row, *_ in rows])
    return [
        StatementRow(id_of(row), row, ref, name, cancelled is None, state)
        for (row, ref, name, cancelled), state in zip(rows, states, strict=True)
    ]


def statement_by_id(session: TenantSession, number: int, *, controller_id: int | None = None) -> StatementRow:
    """Give one statement, of one controller only if said so; NotFound for a foreign or unknown one."""
    found = [row for row in statements_after(session, number - 1, 1, controller_id=controller_id) if row.id == number]
    if not found:
        raise NotFound("nothing_there", value=number)
    return found[0]


def statement_by_number(session: TenantSession, number: str) -> StatementRow:
    """Give one statement by its number; NotFound when there is none."""
    found = statements_after(session, 0, 1, number=number)
    if not found:
        raise NotFound("pass_through_unknown", value=number)
    return found[0]


def require_living_statement(session: TenantSession, statement: PassThrough) -> None:
    """Refuse a statement that ended with its month: Conflict `pass_through_ended`."""
    closing = session.get_one(Closing, statement.closing_id)
    if closing.cancelled_by_id is not None:
        raise Conflict("pass_through_ended", value=statement.number, month=closing.month)


def statement_file_id(statement: PassThrough) -> int:
    """Give a statement's PDF; NotFound while it is not made."""
    if statement.stored_file_id is None:
        raise NotFound("invoice_file_not_made", value="pdf")
    return statement.stored_file_id


def statement_files_of_month(session: TenantSession, month: str) -> Sequence[tuple[int | None, str, str]]:
    """Give id, name and hash of every printed statement of the month's closings, cancelled ones included."""
    query = (
        select(StoredFile.id, StoredFile.name, StoredFile.sha256)
        .join(PassThrough, col(PassThrough.stored_file_id) == col(StoredFile.id))
        .join(Closing, col(Closing.id) == col(PassThrough.closing_id))
        .where(StoredFile.processor_id == session.processor_id, Closing.month == month)
        .order_by(col(PassThrough.number))
    )
    return session.exec(query).all()
