"""`mehraufwand explain`: each line of an invoice back to its minutes, rate class, units and clauses."""

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any

import typer
from rich.markup import escape

from api.console import language, out, print_json
from api.installation import opened
from api.month_tables import euros, print_beside
from api.options import Actor, Database, Json, ProcessorRef
from billing.money import format_cents
from billing.texts import name_of, sentence
from invoices.document import Kind
from invoices.format import clock, day, percent, price, weekday
from invoices.run.explaining import Explained, explain_invoice


def explain(
    invoice: Annotated[str, typer.Argument(help="Nummer der Rechnung.")],
    line: Annotated[int | None, typer.Argument(help="Nur diese Position.")] = None,
    *,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Eine Rechnung erklären: jede Position zurück bis zu Minuten, Satzklasse, Einheiten und Ziffer."""
    with opened(db, processor, actor) as here, here.session(read_only=True) as session:
        explained = explain_invoice(session, invoice, line)
    if json:
        preceding = explained.document.preceding
        cancels = preceding and preceding.number
        print_json(
            {
                "invoice": invoice,
                "cancels": cancels,
                "cancelled_by": explained.answers.cancelled_by,
                "corrected_by": list(explained.answers.corrected_by),
                "lines": explained.lines,
                "pass_through": explained.pass_through,
            }
        )
    else:
        _print(explained)


def _t(key: str, **fields: Any) -> str:
    return escape(sentence(f"explain_line.{key}", language(), **fields))


def _print(explained: Explained) -> None:
    document, console = explained.document, out()
    console.rule(f"[bold]{escape(document.number)}[/] {escape(document.buyer.name)}", align="left", style="dim")
    if document.preceding:
        issued = day(document.preceding.issue_date, language())
        told = _t(
            "cancels" if document.kind is Kind.CANCELLATION else "corrects",
            number=document.preceding.number,
            day=issued,
            reason=document.reason,
        )
        print_beside("[yellow]![/]", told, indent=0)
    if explained.answers.corrected_by:
        numbers = ", ".join(explained.answers.corrected_by)
        print_beside("[yellow]![/]", _t("corrected_by", number=numbers), indent=0)
    if explained.answers.cancelled_by:
        print_beside("[yellow]![/]", _t("cancelled_by", number=explained.answers.cancelled_by), indent=0)
    for line in explained.lines:
        (_print_time if line["kind"] == "time" else _print_expense)(line)
    for row in explained.pass_through:
        why = sentence(f"verdict.{row['code']}", language())
        print_beside("·", f"[bold]{escape(row['expense'])}[/] {euros(row['net'])}\n{escape(why)}", indent=0)
    net, vat, gross = document.net_cents, document.vat_cents, document.gross_cents
    amounts = {"net": _cents(net), "vat": _cents(vat), "gross": _cents(gross)}
    console.print(_t("totals", **amounts), highlight=False)


def _cents(cents: int) -> str:
    return euros(format_cents(cents))


def _print_time(line: dict[str, Any]) -> None:
    rate_class = name_of("rate_class", line["rate_class"], language())
    _print_head(line, rate_class, f"{line['units']} × {_price(line['unit_price'])} = ")
    print_beside(
        "",
        _t(
            "price",
            hourly=_price(line["hourly_price"]),
            share=percent(Fraction(line["factor"]), language()),
            unit=line["unit_minutes"],
            price=_price(line["unit_price"]),
        ),
    )
    for stretch in line["stretches"]:
        _print_stretch(stretch)
    for group in line["groups"]:
        for allotted in group["allotted"]:
            fields = {key: group[key] for key in ("minutes_to_date", "units_due", "units_before")}
            new = {"units": allotted["units"], "own": allotted["minutes_to_date"], "covered": allotted["units_to_date"]}
            print_beside("∑", _t("units", unit=line["unit_minutes"], **fields, **new))


def _print_head(line: dict[str, Any], what: str, quantity: str) -> None:
    """Print position, case and amount of a line; its clauses stand beside the amount."""
    title = f"[bold]{escape(line['case'])}[/] {escape(line['case_title'])} · {escape(what)}"
    clauses = ", ".join(line["clauses"])
    print_beside(
        f"[bold]{line['position']}.[/]", f"{title}\n{quantity}[bold]{euros(line['net'])}[/]  [dim]{clauses}[/]", 0
    )


def _price(exact: str) -> str:
    return price(Fraction(exact), language())


def _print_stretch(stretch: dict[str, Any]) -> None:
    start, end = (datetime.fromisoformat(stretch[key]) for key in ("local_from", "local_to"))
    day_and_times = f"{weekday(start.date(), language())} {start:%H:%M}–{end:%H:%M}"
    band = name_of("band", stretch["band"], language())
    why = sentence(f"verdict.{stretch['code']}", language())
    source = _t("source", source=_source(stretch["source"]), before=stretch["before"], after=stretch["after"])
    head = f"{day_and_times}  {clock(stretch['minutes'])}  [bold]{escape(stretch['entry'])}[/]  {band}"
    print_beside("·", f"{head}\n{escape(why)} [dim]{stretch['clause']}: {source}[/]")


def _source(source: str) -> str:
    """Name what the minutes were taken from: `Kostenvoranschlag Q1 (Nacht oder Wochenende)`, or the urgent minutes."""
    kind, _, rest = source.partition(":")
    if kind != "estimate":
        return sentence("explain_line.urgent", language())
    rate_class, _, ref = rest.partition(":")
    return sentence("explain_line.estimate", language(), ref=ref, rate=name_of("rate_class", rate_class, language()))


def _print_expense(line: dict[str, Any]) -> None:
    kind = name_of("expense_kind", line["expense_kind"], language())
    _print_head(line, f"{kind}: {line['description']}", "")
    incurred = day(date.fromisoformat(line["incurred_on"]), language())
    why = sentence(f"verdict.{line['decision']['code']}", language())
    receipt = _t("receipt", value=line["receipt"])
    print_beside("·", f"{incurred}  {receipt}\n{escape(why)}")
