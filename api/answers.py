"""What commands answer with: a sentence for what was done, a table for a list, and always the same as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from rich.markup import escape
from rich.table import Table

from api.console import err, language, out, print_json
from billing.money import format_cents
from billing.services.notices import Notice
from billing.texts import name_of, sentence
from invoices.format import LOCALES, day, money

_NAMED = {
    "kind": ("case_kind", "expense_kind", "opening_kind", "proposal_kind"),
    "state": ("estimate_state", "deadline_state", "bank_state"),
    "why": ("bank_why",),
    "service": ("service",),
    "document": ("document",),
    "rate_class": ("rate_class",),
    "cause": ("cause",),
    "channel": ("channel",),
    "audit_finding": ("finding",),
    "audit_mode": ("audit_mode",),
    "account_state": ("account_state",),
    "sending": ("sending_state",),
    "source": ("receipt_source",),
    "outcome": ("delivery_outcome",),
    "reason": ("reason",),
    "missing": ("field",),
    "not_said": ("field",),
    "not_yet_known": ("field",),
}
_WHOLE = (
    *("number", "open", "overpaid", "costs", "amount", "due_on", "booked_on", "paid_on", "entry"),
    *("ref", "contract", "case", "person", "start", "end", "minutes", "net", "month", "version", "rows", "value"),
    *("recorded_at", "opened_at", "sent_at", "approved_at", "incurred_on", "starts_on", "valid_from", "due_at"),
)
"""Columns whose values are never broken."""
_NARROWEST = 6
_MONEY = frozenset(
    {
        "net",
        "debit",
        "credit",
        "owed",
        "amount",
        "gross",
        "paid",
        "open",
        "overpaid",
        "interest",
        "flat_fee",
        "costs",
        "costs_open",
        "total",
    }
)
"""Columns of cents; everywhere amounts in euros."""
_NUMBERS = (*_MONEY, "minutes", "entries", "version", "value", "rows")


class Answer(Protocol):
    """What a command gives back."""

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        """Show it on standard output, as JSON or for people; moments by the clock of `zone`."""


@dataclass(frozen=True, slots=True)
class Done:
    """Something was done: the sentence `done.<code>`, its values, and what to know about it."""

    code: str
    values: Mapping[str, Any]
    notices: Sequence[Notice] = ()

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        """Show the sentence; notices go to standard error."""
        lang = language()
        told = [{"code": notice.code, "sentence": notice_sentence(notice, lang, zone)} for notice in self.notices]
        if json:
            print_json({**jsonable(self.values), "notices": told})
            return
        shown = {name: show(name, value, lang, zone) for name, value in self.values.items()}
        out().print(sentence(f"done.{self.code}", lang, **shown), markup=False, highlight=False, soft_wrap=True)
        for notice in told:
            err().print(f"! {notice['sentence']}", markup=False, highlight=False, soft_wrap=True, style="yellow")


def notice_sentence(notice: Notice, lang: str, zone: ZoneInfo | None) -> str:
    """Give the sentence of a notice; moments by the clock of `zone`."""
    shown = {name: show(name, value, lang, zone) for name, value in notice.fields.items()}
    return sentence(f"notice.{notice.code}", lang, **shown)


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows under a name; people see the `columns`, JSON has all that the rows hold."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    columns: str

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        """Show a table, or a sentence when there is nothing to list."""
        if json:
            print_json({self.name: [jsonable(row) for row in self.rows]})
            return
        lang = language()
        if not self.rows:
            out().print(sentence("list.empty", lang), highlight=False)
            return
        names = self.columns.split()
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in names:
            side: Literal["right", "left"] = "right" if name in _NUMBERS else "left"
            heading = sentence(f"heading.{name}", lang)
            table.add_column(heading, justify=side, overflow="fold", no_wrap=name in _WHOLE, min_width=_NARROWEST)
        for row in self.rows:
            table.add_row(*(escape(show(name, row.get(name), lang, zone)) for name in names))
        out().print(table)


@dataclass(frozen=True, slots=True)
class Details:
    """One thing with all its fields, and lists that belong to it (by name, each with its columns)."""

    values: Mapping[str, Any]
    lists: Mapping[str, tuple[Sequence[Mapping[str, Any]], str]] = field(default_factory=dict)

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        """Show a line for each field that is set, then the lists."""
        if json:
            print_json(
                {**jsonable(self.values), **{name: jsonable(list(rows)) for name, (rows, _) in self.lists.items()}}
            )
            return
        lang = language()
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, value in self.values.items():
            if value is not None and value != "":
                table.add_row(sentence(f"heading.{name}", lang), escape(show(name, value, lang, zone)))
        out().print(table)
        for name, (rows, columns) in self.lists.items():
            if rows:
                out().print(f"\n{sentence(f'heading.{name}', lang)}", style="bold", highlight=False)
                Listing(name, rows, columns).print(json=False, zone=zone)


def show(name: str, value: Any, lang: str, zone: ZoneInfo | None = None) -> str:
    """Write one value for reading: money in euros, moments by the processor's clock, codes by their names."""
    match value:
        case None:
            shown = ""
        case bool():
            shown = sentence("word.yes" if value else "word.no", lang)
        case datetime():
            # Work ends on the day it began, or in the night after it.
            form = "HH:mm" if name == "end" else "dd.MM.yyyy HH:mm"
            shown = format_datetime(value.astimezone(zone), form, locale=LOCALES[lang])
        case date():
            shown = day(value, lang)
        case int() if name in _MONEY:
            shown = money(value, lang)
        case list() | tuple():
            shown = ", ".join(show(name, item, lang, zone) for item in value)
        case Mapping() | list():
            shown = ", ".join(_parts(name, value, lang, zone))
        case _:
            shown = _named(name, str(value), lang)
    return shown


def _parts(name: str, value: Mapping[Any, Any] | list[Any], lang: str, zone: ZoneInfo | None) -> list[str]:
    if isinstance(value, list):
        return [show(name, item, lang, zone) for item in value]
    return [f"{_heading(key, lang)}: {show(str(key), item, lang, zone)}" for key, item in value.items()]


def _heading(name: Any, lang: str) -> str:
    return sentence(f"heading.{name}", lang)


def _named(column: str, code: str, lang: str) -> str:
    """Give the name of a code, in the first group that knows it; free text is its own name."""
    names = (name_of(group, code, lang) for group in _NAMED.get(column, ()))
    return next((name for name in names if name != code), code)


def jsonable(value: Any, name: str = "") -> Any:
    """Give a value as JSON: moments in UTC, dates in ISO, amounts as strings with two decimals."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item, name) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    is_amount = name in _MONEY and isinstance(value, int)
    return format_cents(value) if is_amount else value
