"""The two logs and the mail log: who did what to what, who came in, and what was written to whom."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from api.v1.calls import cursor_of, read_cursor
from api.web.admin.places import places_of
from api.web.calls import PageCall, View
from api.web.days import today_of
from api.web.routing import deed, page
from billing.clause.reading import Reader
from billing.services.access.rights import Right
from billing.services.fields import read_line
from billing.services.log_lists import access_rows, audit_rows
from billing.services.mail_log import mail_log, waiting_mails
from billing.services.verification import verify_on_demand
from billing.texts import name_of, sentence
from invoices.format import day as written_day

_PAGE = 50
_HASH, _HASH_SHOWN = 64, 12
_NAMED: Mapping[str, Sequence[str]] = {
    "audit_finding": ("finding",),
    "cause": ("cause",),
    "channel": ("channel",),
    "kind": ("case_kind", "expense_kind", "proposal_kind", "opening_kind"),
    "right": ("right",),
    "roles": ("role",),
    "scopes": ("right",),
}
"""Details that are codes, and the groups that name them."""
_FILTERS: dict[str, Reader] = {"subject?": read_line, "action?": read_line, "actor?": read_line, "cursor?": read_cursor}


@page("/einstellungen/protokoll", right=Right.READ_LOGS, query=_FILTERS)
def log_page(call: PageCall) -> View:
    """List business events, as they are chained."""
    return _log(call, "log", audit_rows)


@page("/einstellungen/zugriffe", right=Right.READ_ACCESS_LOG, query=_FILTERS)
def access_log_page(call: PageCall) -> View:
    """List log-ins and downloads of the last months."""
    return _log(call, "access_log", access_rows)


@deed("/einstellungen/protokoll/pruefung", right=Right.READ_LOGS, in_steps=True, back=log_page)
def verify_deed(call: PageCall) -> View:
    """Prove the chains of the logs, the numbers and all hashes now; the access log notes who asked."""
    found = verify_on_demand(call.store, call.session, call.act)
    return View("admin/verification.html", {"sections": places_of(call.who), "here": "log", "found": found})


@page("/einstellungen/mail", right=Right.PEOPLE, query={"cursor?": read_cursor})
def mail_page(call: PageCall) -> View:
    """Show how mail is sent, what waits, and, to who may see cases, what was written to whom: subjects tell of them."""
    before, sees_cases = call.query.get("cursor"), Right.READ_CASES in call.who.rights_on(today_of(call))
    mails = mail_log(call.session, _PAGE + 1, before) if sees_cases else []
    settings = call.service.settings
    context = {
        "mails": mails[:_PAGE],
        "sees_cases": sees_cases,
        "older": cursor_of(mails[_PAGE - 1].id) if len(mails) > _PAGE else None,
        "waiting": waiting_mails(call.session),
        "server": settings.smtp_url.rpartition("@")[2] if settings.smtp_url else None,
        "sender": settings.mail_from,
        "base_url": call.service.base_url,
    }
    return View("admin/mail.html", {"sections": places_of(call.who), "here": "mail", "zone": call.zone, **context})


def _log(call: PageCall, here: str, rows_of: Any) -> View:
    wanted = {name: value for name, value in call.query.items() if name != "cursor"}
    rows = rows_of(call.session, wanted, call.query.get("cursor", 0), _PAGE + 1)
    context = {
        "rows": [(row, _about(row.subject, call.lang), _details(row.details, call.lang)) for row in rows[:_PAGE]],
        "newer": cursor_of(rows[_PAGE - 1].id) if len(rows) > _PAGE else None,
        "wanted": wanted,
        "today": today_of(call),
    }
    return View(f"admin/{here}.html", {"sections": places_of(call.who), "here": here, **context})


def _about(subject: str, lang: str) -> str:
    """Give what an event is about in words: `contract:AVV-1` is a contract."""
    kind, _, which = subject.partition(":")
    return f"{name_of('subject', kind, lang)} {which}".rstrip()


def _details(details: str, lang: str) -> list[tuple[str, str]]:
    """Give the details of an event, each by its name; hashes by how they begin."""
    said = json.loads(details).items()
    return [(name_of("detail", name, lang), _shown(value, _NAMED.get(name, ()), lang)) for name, value in said]


def _shown(value: Any, groups: Sequence[str], lang: str) -> str:
    match value:
        case None | []:
            return "–"
        case bool():
            return sentence("word.yes" if value else "word.no", lang)
        case str():
            return f"{value[:_HASH_SHOWN]}…" if len(value) == _HASH else _day_or_text(_named(value, groups, lang), lang)
        case list() if all(isinstance(one, str) for one in value):
            return ", ".join(_named(one, groups, lang) for one in value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _named(code: str, groups: Sequence[str], lang: str) -> str:
    """Give a code by its name in the first of some groups that knows it; any other text as it stands."""
    return next((name for group in groups if (name := name_of(group, code, lang)) != code), code)


def _day_or_text(value: str, lang: str) -> str:
    """Give a day as people write it; anything else as it stands."""
    try:
        return written_day(date.fromisoformat(value), lang)
    except ValueError:
        return value
