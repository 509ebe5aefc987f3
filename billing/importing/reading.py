"""The reading half of `mehraufwand import`: a surveyed file into rows, one by one, in bounded memory.

with open_source(name) as source:
    survey = survey_file(source)
    for row in read_work(survey, ReadOptions(time_zone="Europe/Berlin")):
        ...  # WorkRow or RefusedRow
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from billing.errors import InvalidInput
from billing.importing.clock import zone_named
from billing.importing.date_order import DateOrder
from billing.importing.digests import DigestMaker
from billing.importing.layout import cells_of
from billing.importing.mapping import Mapping
from billing.importing.records import Record
from billing.importing.rows import RefusedRow, RowError, WorkRow
from billing.importing.spans import FileClock
from billing.importing.survey import Survey, body


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person says about a file, once: the time zone of its local times, and the order of its dates.

    Both are needed only when the file doesn't settle them itself (`open_options`).
    """

    time_zone: str | None = None
    date_order: DateOrder | None = None


def open_options(survey: Survey, options: ReadOptions) -> tuple[str, ...]:
    """Name the options that must be asked before this file can be read: `time_zone`, `date_order`."""
    missing = []
    if survey.needs_time_zone and options.time_zone is None:
        missing.append("time_zone")
    if survey.evidence.must_be_asked and options.date_order is None:
        missing.append("date_order")
    return tuple(missing)


def remembered(survey: Survey, options: ReadOptions, mapping: Mapping) -> ReadOptions:
    """Answer what must be asked with what the last file of this kind was read with; the file's own evidence wins."""
    missing = open_options(survey, options)
    return ReadOptions(
        time_zone=mapping.time_zone if "time_zone" in missing else options.time_zone,
        date_order=mapping.date_order if "date_order" in missing else options.date_order,
    )


def read_work(survey: Survey, options: ReadOptions) -> Iterator[WorkRow | RefusedRow]:
    """Give the rows of a file in its order. Everything that concerns the whole file is refused here, before any row.

    Raises InvalidInput when the time zone or the order of the dates is missing, unknown or against the evidence.
    """
    clock = FileClock(_zone(survey, options), _order(survey, options))
    return _rows(survey, clock)


def _zone(survey: Survey, options: ReadOptions) -> ZoneInfo | None:
    if options.time_zone is not None:
        return zone_named(options.time_zone, survey.source.name)
    if survey.needs_time_zone:
        raise InvalidInput("import_time_zone_missing", path=survey.source.name)
    return None


def _order(survey: Survey, options: ReadOptions) -> DateOrder | None:
    """Give the order of the file's dates. What all its dates prove wins over a remembered answer: that is an error."""
    evidence, chosen, name = survey.evidence, options.date_order, survey.source.name
    if evidence.order and chosen and chosen != evidence.order:
        proof = evidence.day_first or evidence.month_first
        assert proof is not None, "an order is only known from a date"  # noqa: S101 - own bug
        raise InvalidInput("import_date_order_contradicts", path=name, value=proof.text, line=proof.line)
    if evidence.order or chosen or not evidence.must_be_asked:
        return evidence.order or chosen
    if evidence.day_first and evidence.month_first:
        day, month = evidence.day_first, evidence.month_first
        raise InvalidInput(
            "import_date_order_mixed", path=name, value=day.text, line=day.line, other=month.text, other_line=month.line
        )
    doubt = evidence.in_doubt
    assert doubt is not None, "must_be_asked means mixed or in doubt"  # noqa: S101 - own bug
    raise InvalidInput("import_date_order_unknown", path=name, value=doubt.text, line=doubt.line)


def _rows(survey: Survey, clock: FileClock) -> Iterator[WorkRow | RefusedRow]:
    digests, header = DigestMaker(), survey.header
    for record in body(survey.source, survey.text, header):
        yield _row(record, survey, clock, digests) if isinstance(record, Record) else record


def _row(record: Record, survey: Survey, clock: FileClock, digests: DigestMaker) -> WorkRow | RefusedRow:
    header = survey.header
    try:
        work, notices = header.format.read(cells_of(record, header.format, header.names, header.places), clock)
    except RowError as error:
        return RefusedRow(record.line, record.last_line, error.code, error.fields)
    return WorkRow(record.line, work, notices, digests.digest(work))
