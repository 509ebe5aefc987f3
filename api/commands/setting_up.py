"""`mehraufwand init` and `processor`: found an installation, and keep the processor's letter data."""

import sys
from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.asking import ask_fields
from api.commanding import Call, Field, FreeCall, Kind, command, free_command, to_change
from api.console import print_problem
from api.inputs import read_json_object
from billing.clause.reading import read_date
from billing.errors import InvalidInput
from billing.services.installation import (
    found_processor,
    init_installation,
    installation,
    processors,
    require_fresh,
    shown_url,
)
from billing.services.moments import local_day
from billing.services.processors import (
    PROCESSOR,
    PROCESSOR_CHANGES,
    add_processor_data,
    current_processor,
    processor_versions,
    read_processor,
)
from invoices.number import DEFAULT_PATTERN, check_pattern

processor = typer.Typer(
    help="Der eigene Betrieb (Auftragnehmer): Briefkopf, Bank, Nummernkreise.", no_args_is_help=True
)

LETTER = (
    Field("company_name", "Firma mit Rechtsform. Pflicht."),
    Field("street", "Straße und Hausnummer. Pflicht."),
    Field("postcode", "Postleitzahl. Pflicht."),
    Field("city", "Ort, zugleich Sitz. Pflicht."),
    Field("country", "Land, zwei Buchstaben; sonst DE."),
    Field("land", "Bundesland des Sitzes, etwa BW (sonst): seine Feiertage bestimmen die Zuschläge."),
    Field("time_zone", "Zeitzone; sonst Europe/Berlin."),
    Field("register_court", "Registergericht (§ 35a GmbHG)."),
    Field("register_number", "Registernummer, etwa HRB 12345."),
    Field("managing_directors", "Alle Geschäftsführer, mit Komma getrennt."),
    Field("vat_id", "USt-IdNr.; Pflicht ist sie oder die Steuernummer."),
    Field("tax_number", "Steuernummer."),
    Field("iban", "IBAN. Pflicht."),
    Field("bic", "BIC."),
    Field("bank_name", "Name der Bank."),
    Field("contact_person", "Wer Fragen zu Rechnungen beantwortet. Pflicht."),
    Field("phone", "Telefon dieser Person. Pflicht."),
    Field("email", "E-Mail-Adresse für Rückfragen. Pflicht."),
    Field("website", "Internetadresse."),
    Field("small_business", "Kleinunternehmer nach § 19 UStG: ohne Umsatzsteuer.", Kind.SWITCH),
    Field("cash_basis", "Versteuerung nach vereinnahmten Entgelten (§ 20 UStG).", Kind.SWITCH),
    Field("invoice_series", "Nummernkreis der Rechnungen; sonst RE."),
    Field("correction_series", "Nummernkreis der Storno- und Berichtigungen; sonst ST."),
    Field("number_pattern", "Muster der Rechnungsnummer; sonst {series}-{year}-{number:4}."),
    Field("valid_from", "Ab welchem Tag das gilt; sonst heute."),
)
_NEW = (
    Field("from_", "Alle Angaben als JSON-Datei; einzelne Optionen gehen vor.", Kind.FILE),
    Field("ref", "Kürzel des Auftragnehmers; sonst main."),
    Field("next_number", "Die nächste Rechnungsnummer dieses Jahres, wenn es schon welche gibt.", Kind.NUMBER),
    Field("yes", "Nicht nachfragen: Fehlendes wird gemeldet.", Kind.FLAG),
    *LETTER,
)
_ASKED = tuple((one.name, one.help.removesuffix(" Pflicht.")) for one in LETTER if one.kind is Kind.TEXT)
_DEFAULTS = {
    "country": "DE",
    "land": "BW",
    "time_zone": "Europe/Berlin",
    "invoice_series": "RE",
    "correction_series": "ST",
    "number_pattern": DEFAULT_PATTERN,
}
_FIRST_REF = "main"


def init_command(app: typer.Typer) -> None:
    """Register `mehraufwand init`."""
    free_command(app, "init", _NEW)(found)


def found(call: FreeCall) -> Answer:
    """Mehraufwand einrichten: Schlüssel, Datenbank und Ihren Betrieb mit Briefkopf, Bank und Nummernkreisen.

    Fragt auf einem Terminal alles ab. Ohne Fragen: --from betrieb.json oder die einzelnen Optionen.
    """
    ref, next_number = call.raw.pop("ref", _FIRST_REF), call.raw.pop("next_number", None)
    require_fresh(call.places)
    raw = _letter(call)
    init_installation(call.places, call.act, raw, ref, next_number)
    answer = {"ref": ref, "company_name": raw["company_name"]}
    return Done("initialised", answer | {"database": shown_url(call.places), "keys": str(call.places.keys)})


@free_command(processor, "add", _NEW)
def add_another(call: FreeCall) -> Answer:
    """Einen weiteren Auftragnehmer anlegen; danach nennt --processor, welcher gemeint ist."""
    ref, next_number = call.raw.pop("ref", None), call.raw.pop("next_number", None)
    if ref is None:
        raise InvalidInput("missing_key", path="ref", value=None)
    raw = _letter(call)
    with installation(call.places) as store:
        found_processor(store, call.act, raw, ref, next_number)
    return Done("processor_added", {"ref": ref, "company_name": raw["company_name"]})


@free_command(processor, "list")
def list_all_processors(call: FreeCall) -> Answer:
    """Alle Auftragnehmer dieser Einrichtung auflisten."""
    with installation(call.places) as store:
        return Listing("processors", [{"ref": ref} for _, ref in processors(store)], "ref")


@command(processor, "show", read_only=True)
def show_processor(call: Call) -> Answer:
    """Die geltenden Angaben zum eigenen Betrieb zeigen, und ab wann welche Fassung gilt."""
    now = current_processor(call.session, local_day(call.act.at, call.zone))
    versions = [
        {
            "valid_from": row.valid_from,
            "version": row.version_no,
            "company_name": row.company_name,
            "recorded_at": row.recorded_at,
            "recorded_by": row.recorded_by_name,
        }
        for row in processor_versions(call.session)
    ]
    details = {"ref": call.here.processor_ref, **{one.name: getattr(now, one.name) for one in LETTER}}
    return Details(details, {"versions": (versions, "valid_from version company_name recorded_at recorded_by")})


@command(processor, "change", to_change(LETTER, PROCESSOR_CHANGES))
def change_processor(call: Call) -> Answer:
    """Geänderte Angaben eintragen, etwa eine neue Bankverbindung; ausgestellte Rechnungen behalten die alten.

    mehraufwand processor change --iban "DE02 1203 0000 0000 2020 51" --valid-from 2026-12-01
    """
    if not call.raw:
        raise InvalidInput("nothing_said", path="company_name", value=None)
    today = local_day(call.act.at, call.zone)
    raw = {"valid_from": today.isoformat(), **call.raw}
    standing = current_processor(call.session, read_date(raw["valid_from"], "valid_from"))
    known = {one.name: getattr(standing, one.name) for one in LETTER if one.name != "valid_from"}
    whole = {name: value for name, value in (known | raw).items() if value is not None}
    data = read_processor(_checked(whole))
    version = add_processor_data(call.session, call.act, data)
    return Done("processor_changed", {"company_name": version.company_name, "valid_from": version.valid_from})


def _letter(call: FreeCall) -> dict[str, Any]:
    """Put together what a file, options and a person at the terminal say; refuse it whole or take it whole."""
    may_ask = not call.raw.pop("yes", False) and not call.json and sys.stdin.isatty()
    from_file = read_json_object(call.files["from_"], "from") if "from_" in call.files else {}
    raw = from_file | call.raw
    if may_ask:
        raw = ask_fields(_ASKED, PROCESSOR, raw, _DEFAULTS)
    while True:
        try:
            return _checked(raw)
        except InvalidInput as problem:
            words = dict(_ASKED).get(problem.path)
            if not may_ask or words is None:
                raise
            print_problem(problem)
            raw.pop(problem.path, None)
            raw = ask_fields([(problem.path, words)], PROCESSOR, raw, _DEFAULTS)


def _checked(raw: dict[str, Any]) -> dict[str, Any]:
    """Refuse a pattern that can't number invoices: of all fields only this one is the business of `invoices`."""
    data = read_processor(raw)
    for series in (data.invoice_series, data.correction_series):
        check_pattern(data.number_pattern, series)
    return raw
