"""The month's run on a terminal: one row a contract, then what needs a person's eye."""

from collections.abc import Iterable
from typing import Any

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from api.console import err, language, out
from billing.money import format_cents
from billing.texts import has_sentence, name_of, sentence, wording
from invoices.format import clock, money

_LONGEST_REF = 20
_MOST_NAMED = 6


def _t(key: str, **fields: Any) -> str:
    return sentence(f"run.{key}", language(), **fields)


def euros(amount: str) -> str:
    """Write an exact amount for reading: `1.234,50 €` in German."""
    return money(int(amount.replace(".", "")), language())


def named(changed: list[str]) -> str:
    """Name what changed: references as they are, parts of a letter by their names; of a long list the first ones."""
    shown = ", ".join(name_of("field", one, language()) for one in changed[:_MOST_NAMED])
    more = len(changed) - _MOST_NAMED
    return wording("run.and_more", language(), shown=shown, count=str(more)) if more > 0 else shown


def print_outcomes(month: str, rows: list[dict[str, Any]], *, dry_run: bool, is_over: bool) -> None:
    """Show what a run did about each contract, and what comes next."""
    console = out()
    console.print(_t("title_dry" if dry_run else "title", month=month), style="bold", highlight=False)
    if not rows:
        console.print(_t("no_contracts"), highlight=False)
        return
    table = _table("contract controller change", "net free held", [row["contract"] for row in rows])
    for row in rows:
        amounts = _amounts(row) if "net" in row else ("", "", "")
        names = (row["contract"], row["controller"])
        table.add_row(*map(escape, names), _t(f"change_{row['change']}"), *amounts)
    console.print(table)
    for remark, contracts in _remarks(rows).items():
        print_beside("[yellow]![/]", f"{escape(named(contracts))}: {escape(remark)}")
    if not any("net" in row for row in rows):
        console.print(_t("nothing_open", month=month), highlight=False)
        return
    if not is_over:
        _remark(_t("month_goes_on", month=month))
    _print_total(rows)
    if not dry_run:
        console.print(_t("after_run", month=month), highlight=False)


def _remarks(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Give what a cell has no room for, each remark with the contracts it is about."""
    remarks: dict[str, list[str]] = {}
    for row in rows:
        told = [wording("run.changed", language(), changed=named(row["changed"]))] if row["changed"] else []
        if has_sentence(f"run.remark_{row['change']}"):
            told.append(_t(f"remark_{row['change']}"))
        told += [f"{group['case']}: {_surplus(group)}" for group in row.get("surplus", [])]
        for remark in told:
            remarks.setdefault(remark, []).append(row["contract"])
    return remarks


def _table(texts: str, numbers: str, refs: Iterable[str]) -> Table:
    """Make a table that fits 80 columns: states, references and amounts keep their width, a long name gives way."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in texts.split():
        longest = max([len(_t("column_contract")), *map(len, refs)]) if name == "contract" else 0
        table.add_column(
            _t(f"column_{name}"),
            no_wrap=name not in ("contract", "controller"),
            overflow="fold",
            width=min(longest, _LONGEST_REF) or None,
        )
    for name in numbers.split():
        table.add_column(_t(f"column_{name}"), justify="right", no_wrap=True)
    return table


def _amounts(row: dict[str, Any]) -> tuple[str, str, str]:
    return euros(row["net"]), clock(row["free_minutes"]), clock(row["held_minutes"])


def print_beside(mark: str, markup: str, indent: int = 2) -> None:
    """Print a text beside its mark; further lines stand below the text."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(mark, markup)
    out().print(Padding(grid, (0, 0, 0, indent), expand=False), highlight=False)


def _remark(text: str) -> None:
    print_beside("[yellow]![/]", escape(text))


def _surplus(group: dict[str, Any]) -> str:
    """Tell of units that were billed and are no longer due (settlement, "Cancellation")."""
    return _t("surplus", units=group["units"])


def _print_total(rows: list[dict[str, Any]]) -> None:
    settled = [row for row in rows if "net" in row]
    total = sum(int(row["net"].replace(".", "")) for row in settled)
    key = "total_one" if len(settled) == 1 else "total"
    out().print(_t(key, count=len(settled), net=euros(format_cents(total))), highlight=False)


def print_review(month: str, rows: list[dict[str, Any]], *, detailed: bool) -> None:
    """Show drafts with what is held; with `detailed` also each line and what is free."""
    for row in rows:
        _print_draft(row, detailed=detailed)
    _print_total(rows)
    waiting = [row for row in rows if row["state"] == "draft"]
    out().print(_t("after_review" if waiting else "after_review_approved", month=month), highlight=False)


def _print_draft(row: dict[str, Any], *, detailed: bool) -> None:
    console = out()
    console.rule(f"[bold]{escape(row['contract'])}[/] {escape(row['controller'])}", align="left", style="dim")
    state = _t(f"state_{row['state']}", by=row["approved_by"] or "")
    amounts = {"net": euros(row["net"]), "gross": euros(row["gross"])}
    times = {"free": clock(row["free_minutes"]), "held": clock(row["held_minutes"])}
    console.print(f"[bold]{escape(_t('draft_amounts', **amounts))}[/] · {escape(state)}", highlight=False)
    console.print(_t("draft_times", billed=clock(row["billed_minutes"]), **times), highlight=False)
    _print_obstacles(row)
    if detailed:
        _print_lines(row)
    for held in row["held"]:
        _print_held(held)
    for group in row["surplus"]:
        _remark(f"{group['case']}: {_surplus(group)}")
    if detailed:
        console.print(_t("draft_hash", value=row["facts_hash"]), style="dim", highlight=False)
    console.print()


def _print_obstacles(row: dict[str, Any]) -> None:
    """Say what keeps a draft from being issued, or will."""
    if row["changed"]:
        _remark(wording("run.draft_stale", language(), changed=named(row["changed"])))
    if row["missing"]:
        missing = ", ".join(name_of("field", name, language()) for name in row["missing"])
        _remark(f"{_t('draft_incomplete')} {missing}")
    if row["issue_warning"]:
        _remark(row["issue_warning"])
    for rule in row["broken_rules"]:
        _remark(f"{_t('draft_breaks_rule')} {rule}")


def _print_lines(row: dict[str, Any]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, max_width=_LONGEST_REF)
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for line in row["lines"]:
        name = name_of("rate_class", line["rate_class"], language())
        table.add_row(escape(line["case"]), name, f"{line['units']} ×", euros(line["net"]))
    for expense in row["expenses"]:
        table.add_row(escape(expense["case"]), escape(expense["expense"]), "", euros(expense["net"]))
    for item in row["pass_through"]:
        table.add_row(escape(item["case"]), escape(item["expense"]), _t("passed_through"), euros(item["amount"]))
    out().print(Padding(table, (0, 0, 0, 2), expand=False), highlight=False)
    for free in row["free"]:
        _print_item("[green]○[/]", free)


def _print_held(held: dict[str, Any]) -> None:
    _print_item("[yellow]![/]", held)
    print_beside("→", f"{escape(held['next_step'])} [dim]({escape(named(held['items']))})[/]", indent=4)


def _print_item(mark: str, item: dict[str, Any]) -> None:
    minutes = f" · {clock(item['minutes'])}" if item["minutes"] else ""
    print_beside(mark, f"[bold]{escape(item['case'])}[/]{minutes} · {escape(item['why'])}")


def print_issued(month: str, rows: list[dict[str, Any]]) -> None:
    """Show the invoices that were issued, and count the months closed without one."""
    console = out()
    numbered = [row for row in rows if row["number"]]
    if numbered:
        table = _table("number contract controller", "gross", [row["contract"] for row in numbered])
        for row in numbered:
            table.add_row(
                escape(row["number"]), escape(row["contract"]), escape(row["controller"]), euros(row["gross"])
            )
        console.print(table)
    gross = sum(int(row["gross"].replace(".", "")) for row in numbered)
    fields = {"month": month, "count": len(rows), "invoices": len(numbered), "gross": euros(format_cents(gross))}
    console.print(_t("issued" if rows else "issued_before", **fields), highlight=False)


def print_failed(failed: list[str]) -> None:
    """Name the files that could not be made; the next command tries them again."""
    for line in failed:
        err().print(sentence("run.file_failed", language(), value=line), markup=False, highlight=False)
