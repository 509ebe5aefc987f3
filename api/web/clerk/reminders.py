"""Open items, and reminders of those that are overdue: looked at as they would go out, sent by a person."""

from typing import Any

from api.web.calls import Done, Download, PageCall, View
from api.web.clerk.invoice import AT, path_of, row_in
from api.web.days import today_of
from api.web.routing import deed, page
from billing.clause.reading import Reader, one_of
from billing.errors import Conflict, NotFound
from billing.services.access.rights import Right
from billing.services.claims import require_claim
from billing.services.files import give_own_file
from billing.services.receivables import Receivables
from billing.services.write_offs import confirm_write_off, list_write_offs, refuse_write_off
from invoices.run.reminders import draft_reminder, reminders_of, send_reminder

_CHANNELS = ("mail", "letter")
_CHANNEL: Reader = one_of(*_CHANNELS)


@page("/mahnungen", right=Right.READ_MONTHS)
def open_items_page(call: PageCall) -> View:
    """List what is open, what is overdue first, with the sums of each client."""
    reader = Receivables(call.session, call.act.at)
    items = sorted(reader.unsettled(), key=lambda item: (-item.days_overdue, item.id))
    return View(
        "clerk/open_items.html",
        {
            "items": items,
            "sums": reader.sums(),
            "totals": {
                "open": sum(item.balance.open_cents for item in items),
                "overdue": sum(item.balance.open_cents for item in items if item.days_overdue),
                "credit": sum(item.credit_cents for item in items),
                "not_received": sum(item.due is None and item.balance.open_cents > 0 for item in items),
            },
            "today": today_of(call),
            "proposals": [row for row in list_write_offs(call.session) if row.decided_at is None],
        },
    )


@page(f"{AT}/mahnung", right=Right.RUN_MONTHS)
def reminder_page(call: PageCall) -> View:
    """Show the next reminder as it would go out; looking at it does nothing."""
    invoice = _claim(call)
    costs = not call.form.checked("kulanz")
    draft = draft_reminder(call.session, call.act, invoice, costs=costs)
    return View("clerk/reminder.html", {"invoice": invoice, "draft": draft, "letter": draft.letter})


@deed(f"{AT}/mahnung", right=Right.RUN_MONTHS, back=reminder_page)
def reminder_deed(call: PageCall) -> Done:
    """Send the next reminder: frozen now, printed and mailed right after."""
    invoice, form = _claim(call), call.form
    channel = form.read("channel", _CHANNEL)
    form.require_good()
    said: dict[str, Any] = {"costs": not form.checked("kulanz"), "rate_confirmed": form.checked("rate_confirmed")}
    reminder = send_reminder(call.session, call.act, invoice, channel=channel, **said)
    return Done(path_of(invoice.number), "reminder_sent", {"level": str(reminder.level)})


@page(f"{AT}/mahnung/{{level:int}}/pdf", right=Right.READ_MONTHS, writes=True)
def reminder_file_page(call: PageCall) -> Download:
    """Send the PDF of a reminder."""
    level = call.path["level"]
    found = next((one for one in reminders_of(call.session, _claim(call)) if one.level == level), None)
    if found is None:
        raise NotFound("reminder_not_found", value=level)
    if found.stored_file_id is None:
        raise Conflict("reminder_file_not_made", value=level)
    file = give_own_file(call.session, call.act, found.stored_file_id, f"reminder:{found.id}")
    return Download(file.content, file.media_type, file.name)


@deed("/mahnungen/ausbuchung/{proposal_id:int}", right=Right.RUN_MONTHS, back=open_items_page)
def decide_write_off_deed(call: PageCall) -> Done:
    """Confirm or refuse that something is given up; never by who proposed it."""
    number = call.path["proposal_id"]
    if call.form.text("entscheidung") == "bestaetigen":
        confirm_write_off(call.session, call.act, number)
        return Done("/mahnungen", "write_off_confirmed")
    refuse_write_off(call.session, call.act, number, call.form.text("reason"))
    return Done("/mahnungen", "write_off_refused")


def _claim(call: PageCall) -> Any:
    invoice = row_in(call).invoice
    require_claim(invoice, "nr")
    return invoice
