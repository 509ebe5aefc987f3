"""The tools of the browser tests: who comes in is known, and what every page must keep to is noticed where it lacks."""

import pytest

from tests.web.browser.visiting import violations_of


def test_who_comes_in_is_known_and_a_stranger_is_not(visit):
    member = visit("accountant").open("/api/v1/session")
    assert '"accountant"' in member.content()
    answer = visit().page.goto("/api/v1/session")
    assert answer is not None
    assert answer.status == 401


@pytest.mark.parametrize(
    ("body", "rule"),
    [("<h1>Seite</h1><input>", "label:"), ("<p>Text</p>", "page-has-heading-one:")],
    ids=["a field without a label", "a page without a heading"],
)
def test_a_page_that_shuts_people_out_is_noticed(answers, body, rule):
    page = answers.open(body)
    page.clock.resume()  # what looks for it waits for timers
    assert [one for one in violations_of(page) if one.startswith(rule)] != []
    assert violations_of(answers.open("<h1>Seite</h1>")) == []
