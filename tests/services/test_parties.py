"""Who takes part: taken in whole or refused with the field that is wrong, and never twice under one name."""

import pytest

from billing.services.acting import id_of
from billing.services.parties import (
    add_contact,
    add_controller,
    add_person,
    find_contact,
    find_controller,
    list_contacts,
    list_controllers,
    list_persons,
    read_contact,
    read_controller,
    read_person,
)
from billing.store.tables import Contact, Controller
from tests.months.story import Story
from tests.services.furnishing import APPROVER, NOW, last_event, refused, rows_of

CLIENT = {"name": "Hausverwaltung Nord eG", "street": "Am Markt 3", "postcode": "20095", "city": "Hamburg"}


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"name": ""}, "text_is_empty", "name", id="a name of nothing"),
        pytest.param({"name": "x" * 201}, "text_too_long", "name", id="a name of 201 characters"),
        pytest.param({"name": "A\nB"}, "text_not_storable", "name", id="a name of two lines"),
        pytest.param({"name": 7}, "not_a_text", "name", id="a number for a name"),
        pytest.param({"postcode": "2009"}, "postcode_invalid", "postcode", id="a German postcode of four digits"),
        pytest.param({"country": "XX"}, "country_unknown", "country", id="a country that is none"),
        pytest.param({"land": "XY"}, "unknown_value", "land", id="a Land that is none"),
        pytest.param({"vat_id": "DE136695977"}, "vat_id_invalid", "vat_id", id="a VAT id with a wrong check digit"),
        pytest.param({"vat_case": "reverse_charge"}, "vat_id_missing", "vat_id", id="reverse charge without a VAT id"),
        pytest.param(
            {"vat_case": "reverse_charge", "vat_id": "ATU13585627"},
            "reverse_charge_elsewhere",
            "vat_case",
            id="reverse charge at home",
        ),
        pytest.param(
            {"vat_case": "reverse_charge", "vat_id": "ATU13585627", "country": "CH"},
            "reverse_charge_elsewhere",
            "vat_case",
            id="reverse charge outside the EU",
        ),
        pytest.param(
            {"vat_case": "reverse_charge", "vat_id": "DE136695976", "country": "AT"},
            "vat_id_is_german",
            "vat_id",
            id="reverse charge with a German VAT id",
        ),
        pytest.param(
            {"vat_case": "third_country", "country": "GR"},
            "third_country_in_eu",
            "vat_case",
            id="a third country that is in the EU",
        ),
        pytest.param({"leitweg_id": "1-03730-19"}, "leitweg_id_invalid", "leitweg_id", id="a wrong Leitweg-ID"),
        pytest.param({"invoice_email": "rechnung"}, "email_invalid", "invoice_email", id="an address without @"),
        pytest.param({"invoice_format": "pdf"}, "unknown_value", "invoice_format", id="a format that is no e-invoice"),
        pytest.param({"language": "fr"}, "unknown_value", "language", id="a language we don't speak"),
        pytest.param({"vat": "x"}, "unknown_key", "vat", id="a field there is not"),
        pytest.param({"street": None}, "not_a_text", "street", id="null for a mandatory field"),
        pytest.param({"ref": "K-AVV-1"}, "controller_exists", "ref", id="a reference that is taken"),
    ],
)
def test_a_controller_with_a_wrong_field_is_not_taken_in(desk: Story, change, code, path):
    with refused(code, path):
        desk.tell(lambda session: add_controller(session, desk.act(NOW), read_controller(CLIENT | change)))
    assert [row.ref for row in rows_of(desk, Controller)] == ["K-AVV-1"]


def test_a_missing_field_is_named():
    raw = {name: value for name, value in CLIENT.items() if name != "city"}
    with refused("missing_key", "city"):
        read_controller(raw)


def test_references_are_proposed_one_after_the_other(office: Story):
    def two(session):
        return [add_controller(session, office.act(NOW), read_controller(CLIENT)).ref for _ in range(2)]

    assert office.tell(two) == ["K-001", "K-002"]
    assert last_event(office) == ("controller_added", "controller:K-002", "Erika Beispiel")


def test_abroad_a_postcode_may_be_anything(desk: Story):
    raw = CLIENT | {"country": "at", "postcode": "1010", "vat_id": "ATU13585627", "vat_case": "reverse_charge"}
    controller = desk.tell(lambda session: add_controller(session, desk.act(NOW), read_controller(raw)))
    assert (controller.country, controller.postcode, controller.vat_id) == ("AT", "1010", "ATU13585627")


def test_invoices_go_out_as_zugferd_unless_a_controller_wants_another_format_or_is_public(office: Story):
    public = {"leitweg_id": "991-03730-19"}
    said = [{}, {"invoice_format": "xrechnung"}, public, public | {"invoice_format": "zugferd"}]
    raws = [CLIENT | one for one in said]
    taken = office.tell(
        lambda session: [add_controller(session, office.act(NOW), read_controller(raw)).invoice_format for raw in raws]
    )
    assert taken == ["zugferd", "xrechnung", "xrechnung", "zugferd"]


def test_a_list_is_in_the_order_of_references(desk: Story):
    raws = [CLIENT | {"ref": ref} for ref in ("b", "B", "a")]
    desk.tell(lambda session: [add_controller(session, desk.act(NOW), read_controller(raw)) for raw in raws])
    assert [row.ref for row in desk.tell(list_controllers)] == ["B", "K-AVV-1", "a", "b"]


def test_an_unknown_controller_is_named(desk: Story):
    with refused("unknown_controller", "controller"):
        desk.tell(lambda session: find_controller(session, "K-9"))


def test_a_contact_is_found_by_address_whatever_its_capitals(office: Story):
    controller = office.tell(lambda session: find_controller(session, "K-AVV-1"))
    found = office.tell(lambda session: find_contact(session, id_of(controller), " Kern@Wohnbau.example"))
    assert found.name == "Eva Kern"


def test_two_contacts_of_one_controller_have_two_addresses(office: Story):
    raw = {"controller": "K-AVV-1", "name": "Eva K.", "email": APPROVER.upper()}
    with refused("contact_exists", "email"):
        office.tell(lambda session: add_contact(session, office.act(NOW), read_contact(raw)))
    assert len(rows_of(office, Contact)) == 2


def test_contacts_are_listed_by_controller(desk: Story):
    found = desk.tell(lambda session: list_contacts(session, "K-AVV-1"))
    assert [(contact.name, contact.may_approve) for contact, _ in found] == [("Eva Kern", True), ("Lea Leser", False)]
    with refused("unknown_controller"):
        desk.tell(lambda session: list_contacts(session, "K-9"))


def test_a_person_goes_by_initials_and_a_second_one_needs_a_reference(office: Story):
    raw = {"name": "Emil Berg", "initials": "EB"}
    with refused("person_exists", "initials"):
        office.tell(lambda session: add_person(session, office.act(NOW), read_person(raw)))
    office.tell(lambda session: add_person(session, office.act(NOW), read_person(raw | {"ref": "EB2"})))
    assert [(row.ref, row.initials) for row in office.tell(list_persons)] == [("EB", "EB"), ("EB2", "EB")]


@pytest.mark.parametrize("initials", ["", "zu viele Zeichen", "A-B", "E B"])
def test_initials_are_a_few_letters_or_digits(initials):
    with refused("text_is_empty" if not initials else "initials_invalid", "initials"):
        read_person({"name": "Emil Berg", "initials": initials})


def test_names_and_addresses_of_people_are_no_part_of_the_audit_log(office: Story):
    from billing.store.tables import AuditLog  # noqa: PLC0415 - for this one question

    written = " ".join(f"{row.subject} {row.details}" for row in rows_of(office, AuditLog))
    assert "Eva" not in written
    assert APPROVER not in written
