"""Failed steps over HTTP: the clerk sees each with its reason, and has one tried again without the others."""

import pytest

from billing import outbox
from billing.outbox import Done
from billing.store.session import TenantSession
from tests.api.http.billing_months import bill
from tests.api.http.running import NOW, Site


@pytest.fixture
def jammed(site: Site) -> list[int]:
    """Both papers of an invoice could not be printed; gives the numbers of the steps."""
    bill(site, "V-1")

    def fail(session: TenantSession) -> list[int]:
        items = outbox.open_items(session, None, kinds=["pdf", "activity_record_pdf"])
        for item in items:
            outbox.note_failure(session, Done(item, "paper jam", hopeless=item.kind == "pdf"), NOW)
        return [item.id for item in items]

    numbers: list[int] = site.tell(fail)
    return numbers


def test_a_failed_step_is_seen_with_its_reason_and_its_document(site: Site, jammed: list[int]) -> None:
    shown = site.get("accountant", "/steps")["items"]
    assert [(row["id"], row["kind"], row["about"], row["attempts"], row["error"]) for row in shown] == [
        (jammed[0], "pdf", "RE-2026-0001", 1, "paper jam"),
        (jammed[1], "activity_record_pdf", "RE-2026-0001", 1, "paper jam"),
    ]
    assert [row["next_at"] for row in shown] == [None, "2026-11-02T09:02:00Z"]


def test_one_is_tried_again_and_no_other(site: Site, jammed: list[int]) -> None:
    answer = site.post("accountant", f"/steps/{jammed[0]}/retry")
    assert answer["next_at"] == "2026-11-02T09:00:00Z"
    due = site.tell(
        lambda session: [item.id for item in outbox.open_items(session, NOW, kinds=["pdf", "activity_record_pdf"])]
    )
    assert due == [jammed[0]]


def test_what_only_waits_or_is_done_is_not_tried_again(site: Site) -> None:
    bill(site, "V-1")
    waiting = site.tell(lambda session: outbox.open_items(session, NOW, kinds=["pdf"])[0])
    assert site.ask("accountant", "POST", f"/steps/{waiting.id}/retry").json()["code"] == "step_has_not_failed"
    site.tell(lambda session: outbox.finish(session, waiting, NOW))
    assert site.ask("accountant", "POST", f"/steps/{waiting.id}/retry").json()["code"] == "step_is_done"
    assert site.ask("accountant", "POST", "/steps/999999/retry").status_code == 404
