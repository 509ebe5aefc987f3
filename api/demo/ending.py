"""The demo's ending: what was billed, free and held per processor, how often each rule decided, and what to try next.

All figures are what `mehraufwand review --json` answered on the way, just before each issue.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.console import language
from api.demo.player import Result
from api.demo.stage import Stage
from billing.money import format_cents
from billing.texts import sentence
from invoices.format import clock, money, month

_ORDER = (
    *("travel", "regular", "out_of_hours", "night_weekend", "expenses"),
    *("13.7", "own_duty", "13.2.b", "13.2.c", "13.2.a", "included", "13.6.b", "13.2.d"),
    *("cause_undecided", "second_onsite_audit", "audit_finding_pending", "rate_not_agreed", "onsite_not_agreed"),
    *("urgent_notice_missing", "urgent_cap_reached"),
    *("no_approved_estimate", "rate_class_not_approved", "estimate_exceeded"),
    *("third_party_not_approved", "receipt_missing"),
)
"""All that can come of a minute or an expense: rate classes from the cheapest, reasons as the questions are asked."""
_NEXT = ("run 2026-11", "review 2026-11 --contract AVV-104", "case show V-116", "--help")
"""What is still open is asked again in the next month's run; a case shows who recorded what, and when."""


@dataclass(slots=True)
class Account:
    """What came of one processor's two months: cents and minutes; `held` is what still waits at the end."""

    invoices: int = 0
    net_cents: int = 0
    free_minutes: int = 0
    held_minutes: int = 0
    contracts: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Ending:
    """All that the story gave: an account per processor, and per month what each rule decided."""

    accounts: Mapping[str, Account]
    rules: Mapping[tuple[str, str], Mapping[str, int]]
    """By section (`billed` in cents, `free` and `held` in minutes) and code: the sum of each month."""
    months: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the same as plain JSON values."""
        return {
            "processors": {
                ref: {
                    "contracts": len(account.contracts),
                    "invoices": account.invoices,
                    "net": format_cents(account.net_cents),
                    "free_minutes": account.free_minutes,
                    "held_minutes": account.held_minutes,
                }
                for ref, account in self.accounts.items()
            },
            "rules": {f"{section}.{code}": dict(sums) for (section, code), sums in self.rules.items()},
        }


@dataclass(frozen=True, slots=True)
class _Row:
    """One contract's month as it was issued; `counts` is False when it was cancelled later."""

    processor: str
    month: str
    contract: dict[str, Any]
    counts: bool


def ending_of(results: Iterable[Result]) -> Ending:
    """Add up the reviews of all months."""
    rows = list(_rows(results))
    accounts: dict[str, Account] = {}
    rules: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        account = accounts.setdefault(row.processor, Account())
        account.contracts.add(row.contract["contract"])
        # What was found free stays free, also when the month is cancelled.
        account.free_minutes += row.contract["free_minutes"]
        if row.counts:
            account.invoices += row.contract["net"] != "0.00"
            account.net_cents += _cents(row.contract["net"])
        for rule, amount in _decided(row):
            sums = rules.setdefault(rule, {})
            sums[row.month] = sums.get(row.month, 0) + amount
    months = tuple(sorted({row.month for row in rows}))
    for row in rows:
        if row.counts and row.month == months[-1]:
            accounts[row.processor].held_minutes += row.contract["held_minutes"]
    return Ending(accounts, rules, months)


def _rows(results: Iterable[Result]) -> Iterator[_Row]:
    reviews = [result for result in results if result.words[0] == "review"]
    rows = [(one.processor, one.value["month"], row) for one in reviews for row in one.value["contracts"]]
    last = {(processor, month, row["contract"]): position for position, (processor, month, row) in enumerate(rows)}
    for position, (processor, name, row) in enumerate(rows):
        yield _Row(processor, name, row, counts=last[processor, name, row["contract"]] == position)


def _decided(row: _Row) -> Iterator[tuple[tuple[str, str], int]]:
    for free in row.contract["free"]:
        yield ("free", free["code"]), free["minutes"]
    if row.counts:
        for line in row.contract["lines"]:
            yield ("billed", line["rate_class"]), _cents(line["net"])
        for expense in row.contract["expenses"]:
            yield ("billed", "expenses"), _cents(expense["net"])
        for held in row.contract["held"]:
            yield ("held", held["code"]), held["minutes"]


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))


def _t(key: str, **fields: Any) -> str:
    return sentence(f"demo.{key}", language(), **fields)


def print_ending(console: Console, ending: Ending, stage: Stage, commands: int) -> None:
    """Print what a person wants to know at the end, and what to type next."""
    console.print()
    console.rule(f"[bold]{_t('ending')}[/]", align="left")
    for table in (_accounts(ending), _rules(ending)):
        console.print()
        console.print(table)
    console.print()
    pdfs = len(list(stage.out.glob("*.pdf")))
    console.print(_t("papers", commands=commands, count=pdfs, folder=str(stage.out)), soft_wrap=True, highlight=False)
    console.print()
    console.print(_t("next"), highlight=False)
    settings = stage.environment | {"MEHRAUFWAND_PROCESSOR": "immoinvent"}
    export = " ".join(["export", *(f"{name}={value}" for name, value in settings.items())])
    for line in (export, *(f"./dev mehraufwand {words}" for words in _NEXT)):
        console.print(Text(f"  {line}", style="bold cyan"), soft_wrap=True)


def _accounts(ending: Ending) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    table.add_column(_t("column_processor"))
    for name in ("controllers", "invoices", "net", "free", "held"):
        table.add_column(_t(f"column_{name}"), justify="right", no_wrap=True)
    for ref, account in ending.accounts.items():
        table.add_row(
            ref,
            str(len(account.contracts)),
            str(account.invoices),
            money(account.net_cents, language()),
            clock(account.free_minutes),
            clock(account.held_minutes),
        )
    return table


def _rules(ending: Ending) -> Table:
    """One row a rule: what it decided in each month; a section for what is billed, free and held."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in ending.months:
        table.add_column(month(name, language()), justify="right", no_wrap=True)
    for section in ("billed", "free", "held"):
        table.add_row(Text(f"\n{_t(section)}", style="bold"))
        for code in _codes(ending, section):
            sums = ending.rules[section, code]
            cells = [_amount(section, sums[name]) if name in sums else "–" for name in ending.months]
            table.add_row(_name(section, code), *cells)
    return table


def _codes(ending: Ending, section: str) -> list[str]:
    """Give the codes of a section in the order the questions are asked."""
    codes = (code for known, code in ending.rules if known == section)
    return sorted(codes, key=_ORDER.index)


def _name(section: str, code: str) -> str:
    if section == "billed":
        return _t("expenses") if code == "expenses" else sentence(f"rate_class.{code}", language())
    told = sentence(f"{'reason' if section == 'held' else 'verdict'}.{code}", language())
    return told.split(". ")[0].rstrip(".")


def _amount(section: str, amount: int) -> str:
    if section == "billed":
        return money(amount, language())
    return clock(amount) if amount else _t("an_expense")
