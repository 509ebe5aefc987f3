"""`mehraufwand datev`: what the tax adviser said, debtor accounts, and the batches that were handed over."""

from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.batch_rows import batch_row
from api.commanding import Call, Field, Kind, command
from api.inputs import whole_number
from billing.services.datev_settings import Books, books, set_books
from billing.services.debtors import list_debtors, set_debtor
from invoices.run.batches import batch_by_no, batches_after, withdraw_batch

datev = typer.Typer(help="DATEV: Angaben des Steuerberaters, Debitorenkonten, übergebene Stapel.", no_args_is_help=True)
_ALL = 1_000_000
_SETTINGS = (
    Field("chart", "Kontenrahmen: SKR03 oder SKR04."),
    Field("consultant", "Beraternummer, 1001 bis 9999999.", Kind.NUMBER),
    Field("client", "Mandantennummer, 1 bis 99999.", Kind.NUMBER),
    Field("account_length", "Sachkontenlänge, 4 bis 8 Stellen.", Kind.NUMBER),
    Field("fiscal_year_month", "Monat, in dem das Wirtschaftsjahr beginnt.", Kind.NUMBER),
    Field("locked", "Buchungen mit Festschreibung übergeben.", Kind.SWITCH),
    Field("service_dates", "Leistungsdatum und Steuerperiode mitgeben.", Kind.SWITCH),
)


def _account(name: str, of: str) -> Field:
    return Field(name, f"{of}: Konto; - nimmt wieder das des Kontenrahmens.", may_be_empty=True)


_ACCOUNTS = (
    _account("revenue_19", "Erlöse 19 %"),
    _account("revenue_7", "Erlöse 7 %"),
    _account("revenue_eu", "Leistungen an Unternehmer in der EU (Reverse Charge)"),
    _account("revenue_third_country", "Leistungen in Drittländer"),
    _account("revenue_small_business", "Erlöse als Kleinunternehmer"),
    _account("pass_through", "Durchlaufende Posten"),
)


@command(datev, "set", (*_SETTINGS, *_ACCOUNTS))
def set_datev(call: Call) -> Answer:
    """Angaben des Steuerberaters festhalten; was nicht genannt ist, bleibt.

    mehraufwand datev set --chart SKR03 --consultant 1001 --client 1
    """
    return Done("datev_set", _shown(set_books(call.session, call.act, call.raw)))


@command(datev, "show", read_only=True)
def show_datev(call: Call) -> Answer:
    """Die geltenden Angaben und Konten zeigen."""
    return Details(_shown(books(call.session)))


@command(
    datev,
    "debtor",
    (
        Field("controller", "Kürzel des Auftraggebers.", Kind.ARGUMENT),
        Field("number", "Sein Debitorenkonto: eine Stelle mehr als ein Sachkonto, 10000 bis 69999.", Kind.ARGUMENT),
    ),
)
def set_one_debtor(call: Call) -> Answer:
    """Einem Auftraggeber sein Debitorenkonto geben; ohne das vergibt der erste Stapel das nächste freie.

    mehraufwand datev debtor K-001 10400
    """
    controller, number = call.take("controller"), whole_number(call.take("number"), "number") or 0
    set_debtor(call.session, call.act, controller, number, books(call.session))
    return Done("debtor_set", {"controller": controller, "debtor": number})


@command(datev, "debtors", read_only=True)
def show_debtors(call: Call) -> Answer:
    """Alle Auftraggeber mit ihrem Debitorenkonto zeigen."""
    rows = [
        {"controller": controller.ref, "name": controller.name, "debtor": number}
        for controller, number in list_debtors(call.session)
    ]
    return Listing("debtors", rows, "controller name debtor")


@command(datev, "batches", read_only=True)
def show_batches(call: Call) -> Answer:
    """Alle übergebenen Stapel zeigen, auch die verworfenen."""
    rows = [batch_row(row) for row in batches_after(call.session, 0, _ALL)]
    return Listing("batches", rows, "batch from_day to_day bookings debit credit recorded_at withdrawn_at")


@command(
    datev,
    "withdraw",
    (
        Field("batch", "Nummer des Stapels.", Kind.ARGUMENT),
        Field("reason", "Warum er nicht gebucht wird. Pflicht."),
    ),
)
def withdraw(call: Call) -> Answer:
    """Einen Stapel verwerfen, den die Buchhaltung nicht übernommen hat: Seine Belege werden neu übergeben.

    mehraufwand datev withdraw 3 --reason "Falscher Kontenrahmen"
    """
    row = batch_by_no(call.session, whole_number(call.take("batch"), "batch") or 0)
    withdraw_batch(call.session, call.act, row.batch, call.take("reason"))
    return Done("batch_withdrawn", {"batch": row.batch.batch_no, "invoices": list(row.numbers)})


def _shown(found: Books) -> dict[str, Any]:
    return {
        "version": found.version_no,
        "chart": found.chart and str(found.chart),
        "consultant": found.consultant,
        "client": found.client,
        "account_length": found.account_length,
        "fiscal_year_month": found.fiscal_year_month,
        "locked": found.locked,
        "service_dates": found.service_dates,
        **found.accounts,
        "not_said": found.missing,
    }
