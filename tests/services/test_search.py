"""One search over cases, clients, estimates and invoices: by what is not sealed, within the tenant and one's rights."""

import pytest

from billing.services.access.rights import RIGHTS, Right
from billing.services.parties import add_contact, read_contact
from billing.services.search import MOST_OF_A_KIND, Noun, read_search, search
from billing.store.tables.kinds import Role
from tests.months.story import Story
from tests.services.furnishing import APPROVER, refused

ALL = frozenset(Right)


def found(story: Story, text: str, rights: frozenset[Right] = ALL) -> dict[str, list[str]]:
    """Give the references that are found, by kind."""
    groups = story.tell(lambda session: search(session, text, rights))
    return {str(one.noun): [row.number if one.noun is Noun.INVOICE else row.ref for row in one.rows] for one in groups}


@pytest.fixture
def full(office: Story) -> Story:
    """Two clients with a case each, an estimate and an invoice."""
    office.contract("AVV-2", name="Städtische Übungsbühne", city="Nürtingen", customer_number="4711")
    office.case(
        "V-2026-041", "2026-10-01 08:00", contract="AVV-2", title="Auskunft Frau Öz", controller_reference="Az. 12"
    )
    office.estimate("KVA-2026-007", "V-1", "2026-10-05 09:00", regular=600)
    office.work("E1", "V-1", "2026-10-06 09:00", 90)
    office.bill("2026-10", "2026-11-02 09:00")
    return office


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        pytest.param("v-2026-041", {"case": ["V-2026-041"]}, id="a reference, whatever its capitals"),
        pytest.param("V-2026", {"case": ["V-2026-041"]}, id="its beginning"),
        pytest.param("41", {"case": ["V-2026-041"]}, id="its number alone"),
        pytest.param("auskunft", {"case": ["V-2026-041"]}, id="a word of the title"),
        pytest.param("öz", {"case": ["V-2026-041"]}, id="a word with an umlaut"),
        pytest.param("12", {"case": ["V-2026-041"]}, id="the client's own number"),
        pytest.param("übungsbühne auskunft", {"case": ["V-2026-041"]}, id="words of client and title together"),
        pytest.param("4711", {"controller": ["K-AVV-2"]}, id="the customer number"),
        pytest.param(APPROVER, {"controller": ["K-AVV-1"]}, id="the address of a contact"),
        pytest.param("kva-2026", {"estimate": ["KVA-2026-007"]}, id="an estimate"),
        pytest.param("RE-2026-0001", {"invoice": ["RE-2026-0001"]}, id="an invoice"),
        pytest.param("Wohnbau", {"case": ["V-1"], "controller": ["K-AVV-1"]}, id="a client with what it has"),
        pytest.param("niemals", {}, id="nothing"),
        pytest.param("%_", {}, id="signs that databases match by are looked for as they are"),
    ],
)
def test_what_is_found(full: Story, text, refs):
    hits = found(full, text)
    if text == "Wohnbau":
        assert hits.pop("estimate") == ["KVA-2026-007"]
        assert hits.pop("invoice") == ["RE-2026-0001"]
    assert hits == refs


def test_names_of_contacts_are_sealed_and_not_found(full: Story):
    assert found(full, "Kern") == {}


def test_who_sees_no_months_finds_no_invoice(full: Story):
    assert set(found(full, "Wohnbau", RIGHTS[Role.STAFF])) == {"case", "controller", "estimate"}
    assert set(found(full, "Wohnbau", frozenset({Right.READ_MASTER_DATA}))) == {"controller"}


def test_another_processor_finds_nothing_of_it(full: Story):
    other = Story(full.store, "immosolve")
    assert found(other, "Wohnbau") == {}
    assert found(other, APPROVER) == {}


def test_of_many_the_newest_are_given_and_that_there_are_more(office: Story):
    for number in range(MOST_OF_A_KIND + 1):
        office.case(f"V-9{number}", title="Sammelanfrage")
    (cases,) = office.tell(lambda session: search(session, "sammelanfrage", ALL))
    assert (len(cases.rows), cases.rows[0].ref, cases.more) == (MOST_OF_A_KIND, f"V-9{MOST_OF_A_KIND}", True)


def test_a_contact_who_is_added_later_is_found_by_the_address_alone(office: Story):
    raw = {"controller": "K-AVV-1", "name": "Jo Neu", "email": "neu@wohnbau.example"}
    office.tell(lambda session: add_contact(session, office.act("2026-10-01 09:00"), read_contact(raw)))
    assert found(office, "NEU@wohnbau.example") == {"controller": ["K-AVV-1"]}


@pytest.mark.parametrize("text", ["", "a", "–", "  .  "], ids=["nothing", "one letter", "a dash", "a point"])
def test_too_little_is_not_looked_for(text):
    with refused("search_too_short" if text.strip() else "text_is_empty", "q"):
        read_search(text, "q")
