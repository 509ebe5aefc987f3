"""What people type on the command line, as the JSON values that the use cases read; nothing is decided here."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.reading import refuse
from billing.clause.term_sets import DEFAULT, term_set
from billing.errors import InvalidInput, reason_of
from billing.importing import WorkRow, write_work
from billing.rating.scenario import parse_json
from billing.services.moments import local_moment
from billing.services.proofs import LARGEST, ProofFile

_CLOCK_LENGTH = len("09:00")


def given(**values: Any) -> dict[str, Any]:
    """Keep what was said on the command line."""
    return {name: value for name, value in values.items() if value is not None}


def with_moments(zone: ZoneInfo, raw: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Give times without an offset the processor's; refuse those that its clocks skipped or showed twice."""
    times = {name: local_moment(str(raw[name]), zone, name) for name in names if raw.get(name) is not None}
    return {**raw, **times}


def end_on_same_day(start: str | None, end: str | None) -> str | None:
    """Let an end be a mere clock time, `10:30`: then it is of the start's day."""
    if start is not None and end is not None and len(end) <= _CLOCK_LENGTH and len(start) > _CLOCK_LENGTH:
        return f"{start[:10]} {end.zfill(_CLOCK_LENGTH)}"
    return end


def whole_number(text: str | None, path: str) -> int | None:
    """Read a whole number; InvalidInput for anything else."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < len("10000000000")):
        raise refuse("not_a_whole_number", path, text)
    return int(text)


def pairs(texts: Sequence[str] | None, path: str) -> list[tuple[str, str]]:
    """Read options of the form `name=value`."""
    found = []
    for position, text in enumerate(texts or ()):
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise refuse("not_a_pair", f"{path}[{position}]", text)
        found.append((name.strip(), value.strip()))
    return found


def terms_of(texts: Sequence[str] | None, file: Path | None) -> dict[str, Any]:
    """Give the terms that `--terms FILE` and `--term NAME=VALUE` change, as the exchange format writes them."""
    terms: dict[str, Any] = {} if file is None else read_json_object(file, "terms")
    for name, text in pairs(texts, "term"):
        terms[name] = _term_value(name, text)
    return terms


def _term_value(name: str, text: str) -> Any:
    """Read a term's value: whole numbers where the term is one, JSON for objects, lists and null, else a text."""
    if isinstance(term_set(DEFAULT).raw_terms.get(name), int):
        return whole_number(text, f"terms.{name}")
    if text == "null" or text[0] in "{[":
        return parse_json(text.encode())
    return text


def lines_of(texts: Sequence[str] | None) -> list[dict[str, Any]] | None:
    """Read the lines of an estimate, `regular=120` minutes each."""
    if texts is None:
        return None
    found = []
    for position, (name, value) in enumerate(pairs(texts, "lines")):
        found.append({"rate_class": name, "minutes": whole_number(value, f"lines[{position}].minutes")})
    return found


def read_json_object(file: Path, path: str) -> dict[str, Any]:
    """Read a JSON file that holds one object; `path` names the option in refusals."""
    value = parse_json(file_bytes(file, path), path)
    if not isinstance(value, dict):
        raise InvalidInput("not_an_object", path=path, value=json.dumps(value, ensure_ascii=False))
    return value


def require_readable(file: Path, path: str) -> None:
    """Refuse a file that can't be opened, before anything is begun; InvalidInput `named_file_not_readable`."""
    try:
        file.open("rb").close()
    except (OSError, ValueError) as error:
        raise InvalidInput("named_file_not_readable", path=path, value=file, reason=reason_of(error)) from None


def file_bytes(file: Path, path: str) -> bytes:
    """Read a file; InvalidInput `named_file_not_readable` names it."""
    try:
        if file.stat().st_size > LARGEST:
            raise InvalidInput("file_too_large", path=path, value=file, most=LARGEST // 1024**2)
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise InvalidInput("named_file_not_readable", path=path, value=file, reason=reason_of(error)) from None


def proof_file(file: Path | None, path: str) -> ProofFile | None:
    """Read a receipt or another proof."""
    return None if file is None else ProofFile(file.name, file_bytes(file, path))


def write_rows(file: Path, rows: Iterable[WorkRow], zone: ZoneInfo) -> int:
    """Write rows as our own CSV for spreadsheets; InvalidInput `file_not_writable` when that can't be done."""
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            return write_work(rows, stream, zone)
    except OSError as error:
        raise InvalidInput("file_not_writable", path="write", value=file, reason=reason_of(error)) from None


def write_bytes(file: Path, content: bytes, path: str) -> None:
    """Write a file; InvalidInput `file_not_writable` when that can't be done."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise InvalidInput("file_not_writable", path=path, value=file, reason=reason_of(error)) from None
