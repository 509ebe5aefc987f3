"""Mail about cost estimates: to the people of the controller who may decide, and back to who wrote the estimate."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency

from billing import outbox
from billing.money import format_cents
from billing.services.access.links import make_link
from billing.services.acting import Act, id_of
from billing.services.addresses import lasting_address
from billing.services.estimate_prices import EstimatePrice, price_of
from billing.services.estimates import EstimateRecord
from billing.services.mails import contact_recipient, user_recipient, write_mail
from billing.services.notices import Notice
from billing.store.queries.cases import living_contacts
from billing.store.queries.estimates import approvers_of
from billing.store.session import TenantSession
from billing.store.tables import Approval, Contact, Mail, StoredFile, User
from billing.store.tables.kinds import LinkPurpose
from billing.texts import name_of, wording

VERSION_TABLE = "estimate_version"
APPROVAL_MAIL = "approval_mail"
"""The kind of outbox items that confirm a release to who gave it in the portal."""
_LINK_DAYS = timedelta(days=60)
_AFTER_THE_END = timedelta(days=7)
"""A link outlives the estimate by this, so that who comes too late reads why he can't decide any more."""


def mail_estimate(session: TenantSession, act: Act, record: EstimateRecord) -> list[Notice]:
    """Send an estimate to everybody at the controller who may approve, with a link that decides just this version."""
    return _mail_approvers(session, act, record, "estimate_sent", with_link=True)


def mail_answer(session: TenantSession, act: Act, record: EstimateRecord, answer: str, version: str) -> list[Notice]:
    """Tell the controller the answer to his question; he can decide by the link that comes along."""
    said = {"answer": answer}
    return _mail_approvers(session, act, record, "estimate_answered", said, version, with_link=True)


def mail_withdrawal(session: TenantSession, act: Act, record: EstimateRecord, reason: str | None) -> list[Notice]:
    """Tell the controller that an estimate he has is taken back."""
    return _mail_approvers(session, act, record, "estimate_withdrawn", {"reason": reason or ""})


def mail_overrun(  # noqa: PLR0913 - which estimate, which class, which threshold
    session: TenantSession,
    act: Act,
    controller_id: int,
    *,
    kind: str,
    estimate_id: int,
    rate_class: str,
    fields: dict[str, Any],
) -> list[Mail]:
    """Tell the controller that approved effort is nearly or wholly used; once per estimate, class and threshold.

    Where nobody may approve, the others are told: to be informed is owed to the controller (13(5)c), not to a right.
    """
    who, mails = (session, session.processor_id, controller_id), list[Mail]()
    for contact in approvers_of(*who) or living_contacts(*who):
        to = contact_recipient(session, contact)
        said = {**fields, "rate_class": name_of("rate_class", rate_class, to.language)}
        subject: dict[str, Any] = {"subject_table": "estimate", "subject_id": estimate_id, "version": rate_class}
        mails.append(write_mail(session, act, kind=kind, to=to, fields=said, **subject))
    return mails


def mail_author(
    session: TenantSession, act: Act, record: EstimateRecord, kind: str, message: str | None, version: str = ""
) -> None:
    """Tell who wrote an estimate what came of it; who has no account is told by the work list alone."""
    author_id = record.version.recorded_by_id
    author = None if author_id is None or author_id == act.user_id else session.get(User, author_id)
    if author is None or author.disabled_at is not None or author.email is None:
        return
    fields = {**_fields(record), "message": message or "", "page": lasting_address("kva", id_of(record.estimate))}
    to = user_recipient(session, author)
    _write(session, act, record, kind=kind, to=to, fields=fields, version=version)


def mail_decision(
    session: TenantSession,
    act: Act,
    record: EstimateRecord,
    contact: Contact,
    choice: str,
    *,
    attachments: Sequence[StoredFile] = (),
) -> None:
    """Confirm to who decided in the portal what he decided (`act.at`), with the version's fingerprint."""
    to = contact_recipient(session, contact)
    price = price_of(session, act, record)
    fields = {**_fields(record), **_price_fields(price, to.language), "sha256": record.version.sha256 or ""}
    said = {**fields, "at": act.at, "page": lasting_address("p/kva", id_of(record.estimate))}
    kind, version = f"decision_{choice}", act.at.isoformat()
    _write(session, act, record, kind=kind, to=to, fields=said, version=version, attachments=attachments)


def order_confirmation(session: TenantSession, act: Act, approval: Approval) -> None:
    """Order the mail that confirms a release, with the estimate as PDF; it is printed after the commit."""
    outbox.enqueue(session, APPROVAL_MAIL, "approval", id_of(approval), act.at)


def _mail_approvers(  # noqa: PLR0913 - which mail, to whom about what, and what it says
    session: TenantSession,
    act: Act,
    record: EstimateRecord,
    kind: str,
    fields: dict[str, Any] | None = None,
    version: str = "",
    *,
    with_link: bool = False,
) -> list[Notice]:
    contacts = approvers_of(session, session.processor_id, record.estimate.controller_id)
    if not contacts:
        return [Notice("nobody_may_approve", {"value": record.estimate.ref})]
    price = price_of(session, act, record)
    for contact in contacts:
        to = contact_recipient(session, contact)
        said = {**_fields(record), **_price_fields(price, to.language), **(fields or {})}
        if with_link:
            said["link"] = _link(session, act, record, contact)
        _write(session, act, record, kind=kind, to=to, fields=said, version=version)
    return []


def _write(session: TenantSession, act: Act, record: EstimateRecord, **mail: Any) -> None:
    write_mail(session, act, subject_table=VERSION_TABLE, subject_id=id_of(record.version), **mail)


def _link(session: TenantSession, act: Act, record: EstimateRecord, contact: Contact) -> str:
    return make_link(
        session,
        act,
        purpose=LinkPurpose.DECIDE,
        contact=contact,
        subject_table=VERSION_TABLE,
        subject_id=id_of(record.version),
        valid_for=_valid_for(act.at, record.version.valid_until),
    )


def _valid_for(now: datetime, valid_until: datetime | None) -> timedelta:
    return _LINK_DAYS if valid_until is None else max(valid_until - now, timedelta()) + _AFTER_THE_END


def _fields(record: EstimateRecord) -> dict[str, Any]:
    version = record.version
    return {
        "estimate": record.estimate.ref,
        "case": record.case.ref,
        "title": record.case.title,
        "version": version.version_no,
        "description": version.description or "",
        "minutes": record.minutes,
        "valid_until": version.valid_until or "",
        "covers_from": version.covers_from or "",
    }


def _price_fields(price: EstimatePrice, lang: str) -> dict[str, Any]:
    """Give the minutes by class, and what they cost as one sentence in the reader's language."""
    lines = [
        wording(
            "estimate.line", lang, rate_class=name_of("rate_class", line.rate_class, lang), minutes=str(line.minutes)
        )
        for line in price.lines
    ]
    if price.net is None or price.gross is None:
        return {"lines": lines, "price": wording("estimate.rate_not_agreed", lang)}
    said = {"net": _euros(price.net, lang), "gross": _euros(price.gross, lang)}
    return {"lines": lines, "price": wording("estimate.price", lang, **said)}


def _euros(cents: int, lang: str) -> str:
    return format_currency(Decimal(format_cents(cents)), "EUR", locale=lang)
