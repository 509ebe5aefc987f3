"""What the tests of cases over HTTP share."""

from tests.api.http.running import Site


def case_id(site: Site, ref: str = "V-1") -> int:
    """Give the number of a case of the first processor."""
    return next(int(case["id"]) for case in site.get("staff", "/cases")["items"] if case["ref"] == ref)
