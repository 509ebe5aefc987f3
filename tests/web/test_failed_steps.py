"""What failed after something was saved: seen by the clerk with its reason, and tried again by a button."""

from billing import outbox
from billing.outbox import Done
from billing.store.session import TenantSession
from tests.api.http.billing_months import bill
from tests.api.http.running import NOW, Site
from tests.web.browsing import at_work

STEPS = "/abrechnung/offene-schritte"


def jam(session: TenantSession) -> int:
    (item,) = outbox.open_items(session, None, kinds=["pdf"])
    outbox.note_failure(session, Done(item, "Papierstau", hopeless=True), NOW)
    return item.id


def test_nothing_failed_is_said_so(desk: Site):
    assert "Alles ist gedruckt und versendet." in at_work(desk, "accountant").get(STEPS).text


def test_a_failed_step_is_seen_with_its_reason_and_tried_again(desk: Site):
    bill(desk, "V-1")
    step = desk.tell(jam)
    browser = at_work(desk, "accountant")
    page = browser.get(STEPS)
    assert "RE-2026-0001" in page.text
    assert "Papierstau" in page.text
    assert "nur auf Ihren Wunsch" in page.text
    done = browser.send(page, f"{STEPS}/{step}")
    assert "RE-2026-0001 wird jetzt noch einmal versucht." in done.text
    assert [item.id for item in desk.tell(lambda session: outbox.open_items(session, NOW, kinds=["pdf"]))] == [step]


def test_a_lead_sees_what_failed_and_has_no_button(desk: Site):
    bill(desk, "V-1")
    desk.tell(jam)
    page = at_work(desk, "lead").get(STEPS)
    assert "Papierstau" in page.text
    assert "Noch einmal versuchen" not in page.text
