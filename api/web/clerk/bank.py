"""Bank files (CAMT.053): first what each line would pay, then the booking with what a person said, all or nothing."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.clerk.typed import proof
from api.web.routing import deed, page
from billing.errors import InvalidInput
from billing.services.access.rights import Right
from billing.services.bank_import import BankReport, book, look_through
from billing.services.proofs import ProofFile

_LARGEST_KEPT = 6 * 1024 * 1024
"""What the page takes along from the look to the booking."""
_ANSWER = "zu."


@page("/zahlungen", right=Right.READ_MONTHS)
def bank_page(_call: PageCall) -> View:
    """Ask for a bank file."""
    return View("clerk/bank.html", {"report": None, "file": None})


@deed("/zahlungen/vorschau", right=Right.RUN_MONTHS, back=bank_page, looks=True)
def bank_preview(call: PageCall) -> View:
    """Say of each line what booking it would do; nothing is stored."""
    file = proof(call, "file")
    call.form.require_good()
    assert file is not None  # noqa: S101 - `require_good` refused the form without one
    if len(file.content) > _LARGEST_KEPT:
        raise InvalidInput("file_too_large", path="file", value=file.name, most=_LARGEST_KEPT // 1024**2)
    return _shown(look_through(call.session, call.act, file), file)


@deed("/zahlungen", right=Right.RUN_MONTHS, back=bank_page)
def bank_deed(call: PageCall) -> Done:
    """Book the lines that say what they pay, and those that a person answered for."""
    form = call.form
    try:
        content = b64decode(form.text("content"), validate=True)
    except NotBase64:
        raise InvalidInput("file_not_base64", path="file", value=form.text("name")) from None
    report = book(call.session, call.act, ProofFile(form.text("name"), content), _answers(form.typed))
    return Done("/zahlungen", "bank_booked", {"count": str(report.payments)})


def _shown(report: BankReport, file: ProofFile) -> View:
    return View(
        "clerk/bank.html", {"report": report, "file": {"name": file.name, "content": b64encode(file.content).decode()}}
    )


def _answers(typed: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Give what a person said of entries: the invoice that each pays as a whole."""
    said = {name.removeprefix(_ANSWER): values[0].strip() for name, values in typed.items() if name.startswith(_ANSWER)}
    return [{"entry": entry, "invoices": [{"invoice": number}]} for entry, number in said.items() if number]
