"""What a summary of errors calls the fields of a page, and in which order."""

import pytest

from api.web.field_names import field_id, fields_on, told_of

PAGE = """
<fieldset><legend>Entscheidung:</legend><label class="choice"><input type="radio" id="f-decision"><b>Ja</b></label>
<label class="choice"><input type="radio" id="f-decision-2"><b>Nein</b></label></fieldset>
<label for="f-name">Name <span class="optional">(freiwillig)</span></label><span class="hint" id="f-name-hint">x</span>
<input id="f-name"><input id="f-hours-1" aria-label="Stunden, Position 1"><input id="other">
<label class="check"><input type="checkbox" id="f-sure"><span>Sicher</span></label>
<label for="f-why">Warum?</label><textarea id="f-why"></textarea>
"""


def test_fields_come_in_the_order_of_the_page_with_the_words_at_them():
    assert list(fields_on(PAGE).items()) == [
        ("f-decision", "Entscheidung"),
        ("f-decision-2", "Entscheidung"),
        ("f-name", "Name"),
        ("f-hours-1", "Stunden, Position 1"),
        ("f-sure", ""),
        ("f-why", "Warum?"),
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Satz", "Satz: Bitte füllen Sie dieses Feld aus."),
        ("Warum?", "Warum? Bitte füllen Sie dieses Feld aus."),
        ("Feld", "Bitte füllen Sie dieses Feld aus."),
        ("", "Bitte füllen Sie dieses Feld aus."),
    ],
)
def test_a_sentence_is_led_by_the_name_of_its_field_unless_it_says_it(name: str, told: str):
    assert told_of(name, "Bitte füllen Sie dieses Feld aus.") == told


def test_ids_are_made_as_the_templates_make_them():
    assert field_id("entries[3].start") == "f-entries-3-start"
