"""HEAD over HTTP: what GET would say of itself, without the body, and without a trace of bytes that never left."""

from typing import Any

import pytest
from httpx import Response
from structlog.testing import capture_logs

from api.v1 import description
from tests.api.http.running import Site
from tests.api.http.test_files import downloads, receipt

ADDRESSES = sorted(
    path.removeprefix("/api/v1") for path, ways in description.describe()["paths"].items() if "get" in ways
)
OF_A_MOMENT = {"date", "set-cookie"}


def said(answer: Response) -> tuple[int, dict[str, str]]:
    """Give what an answer says of itself."""
    return answer.status_code, {name: value for name, value in answer.headers.items() if name not in OF_A_MOMENT}


def ones(path: str) -> str:
    """Give an address with 1 for whatever it names."""
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_resource_says_by_head_what_get_says(desk: Site, path: str):
    assert receipt(desk) == 1
    desk.get("admin", "/me")  # from now on its token is in use
    asked, whole = (desk.ask("admin", method, ones(path)) for method in ("HEAD", "GET"))
    assert (asked.content, said(asked)) == (b"", said(whole))
    assert int(asked.headers["content-length"]) == len(whole.content)


@pytest.mark.parametrize("path", ["/anmelden", "/p/link", "/", "/zeiten", "/nirgends"])
def test_every_page_says_by_head_what_get_says(desk: Site, path: str):
    asked, whole = desk.client.head(path, follow_redirects=False), desk.client.get(path, follow_redirects=False)
    assert (asked.content, asked.status_code) == (b"", whole.status_code)
    assert asked.headers.get("content-type") == whole.headers.get("content-type")
    assert asked.headers.get("location") == whole.headers.get("location")


def test_a_download_is_on_record_only_when_its_bytes_leave(site: Site):
    path = f"/files/{receipt(site)}"
    asked = site.ask("auditor", "HEAD", path)
    assert downloads(site) == []
    whole = site.ask("auditor", "GET", path)
    assert len(downloads(site)) == 1
    assert (asked.content, said(asked)) == (b"", said(whole))


def test_who_asks_by_head_without_leave_is_noted_as_who_asks_by_get(site: Site):
    path = f"/files/{receipt(site)}"
    assert site.ask("controller_approver", "HEAD", path).status_code == 403
    (row,) = site.get("admin", "/access-log?action=access_refused")["items"]
    assert row["subject"] == "route:GET /api/v1/files/{file_id:int}"


def test_what_takes_no_get_takes_no_head(desk: Site):
    refused = desk.ask("staff", "HEAD", "/cases/1/facts/1")
    assert (refused.status_code, refused.content) == (404, b"")
    only_posted = desk.ask("lead", "HEAD", "/estimates/1/sending")
    assert (only_posted.status_code, only_posted.content) == (405, b"")
    assert set(only_posted.headers["allow"].split(", ")) == {"OPTIONS", "POST"}


def test_the_log_of_requests_tells_head_from_get(desk: Site):
    with capture_logs() as lines:
        desk.ask("staff", "HEAD", "/cases")
    told: list[Any] = [(line["method"], line["route"]) for line in lines if line["event"] == "request"]
    assert told == [("HEAD", "/api/v1/cases")]
