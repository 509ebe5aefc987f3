"""What changes about who takes part: what is not named stays, null empties, and who ends acts no more."""

import json
from datetime import timedelta

import pytest

from billing.services.access.links import make_link, open_link
from billing.services.acting import id_of, put
from billing.services.estimate_states import send_estimate, withdraw_estimate
from billing.services.estimates import add_estimate, find_estimate, read_estimate
from billing.services.parties import (
    add_contact,
    add_controller,
    address_digest,
    find_contact,
    find_controller,
    find_person,
    read_contact,
    read_controller,
)
from billing.services.party_changes import (
    change_contact,
    change_controller,
    change_person,
    contact_by_id,
    contacts_after,
    controller_by_id,
    controllers_after,
    end_contact,
    person_by_id,
)
from billing.store.tables import AuditLog, Contact, Controller, Person, User
from billing.store.tables.kinds import LinkPurpose
from tests.months.story import Story
from tests.services.furnishing import APPROVER, NOW, READER, last_event, refused, rows_of

HOUR = timedelta(hours=1)
PLEDGE = "confidentiality_pledged_on"


def contact(session, email: str = APPROVER) -> Contact:
    return find_contact(session, id_of(find_controller(session, "K-AVV-1")), email)


def change(story: Story, raw, email: str = APPROVER):
    return story.tell(lambda session: change_contact(session, story.act(NOW), contact(session, email), raw))


def end(story: Story, email: str = APPROVER):
    return story.tell(lambda session: end_contact(session, story.act(NOW), contact(session, email)))


def change_client(story: Story, raw):
    def deed(session):
        return change_controller(session, story.act(NOW), find_controller(session, "K-AVV-1"), raw)

    return story.tell(deed)


def test_what_is_not_named_stays_and_null_empties(office: Story):
    change_client(office, {"customer_number": "4711", "decision_code": True})
    controller = change_client(office, {"city": "Ulm", "customer_number": None})
    assert (controller.name, controller.city) == ("Wohnbau Süd GmbH", "Ulm")
    assert (controller.customer_number, controller.decision_code) == (None, True)
    assert last_event(office)[:2] == ("controller_changed", "controller:K-AVV-1")


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({}, "nothing_said", "name", id="nothing"),
        pytest.param({"ref": "K-9"}, "unknown_key", "ref", id="the reference, which never changes"),
        pytest.param({"name": None}, "may_not_be_empty", "name", id="no name any more"),
        pytest.param({"postcode": "1"}, "postcode_invalid", "postcode", id="a postcode of one digit"),
        pytest.param({"vat_case": "reverse_charge"}, "vat_id_missing", "vat_id", id="reverse charge without a VAT id"),
        pytest.param(
            {"vat_case": "reverse_charge", "vat_id": "ATU13585627"},
            "reverse_charge_elsewhere",
            "vat_case",
            id="reverse charge at home",
        ),
        pytest.param({"vat_case": "third_country"}, "third_country_in_eu", "vat_case", id="a third country at home"),
    ],
)
def test_a_controller_is_not_changed_to_what_contradicts_itself(desk: Story, raw, code, path):
    with refused(code, path):
        change_client(desk, raw)
    (controller,) = rows_of(desk, Controller)
    assert (controller.ref, controller.name, controller.postcode) == ("K-AVV-1", "Wohnbau Süd GmbH", "70173")


def test_a_contact_is_found_by_a_new_address_and_no_longer_by_the_old_one(office: Story):
    change(office, {"email": "Kern-Maier@wohnbau.example", "phone": "0711 1"})
    assert office.tell(lambda session: contact(session, "kern-maier@wohnbau.example")).phone == "0711 1"
    with refused("unknown_contact", "contact"):
        office.tell(contact)


def test_a_changed_contact_leaves_no_personal_value_in_the_audit_log(office: Story):
    change(office, {"name": "Eva Maier", "email": "maier@wohnbau.example"})
    newest = rows_of(office, AuditLog)[-1]
    addresses = (APPROVER, "maier@wohnbau.example")
    digests = office.tell(lambda session: [address_digest(session, address) for address in addresses])
    assert json.loads(newest.details) == {"changed": ["email", "name"], "email": digests}
    assert newest.subject.startswith("contact:")


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({"email": READER}, "contact_exists", "email", id="the address of a colleague"),
        pytest.param({"email": "x"}, "email_invalid", "email", id="an address that is none"),
        pytest.param({"name": None}, "may_not_be_empty", "name", id="no name any more"),
        pytest.param({"controller": "K-2"}, "unknown_key", "controller", id="another controller"),
        pytest.param({}, "nothing_said", "name", id="nothing"),
    ],
)
def test_a_contact_is_not_changed_to_what_can_t_be(desk: Story, raw, code, path):
    with refused(code, path):
        change(desk, raw)


def test_a_contact_may_keep_the_own_address_in_other_capitals(desk: Story):
    assert change(desk, {"email": APPROVER.upper()}).contact.email == APPROVER.upper()


def with_account(story: Story):
    def make(session):
        known = contact(session)
        user = User(
            contact_id=known.id,
            controller_id=known.controller_id,
            email=APPROVER,
            email_digest=known.email_digest,
            created_at=story.act(NOW).at,
        )
        put(session, user)
        return id_of(user)

    return story.tell(make)


def test_the_address_of_an_account_is_changed_where_accounts_are(desk: Story):
    with_account(desk)
    with refused("contact_has_account", "email"):
        change(desk, {"email": "neu@wohnbau.example"})


def link(story: Story, email: str = APPROVER):
    def make(session):
        known = contact(session, email)
        return make_link(session, story.act(NOW), purpose=LinkPurpose.DECIDE, contact=known, valid_for=HOUR)

    return story.tell(make)


def test_who_may_approve_no_longer_loses_the_links_to_decide(office: Story):
    raw, other = link(office), link(office, READER)
    change(office, {"name": "Eva Maier"})
    office.tell(lambda session: open_link(session, office.act(NOW), raw, LinkPurpose.DECIDE))
    change(office, {"may_approve": False})
    with refused("link_unknown"):
        office.tell(lambda session: open_link(session, office.act(NOW), raw, LinkPurpose.DECIDE))
    assert office.tell(lambda session: open_link(session, office.act(NOW), other, LinkPurpose.DECIDE)).contact_id


def test_links_that_were_mailed_to_an_old_address_open_nothing_any_more(office: Story):
    """The address may have been mistyped: whoever got that mail could decide."""
    raw = link(office)
    change(office, {"email": APPROVER.upper()})
    office.tell(lambda session: open_link(session, office.act(NOW), raw, LinkPurpose.DECIDE))
    change(office, {"email": "kern@wohnbau-sued.example"})
    with refused("link_unknown"):
        office.tell(lambda session: open_link(session, office.act(NOW), raw, LinkPurpose.DECIDE))


@pytest.mark.parametrize("raw", [{"may_approve": True}, {"may_approve": True, "email": "eb@immoinvent.example"}])
def test_who_has_an_account_as_staff_is_no_approver(office: Story, raw):
    """Whoever logs work does not release it, in whichever role he is known (T-09)."""
    mine = raw.get("email", READER)

    def join(session):
        digest = address_digest(session, mine)
        at = office.act(NOW).at
        put(session, User(person_id=id_of(find_person(session, "EB")), email_digest=digest, created_at=at))

    office.tell(join)
    with refused("approver_is_staff"):
        change(office, raw, READER)
    letter = {"name": "Klinik", "street": "Weg 2", "postcode": "70173", "city": "Stuttgart", "ref": "K-2"}
    office.tell(lambda session: add_controller(session, office.act(NOW), read_controller(letter)))
    new = {"controller": "K-2", "name": "Erika Beispiel", "email": mine}
    with refused("approver_is_staff"):
        office.tell(lambda session: add_contact(session, office.act(NOW), read_contact({**new, "may_approve": True})))
    assert not office.tell(lambda session: add_contact(session, office.act(NOW), read_contact(new))).may_approve


def test_a_contact_that_ends_decides_nothing_and_comes_in_no_more(office: Story):
    raw, user_id = link(office), with_account(office)
    ended = end(office).contact
    assert ended.ended_at == office.act(NOW).at
    assert last_event(office)[:2] == ("contact_ended", f"contact:{ended.id}")
    with refused("unknown_contact"):
        office.tell(contact)
    with refused("link_unknown"):
        office.tell(lambda session: open_link(session, office.act(NOW), raw, LinkPurpose.DECIDE))
    assert [user.disabled_at is None for user in rows_of(office, User) if user.id == user_id] == [False]


def test_who_has_ended_is_neither_changed_nor_ended_again(desk: Story):
    number, act = id_of(end(desk).contact), desk.act(NOW)
    with refused("contact_has_ended"):
        desk.tell(lambda session: end_contact(session, act, contact_by_id(session, number)))
    with refused("contact_has_ended"):
        desk.tell(lambda session: change_contact(session, act, contact_by_id(session, number), {"name": "X"}))


def test_who_has_ended_is_taken_up_again_under_the_same_address(office: Story):
    number = end(office).contact.id
    raw = {"controller": "K-AVV-1", "name": "Eva Neu", "email": APPROVER}
    again = office.tell(lambda session: add_contact(session, office.act(NOW), read_contact(raw)))
    assert (again.id, again.name, again.may_approve, again.ended_at) == (number, "Eva Neu", False, None)


def change_staff(story: Story, raw):
    return story.tell(lambda session: change_person(session, story.act(NOW), find_person(session, "EB"), raw))


def test_a_pledge_is_recorded_with_its_day_and_who_recorded_it(office: Story):
    person = change_staff(office, {PLEDGE: "2026-11-02", "left_on": "2026-12-31"})
    assert (str(person.confidentiality_pledged_on), str(person.left_on)) == ("2026-11-02", "2026-12-31")
    assert change_staff(office, {"left_on": None}).left_on is None
    row = rows_of(office, AuditLog)[-2]
    assert (row.subject, row.actor) == ("person:EB", "Erika Beispiel")
    assert json.loads(row.details)["pledged_on"] == "2026-11-02"


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({PLEDGE: "2026-11-03"}, "date_in_future", PLEDGE, id="tomorrow"),
        pytest.param({PLEDGE: None}, "may_not_be_empty", PLEDGE, id="taken back"),
        pytest.param({"initials": "E B"}, "initials_invalid", "initials", id="initials with a blank"),
        pytest.param({"ref": "X"}, "unknown_key", "ref", id="the reference, which never changes"),
    ],
)
def test_a_person_is_not_changed_to_what_can_t_be(desk: Story, raw, code, path):
    with refused(code, path):
        change_staff(desk, raw)
    (person,) = rows_of(desk, Person)
    assert person.confidentiality_pledged_on is None


def test_lists_go_on_after_a_number_and_keep_to_one_controller(desk: Story):
    desk.contract("AVV-2")
    raw = {"name": "X", "street": "Y 1", "postcode": "70173", "city": "Z"}
    desk.tell(lambda session: add_controller(session, desk.act(NOW), read_controller(raw)))
    first, second, third = desk.tell(lambda session: controllers_after(session, 0, 9))
    assert desk.tell(lambda session: controllers_after(session, id_of(first), 1)) == [second]
    assert desk.tell(lambda session: len(contacts_after(session, first.id, 0, 9))) == 2
    assert desk.tell(lambda session: contacts_after(session, third.id, 0, 9)) == []


@pytest.mark.parametrize(
    ("find", "code"),
    [
        (controller_by_id, "controller_not_found"),
        (contact_by_id, "contact_not_found"),
        (person_by_id, "person_not_found"),
    ],
)
def test_a_number_of_another_processor_is_nobody_s(office: Story, find, code):
    neighbour = Story(office.store, "nachbar")
    with refused(code):
        neighbour.tell(lambda session: find(session, 1))
    assert office.tell(lambda session: find(session, 1)) is not None


def test_that_nobody_is_left_to_decide_an_open_estimate_is_said(office: Story):
    act = office.act(NOW)
    new = {"case": "V-1", "ref": "Q-1", "description": "Suche", "lines": [{"rate_class": "regular", "minutes": 60}]}

    def told(changed) -> list[tuple[str, str]]:
        return [(notice.code, notice.fields["estimates"]) for notice in changed.notices]

    gone = [("nobody_left_to_approve", "Q-1")]
    office.tell(lambda session: send_estimate(session, act, add_estimate(session, act, read_estimate(new))))
    assert told(change(office, {"may_approve": True}, READER)) == []
    assert told(end(office)) == [], "another one is left"
    assert told(change(office, {"may_approve": False}, READER)) == gone
    assert told(change(office, {"phone": "0711 1"}, READER)) == [], "that took no right away"
    assert told(change(office, {"may_approve": True}, READER)) == []
    assert told(end(office, READER)) == gone
    again = read_contact({"controller": "K-AVV-1", "name": "Eva Kern", "email": APPROVER, "may_approve": True})
    office.tell(lambda session: add_contact(session, act, again))
    office.tell(lambda session: withdraw_estimate(session, act, find_estimate(session, "Q-1"), {}))
    assert told(end(office)) == [], "nothing waits"
