"""The bytes of a booking batch: DATEV format EXTF, header version 700, category 21, format version 13.

Fields are separated by semicolons, lines end in CR LF, texts stand in quotes (doubled inside), amounts have a decimal
comma and nothing between thousands; the alphabet is Windows-1252 (developer.datev.de, DATEV-Format).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from invoices.datev.bookings import Booking
from invoices.datev.columns import COLUMNS, TEXTS
from invoices.datev.text import ENCODING

_MARK, _HEADER_VERSION, _CATEGORY, _FORMAT, _FORMAT_VERSION = "EXTF", "700", "21", "Buchungsstapel", "13"
_ORIGIN, _PROGRAM = "RE", "Mehraufwand"
_LEDGER, _ANY_ACCOUNTING_PURPOSE = "1", "0"
_CURRENCY = "EUR"
_HEADER_TEXTS = frozenset((1, 4, 8, 9, 10, 17, 18, 22, 24, 27, 30, 31))
_HEADER_LENGTH = 31
_NO = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a batch says before its bookings; `created_at` by the processor's clock."""

    consultant: int
    client: int
    chart: str
    """Two digits, such as `03`."""
    account_length: int
    fiscal_year_start: date
    from_day: date
    to_day: date
    label: str
    created_at: datetime
    locked: bool
    service_dates: bool


def write_batch(batch: Batch, bookings: Sequence[tuple[Booking, str | None]]) -> bytes:
    """Write a batch; with each booking goes the GUID of its paper, or None when no papers go along."""
    lines = [_line(_header(batch), _HEADER_LENGTH, _HEADER_TEXTS), ";".join(COLUMNS)]
    lines += [_line(_fields(batch, booking, guid), len(COLUMNS), TEXTS) for booking, guid in bookings]
    return "".join(f"{line}\r\n" for line in lines).encode(ENCODING)


def _header(batch: Batch) -> dict[int, str]:
    return {
        1: _MARK,
        2: _HEADER_VERSION,
        3: _CATEGORY,
        4: _FORMAT,
        5: _FORMAT_VERSION,
        6: f"{batch.created_at:%Y%m%d%H%M%S}{batch.created_at.microsecond // 1000:03}",
        8: _ORIGIN,
        9: _PROGRAM,
        11: str(batch.consultant),
        12: str(batch.client),
        13: f"{batch.fiscal_year_start:%Y%m%d}",
        14: str(batch.account_length),
        15: f"{batch.from_day:%Y%m%d}",
        16: f"{batch.to_day:%Y%m%d}",
        17: batch.label,
        19: _LEDGER,
        20: _ANY_ACCOUNTING_PURPOSE,
        21: _flag(yes=batch.locked),
        22: _CURRENCY,
        27: batch.chart,
    }


def _fields(batch: Batch, booking: Booking, guid: str | None) -> dict[int, str]:
    """Give the fields by position; an empty posting key (9) lets the automatic account work out the tax."""
    fields = {
        1: f"{booking.amount_cents // 100},{booking.amount_cents % 100:02}",
        2: booking.side,
        3: _CURRENCY,
        7: str(booking.debtor),
        8: booking.account,
        10: f"{booking.issue_date:%d%m}",
        11: booking.number,
        14: booking.text,
        20: f'BEDI "{guid}"' if guid else "",
        40: booking.vat_id,
        114: _flag(yes=batch.locked),
        118: _NO,
    }
    if batch.service_dates:
        fields |= {115: f"{booking.service_date:%d%m%Y}", 116: f"{booking.tax_date:%d%m%Y}"}
    return fields


def _flag(*, yes: bool) -> str:
    return "1" if yes else _NO


def _line(fields: Mapping[int, str], length: int, texts: Iterable[int]) -> str:
    quoted = frozenset(texts)
    return ";".join(_cell(fields.get(place, ""), is_text=place in quoted) for place in range(1, length + 1))


def _cell(value: str, *, is_text: bool) -> str:
    return '"' + value.replace('"', '""') + '"' if is_text else value
