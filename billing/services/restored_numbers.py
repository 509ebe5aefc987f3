"""Numbers after a restore: what a backup does not know may have reached its recipients, so nobody gets it again.

A restored database knows the numbers up to the moment of its backup. Those given away later are on invoices that went
out. So a restore leaves a row for each number series, and while one waits the database refuses every invoice. A person
looks how far the numbers went - in the journal of numbers, the sent mail, the mail server's log, the books - and
confirms it; the next invoice takes the number after. The row stays and explains the gap (§ 14 Abs. 4 Nr. 4 UStG, GoBD).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from billing.errors import InvalidInput
from billing.services.acting import Act, audit, put
from billing.services.fields import read_note
from billing.services.moments import processor_zone
from billing.services.processors import processor_versions
from billing.store.session import TenantSession
from billing.store.tables import NumberSeries, RestoredSeries

Series = tuple[str, int]
"""A series and its year."""


@dataclass(frozen=True, slots=True)
class SeriesState:
    """How a number series stands: as the backup knew it, as the journal knows it, and as a person confirmed it."""

    row: RestoredSeries
    journal: int | None

    @property
    def least(self) -> int:
        """The lowest number that can be confirmed: those up to it were given away for certain."""
        return max(self.row.known_sequence, self.journal or 0)


def note_restore(session: TenantSession, act: Act, taken_at: datetime) -> list[RestoredSeries]:
    """Leave a row for each series that could have moved since the backup was taken; from now on nothing is issued."""
    counters = {(row.series, row.year): row.last_sequence for row in session.exec(select(NumberSeries))}
    rows = [
        RestoredSeries(
            series=series,
            year=year,
            backup_taken_at=taken_at,
            known_sequence=counters.get((series, year), 0),
            **act.record(),
        )
        for series, year in _concerned(session, counters, taken_at, act.at)
    ]
    put(session, *rows)
    known = {f"{row.series}-{row.year}": row.known_sequence for row in rows}
    audit(session, act, "restored", "database", backup_taken_at=taken_at.isoformat(timespec="seconds"), known=known)
    return rows


def restored_series(session: TenantSession) -> list[SeriesState]:
    """Give every series of every restore, the newest restore first, with what the journal of numbers knows."""
    newest = col(RestoredSeries.recorded_at).desc()
    rows = session.exec(select(RestoredSeries).order_by(newest, col(RestoredSeries.series), col(RestoredSeries.year)))
    journal = {} if session.journal is None else session.journal.last_numbers(session.processor_id)
    return [SeriesState(row, journal.get((row.series, row.year))) for row in rows]


def confirm_numbers(session: TenantSession, act: Act, last: Mapping[Series, int], evidence: str) -> list[SeriesState]:
    """Record how far the numbers of series had really gone, and what shows it; gives what is still waiting.

    InvalidInput: a series that does not wait, or a number below one that was given away for certain.
    """
    note = read_note(evidence, "evidence")
    waiting = [state for state in restored_series(session) if state.row.last_sequence is None]
    for (series, year), number in last.items():
        mine = [state for state in waiting if (state.row.series, state.row.year) == (series, year)]
        if not mine:
            raise InvalidInput("numbers_not_waiting", path="last", value=f"{series}-{year}")
        least = max(state.least for state in mine)
        if number < least:
            raise InvalidInput("number_was_given", path="last", value=f"{series}-{year}={number}", least=least)
        for state in mine:
            state.row.last_sequence, state.row.evidence_note = number, note
            state.row.confirmed_at, state.row.confirmed_by_name = act.at, act.name
            put(session, state.row)
    confirmed = {f"{series}-{year}": number for (series, year), number in last.items()}
    audit(session, act, "numbers_confirmed", "database", last=confirmed)
    return [state for state in waiting if state.row.last_sequence is None]


def _concerned(session: TenantSession, counters: Iterable[Series], taken_at: datetime, now: datetime) -> list[Series]:
    """Give every series in every year since the backup: those that were counted, and those of the letterheads."""
    zone = processor_zone(session)
    years = range(taken_at.astimezone(zone).year, now.astimezone(zone).year + 1)
    versions = processor_versions(session)
    names = {series for series, _ in counters}
    names |= {name for version in versions for name in (version.invoice_series, version.correction_series)}
    return [(series, year) for series in sorted(names) for year in years]
