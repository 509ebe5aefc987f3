"""Every deadline of the three contracts and of the law around them: one table, with the clause that sets each.

`D-01` ... `D-26` are the codes that trackers, marks and texts (`deadline.<code>`) speak of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from billing.deadlines.counting import Length, Unit

IMMOINVENT, IMMOSOLVE, DEBTIFY = "immoinvent-2026", "immosolve-2026", "debtify-2026"
LAW = "law"
"""Stands for every contract: an act of law says so, whatever was agreed."""
GIVEN = "LEGAL"
"""The code of the legal deadline that somebody entered with a case."""


class Nature(StrEnum):
    """What passing the end means."""

    TERM = "term"
    """A term that is agreed or set by law."""
    REMINDER = "reminder"
    """\"At once\" without a number: the length is ours, so that nothing is forgotten."""
    REPEATING = "repeating"
    """Due again after each time it was done, until its matter is over."""
    INFORMATION = "information"
    """A term of somebody else, told because our part must be done before."""
    COUNTER = "counter"
    """An amount per year, month or case that the settlement counts."""
    RETENTION = "retention"
    """How long something is kept."""


class Start(StrEnum):
    """The event from which a period runs."""

    PROCESSOR_KNOWS = "processor_knows"
    CONTROLLER_KNOWS = "controller_knows"
    FIRST_NOTICE = "first_notice"
    CONTAINMENT = "containment"
    INSTRUCTION = "instruction"
    RECEIPT = "receipt"
    CONTROLLER_RECEIPT = "controller_receipt"
    CONTROLLER_REQUEST = "controller_request"
    PLANNED_START = "planned_start"
    PLANNED_AUDIT = "planned_audit"
    NOTICE = "notice"
    OBJECTION = "objection"
    AUTHORITY_RECEIPT = "authority_receipt"
    INVOICE_RECEIPT = "invoice_receipt"
    INCIDENT_END = "incident_end"
    LOG_TIME = "log_time"
    LAST_ONE = "last_one"
    CALENDAR_YEAR = "calendar_year"
    CALENDAR_MONTH = "calendar_month"
    URGENT_START = "urgent_start"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One row: what is due how long after (or ahead of) which event, by which clause of which contract."""

    code: str
    start: Start
    length: Length | None
    nature: Nature
    sources: Mapping[str, str]

    def source(self, term_set: str) -> str | None:
        """Give the clause under a contract, or the law; None where the contract has no such deadline."""
        return self.sources.get(term_set) or self.sources.get(LAW)


def _hours(count: int) -> Length:
    return Length(count, Unit.HOURS)


_AT_ONCE = _hours(24)
_NEXT_DAY = Length(1, Unit.BUSINESS_DAYS)
_TWO_WEEKS_AHEAD = Length(2, Unit.WEEKS, ahead=True)

TABLE: tuple[DeadlineRule, ...] = (
    DeadlineRule("D-01", Start.PROCESSOR_KNOWS, _hours(48), Nature.TERM, {IMMOINVENT: "6(3), 17(2)a"}),
    DeadlineRule(
        "D-01",
        Start.PROCESSOR_KNOWS,
        _AT_ONCE,
        Nature.REMINDER,
        {IMMOSOLVE: "Mitteilung bei Verstößen Abs. 1", DEBTIFY: "§ 7 Abs. 4 lit. c"},
    ),
    DeadlineRule(
        "D-02",
        Start.CONTROLLER_KNOWS,
        Length(72, Unit.EU_HOURS),
        Nature.INFORMATION,
        {LAW: "Art. 33 Abs. 1 DSGVO", IMMOINVENT: "Art. 33 Abs. 1 DSGVO, 6(3)"},
    ),
    DeadlineRule("D-03", Start.FIRST_NOTICE, _hours(24), Nature.REPEATING, {IMMOINVENT: "17(4)b"}),
    DeadlineRule("D-04", Start.FIRST_NOTICE, _AT_ONCE, Nature.REPEATING, {IMMOINVENT: "17(4)a"}),
    DeadlineRule("D-05", Start.CONTAINMENT, Length(10, Unit.WORKING_DAYS), Nature.TERM, {IMMOINVENT: "17(4)c"}),
    DeadlineRule("D-06", Start.INSTRUCTION, Length(14, Unit.DAYS), Nature.TERM, {IMMOINVENT: "11(2)"}),
    DeadlineRule(
        "D-07",
        Start.RECEIPT,
        _NEXT_DAY,
        Nature.REMINDER,
        {IMMOINVENT: "3(2)", IMMOSOLVE: "Pflichten des Auftragnehmers Abs. 1", DEBTIFY: "§ 7 Abs. 2 lit. c"},
    ),
    DeadlineRule(
        "D-08",
        Start.CONTROLLER_RECEIPT,
        Length(1, Unit.MONTHS),
        Nature.INFORMATION,
        {LAW: "Art. 12 Abs. 3 DSGVO"},
    ),
    DeadlineRule(
        "D-09", Start.CONTROLLER_REQUEST, Length(7, Unit.BUSINESS_DAYS), Nature.TERM, {DEBTIFY: "§ 7 Abs. 2 lit. a"}
    ),
    DeadlineRule("D-10", Start.PLANNED_START, Length(14, Unit.DAYS, ahead=True), Nature.TERM, {IMMOINVENT: "9(3)"}),
    DeadlineRule(
        "D-11", Start.NOTICE, Length(4, Unit.WEEKS), Nature.INFORMATION, {IMMOSOLVE: "Unterauftragsverhältnisse Abs. 2"}
    ),
    DeadlineRule("D-11", Start.NOTICE, Length(2, Unit.WEEKS), Nature.INFORMATION, {DEBTIFY: "§ 9 Abs. 4"}),
    # Until the data are handed over: the day is the processor's own, so there is no length to count.
    DeadlineRule("D-11", Start.NOTICE, None, Nature.INFORMATION, {IMMOINVENT: "9(3)"}),
    DeadlineRule(
        "D-12", Start.OBJECTION, Length(4, Unit.WEEKS), Nature.TERM, {IMMOSOLVE: "Unterauftragsverhältnisse Abs. 2"}
    ),
    DeadlineRule(
        "D-13",
        Start.NOTICE,
        Length(1, Unit.MONTHS_TO_MONTH_END, moves=False),
        Nature.INFORMATION,
        {DEBTIFY: "§ 9 Abs. 4"},
    ),
    DeadlineRule(
        "D-14", Start.PLANNED_AUDIT, _TWO_WEEKS_AHEAD, Nature.INFORMATION, {IMMOSOLVE: "Kontrollrechte Abs. 1"}
    ),
    DeadlineRule(
        "D-14",
        Start.PLANNED_AUDIT,
        Length(14, Unit.DAYS, ahead=True),
        Nature.REMINDER,
        {IMMOINVENT: "8(4)", DEBTIFY: "§ 8 Abs. 1"},
    ),
    DeadlineRule("D-15", Start.CALENDAR_YEAR, None, Nature.COUNTER, {IMMOINVENT: "13(6)b"}),
    DeadlineRule("D-16", Start.CALENDAR_YEAR, None, Nature.COUNTER, {IMMOINVENT: "13(2)a"}),
    DeadlineRule("D-17", Start.CALENDAR_MONTH, None, Nature.COUNTER, {IMMOINVENT: "13(2)d"}),
    DeadlineRule("D-18", Start.URGENT_START, None, Nature.COUNTER, {IMMOINVENT: "13(5)b"}),
    DeadlineRule("D-19", Start.INVOICE_RECEIPT, Length(14, Unit.DAYS), Nature.INFORMATION, {IMMOINVENT: "13(8)"}),
    DeadlineRule(
        "D-20",
        Start.INCIDENT_END,
        Length(3, Unit.YEARS_FROM_YEAR_END, moves=False),
        Nature.RETENTION,
        {IMMOINVENT: "17(9)b"},
    ),
    DeadlineRule(
        "D-21", Start.LOG_TIME, Length(6, Unit.MONTHS, moves=False), Nature.RETENTION, {DEBTIFY: "Anlage 1 D.4"}
    ),
    DeadlineRule(
        "D-22", Start.NOTICE, Length(4, Unit.WEEKS), Nature.INFORMATION, {IMMOSOLVE: "Schlussbestimmungen Abs. 2"}
    ),
    DeadlineRule(
        "D-23",
        Start.NOTICE,
        Length(7, Unit.DAYS, moves=False),
        Nature.INFORMATION,
        {IMMOSOLVE: "Schlussbestimmungen Abs. 2"},
    ),
    # Audit of the processor and training each year, a penetration test every second: the shortest of them reminds.
    DeadlineRule("D-24", Start.LAST_ONE, Length(12, Unit.MONTHS), Nature.REPEATING, {IMMOSOLVE: "Anlage 1"}),
    DeadlineRule(
        "D-25", Start.AUTHORITY_RECEIPT, Length(8, Unit.WEEKS), Nature.INFORMATION, {LAW: "Art. 36 Abs. 2 DSGVO"}
    ),
    DeadlineRule("D-26", Start.INSTRUCTION, _NEXT_DAY, Nature.REMINDER, {IMMOINVENT: "4(1)"}),
)
_GIVEN = DeadlineRule(GIVEN, Start.GIVEN, None, Nature.TERM, {LAW: "13(9)"})
CODES: tuple[str, ...] = tuple(dict.fromkeys([*(rule.code for rule in TABLE), GIVEN]))


def rules_of(term_set: str) -> dict[str, DeadlineRule]:
    """Give the deadlines that hold under contracts of a term set, by code."""
    return {rule.code: rule for rule in (*TABLE, _GIVEN) if rule.source(term_set) is not None}
