"""What people type into the forms of cases: moments, amounts and hours, given on as use cases read them.

Each takes the name of a field, gives what use cases read, and keeps a refusal with the form (`require_good`).
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from api.web.calls import PageCall
from api.web.days import day_reader
from api.web.times import read_clock, read_day, read_duration
from billing.clause.reading import Reader, refuse
from billing.errors import InvalidInput, Problem
from billing.services.moments import local_day
from billing.services.proofs import ProofFile

_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[.][0-9]{3})+")
_AMOUNT = re.compile(r"([0-9]+)(?:[.]([0-9]{1,2}))?")
_HOURS = re.compile(r"[0-9]{1,5}(?:[.,][0-9]{1,4})?")
_CLOCK = re.compile(r"([0-9]{1,5}):([0-5][0-9])")
_HOUR = 60


def texts(call: PageCall, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Check fields by the readers of a use case, and give them as they were typed; empty optional ones are left out."""
    read = call.form.read_all(readers)
    return {name: call.form.text(name) for name in read}


def moment(call: PageCall, name: str, *, optional: bool = False) -> str | None:
    """Read `05.06.2026 14:10`, `heute 830` or today's `14:10` as a moment by the processor's clock."""
    return _asked(call, name, lambda text: _moment(call, text, name), optional=optional)


def day(call: PageCall, name: str, *, optional: bool = False) -> str | None:
    """Read a day."""
    read = day_reader(call)
    return _asked(call, name, lambda text: read(text, name).isoformat(), optional=optional)


def amount(call: PageCall, name: str) -> str | None:
    """Read an amount as people write it, `1.234,50 €`, as the money of use cases, `1234.50`."""
    return _asked(call, name, lambda text: read_amount(text, name))


def read_amount(text: str, path: str) -> str:
    """Read an amount in euros; a point with three digits after it parts the thousands."""
    plain = text.replace("€", "").replace("EUR", "").replace("\u00a0", "").replace(" ", "")
    if "," in plain and plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    elif "," in plain or _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "") if "," in plain else plain.replace(".", "")
    found = _AMOUNT.fullmatch(plain)
    if not found:
        raise refuse("amount_not_understood", path, text)
    return f"{found[1]}.{(found[2] or '').ljust(2, '0')}"


def read_hours(text: str, path: str) -> int:
    """Read planned hours as whole minutes: `4`, `4,5`, `1:30`, `45 min`; a number alone counts hours."""
    plain = text.strip()
    if _HOURS.fullmatch(plain):
        whole, _, rest = plain.replace(",", ".").partition(".")
        exact = Fraction(f"{whole}.{rest or 0}") * _HOUR
        if exact.denominator != 1:
            raise refuse("hours_not_understood", path, text)
        return int(exact)
    if found := _CLOCK.fullmatch(plain):
        return int(found[1]) * _HOUR + int(found[2])
    try:
        return read_duration(plain, path)
    except InvalidInput:
        raise refuse("hours_not_understood", path, text) from None


def proof(call: PageCall, name: str, *, optional: bool = True) -> ProofFile | None:
    """Give the file that was chosen in a field."""
    files = call.form.files(name)
    if not files and not optional:
        call.form.note(refuse("file_not_chosen", name))
    return ProofFile(files[0].filename, files[0].content) if files else None


def said(**values: Any) -> dict[str, Any]:
    """Give what was said, without what was not."""
    return {name: value for name, value in values.items() if value is not None}


def _asked(call: PageCall, name: str, read: Callable[[str], str], *, optional: bool = False) -> str | None:
    text = call.form.text(name)
    if not text:
        if not optional:
            call.form.note(refuse("field_empty", name))
        return None
    try:
        return read(text)
    except Problem as problem:
        call.form.note(problem)
        return None


def _moment(call: PageCall, text: str, path: str) -> str:
    today = local_day(call.act.at, call.zone)
    plain = " ".join(text.replace(",", " ").removesuffix("Uhr").split())
    named, _, clock = plain.rpartition(" ")
    if not named and not _CLOCK.fullmatch(clock):
        raise refuse("moment_not_understood", path, text)
    on = read_day(named, today, path) if named else today
    return read_clock(on, clock, call.zone, path).isoformat()
