"""A format is told by its header alone."""

import pytest

from billing.importing import FORMATS
from tests.importing.reader import CLOCKIFY, HARVEST, KIMAI, OWN, SUMMARY, TOGGL, read, survey

HEADERS = {
    "own": OWN,
    "toggl": TOGGL,
    "clockify-detailed": CLOCKIFY,
    "clockify-summary": SUMMARY,
    "harvest": HARVEST,
    "kimai": KIMAI,
}


@pytest.mark.parametrize(("name", "header"), HEADERS.items(), ids=HEADERS.keys())
def test_a_format_is_known_by_its_header_whatever_the_delimiter_and_case(tmp_path, name, header):
    plain = header.replace('"', "")
    delimiter = ";" if ";" in plain else ","
    for other in ",;\t|":
        found = survey(tmp_path, plain.replace(delimiter, other).upper() + "\n").header
        assert (found.format.name, found.delimiter) == (name, other)


def test_every_format_has_its_header_here():
    assert HEADERS.keys() == {known.name for known in FORMATS}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_a_file_with_a_header_and_nothing_else_has_no_rows(tmp_path, header):
    assert read(tmp_path, header + "\r\n\r\n") == []
