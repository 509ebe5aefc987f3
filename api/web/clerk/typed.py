"""Amounts and days as people type them: `1.234,50 €`, `5.6.`, `gestern`; read by the readers that programs use."""

from datetime import date
from typing import Any

from api.web.calls import PageCall
from api.web.days import day_reader
from api.web.forms import Form
from billing.clause.reading import Reader
from billing.errors import InvalidInput
from billing.services.proofs import LARGEST, ProofFile

_MEGABYTE = 1024**2


def amount(form: Form, name: str, reader: Reader) -> Any:
    """Read an amount in euros with a decimal comma or point."""
    return form.read(name, lambda text, path: reader(plain_amount(str(text)), path))


def plain_amount(text: str) -> str:
    """Give an amount as programs write it: `1.234,50 €` is `1234.50`."""
    bare = "".join(text.replace("€", "").split())
    return bare.replace(".", "").replace(",", ".") if "," in bare else bare


def day(call: PageCall, name: str) -> date | None:
    """Read a day; without its year it is the one next to today."""
    read: date | None = call.form.read(name, day_reader(call))
    return read


def proof(call: PageCall, name: str) -> ProofFile | None:
    """Take the one file of a field; its problem is noted when there is none, or it is too large."""
    files = call.form.files(name)
    if not files:
        call.form.note(InvalidInput("field_empty", path=name, value=None))
        return None
    if len(files[0].content) > LARGEST:
        most = LARGEST // _MEGABYTE
        call.form.note(InvalidInput("file_too_large", path=name, value=files[0].filename, most=most))
        return None
    return ProofFile(files[0].filename, files[0].content)
