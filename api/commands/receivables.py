"""`mehraufwand receivables`: open items, when they are due, since when they are late, and what default costs."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import typer

from api.answers import Answer, Listing, jsonable, show
from api.commanding import Call, Field, command
from api.console import err, language, out, print_json
from api.money_out import receivable_values
from billing.clause.reading import read_date
from billing.services.acting import id_of
from billing.services.parties import find_controller
from billing.services.receivables import Receivables
from billing.texts import sentence

_COLUMNS = "number controller open overpaid due_on level costs"
_SUMS = "controller invoices open overpaid"


@dataclass(frozen=True, slots=True)
class _OpenItems:
    """All items with their sums; a provisional rate is told below."""

    as_of: Any
    items: list[dict[str, Any]]
    sums: list[dict[str, Any]]

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        if json:
            print_json(jsonable({"as_of": self.as_of, "receivables": self.items, "sums": self.sums}))
            return
        lang = language()
        for item in self.items:
            item["costs"] = item["interest"] + item["flat_fee"]
        Listing("receivables", self.items, _COLUMNS).print(json=False, zone=zone)
        if not self.items:
            return
        out().print()
        Listing("sums", self.sums, _SUMS).print(json=False, zone=zone)
        totals = {name: show(name, sum(one[name] for one in self.sums), lang) for name in ("open", "overpaid")}
        out().print(sentence("done.receivables", lang, count=len(self.items), **totals), highlight=False)
        if not all(item["rate_confirmed"] for item in self.items):
            err().print(f"! {sentence('notice.rate_not_confirmed', lang)}", highlight=False, style="yellow")


def receivables_command(app: typer.Typer) -> None:
    """Register `mehraufwand receivables`."""
    fields = (
        Field("as_of", "Stand an einem Tag, etwa 2026-11-30; sonst heute."),
        Field("controller", "Nur die dieses Auftraggebers (Kürzel)."),
    )
    command(app, "receivables", fields, read_only=True)(_list)


def _list(call: Call) -> Answer:
    """Offene Posten: was jede Rechnung noch fordert, wann sie fällig war, seit wann Verzug besteht und was er kostet.

    mehraufwand receivables --as-of 2026-11-30
    """
    day, ref = call.take("as_of"), call.take("controller")
    reader = Receivables(call.session, call.act.at, None if day is None else read_date(day, "as_of"))
    controller_id = None if ref is None else id_of(find_controller(call.session, ref))
    sums = [
        {
            "controller": one.controller,
            "controller_ref": one.controller_ref,
            "invoices": one.invoices,
            "open": int(one.open_cents),
            "overpaid": int(one.credit_cents),
        }
        for one in reader.sums(controller_id=controller_id)
    ]
    items = [receivable_values(item) for item in reader.unsettled(controller_id=controller_id)]
    return _OpenItems(reader.day, items, sums)
