"""`mehraufwand controller`, `contact`, `person`: who takes part."""

from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, Kind, command, to_change
from billing.services.acting import id_of
from billing.services.contracts import list_contracts
from billing.services.parties import (
    add_contact,
    add_controller,
    add_person,
    find_contact,
    find_controller,
    find_person,
    list_contacts,
    list_controllers,
    list_persons,
    read_contact,
    read_controller,
    read_person,
)
from billing.services.party_changes import (
    CONTACT_CHANGES,
    CONTROLLER_CHANGES,
    PERSON_CHANGES,
    ChangedContact,
    change_contact,
    change_controller,
    change_person,
    end_contact,
)

controllers = typer.Typer(help="Auftraggeber (Verantwortliche): anlegen, ändern, ansehen.", no_args_is_help=True)
contacts = typer.Typer(help="Ansprechpartner beim Auftraggeber: wer darf freigeben?", no_args_is_help=True)
persons = typer.Typer(help="Eigene Mitarbeitende, deren Arbeit erfasst wird.", no_args_is_help=True)

_CONTROLLER = (
    Field("name", "Firma, wie sie auf der Rechnung steht. Pflicht."),
    Field("street", "Straße und Hausnummer. Pflicht."),
    Field("postcode", "Postleitzahl. Pflicht."),
    Field("city", "Ort. Pflicht."),
    Field("ref", "Kürzel; sonst das nächste freie (K-001)."),
    Field("address_extra", "Weitere Adresszeile, etwa die Abteilung."),
    Field("country", "Land, zwei Buchstaben; sonst DE."),
    Field("land", "Bundesland, etwa BW: seine Feiertage gelten für die Fälligkeit."),
    Field("vat_case", "domestic (Inland, sonst), reverse_charge (EU, mit USt-IdNr.) oder third_country."),
    Field("vat_id", "USt-IdNr. des Auftraggebers."),
    Field("buyer_reference", "Seine Bestell- oder Auftragsnummer für Rechnungen."),
    Field("leitweg_id", "Leitweg-ID einer Behörde."),
    Field("customer_number", "Kundennummer; sonst das Kürzel."),
    Field("language", "Sprache seiner Rechnungen: de (sonst) oder en."),
    Field("invoice_email", "Adresse, an die Rechnungen gehen."),
    Field(
        "invoice_format",
        "zugferd (PDF mit XML darin) oder xrechnung (XML allein; ohne Angabe, wenn es eine Leitweg-ID gibt).",
    ),
    Field("invoice_channel", "mail (sonst): Rechnungen als Anhang; portal: eine Nachricht, dass sie dort liegen."),
    Field("decision_code", "Wer per Link entscheidet, gibt dazu einen Code aus einer zweiten Mail ein.", Kind.SWITCH),
)
_SHOWN = tuple(field.name for field in _CONTROLLER if field.name != "ref")


@command(controllers, "add", _CONTROLLER)
def add_one_controller(call: Call) -> Answer:
    """Einen Auftraggeber anlegen.

    mehraufwand controller add --name "Wohnbau Süd GmbH" --street "Ring 1" --postcode 70173 --city Stuttgart
    """
    controller = add_controller(call.session, call.act, read_controller(call.raw))
    return Done("controller_added", {"ref": controller.ref, "name": controller.name})


@command(
    controllers,
    "change",
    (
        Field("ref", "Kürzel des Auftraggebers.", Kind.ARGUMENT),
        *to_change(tuple(field for field in _CONTROLLER if field.name != "ref"), CONTROLLER_CHANGES),
    ),
)
def change_one_controller(call: Call) -> Answer:
    """Anschrift oder Rechnungsdaten eines Auftraggebers ändern; ausgestellte Rechnungen bleiben, wie sie sind.

    mehraufwand controller change K-001 --invoice-email rechnung@wohnbau.example
    """
    known = find_controller(call.session, call.take("ref"), "ref")
    controller = change_controller(call.session, call.act, known, call.raw)
    return Done("controller_changed", {"ref": controller.ref, "name": controller.name})


@command(controllers, "list", read_only=True)
def list_all_controllers(call: Call) -> Answer:
    """Alle Auftraggeber auflisten."""
    rows = [_details(controller) for controller in list_controllers(call.session)]
    return Listing("controllers", rows, "ref name postcode city country vat_id")


@command(controllers, "show", (Field("ref", "Kürzel des Auftraggebers.", Kind.ARGUMENT),), read_only=True)
def show_controller(call: Call) -> Answer:
    """Einen Auftraggeber mit Verträgen und Ansprechpartnern zeigen."""
    controller = find_controller(call.session, call.raw["ref"], "ref")
    contracts = [
        {"ref": row.ref, "number": row.number, "term_set": row.term_set, "starts_on": row.starts_on}
        for row in list_contracts(call.session)
        if row.controller_ref == controller.ref
    ]
    return Details(
        _details(controller),
        {
            "contracts": (contracts, "ref number term_set starts_on"),
            "contacts": (_contacts(call, controller.ref), "name email may_approve"),
        },
    )


def _details(controller: Any) -> dict[str, Any]:
    return {"ref": controller.ref, **{name: getattr(controller, name) for name in _SHOWN}}


@command(
    contacts,
    "add",
    (
        Field("controller", "Kürzel des Auftraggebers. Pflicht."),
        Field("name", "Name. Pflicht."),
        Field("email", "E-Mail-Adresse; an ihr wird die Person erkannt. Pflicht."),
        Field("phone", "Telefon."),
        Field("may_approve", "Darf Kostenvoranschläge freigeben (13(5)a).", Kind.FLAG),
    ),
)
def add_one_contact(call: Call) -> Answer:
    """Einen Ansprechpartner anlegen.

    mehraufwand contact add --controller K-001 --name "Eva Kern" --email kern@wohnbau.example --may-approve
    """
    contact = add_contact(call.session, call.act, read_contact(call.raw))
    return Done("contact_added", {"name": contact.name, "email": contact.email, "controller": call.raw["controller"]})


_CONTACT = (
    Field("controller", "Kürzel des Auftraggebers.", Kind.ARGUMENT),
    Field("address", "E-Mail-Adresse, an der die Person erkannt wird.", Kind.ARGUMENT),
)


@command(
    contacts,
    "change",
    (
        *_CONTACT,
        *to_change(
            (
                Field("name", "Name."),
                Field("email", "Neue E-Mail-Adresse."),
                Field("phone", "Telefon."),
                Field("may_approve", "Darf Kostenvoranschläge freigeben (13(5)a).", Kind.SWITCH),
            ),
            CONTACT_CHANGES,
        ),
    ),
)
def change_one_contact(call: Call) -> Answer:
    """Einen Ansprechpartner ändern; wer nicht mehr freigeben darf, verliert auch seine Links.

    mehraufwand contact change K-001 kern@wohnbau.example --no-may-approve
    """
    return _contact_done("contact_changed", change_contact(call.session, call.act, _contact(call), call.raw))


@command(contacts, "end", _CONTACT)
def end_one_contact(call: Call) -> Answer:
    """Einen Ansprechpartner beenden: Er gibt nichts mehr frei und meldet sich nicht mehr an.

    mehraufwand contact end K-001 kern@wohnbau.example
    """
    return _contact_done("contact_ended", end_contact(call.session, call.act, _contact(call)))


def _contact_done(code: str, changed: ChangedContact) -> Answer:
    return Done(code, {"name": changed.contact.name, "email": changed.contact.email}, changed.notices)


def _contact(call: Call) -> Any:
    controller = find_controller(call.session, call.take("controller"))
    return find_contact(call.session, id_of(controller), call.take("address"), "address")


@command(contacts, "list", (Field("controller", "Nur die dieses Auftraggebers."),), read_only=True)
def list_all_contacts(call: Call) -> Answer:
    """Ansprechpartner auflisten."""
    return Listing("contacts", _contacts(call, call.take("controller")), "controller name email may_approve")


def _contacts(call: Call, controller: str | None) -> list[dict[str, Any]]:
    return [
        {
            "controller": owner.ref,
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "may_approve": contact.may_approve,
            "ended_at": contact.ended_at,
        }
        for contact, owner in list_contacts(call.session, controller)
    ]


@command(
    persons,
    "add",
    (
        Field("name", "Name; er bleibt verschlüsselt und steht auf keinem Papier. Pflicht."),
        Field("initials", "Initialen, wie der Tätigkeitsnachweis sie zeigt. Pflicht."),
        Field("ref", "Kürzel; sonst die Initialen."),
        Field("confidentiality_pledged_on", "Tag der Verpflichtung auf Vertraulichkeit, etwa 2026-01-15."),
    ),
)
def add_one_person(call: Call) -> Answer:
    """Eine Mitarbeiterin oder einen Mitarbeiter anlegen.

    mehraufwand person add --name "Mia Lang" --initials ML
    """
    person = add_person(call.session, call.act, read_person(call.raw))
    return Done("person_added", {"ref": person.ref, "name": person.name})


@command(
    persons,
    "change",
    (
        Field("ref", "Kürzel der Person.", Kind.ARGUMENT),
        *to_change(
            (
                Field("name", "Name."),
                Field("initials", "Initialen, wie der Tätigkeitsnachweis sie zeigt."),
                Field("left_on", "Letzter Tag im Unternehmen, etwa 2026-12-31."),
                Field("confidentiality_pledged_on", "Tag der Verpflichtung auf Vertraulichkeit, etwa 2026-01-15."),
            ),
            PERSON_CHANGES,
        ),
    ),
)
def change_one_person(call: Call) -> Answer:
    """Angaben zu einer Person ändern, etwa ihre Verpflichtung auf Vertraulichkeit nachtragen.

    mehraufwand person change ML --confidentiality-pledged-on 2026-01-15
    """
    known = find_person(call.session, call.take("ref"), "ref")
    person = change_person(call.session, call.act, known, call.raw)
    return Done("person_changed", {"ref": person.ref, "name": person.name})


@command(persons, "list", read_only=True)
def list_all_persons(call: Call) -> Answer:
    """Alle Mitarbeitenden auflisten."""
    rows = [
        {
            "ref": person.ref,
            "initials": person.initials,
            "name": person.name,
            "confidentiality_pledged_on": person.confidentiality_pledged_on,
        }
        for person in list_persons(call.session)
    ]
    return Listing("persons", rows, "ref initials name confidentiality_pledged_on")
