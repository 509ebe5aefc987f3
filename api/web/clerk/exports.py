"""Hand-overs: issued documents to bookkeeping (DATEV), and the package for a tax audit (GoBD)."""

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from api.web.calls import Answer, Done, Download, PageCall, View
from api.web.days import today_of
from api.web.routing import deed, page
from api.web.times import read_month
from billing.errors import Conflict, Problem
from billing.services.access.rights import Right
from billing.services.datev_settings import books, set_books
from billing.services.fields import read_line, read_note
from billing.services.files import give_own_file
from invoices.build import first_day_of, last_day_of
from invoices.gobd.package import YEAR, write_package
from invoices.run.batches import batch_by_id, batches_after, withdraw_batch
from invoices.run.exporting import Plan, export_datev, plan_export

_ALL = 1000


@page("/export", right=Right.READ_MONTHS, query={"monat?": read_month})
def exports_page(call: PageCall) -> View:
    """Show what a month's hand-over would hold, all batches that were made, and the package of a year."""
    today = today_of(call)
    month = call.query.get("monat", today.year * 12 + today.month - 2)
    plans, problem = _planned(call, month)
    return View(
        "clerk/exports.html",
        {
            "plans": plans,
            "problem": problem,
            "month": first_day_of(month).strftime("%Y-%m"),
            "books": books(call.session),
            "batches": list(reversed(batches_after(call.session, 0, _ALL))),
            "year": today.year - 1,
        },
    )


def _planned(call: PageCall, month: int) -> tuple[Sequence[Plan], Problem | None]:
    """Give what would be handed over, or why nothing can be."""
    try:
        return plan_export(call.session, first_day_of(month), last_day_of(month)), None
    except Problem as problem:
        return (), problem


@deed("/export/einrichten", right=Right.MASTER_DATA, back=exports_page)
def settings_deed(call: PageCall) -> Done:
    """Record what the tax adviser said: numbers and chart of accounts."""
    said = call.form.raw("chart", "consultant", "client")
    numbers = {name: int(text) for name, text in said.items() if name != "chart" and text.isdecimal()}
    set_books(call.session, call.act, {**said, **numbers})
    return Done("/export", "datev_set_up")


@deed("/export/datev", right=Right.RUN_MONTHS, back=exports_page)
def datev_deed(call: PageCall) -> Done:
    """Hand the documents issued in a month over, each once."""
    month = call.form.read("monat", read_month)
    call.form.require_good()
    days = first_day_of(month), last_day_of(month)
    done = export_datev(call.session, call.act, call.zone, *days, papers=call.form.checked("papers"))
    said = {"count": str(sum(len(plan.documents) for plan, _ in done))}
    return Done(f"/export?monat={days[0]:%Y-%m}", "datev_done" if done else "datev_nothing", said)


@page("/export/{export_id:int}/buchungen", right=Right.READ_MONTHS, writes=True)
def bookings_page(call: PageCall) -> Download:
    """Send a booking batch as it was made."""
    batch = batch_by_id(call.session, call.path["export_id"]).batch
    return _file(call, batch.stored_file_id, f"export_batch:{batch.batch_no}")


@page("/export/{export_id:int}/belege", right=Right.READ_MONTHS, writes=True)
def papers_page(call: PageCall) -> Download:
    """Send the package of papers that went along with a batch."""
    batch = batch_by_id(call.session, call.path["export_id"]).batch
    if batch.documents_file_id is None:
        raise Conflict("batch_has_no_papers", value=batch.batch_no)
    return _file(call, batch.documents_file_id, f"export_batch:{batch.batch_no}")


@deed("/export/{export_id:int}/zurueckziehen", right=Right.RUN_MONTHS, back=exports_page)
def withdraw_deed(call: PageCall) -> Done:
    """Withdraw a batch that bookkeeping did not take; its documents go along with the next one."""
    reason = call.form.read("reason", read_note)
    call.form.require_good()
    withdraw_batch(call.session, call.act, batch_by_id(call.session, call.path["export_id"]).batch, reason)
    return Done("/export", "batch_withdrawn")


@deed("/export/gobd", right=Right.RUN_MONTHS, back=exports_page)
def gobd_deed(call: PageCall) -> Answer:
    """Write the package of a year and send it as one archive; both logs say who took it, and by a digest for whom."""
    year = call.form.read("jahr", lambda text, path: YEAR(int(text) if str(text).isdecimal() else text, path))
    recipient = call.form.read("recipient", read_line)
    call.form.require_good()
    with tempfile.TemporaryDirectory(prefix="mehraufwand-gobd-") as scratch:
        folder = Path(scratch) / "paket"
        write_package(call.session, call.act, year, recipient, folder)
        return Download(_packed(folder), "application/zip", f"gobd-{year}.zip")


def _packed(folder: Path) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return whole.getvalue()


def _file(call: PageCall, file_id: int, subject: str) -> Download:
    file = give_own_file(call.session, call.act, file_id, subject)
    return Download(file.content, file.media_type, file.name)
