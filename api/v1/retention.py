"""How long everything is kept, and the run that deletes what has served its time (law.md G)."""

from typing import Literal

from pydantic import BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_flag, read_object
from billing.services.access.rights import Right
from billing.services.retention import Kept, RetentionRun, ask_retention, show_retention
from billing.texts import sentence

_RUN: dict[str, Reader] = {"dry_run": read_flag}


class PeriodOut(BaseModel):
    """A class of retention: so many whole calendar years after the last one a row belongs to."""

    kept_as: Literal["book", "voucher", "letter", "work", "incident", "log"]
    years: int


class KeptOut(BaseModel):
    """One kind of row. It is kept while any of its periods runs; `until_it_ends`: and while it is in force."""

    table: str = Field(examples=["invoice"])
    name: str = Field(examples=["Rechnungen"])
    periods: list[PeriodOut]
    until_it_ends: bool
    rows: int
    over: int = Field(description="Rows whose time is over.")
    held: int = Field(description="Those of them that a legal hold keeps.")
    needed: int = Field(description="Those of them that a row which stays rests on.")


class RetentionOut(BaseModel):
    """Every kind of row that has a period."""

    items: list[KeptOut]


class GoneOut(BaseModel):
    """How many rows of one kind went."""

    table: str
    rows: int


class RetentionRunOut(BaseModel):
    """What went or, with `dry_run`, would go now; `people`: names that were replaced by pseudonyms."""

    dry_run: bool
    rows: int
    people: int
    deleted: list[GoneOut]


@get("/retention", right=Right.READ_LOGS, gives=RetentionOut)
def get_retention(call: Call) -> Reply:
    """Show what is kept for how long, how much there is, and how much of it has served its time."""
    return Reply(RetentionOut(items=[_show(kept, call.lang) for kept in show_retention(call.session)]))


@post("/retention/runs", right=Right.RETENTION, reads=_RUN, gives=RetentionRunOut, example={"dry_run": True})
def run_retention_(call: Call) -> Reply:
    """Delete all whose time is over, or say what would go. What is on hold, in use or still kept stays."""
    return Reply(_told(ask_retention(call.session, call.act, dry=read_object(call.raw, "", _RUN)["dry_run"])))


def _show(kept: Kept, lang: str) -> KeptOut:
    return KeptOut(
        table=kept.table,
        name=sentence(f"label.table_{kept.table}", lang),
        periods=[PeriodOut(kept_as=kind.value, years=years) for kind, years in kept.periods],
        until_it_ends=kept.until_it_ends,
        rows=kept.stock.rows,
        over=kept.stock.over,
        held=kept.stock.held,
        needed=kept.stock.needed,
    )


def _told(done: RetentionRun) -> RetentionRunOut:
    return RetentionRunOut(
        dry_run=done.dry,
        rows=done.rows,
        people=sum(done.people.values()),
        deleted=[GoneOut(table=name, rows=rows) for name, rows in done.deleted.items()],
    )
