"""The exchange format's input: one JSON document with all facts of one contract and the runs to perform.

Reading checks everything before anything is computed; the first thing wrong is raised with its path and value.
"""

from dataclasses import dataclass
from typing import Any

from billing.clause import reading
from billing.clause.reading import Reader, list_of, one_of, read_flag, read_moment, read_object, read_text, refuse
from billing.clause.services import SERVICE_CODES
from billing.clause.term_sets import DEFAULT, TermSet, term_set
from billing.clause.terms import RATE_CLASSES, Terms, changed_terms, versions_in_order
from billing.rating.expenses import EXPENSE_KINDS

_CAUSES = ("controller", "third_party", "mixed", "processor", "undecided")
_FINDINGS = ("none", "pending", "deviation", "material")


@dataclass(frozen=True, slots=True)
class Document:
    """A scenario as read: terms, and each list of the format with values in the core's units."""

    term_set: TermSet
    versions: tuple[Terms, ...]
    cases: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    estimates: list[dict[str, Any]]
    expenses: list[dict[str, Any]]
    cancellations: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    raw: dict[str, Any]


def _shape(**readers: Reader) -> Reader:
    """Make a reader of an object; a key that ends in `_opt` is optional."""
    by_key = {
        key.removesuffix("_opt") + ("?" if key.endswith("_opt") else ""): reader for key, reader in readers.items()
    }
    return lambda value, path: read_object(value, path, by_key)


_AUDIT = _shape(
    site=read_text,
    mode=one_of("onsite", "remote"),
    date=reading.read_date,
    finding=one_of(*_FINDINGS),
    extra_agreed_opt=read_flag,
)
_UPDATE = _shape(
    at=read_moment,
    cause_opt=one_of(*_CAUSES),
    finding_opt=one_of(*_FINDINGS),
    extra_agreed_opt=read_flag,
    urgent_notice_at_opt=read_moment,
    onsite_agreed_at_opt=read_moment,
    controller_misconduct_opt=read_flag,
)
_CASE = _shape(
    id=reading.read_id,
    kind=read_text,
    cause_opt=one_of(*_CAUSES),
    urgent_notice_at_opt=read_moment,
    onsite_agreed_at_opt=read_moment,
    controller_misconduct_opt=read_flag,
    audit_opt=_AUDIT,
    updates_opt=list_of(_UPDATE),
)
_ENTRY = _shape(
    id=reading.read_id,
    case=read_text,
    service=one_of(*SERVICE_CODES),
    start=read_moment,
    end=read_moment,
    logged_at_opt=read_moment,
    document_opt=read_text,
    travel_opt=read_flag,
    onsite_opt=read_flag,
    urgent_opt=read_flag,
    remedies_processor_defect_opt=read_flag,
)
_ESTIMATE = _shape(
    id=reading.read_id,
    case=read_text,
    lines=list_of(_shape(rate_class=one_of(*RATE_CLASSES), minutes=reading.read_count)),
    approved_at_opt=read_moment,
    covers_from_opt=read_moment,
)
_EXPENSE = _shape(
    id=reading.read_id,
    case=read_text,
    kind=one_of(*EXPENSE_KINDS),
    incurred_on=reading.read_date,
    net=reading.read_money,
    receipt_opt=read_flag,
    approved_at_opt=read_moment,
    remedies_processor_defect_opt=read_flag,
)


def _read_versions(value: Any, path: str) -> tuple[TermSet, tuple[Terms, ...]]:
    if isinstance(value, str):
        named = term_set(value, path)
        return named, (named.terms,)
    default = term_set(DEFAULT)
    if isinstance(value, dict):
        return default, (changed_terms(default.terms, value, path),)
    if not isinstance(value, list):
        raise refuse("not_terms", path, value)
    if not value:
        raise refuse("list_is_empty", path, value)
    versions = []
    for position, raw in enumerate(value):
        here = f"{path}[{position}]"
        if not isinstance(raw, dict):
            raise refuse("not_an_object", here, raw)
        if "valid_from" not in raw:
            raise refuse("missing_key", f"{here}.valid_from")
        valid_from = reading.read_month(raw["valid_from"], f"{here}.valid_from")
        changes = {name: term for name, term in raw.items() if name != "valid_from"}
        versions.append(changed_terms(default.terms, changes, here, valid_from))
    return default, versions_in_order(versions, path)


_SCENARIO: dict[str, Reader] = {
    "terms?": _read_versions,
    "cases": list_of(_CASE),
    "entries": list_of(_ENTRY),
    "estimates": list_of(_ESTIMATE),
    "expenses": list_of(_EXPENSE),
    "cancellations?": list_of(_shape(id=reading.read_id, run_month=reading.read_month, at=read_moment)),
    "runs": list_of(_shape(month=reading.read_month, as_of=read_moment)),
}


def read_document(raw: Any) -> Document:
    """Read a parsed scenario; a top-level `scenario` key is unwrapped (and `expected` ignored)."""
    if isinstance(raw, dict) and "scenario" in raw:
        for key in raw:
            if key not in ("scenario", "expected"):
                raise refuse("unknown_key", key, raw[key], known="scenario, expected")
        raw = raw["scenario"]
    if not isinstance(raw, dict):
        raise refuse("not_an_object", "scenario", raw)
    values = read_object(raw, "", _SCENARIO)
    named = term_set(DEFAULT)
    terms, versions = values.pop("terms", None) or (named, (named.terms,))
    return Document(terms, versions, cancellations=values.pop("cancellations", []), raw=raw, **values)
