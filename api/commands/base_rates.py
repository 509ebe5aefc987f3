"""`mehraufwand base-rate`: the base rate of § 247 BGB, half-year by half-year."""

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from billing.clause.reading import read_object
from billing.receivables.base_rates import format_hundredths
from billing.services.base_rates import BASE_RATE, known_rates, set_base_rate

base_rates = typer.Typer(
    help="Basiszinssatz (§ 247 BGB): ändert sich am 1. Januar und am 1. Juli; für Verzugszinsen.", no_args_is_help=True
)


@command(
    base_rates,
    "set",
    (
        Field("valid_from", "Beginn des Halbjahrs, etwa 2026-07-01.", Kind.ARGUMENT),
        Field("percent", "Satz in Prozent mit zwei Nachkommastellen, etwa 1.27.", Kind.ARGUMENT),
        Field("source", "Wo er steht, etwa die Bekanntmachung der Bundesbank. Pflicht."),
    ),
)
def set_one(call: Call) -> Answer:
    """Den Satz eines Halbjahrs eintragen; ein früherer Eintrag dazu bleibt stehen und gilt nicht mehr.

    mehraufwand base-rate set 2026-07-01 1.27 --source "Deutsche Bundesbank, Bekanntmachung vom 30. Juni 2026"

    Ein Satz unter null steht hinter zwei Strichen: base-rate set 2027-01-01 --source "..." -- -0.88
    """
    said = read_object(call.raw, "", BASE_RATE)
    rate = set_base_rate(call.session, call.act, said["valid_from"], said["percent"], said["source"])
    shown = {"valid_from": rate.valid_from, "percent": format_hundredths(rate.hundredths), "source": rate.source}
    return Done("base_rate_set", shown)


@command(base_rates, "list", read_only=True)
def list_all(call: Call) -> Answer:
    """Die geltenden Sätze auflisten: die mitgelieferten und die hier eingetragenen."""
    rows = [
        {"valid_from": one.valid_from, "rate_percent": format_hundredths(one.hundredths), "source": one.source}
        for one in known_rates(call.session).rates
    ]
    return Listing("base_rates", rows, "valid_from rate_percent source")
