"""`mehraufwand opening`: Anfangsbestände, for moving in during a year."""

from typing import Any

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from billing.services.moments import local_day
from billing.services.openings import list_openings, set_opening

openings = typer.Typer(
    help="Anfangsbestände: was vor dem Umstieg schon geschah. Nur vor dem ersten Abschluss.", no_args_is_help=True
)


@command(
    openings,
    "set",
    (
        Field("kind", "next_number, document_taken, audit_given, allowance_used oder approval_used.", Kind.ARGUMENT),
        Field("contract", "Kürzel des Vertrags (alle außer next_number)."),
        Field("year", "Kalenderjahr (next_number, document_taken, audit_given).", Kind.NUMBER),
        Field("month", "Monat, etwa 2026-10 (allowance_used)."),
        Field("number", "Die nächste Rechnungsnummer (next_number).", Kind.NUMBER),
        Field("series", "Nummernkreis (next_number); sonst der der Rechnungen."),
        Field("document", "Art der schon bereitgestellten Unterlage (document_taken)."),
        Field("site", "Standort der schon gewährten Vor-Ort-Prüfung (audit_given)."),
        Field("minutes", "Schon verbrauchte Minuten (allowance_used, approval_used).", Kind.NUMBER),
        Field("estimate", "Kürzel des Kostenvoranschlags (approval_used)."),
        Field("rate_class", "Satzklasse seiner Zeile (approval_used)."),
    ),
)
def set_one_opening(call: Call) -> Answer:
    """Einen Anfangsbestand eintragen; ein früherer zum selben Gegenstand gilt damit nicht mehr.

    mehraufwand opening set next_number --year 2026 --number 118

    mehraufwand opening set allowance_used --contract AVV-1 --month 2026-10 --minutes 25
    """
    balance = set_opening(call.session, call.act, call.raw, local_day(call.act.at, call.zone))
    return Done("opening_set", {"kind": str(balance.kind), "value": balance.value})


@command(openings, "show", (Field("contract", "Nur die dieses Vertrags."),), read_only=True)
def show_openings(call: Call) -> Answer:
    """Die geltenden Anfangsbestände zeigen."""
    rows = [_row(row) for row in list_openings(call.session, call.take("contract"))]
    return Listing("openings", rows, "kind contract month subject value")


def _row(row: Any) -> dict[str, Any]:
    """Give one balance; its period and what it is about stand in one column each, whatever its kind."""
    about = (row.series, row.subject, row.rate_class and str(row.rate_class))
    return {
        "kind": str(row.kind),
        "contract": row.contract_ref,
        "month": row.month or row.year,
        "subject": " ".join(part for part in about if part),
        "value": row.value,
        "recorded_at": row.recorded_at,
        "recorded_by": row.recorded_by_name,
    }
