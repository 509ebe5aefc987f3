"""Cases as a list to work with: newest first, narrowed by client, kind and words, and by what holds up the billing."""

import pytest

from billing.services.case_lists import cases_listed
from tests.months.facts import at
from tests.months.story import Story

NOW = "2026-11-05 09:00"


@pytest.fixture
def several(office: Story) -> Story:
    """Three more cases: a request of the same client, a closed one and a data breach of another client."""
    office.contract("AVV-2", name="Klinikum Filder gGmbH")
    office.case("V-2", "2026-11-02 08:00", kind="data_subject_request", title="Auskunft Art. 15")
    office.case("V-3", "2026-11-03 08:00", contract="AVV-2", kind="data_breach", title="Fehlversand")
    office.work("Z-1", "V-3", "2026-11-03 09:00", 45)
    office.expense("B-1", "V-2", "2026-11-03", "120.00", "third_party")
    return office


def listed(story: Story, most: int = 50, before: int | None = None, **wanted: str | bool) -> list[str]:
    rows = story.tell(lambda session: cases_listed(session, wanted, at(NOW), most, before))
    return [one.row.ref for one in rows]


@pytest.mark.parametrize(
    ("wanted", "refs"),
    [
        pytest.param({}, ["V-3", "V-2", "V-1"], id="the newest first"),
        pytest.param({"controller": "K-AVV-2"}, ["V-3"], id="of a client"),
        pytest.param({"kind": "data_subject_request"}, ["V-2"], id="of a kind"),
        pytest.param({"words": "klinikum"}, ["V-3"], id="by a word"),
        pytest.param({"is_held": True}, ["V-3", "V-2"], id="held: a minute or an expense waits"),
        pytest.param({"is_held": True, "controller": "K-AVV-1"}, ["V-2"], id="all narrow together"),
        pytest.param({"is_open": False}, [], id="closed"),
        pytest.param({"controller": "K-9"}, [], id="of nobody"),
    ],
)
def test_the_list_is_narrowed(several: Story, wanted, refs):
    assert listed(several, **wanted) == refs


def test_it_comes_in_parts(several: Story):
    first = several.tell(lambda session: cases_listed(session, {}, at(NOW), 2))
    assert [one.row.ref for one in first] == ["V-3", "V-2"]
    assert listed(several, before=first[-1].row.id) == ["V-1"]


def test_a_row_says_what_is_due_next_and_what_is_held(several: Story):
    rows = several.tell(lambda session: cases_listed(session, {"is_held": True}, at(NOW), 9))
    assert [(one.row.ref, one.held_minutes) for one in rows] == [("V-3", 45), ("V-2", 0)]
    (request,) = several.tell(lambda session: cases_listed(session, {"kind": "data_subject_request"}, at(NOW), 9))
    assert request.next_deadline is not None
    assert request.next_deadline.code.startswith("D-")
