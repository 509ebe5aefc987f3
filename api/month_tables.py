"""The month's run on a terminal: one row a contract, then what is held and why."""

from typing import Any

from rich.markup import escape
from rich.table import Table

from api.console import language, out
from billing.texts import sentence
from invoices.format import clock, money


def _t(key: str, **fields: Any) -> str:
    return sentence(f"run.{key}", language(), **fields)


def euros(amount: str) -> str:
    """Write an exact amount for reading: `1.234,50 €` in German."""
    return money(int(amount.replace(".", "")), language())


def print_outcomes(month: str, rows: list[dict[str, Any]], *, dry_run: bool) -> None:
    """Show what a run did about each contract, and what comes next."""
    console = out()
    table = Table(title=_t("title_dry" if dry_run else "title", month=month))
    for name in ("contract", "controller", "change"):
        table.add_column(_t(f"column_{name}"), overflow="fold")
    for name in ("net", "free", "held"):
        table.add_column(_t(f"column_{name}"), justify="right", no_wrap=True)
    for row in rows:
        settled = "net" in row
        table.add_row(
            escape(row["contract"]),
            escape(row.get("controller", "")),
            _t(f"change_{row['change']}", changed=", ".join(row["changed"])),
            euros(row["net"]) if settled else "",
            clock(row["free_minutes"]) if settled else "",
            clock(row["held_minutes"]) if settled else "",
        )
    console.print(table)
    total = sum(int(row["net"].replace(".", "")) for row in rows if "net" in row)
    console.print(_t("total", count=len(rows), net=euros(f"{total // 100}.{total % 100:02d}")))
    if not dry_run:
        console.print(_t("after_run", month=month))


def print_review(month: str, rows: list[dict[str, Any]], *, detailed: bool) -> None:
    """Show drafts; with `detailed` also each line and what is free."""
    for row in rows:
        _print_draft(row, detailed=detailed)
    total = sum(int(row["net"].replace(".", "")) for row in rows)
    out().print(_t("total", count=len(rows), net=euros(f"{total // 100}.{total % 100:02d}")))
    out().print(_t("after_review", month=month))


def _print_draft(row: dict[str, Any], *, detailed: bool) -> None:
    console = out()
    console.rule(f"[bold]{escape(row['contract'])}[/] {escape(row['controller'])}", align="left")
    console.print(
        _t(
            "draft_amounts",
            state=_t(f"state_{row['state']}"),
            net=euros(row["net"]),
            gross=euros(row["gross"]),
            free=clock(row["free_minutes"]),
            held=clock(row["held_minutes"]),
        )
    )
    if row["changed"]:
        console.print(f"[yellow]{escape(_t('draft_stale', changed=', '.join(row['changed'])))}[/]")
    if row["missing"]:
        missing = ", ".join(sentence(f"field.{name}", language()) for name in row["missing"])
        console.print(f"[yellow]{escape(_t('draft_incomplete'))}[/] {escape(missing)}")
    if detailed:
        _print_lines(row)
    for held in row["held"]:
        console.print(f"  [yellow]![/] {escape(held['case'])} · {clock(held['minutes'])} · {escape(held['why'])}")
        console.print(f"    → {escape(held['next_step'])} [dim]({escape(', '.join(held['items']))})[/]")


def _print_lines(row: dict[str, Any]) -> None:
    console = out()
    for line in row["lines"]:
        name = sentence(f"rate_class.{line['rate_class']}", language())
        console.print(f"  € {escape(line['case'])} · {name} · {line['units']} × · {euros(line['net'])}")
    for expense in row["expenses"]:
        console.print(f"  € {escape(expense['case'])} · {escape(expense['expense'])} · {euros(expense['net'])}")
    for free in row["free"]:
        console.print(f"  [green]○[/] {escape(free['case'])} · {clock(free['minutes'])} · {escape(free['why'])}")
