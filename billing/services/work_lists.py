"""Logged work as lists: of a case, a contract, a person, a month."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col

from billing.clause.reading import Reader, read_month, read_object
from billing.services.acting import id_of
from billing.services.cases import find_case
from billing.services.contracts import find_contract
from billing.services.fields import read_line
from billing.services.parties import find_person
from billing.store.queries.work import work_history, work_rows, work_rows_after
from billing.store.session import TenantSession
from billing.store.tables import Entry, EntryVersion

WANTED_WORK: dict[str, Reader] = {
    "case?": read_line,
    "contract?": read_line,
    "person?": read_line,
    "month?": read_month,
}


def list_work(session: TenantSession, raw: Mapping[str, Any], zone: ZoneInfo) -> list[Any]:
    """Give living work by start and reference, of a `case`, `contract`, `person` or local `month` only."""
    wanted = read_object(dict(raw), "", WANTED_WORK)
    return list(work_rows(session, session.processor_id, _conditions(session, wanted, zone)))


def work_after(
    session: TenantSession, wanted: Mapping[str, Any], zone: ZoneInfo, after: int, most: int
) -> Sequence[Any]:
    """Give living work by id, the next ones after an id; `wanted` is what `WANTED_WORK` read."""
    return work_rows_after(session, session.processor_id, _conditions(session, wanted, zone), after, most)


def entry_history(session: TenantSession, entry: Entry) -> Sequence[Any]:
    """Give all versions of an entry, oldest first, with who wrote each, when and why."""
    return work_history(session, session.processor_id, id_of(entry))


def _conditions(session: TenantSession, wanted: Mapping[str, Any], zone: ZoneInfo) -> list[Any]:
    conditions: list[Any] = []
    if "case" in wanted:
        conditions.append(col(Entry.case_id) == id_of(find_case(session, wanted["case"], wanted.get("contract"))))
    if "contract" in wanted:
        conditions.append(col(Entry.contract_id) == id_of(find_contract(session, wanted["contract"])))
    if "person" in wanted:
        conditions.append(col(Entry.person_id) == id_of(find_person(session, wanted["person"])))
    if "month" in wanted:
        conditions.append(col(EntryVersion.start_at) >= _month_start(wanted["month"], zone))
        conditions.append(col(EntryVersion.start_at) < _month_start(wanted["month"] + 1, zone))
    return conditions


def _month_start(month: int, zone: ZoneInfo) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=zone)
