"""Whatever comes in: each reader gives what the use case takes or names the field that is wrong; nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.errors import InvalidInput
from billing.services.access.first_admin import read_admin
from billing.services.access.grants import read_grant
from billing.services.access.invitations import read_invitation
from billing.services.approvals import read_approval
from billing.services.case_facts import CASE_FACTS, read_case_facts
from billing.services.cases import read_case
from billing.services.contracts import read_contract
from billing.services.estimates import read_estimate
from billing.services.expenses import read_expense
from billing.services.fields import read_line, read_note
from billing.services.instructions import read_instruction
from billing.services.openings import OPENINGS
from billing.services.parties import read_contact, read_controller, read_person
from billing.services.processors import PROCESSOR, read_processor
from billing.services.samples import SAMPLE_PROCESSOR
from billing.services.support_requests import read_request
from billing.services.urgent_work import read_urgency
from billing.services.work_done import read_work
from tests.services.furnishing import refused

MOMENT = "2026-10-06T09:00:00Z"
CLIENT = {"name": "Nord eG", "street": "Markt 3", "postcode": "20095", "city": "Hamburg"}
GOOD: dict[Callable[[Any], Any], dict[str, Any]] = {
    read_controller: CLIENT | {"vat_id": "DE136695976", "leitweg_id": "991-03730-19"},
    read_contact: {"controller": "K", "name": "Eva", "email": "e@x.example", "may_approve": True},
    read_person: {"name": "Mia", "initials": "ML", "confidentiality_pledged_on": "2026-01-02"},
    read_contract: {"controller": "K", "starts_on": "2026-01-01", "terms": {"hourly_rate": "1.00"}},
    read_case: {"contract": "A", "kind": "other", "title": "x", "opened_at": MOMENT, "cause": "mixed"},
    read_case_facts: {"audit_site": "S", "audit_date": "2026-01-01", "audit_extra_agreed": True},
    read_estimate: {"case": "V", "description": "x", "lines": [{"rate_class": "regular", "minutes": 1}]},
    read_approval: {"approved_at": MOMENT, "channel": "mail", "contact": "e@x.example"},
    read_expense: {"case": "V", "kind": "travel", "incurred_on": "2026-01-01", "net": "1.00", "description": "x"},
    read_work: {"case": "V", "person": "ML", "start": MOMENT, "end": MOMENT, "service": "administration"},
    read_processor: dict(SAMPLE_PROCESSOR),
    read_urgency: {"deadline_reason": "a", "action_reason": "b", "approval_reason": "c", "informed_at": MOMENT},
    read_instruction: {"contract": "A", "content": "x", "given_by": "Eva", "channel": "mail", "given_at": MOMENT},
    read_request: {"contract": "A", "kind": "audit", "description": "x", "wanted_by": MOMENT, "files": []},
    read_invitation: {"email": "e@x.example", "person": "ML", "roles": ["staff"], "reason": "x", "expires_at": MOMENT},
    read_grant: {"role": "lead", "reason": "x", "expires_at": MOMENT},
    read_admin: {
        "email": "e@x.example",
        "name": "Cora Hof",
        "initials": "CH",
        "confidentiality_pledged_on": "2026-01-02",
    },
}
READERS = [pytest.param(reader, id=reader.__name__) for reader in GOOD]
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(["\udcff", "\0", "x" * 9999]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_right_is_taken(reader):
    assert reader(GOOD[reader]) is not None


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=150)
@given(data=st.data())
def test_anything_anywhere_gives_a_refusal_with_a_path_or_nothing_worse(reader, data):
    raw = dict(GOOD[reader])
    field = data.draw(st.sampled_from([*raw, "unknown", ""]))
    raw[field] = data.draw(ANYTHING)
    try:
        reader(raw)
    except InvalidInput as problem:
        assert isinstance(problem.path, str)  # noqa: PT017 - any value may also be right


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("raw", [None, [], "x", 7, {"a": 1}])
def test_what_is_no_object_of_these_fields_is_refused(reader, raw):
    with pytest.raises(InvalidInput):
        reader(raw)


@pytest.mark.parametrize("reader", READERS)
def test_every_mandatory_field_is_missed(reader):
    for field in GOOD[reader]:
        raw = {name: value for name, value in GOOD[reader].items() if name != field}
        try:
            reader(raw)
        except InvalidInput as problem:
            assert (problem.code, problem.path) in {  # noqa: PT017 - optional fields may be left out
                ("missing_key", field),
                ("tax_id_missing", "vat_id"),
                ("person_or_controller", "person"),
            }


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        pytest.param("Zeile 1\r\nZeile 2", "Zeile 1\nZeile 2", id="line ends become one kind"),
        pytest.param("a\tb", "a\tb", id="a tab stays"),
        pytest.param("ä – ß € 😀", "ä – ß € 😀", id="any script"),
        pytest.param("Art.\u00a035, z.\u202fB.", "Art. 35, z. B.", id="no-break spaces of a word processor"),
        pytest.param("\ufeffDaten\u00adschutz\u200b", "Datenschutz", id="marks that nobody sees"),
        pytest.param("👩\u200d💻 ر\u200cو", "👩\u200d💻 ر\u200cو", id="joiners, which make other signs"),
    ],
)
def test_notes_keep_what_people_write(text, taken):
    assert read_note(text, "note") == taken


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("a\x07b", "text_not_storable", id="a bell"),
        pytest.param("a\0b", "text_not_storable", id="a NUL"),
        pytest.param("\udcff", "text_not_storable", id="half a character"),
        pytest.param("x" * 10_001, "text_too_long", id="10,001 characters"),
        pytest.param(" \n\t", "text_is_empty", id="blanks"),
        pytest.param("\u00a0\u200b", "text_is_empty", id="blanks that do not look like it"),
        pytest.param("fdp.\u202eexe", "text_not_storable", id="a turn of direction, which shows another text"),
    ],
)
def test_notes_refuse_what_can_t_be_kept(text, code):
    with refused(code, "note"):
        read_note(text, "note")


def test_a_line_may_come_from_a_word_processor():
    assert read_line("\u00a0DSFA nach Art.\u00a035 DSGVO\u200b", "title") == "DSFA nach Art. 35 DSGVO"
    with refused("text_is_empty", "title"):
        read_line("\u00a0\u00ad", "title")


def test_optional_fields_are_marked_and_no_field_has_two_readers():
    for readers in (PROCESSOR, CASE_FACTS, *OPENINGS.values()):
        names = [name.removesuffix("?") for name in readers]
        assert len(names) == len(set(names))
