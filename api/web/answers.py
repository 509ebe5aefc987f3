"""Answers of pages as they are sent: rendered, under headers that let nothing foreign in, or the way on after it."""

import gzip
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from litestar import Response

from api.auth import csrf_token
from api.service import Service
from api.v1.downloads import attachment
from api.web.calls import Answer, Done, Download, Opened, Told, View
from api.web.field_names import field_id, fields_on, told_of
from api.web.messages import Message, message_cookie, message_in, packed
from api.web.navigation import navigation
from api.web.rendering import render, told_sentence
from billing.errors import Problem
from billing.services.access.myself import myself
from billing.services.access.visitor import Visitor
from billing.services.idempotency import Given
from billing.services.running_clocks import running_clock
from billing.store.session import TenantSession

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PACKING = 5
"""A week of 200 entries goes from 170 kB to 13, in some milliseconds."""
_OF_ADDRESSES = "%/?#[]@!$&'()*+,;=:~"
PAGE_HEADERS = {
    "Content-Security-Policy": _CSP,
    # Not `no-referrer`: browsers would then hide where a form comes from, which we look at.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """For whom a page is rendered, and what it says of the deed before."""

    service: Service
    opened: Opened
    told: Told
    session: TenantSession | None = None
    visitor: Visitor | None = None
    secret: str | None = None


def answer_of(answer: Answer, shown: Shown, status: HTTPStatus | None = None) -> Response[bytes]:
    """Send what a page's function gave; `status` is that of the refusal which a page tells."""
    match answer:
        case View():
            return _page(answer, shown, status)
        case Done():
            return redirect(shown.service, answer.to, packed(answer), answer)
        case Download():
            return _file(answer)


def redirect(service: Service, to: str, said: str = "", done: Done | None = None) -> Response[bytes]:
    """Lead on to another page by GET, with what the deed says."""
    cookies = list(done.cookies) if done else []
    if said:
        cookies.append(message_cookie(service, said))
    # A header takes no more than ASCII; what is escaped in an address already stays as it is.
    headers = {**PAGE_HEADERS, "Location": quote(to, safe=_OF_ADDRESSES)}
    return Response(b"", status_code=HTTPStatus.SEE_OTHER, headers=headers, cookies=cookies)


def replayed(service: Service, given: Given) -> Response[bytes]:
    """Lead on as the same form did when it was sent first."""
    return redirect(service, given.headers["Location"], given.body)


def _page(view: View, shown: Shown, status: HTTPStatus | None) -> Response[bytes]:
    message = message_in(shown.opened)
    context: dict[str, Any] = {
        **view.context,
        "page": SimpleNamespace(**_page_facts(shown, message, view.secret or shown.secret)),
        "me": _me(shown),
        "nav": navigation(shown.visitor, shown.opened),
        "zone": _zone(shown),
        "clock_row": None if shown.session is None else running_clock(shown.session, shown.visitor),
    }
    content = _rendered(view, shown, context).encode(errors="replace")
    cookies = [*view.cookies, *([message_cookie(shown.service, "")] if message else [])]
    headers = {**PAGE_HEADERS, "Content-Language": shown.opened.lang, "Vary": "Accept-Encoding", **view.headers}
    if shown.opened.packs:
        content, headers = gzip.compress(content, _PACKING, mtime=0), {**headers, "Content-Encoding": "gzip"}
    return Response(
        content, status_code=status or view.status, media_type="text/html", headers=headers, cookies=cookies
    )


def _rendered(view: View, shown: Shown, context: dict[str, Any]) -> str:
    """Render a page; one that tells problems of its fields once more, with these in its order and by their names."""
    page = render(view.template, shown.opened.lang, context)
    problems = context["page"].problems
    if not any(one["field"] for one in problems):
        return page
    fields = fields_on(page)
    places = {one: number for number, one in enumerate(fields)}
    for one in problems:
        one["in_summary"] = told_of(fields.get(field_id(one["field"]), ""), one["sentence"])
    problems.sort(key=lambda one: places.get(field_id(one["field"]), len(places)))
    return render(view.template, shown.opened.lang, context)


def _page_facts(shown: Shown, message: Message | None, secret: str | None) -> dict[str, Any]:
    """Give what every template may know of its page."""
    told, opened = shown.told, shown.opened
    problems = [_told(problem.by_clock_of(_zone(shown)), told, opened.lang) for problem in told.problems]
    return {
        "lang": opened.lang,
        "theme": opened.theme,
        "keys": opened.cookies.get("keys", ""),
        "path": opened.address,
        "csrf": csrf_token(secret) if secret else "",
        "key": secrets.token_urlsafe(12),
        "now": shown.service.now(),
        "problems": problems,
        "typed": told.form.typed,
        "paths": {one["field"] for one in problems},
        "is_told": bool(problems) or told.is_kept,
        "is_kept": told.is_kept,
        "message": message,
        "demo": shown.service.demo,
        "has_mail": shown.service.settings.smtp_url is not None,
    }


def _zone(shown: Shown) -> ZoneInfo | None:
    return None if shown.visitor is None else shown.visitor.zone


def _told(problem: Problem, told: Told, lang: str) -> dict[str, str]:
    """Give a problem as its field shows it: beside the field nobody needs the field's name in the interface."""
    path = str(problem.fields.get("path") or "")
    words = told_sentence(problem, lang)
    return {"code": problem.code, "field": told.fields.get(path, path), "sentence": words, "in_summary": words}


def _me(shown: Shown) -> dict[str, Any] | None:
    """Give who is logged in, as the head of a page shows it."""
    if shown.visitor is None or shown.session is None or shown.visitor.user_id is None:
        return None
    me, who = myself(shown.session, shown.visitor), shown.visitor
    return {
        "name": me.name,
        "processor": me.processor,
        "controller": me.controller,
        "roles": who.roles,
        "rights": who.rights,
        "waits_for": who.waits_for,
        "expires_at": me.expires_at,
    }


def _file(download: Download) -> Response[bytes]:
    disposition = attachment(download.filename)
    if download.inline:
        disposition = disposition.replace("attachment", "inline", 1)
    return Response(download.content, media_type=download.media_type, headers={"Content-Disposition": disposition})
