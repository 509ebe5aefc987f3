"""Pages go over the line packed, but not to where another site led: lengths could tell what is secret (BREACH)."""

import gzip

import pytest

from tests.api.http.running import Site
from tests.web.browsing import at_work

WHOLE = "</html>"


def fetched(desk: Site, **headers: str):
    client = at_work(desk, "accountant").client
    with client.stream("GET", "/abrechnung", headers=headers) as response:
        return response.headers, b"".join(response.iter_raw())


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_that_our_page_or_the_person_asked_for_is_packed(desk: Site, site: str):
    headers, content = fetched(desk, **{"Accept-Encoding": "gzip, br", "Sec-Fetch-Site": site})
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(content).decode().rstrip().endswith(WHOLE)


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"},
        {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-site"},
        {"Accept-Encoding": "gzip"},
        {"Accept-Encoding": "identity", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=["another site", "a neighbour", "nobody says who", "a browser that can't"],
)
def test_to_everybody_else_it_goes_as_it_is(desk: Site, headers: dict[str, str]):
    answered, content = fetched(desk, **headers)
    assert "content-encoding" not in answered
    assert content.decode().rstrip().endswith(WHOLE)
