"""`mehraufwand explain`: each line of an invoice back to its minutes, rate class, units and clauses."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from api.console import language, out, print_json
from api.installation import opened
from api.month_tables import euros
from api.options import Actor, Database, Json, ProcessorRef
from billing.texts import name_of, sentence
from invoices.format import clock
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
        print_json({"invoice": invoice, "cancelled_by": explained.cancelled_by, "lines": explained.lines})
    else:
        _print(explained)


def _t(key: str, **fields: Any) -> str:
    return escape(sentence(f"explain_line.{key}", language(), **fields))


def _print(explained: Explained) -> None:
    document, console = explained.document, out()
    console.rule(f"[bold]{escape(document.number)}[/] {escape(document.buyer.name)}", align="left")
    if explained.cancelled_by:
        console.print(f"[yellow]{_t('cancelled_by', number=explained.cancelled_by)}[/]")
    for line in explained.lines:
        (_print_time if line["kind"] == "time" else _print_expense)(line)
    net, vat, gross = document.net_cents, document.vat_cents, document.gross_cents
    amounts = {"net": _cents(net), "vat": _cents(vat), "gross": _cents(gross)}
    console.print(_t("totals", **amounts))


def _cents(cents: int) -> str:
    return euros(f"{cents // 100}.{cents % 100:02d}")


def _print_time(line: dict[str, Any]) -> None:
    console = out()
    rate_class = name_of("rate_class", line["rate_class"], language())
    console.print(
        f"\n[bold]{line['position']}. {escape(line['case'])}[/] {escape(line['case_title'])} · {rate_class}: "
        f"{line['units']} × {line['unit_price']} € = [bold]{euros(line['net'])}[/]  [dim]{_clauses(line)}[/]"
    )
    console.print(
        "   "
        + _t(
            "price",
            hourly=line["hourly_price"],
            factor=line["factor"],
            unit=line["unit_minutes"],
            price=line["unit_price"],
        )
    )
    for stretch in line["stretches"]:
        console.print("   " + _stretch(stretch))
    for group in line["groups"]:
        for allotted in group["allotted"]:
            fields = {key: group[key] for key in ("minutes_to_date", "units_due", "units_before")}
            new = {"units": allotted["units"], "own": allotted["minutes_to_date"], "covered": allotted["units_to_date"]}
            console.print("   " + _t("units", unit=line["unit_minutes"], **fields, **new))


def _stretch(stretch: dict[str, Any]) -> str:
    start, end = (datetime.fromisoformat(stretch[key]) for key in ("local_from", "local_to"))
    times = f"{start:%d.%m.%Y %H:%M}-{end:%H:%M}"
    why = sentence(f"verdict.{stretch['code']}", language())
    band = name_of("band", stretch["band"], language())
    source = _t("source", source=_source(stretch["source"]), before=stretch["before"], after=stretch["after"])
    end_of_line = f"[dim]{stretch['clause']}, {source}[/]"
    return f"{times}  {clock(stretch['minutes'])}  {escape(stretch['entry'])}  {band}. {why} {end_of_line}"


def _source(source: str) -> str:
    """Name what the minutes were taken from: `Kostenvoranschlag Q1 (Nacht oder Wochenende)`, or the urgent minutes."""
    kind, _, rest = source.partition(":")
    if kind != "estimate":
        return sentence("explain_line.urgent", language())
    rate_class, _, ref = rest.partition(":")
    return sentence("explain_line.estimate", language(), ref=ref, rate=name_of("rate_class", rate_class, language()))


def _clauses(line: dict[str, Any]) -> str:
    return ", ".join(line["clauses"])


def _print_expense(line: dict[str, Any]) -> None:
    kind = name_of("expense_kind", line["expense_kind"], language())
    out().print(
        f"\n[bold]{line['position']}. {escape(line['case'])}[/] {kind}: {escape(line['description'])} · "
        f"{line['incurred_on']} = [bold]{euros(line['net'])}[/]  [dim]{_clauses(line)}[/]"
    )
    out().print("   " + escape(sentence(f"verdict.{line['decision']['code']}", language())))
