"""The two logs and the mail log: who did what to what, who came in, and what was written to whom."""

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

_PAGE = 50
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
    """Show how mail is sent, what waits, and what was written to whom."""
    before = call.query.get("cursor")
    mails = mail_log(call.session, _PAGE + 1, before)
    settings = call.service.settings
    context = {
        "mails": mails[:_PAGE],
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
        "rows": rows[:_PAGE],
        "newer": cursor_of(rows[_PAGE - 1].id) if len(rows) > _PAGE else None,
        "wanted": wanted,
        "today": today_of(call),
    }
    return View(f"admin/{here}.html", {"sections": places_of(call.who), "here": here, **context})
