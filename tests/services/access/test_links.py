"""Links sent by mail (issue: magic links): one person, one matter, an end; whatever is wrong, the same answer."""

import itertools
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from billing.errors import NotAllowed, NotFound
from billing.services.access.links import (
    CODE_MINUTES,
    CODE_TRIES,
    LinkMatter,
    check_code,
    find_link,
    forget_links,
    make_link,
    needs_code,
    open_link,
    revoke_links,
    revoke_links_of,
    send_code,
    use_link,
)
from billing.services.addresses import at_home, link_url
from billing.store.audit import verify_audit
from billing.store.session import Store
from billing.store.tables import AuditLog, Contact, Controller, DecisionCode, Mail, MailLink, User
from billing.store.tables.kinds import LinkPurpose
from tests.support.correspondence import NOW, Correspondence, act, correspond, correspond_on_sqlite
from tests.support.lent_file import LentFiles

DAYS = timedelta(days=7)


@pytest.fixture
def mail(store: Store) -> Correspondence:
    """Somebody to send a link to, on both databases."""
    return correspond(store)


@pytest.fixture
def desk(migrated_file: Path, lent_files: LentFiles) -> Iterator[Correspondence]:
    """The same on SQLite alone, for what no database makes a difference to."""
    with correspond_on_sqlite(lent_files, migrated_file) as office:
        yield office


def contact(mail: Correspondence) -> Contact:
    return mail.tell(lambda session: session.get_one(Contact, mail.contact_id))


def make(mail: Correspondence, **how: Any) -> str:
    """Make a link for the contact to decide about an estimate, if not said otherwise."""
    about = {"subject_table": "estimate_version", "subject_id": 3, "valid_for": DAYS, "purpose": LinkPurpose.DECIDE}
    whose = {} if "user" in how else {"contact": contact(mail)}
    said: dict[str, Any] = about | whose | how
    return mail.tell(lambda session: make_link(session, act(), **said))


def look(mail: Correspondence, raw: str, minutes: int = 0, *purposes: LinkPurpose) -> LinkMatter:
    return mail.tell(lambda session: open_link(session, act(minutes), raw, *purposes))


def is_gone(mail: Correspondence, raw: str, minutes: int = 0) -> bool:
    """Tell whether the one answer for all that is wrong is given."""
    try:
        look(mail, raw, minutes)
    except NotFound as problem:
        return (problem.code, problem.fields) == ("link_unknown", {}) or pytest.fail(str(problem))
    return False


def test_a_link_says_whose_it_is_and_what_for(desk: Correspondence) -> None:
    matter = look(desk, make(desk))
    assert (matter.purpose, matter.subject_table, matter.subject_id) == (LinkPurpose.DECIDE, "estimate_version", 3)
    assert (matter.contact_id, matter.controller_id, matter.user_id) == (desk.contact_id, desk.controller_id, None)
    assert matter.expires_at == NOW + DAYS


def test_opening_a_link_changes_nothing(desk: Correspondence) -> None:
    raw = make(desk)
    before = [row.model_dump() for row in desk.rows(MailLink)]
    for _ in range(3):
        look(desk, raw)
    assert [row.model_dump() for row in desk.rows(MailLink)] == before


def test_the_secret_is_long_new_each_time_and_not_stored(desk: Correspondence) -> None:
    raws = {make(desk) for _ in range(5)}
    assert all(len(raw) == 43 for raw in raws)
    stored = {row.token_hash for row in desk.rows(MailLink)}
    assert (len(raws), len(stored), raws & stored) == (5, 5, set())


def test_the_processor_of_a_link_is_found_before_anything_else_is_known(mail: Correspondence) -> None:
    other = correspond(mail.store, "immosolve")
    raw = make(other)
    found = find_link(mail.store, raw)
    assert found is not None
    assert found[0] == other.processor_id
    assert find_link(mail.store, "never made") is None
    assert is_gone(mail, raw), "another processor knows nothing of it"


def end_contact(mail: Correspondence) -> None:
    def end(session: Any) -> None:
        session.get_one(Contact, mail.contact_id).ended_at = NOW

    mail.tell(end)


ENDS: dict[str, Callable[[Correspondence, str], object]] = {
    "used": lambda mail, raw: mail.tell(lambda session: use_link(session, act(), open_link(session, act(), raw))),
    "revoked with its matter": lambda mail, _: mail.tell(
        lambda session: revoke_links(session, act(), "estimate_version", 3)
    ),
    "revoked with its owner": lambda mail, _: mail.tell(lambda session: revoke_links_of(session, act(), contact(mail))),
    "its owner gone": lambda mail, _: end_contact(mail),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_a_link_ends(mail: Correspondence, end: Callable[[Correspondence, str], object]) -> None:
    raw = make(mail)
    matter = look(mail, raw)
    end(mail, raw)
    assert is_gone(mail, raw)
    if mail.rows(MailLink)[0].used_at or mail.rows(MailLink)[0].revoked_at:
        with pytest.raises(NotFound, match="link_unknown"):
            mail.tell(lambda session: use_link(session, act(1), matter))


def test_a_link_ends_by_itself_at_its_very_minute(desk: Correspondence) -> None:
    raw, minutes = make(desk), 7 * 24 * 60
    assert not is_gone(desk, raw, minutes - 1)
    assert is_gone(desk, raw, minutes)


def test_a_link_never_made_is_answered_like_one_that_ended(desk: Correspondence) -> None:
    assert is_gone(desk, "x" * 43)
    assert is_gone(desk, "")


def test_a_link_for_one_thing_opens_no_other(desk: Correspondence) -> None:
    raw = make(desk, purpose=LinkPurpose.PORTAL)
    assert look(desk, raw, 0, LinkPurpose.PORTAL, LinkPurpose.DECIDE).purpose is LinkPurpose.PORTAL
    with pytest.raises(NotFound, match="link_unknown"):
        look(desk, raw, 0, LinkPurpose.INVITATION)


def test_a_users_link_ends_with_his_account(desk: Correspondence) -> None:
    user = desk.user("AB")
    raw = make(desk, user=user, purpose=LinkPurpose.PASSWORD_RESET, subject_table=None, subject_id=None)
    assert look(desk, raw).user_id == user.id

    def disable(session: Any) -> None:
        session.get_one(User, user.id).disabled_at = NOW

    desk.tell(disable)
    assert is_gone(desk, raw)


def test_revoking_takes_the_links_of_this_matter_owner_and_purpose_only(mail: Correspondence) -> None:
    user = mail.user("AB")
    this, other = make(mail), make(mail, subject_id=4)
    reset = make(mail, user=user, purpose=LinkPurpose.PASSWORD_RESET)
    invitation = make(mail, user=user, purpose=LinkPurpose.INVITATION, subject_table="user")
    assert mail.tell(lambda session: revoke_links(session, act(), "estimate_version", 3)) == 2
    assert [is_gone(mail, raw) for raw in (this, other, reset, invitation)] == [True, False, True, False]
    assert mail.tell(lambda session: revoke_links_of(session, act(), user, LinkPurpose.PASSWORD_RESET)) == 0
    assert mail.tell(lambda session: revoke_links_of(session, act(), user)) == 1
    assert [is_gone(mail, raw) for raw in (other, invitation)] == [False, True]
    events = [row.subject for row in mail.rows(AuditLog) if row.action == "links_revoked"]
    assert events == ["estimate_version:3", f"user:{user.id}"]


def test_of_many_at_once_one_uses_a_link(mail: Correspondence) -> None:
    matter, together = look(mail, make(mail)), threading.Barrier(8)

    def use(_: int) -> bool:
        together.wait()
        try:
            mail.tell(lambda session: use_link(session, act(), matter))
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == [False] * 7 + [True]


def code_of(mail: Correspondence) -> str:
    """Read the newest code in the mail that brought it."""
    newest = select(Mail).where(Mail.kind == "decision_code").order_by(col(Mail.id).desc())
    text = mail.tell(lambda session: session.exec(newest).first()).text or ""  # type: ignore[union-attr]
    (code,) = re.findall(r"^[0-9]{6}$", text, re.MULTILINE)
    return str(code)


def ask(mail: Correspondence, matter: LinkMatter, minutes: int = 0) -> str:
    mail.tell(lambda session: send_code(session, act(minutes), matter))
    return code_of(mail)


def answer(mail: Correspondence, matter: LinkMatter, code: str, minutes: int = 0) -> bool:
    return mail.tell(lambda session: check_code(session, act(minutes), matter, code))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.parametrize("wanted", [True, False])
def test_the_controller_chooses_whether_a_code_is_asked_for(desk: Correspondence, *, wanted: bool) -> None:
    def choose(session: Any) -> None:
        session.get_one(Controller, desk.controller_id).decision_code = wanted

    def asks(matter: LinkMatter) -> bool:
        return desk.tell(lambda session: needs_code(session, matter))

    desk.tell(choose)
    assert asks(look(desk, make(desk))) is wanted
    assert asks(look(desk, make(desk, purpose=LinkPurpose.PORTAL))) is wanted
    assert not asks(look(desk, make(desk, user=desk.user("AB"), purpose=LinkPurpose.INVITATION)))


def test_the_code_goes_to_the_owner_of_the_link_and_is_stored_as_a_keyed_hash(desk: Correspondence) -> None:
    matter = look(desk, make(desk))
    code = ask(desk, matter)
    (row,) = desk.rows(DecisionCode)
    assert code not in row.code_hash
    assert (row.expires_at - row.created_at, row.attempts) == (timedelta(minutes=CODE_MINUTES), 0)
    assert [each.recipient for each in desk.rows(Mail)] == ["eva.kern@wohnbau.example"]
    assert code not in "".join(event.details for event in desk.rows(AuditLog))
    assert desk.tell(lambda session: verify_audit(session).broken_at) is None


def test_a_user_gets_his_code_too(desk: Correspondence) -> None:
    matter = look(desk, make(desk, user=desk.user("AB"), purpose=LinkPurpose.INVITATION))
    ask(desk, matter)
    assert [each.recipient for each in desk.rows(Mail)] == ["AB@immoinvent.example"]


def test_a_code_is_right_once(mail: Correspondence) -> None:
    matter = look(mail, make(mail))
    code = ask(mail, matter)
    assert answer(mail, matter, f" {code}\n")
    assert not answer(mail, matter, code)


def test_a_code_may_be_tried_five_times(desk: Correspondence) -> None:
    matter = look(desk, make(desk))
    code = ask(desk, matter)
    assert [answer(desk, matter, wrong(code)) for _ in range(CODE_TRIES - 1)] == [False] * 4
    assert answer(desk, matter, code), "the fifth try"
    code = ask(desk, matter)
    assert [answer(desk, matter, wrong(code)) for _ in range(CODE_TRIES)] == [False] * 5
    assert not answer(desk, matter, code), "the sixth try"


def test_many_tries_at_once_are_five_tries(mail: Correspondence) -> None:
    matter = look(mail, make(mail))
    guess = wrong(ask(mail, matter))
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(lambda _: answer(mail, matter, guess), range(16)))
    assert [row.attempts for row in mail.rows(DecisionCode)] == [CODE_TRIES]


def test_a_code_holds_for_ten_minutes(desk: Correspondence) -> None:
    matter = look(desk, make(desk))
    code = ask(desk, matter)
    assert not answer(desk, matter, code, CODE_MINUTES)
    assert answer(desk, matter, code, CODE_MINUTES - 1)


@pytest.fixture
def known_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw 000000, 000001 and so on, so that no two codes of a test are alike by chance."""
    numbers = itertools.count()
    monkeypatch.setattr("secrets.randbelow", lambda _: next(numbers))


@pytest.mark.usefixtures("known_codes")
def test_only_the_newest_code_of_a_link_holds(desk: Correspondence) -> None:
    matter = look(desk, make(desk))
    assert (ask(desk, matter), ask(desk, matter, 1)) == ("000000", "000001")
    assert not answer(desk, matter, "000000", 1)
    assert answer(desk, matter, "000001", 1)


@pytest.mark.usefixtures("known_codes")
def test_the_code_of_one_link_opens_no_other(desk: Correspondence) -> None:
    one, other = look(desk, make(desk)), look(desk, make(desk, subject_id=4))
    assert (ask(desk, one), ask(desk, other)) == ("000000", "000001")
    assert not answer(desk, other, "000000")
    assert answer(desk, one, "000000")


def test_nobody_is_sent_codes_without_end(desk: Correspondence) -> None:
    """Ten codes of five tries each: who has the link alone guesses one in 20,000."""
    matter = look(desk, make(desk))
    for minute in range(10):
        ask(desk, matter, minute)
    with pytest.raises(NotAllowed, match="link_closed"):
        ask(desk, matter, 10)
    assert len(desk.rows(DecisionCode)) == 10


def test_a_link_that_ended_sends_no_code(desk: Correspondence) -> None:
    matter = look(desk, make(desk))
    desk.tell(lambda session: use_link(session, act(), matter))
    with pytest.raises(NotFound, match="link_unknown"):
        ask(desk, matter)
    assert desk.rows(Mail) == []


def test_ended_links_are_forgotten_after_thirty_days_with_their_codes(mail: Correspondence) -> None:
    short, long = look(mail, make(mail, valid_for=timedelta(days=1))), look(mail, make(mail))
    for matter in (short, long):
        ask(mail, matter)
    other = correspond(mail.store, "immosolve")
    make(other, valid_for=timedelta(days=1))
    assert mail.tell(lambda session: forget_links(session, NOW + timedelta(days=31))) == 0
    assert mail.tell(lambda session: forget_links(session, NOW + timedelta(days=31, minutes=1))) == 1
    assert [row.id for row in mail.rows(MailLink)] == [long.link_id]
    assert [row.mail_link_id for row in mail.rows(DecisionCode)] == [long.link_id]
    assert len(other.rows(MailLink)) == 1


def test_the_address_of_a_link_is_made_in_one_place() -> None:
    assert link_url("https://mehraufwand.example/", "abc") == "https://mehraufwand.example/p/l/abc"
    written = f"siehe {link_url('https://portal.invalid', 'abc')}."
    assert at_home(written, "http://127.0.0.1:8000/") == "siehe http://127.0.0.1:8000/p/l/abc."
