"""The link to a controller's own pages, on both databases: who is mailed one, what it opens, how often one may ask."""

from typing import Any

import pytest
from sqlmodel import col, select

from billing.errors import NotAllowed, TooMany
from billing.services.access.links import find_link
from billing.services.access.portal_links import MOST_OF_ADDRESS, VALID_FOR, request_portal_link
from billing.services.acting import Act
from billing.services.parties import NewContact, add_contact, add_controller, read_controller
from billing.services.party_changes import end_contact
from billing.services.portal_visits import PortalVisit, visit_by_link
from billing.store.tables import Contact, Mail
from tests.api.http.estimating import mails, newest_link, send
from tests.api.http.running import PROCESSORS, Site
from tests.support.asked import kept, listened, written

APPROVER = "controller_approver@immoinvent.example"
NETWORK = "192.0.2.0"


def ask(site: Site, email: str = APPROVER) -> None:
    request_portal_link(site.store, {"email": email}, NETWORK, site.clock())


def visit(site: Site, raw: str, estimate: str | None = None) -> list[object]:
    """What a link opens: whether all, whether it may decide, and whether it sees an estimate."""

    def look(session: Any) -> list[object]:
        found = visit_by_link(session, raw, site.clock())
        return [] if found is None else told(found, estimate)

    answer: list[object] = site.tell(look)
    return answer


def told(found: PortalVisit, estimate: str | None) -> list[object]:
    return [found.is_whole, found.may_decide, estimate is not None and found.estimate(estimate) is not None]


def test_who_is_known_is_mailed_a_link_at_its_own_processor_and_nobody_else_is(site: Site):
    for email in (APPROVER.upper(), "niemand@anderswo.example"):
        ask(site, email)
    assert [(mail.kind, mail.recipient) for mail in mails(site)] == [("portal_link", APPROVER)]
    assert site.tell(lambda session: list(session.exec(select(Mail)).all()), PROCESSORS[1]) == []
    found = find_link(site.store, newest_link(site))
    assert found is not None
    assert found[0] == site.processors[PROCESSORS[0]]


def test_whoever_asks_the_same_work_is_done(site: Site):
    """As much is written and kept for a stranger as for a contact: the time of the answer does not tell who is one."""
    said: dict[str, list[str]] = {}
    for email in (APPROVER, "niemand@anderswo.example"):
        with listened(said.setdefault(email, []).append):
            ask(site, email)
    known, stranger = said.values()
    assert written(known) == written(stranger)[: len(written(known))]
    assert kept(known) == kept(stranger) > 0
    assert len(mails(site)) == 1


def test_a_processor_that_can_write_no_mail_yet_keeps_nobody_from_his_link(desk: Site):
    act = Act("test", desk.clock())
    new = {"name": "Wohnbau", "street": "Ring 1", "postcode": "70173", "city": "Stuttgart", "ref": "K-1"}
    with desk.store.new_tenant("ohne-briefdaten", desk.clock()) as session:
        add_controller(session, act, read_controller(new))
        add_contact(session, act, NewContact(controller="K-1", name="Eva Kern", email=APPROVER))
    ask(desk)
    assert [mail.recipient for mail in mails(desk)] == [APPROVER]


def test_the_link_opens_all_of_its_controller_and_nothing_of_another(site: Site):
    own, foreign = send(site)["ref"], send(site, case="V-2")["ref"]
    ask(site)
    raw = newest_link(site)
    assert visit(site, raw, own) == [True, True, True]
    assert visit(site, raw, foreign) == [True, True, False]


def test_a_link_for_one_estimate_opens_it_alone(site: Site):
    other, own = send(site)["ref"], send(site)["ref"]
    raw = newest_link(site)
    assert visit(site, raw, own) == [False, True, True]
    assert visit(site, raw, other) == [False, True, False]


def test_a_link_ends_after_its_days_and_with_its_contact(site: Site):
    ask(site)
    raw = newest_link(site)
    site.clock.now += VALID_FOR
    assert visit(site, raw) == []
    ask(site)
    raw = newest_link(site)
    assert visit(site, raw) == [True, True, False]

    def leave(session: Any) -> None:
        contact = session.exec(select(Contact).where(col(Contact.may_approve))).first()
        end_contact(session, Act("test", site.clock()), contact)

    site.tell(leave)
    assert visit(site, raw) == []


def test_who_may_look_only_can_not_decide_by_any_link(site: Site):
    ask(site, "controller_reader@immoinvent.example")
    raw = newest_link(site)

    def decide(session: Any) -> None:
        found = visit_by_link(session, raw, site.clock())
        assert found is not None
        with pytest.raises(NotAllowed, match="right_missing"):
            found.decider(NETWORK)

    site.tell(decide)


def test_an_address_that_asks_too_often_waits_known_or_not(site: Site):
    for email in (APPROVER, "niemand@anderswo.example"):
        for _ in range(MOST_OF_ADDRESS):
            ask(site, email)
        with pytest.raises(TooMany, match="asked_too_often"):
            ask(site, email)
