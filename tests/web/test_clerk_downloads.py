"""What a clerk takes along from the pages is in the access log, with the fingerprint of what it was (T-25)."""

from billing.canonical import fingerprint
from tests.api.http.billing_months import bill, complete_letters, run, work
from tests.api.http.running import Site
from tests.web.browsing import at_work


def test_the_printed_draft_of_an_invoice(desk: Site):
    complete_letters(desk)
    work(desk)
    run(desk)
    paper = at_work(desk, "accountant").get("/abrechnung/2026-10/AVV-1/vorschau")
    assert paper.content.startswith(b"%PDF-")
    (noted,) = desk.get("admin", "/access-log?action=file_downloaded")["items"]
    assert (noted["subject"], noted["details"]["month"]) == ("contract:AVV-1", "2026-10")
    assert noted["details"]["sha256"] == fingerprint(paper.content)


def test_the_list_of_invoices(desk: Site):
    bill(desk, "V-1")
    table = at_work(desk, "accountant").get("/rechnungen/csv")
    (noted,) = desk.get("admin", "/access-log?action=list_downloaded")["items"]
    assert (noted["subject"], noted["details"]) == (
        "invoices",
        {"rows": 1, "sha256": fingerprint(table.content)},
    )
