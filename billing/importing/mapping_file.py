"""The mapping as a JSON file that people may edit: strict to read, never half written.

{"time_zone": "Europe/Berlin", "date_order": "dmy",
 "persons": {"Mia Lang": "ML"}, "clients": {"Company": "AVV-7"},
 "rules": [{"client": "Company", "project": "Project A", "case": "V-12", "service": "request_processing"}]}
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping as MappingOf
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from billing.clause.services import SERVICE_CODES
from billing.errors import InvalidInput, UnreadableInput, reason_of
from billing.importing.clock import zone_named
from billing.importing.date_order import DateOrder
from billing.importing.mapping import CONDITIONS, FLAGS, REFS, Mapping, Rule

_KEYS = ("time_zone", "date_order", "persons", "clients", "rules")
_PRIVATE = 0o600


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file; one that isn't there yet is an empty mapping.

    Raises UnreadableInput for text that is no JSON, InvalidInput for a key, type or value that doesn't belong there,
    both with the path of the value (`mapping.json: rules[2].service`).
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Mapping()
    except (OSError, ValueError) as error:
        raise UnreadableInput("mapping_unreadable", path=str(path), value=reason_of(error)) from None
    try:
        data = json.loads(text, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError) as error:
        raise UnreadableInput("mapping_no_json", path=str(path), said=str(error)) from None
    return _Reader(str(path)).mapping(data)


def save_mapping(mapping: Mapping, path: Path) -> None:
    """Write a mapping file whole or not at all, keeping the access rights of an existing one.

    Raises InvalidInput when the folder can't be written to; the old file then still stands.
    """
    data: dict[str, Any] = {
        "time_zone": mapping.time_zone,
        "date_order": mapping.date_order,
        "persons": dict(mapping.persons),
        "clients": dict(mapping.clients),
        "rules": [{key: value for key, value in asdict(rule).items() if value is not None} for rule in mapping.rules],
    }
    present = {key: value for key, value in data.items() if value is not None}
    try:
        _replace(path.resolve(), json.dumps(present, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        raise InvalidInput("mapping_unwritable", path=str(path), value=reason_of(error)) from None


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else _PRIVATE
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        message = f"key {twice!r} stands there twice"
        raise ValueError(message)
    return seen


class _Reader:
    """Checks parsed JSON against the form of a mapping and names the path of what is wrong."""

    def __init__(self, name: str) -> None:
        self._name = name

    def mapping(self, data: object) -> Mapping:
        top = self._object(data, "", _KEYS)
        zone = self._text(top["time_zone"], "time_zone") if "time_zone" in top else None
        if zone is not None:
            zone_named(zone, self._at("time_zone"))
        order = (
            self._one_of(top["date_order"], "date_order", tuple(order.value for order in DateOrder))
            if "date_order" in top
            else None
        )
        rules = top.get("rules", [])
        if not isinstance(rules, list):
            raise self._wrong("mapping_wrong_type", "rules", rules)
        return Mapping(
            persons=self._names(top.get("persons", {}), "persons"),
            clients=self._names(top.get("clients", {}), "clients"),
            rules=tuple(self._rule(rule, f"rules[{place}]") for place, rule in enumerate(rules)),
            time_zone=zone,
            date_order=None if order is None else DateOrder(order),
        )

    def _rule(self, data: object, at: str) -> Rule:
        rule = self._object(data, at, (*CONDITIONS, *REFS, *FLAGS))
        for key, value in rule.items():
            if key in FLAGS:
                if not isinstance(value, bool):
                    raise self._wrong("mapping_wrong_type", f"{at}.{key}", value)
            elif key == "service":
                self._one_of(value, f"{at}.{key}", SERVICE_CODES)
            elif key in REFS:
                self._ref(value, f"{at}.{key}")
            else:
                self._text(value, f"{at}.{key}")
        if not rule.keys() & {*REFS, *FLAGS}:
            raise self._wrong("mapping_rule_says_nothing", at, ", ".join(sorted(rule)))
        return Rule(**rule)

    def _names(self, data: object, at: str) -> MappingOf[str, str]:
        names = self._object(data, at, None)
        return MappingProxyType({name: self._ref(ref, f"{at}.{name}") for name, ref in names.items()})

    def _object(self, data: object, at: str, keys: tuple[str, ...] | None) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise self._wrong("mapping_wrong_type", at, data)
        for key in data:
            if keys is not None and key not in keys:
                raise self._wrong("mapping_unknown_key", f"{at}.{key}".lstrip("."), key, known=", ".join(keys))
        return data

    def _text(self, value: object, at: str) -> str:
        if not isinstance(value, str):
            raise self._wrong("mapping_wrong_type", at, value)
        return value

    def _ref(self, value: object, at: str) -> str:
        if not self._text(value, at).strip():
            raise self._wrong("mapping_ref_empty", at, value)
        return str(value)

    def _one_of(self, value: object, at: str, known: tuple[str, ...]) -> str:
        if self._text(value, at) not in known:
            raise self._wrong("mapping_value_unknown", at, value, known=", ".join(known))
        return str(value)

    def _at(self, at: str) -> str:
        return f"{self._name}: {at}" if at else self._name

    def _wrong(self, code: str, at: str, value: object, **fields: Any) -> InvalidInput:
        return InvalidInput(code, path=self._at(at), value=value, **fields)
