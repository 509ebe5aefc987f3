"""What a scenario's parts must agree on before anything is computed: ids, references, order of runs."""

from typing import Any, NamedTuple

from billing.clause.reading import refuse
from billing.errors import InvalidInput
from billing.rating.bands import Timeline
from billing.rating.scenario_input import Document

_ID_SPACES = (("cases",), ("estimates",), ("entries", "expenses"), ("cancellations",))


class Step(NamedTuple):
    """One run and the cancellations applied just before it."""

    month: int
    as_of: int
    cancellations: list[dict[str, Any]]


def check_document(document: Document) -> None:
    """Raise InvalidInput for the first contradiction between the parts (runs are checked by `plan`)."""
    for names in _ID_SPACES:
        _check_ids(document, names)
    for name in ("entries", "estimates", "expenses"):
        _check_cases(document, name)
    for position, entry in enumerate(document.entries):
        _check_entry(document, position, entry)
    for position, case in enumerate(document.cases):
        if "audit" not in case:
            _check_updates_without_audit(f"cases[{position}]", case.get("updates", []))


def _contradiction(code: str, document: Document, name: str, position: int, key: str, **fields: Any) -> InvalidInput:
    """Make the error for one value of a list, with the value as it was written."""
    return refuse(code, f"{name}[{position}].{key}", document.raw[name][position].get(key), **fields)


def _check_ids(document: Document, names: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        for position, row in enumerate(getattr(document, name)):
            if row["id"] in seen:
                raise _contradiction("id_not_unique", document, name, position, "id", other=seen[row["id"]])
            seen[row["id"]] = f"{name}[{position}].id"


def _check_cases(document: Document, name: str) -> None:
    known = {case["id"] for case in document.cases}
    for position, row in enumerate(getattr(document, name)):
        if row["case"] not in known:
            raise _contradiction("unknown_case", document, name, position, "case")


def _check_updates_without_audit(path: str, updates: list[dict[str, Any]]) -> None:
    for position, update in enumerate(updates):
        for key in ("finding", "extra_agreed"):
            if key in update:
                raise refuse("update_without_audit", f"{path}.updates[{position}].{key}", update[key])


def _check_entry(document: Document, position: int, entry: dict[str, Any]) -> None:
    if entry["end"] < entry["start"]:
        raise _contradiction("end_before_start", document, "entries", position, "end")
    if entry["end"] == entry["start"]:
        raise _contradiction("entry_is_empty", document, "entries", position, "end")
    if entry.get("logged_at", entry["end"]) < entry["end"]:
        raise _contradiction("logged_before_end", document, "entries", position, "logged_at")
    if entry["service"] == "standard_documents" and "document" not in entry:
        raise refuse("document_missing", f"entries[{position}].document")


def plan(document: Document, timeline: Timeline) -> list[Step]:
    """Put runs and cancellations in their order; InvalidInput when a run or cancellation can't happen there."""
    order = sorted(enumerate(document.cancellations), key=lambda item: (item[1]["at"], item[1]["id"]))
    living: set[int] = set()
    steps: list[Step] = []
    for position, run in enumerate(document.runs):
        due = [item for item in order if item[1]["at"] <= run["as_of"]]
        order = order[len(due) :]
        for number, cancellation in due:
            _require_living(document, number, cancellation, living)
            living.remove(cancellation["run_month"])
        _check_run(document, position, steps, living, timeline)
        living.add(run["month"])
        steps.append(Step(run["month"], run["as_of"], [cancellation for _, cancellation in due]))
    for number, cancellation in order:
        _require_living(document, number, cancellation, living)
    return steps


def _require_living(document: Document, number: int, cancellation: dict[str, Any], living: set[int]) -> None:
    if cancellation["run_month"] not in living:
        raise _contradiction("no_living_run", document, "cancellations", number, "run_month")


def _check_run(document: Document, position: int, before: list[Step], living: set[int], timeline: Timeline) -> None:
    run = document.runs[position]
    if before and run["month"] < max(step.month for step in before):
        raise _contradiction("months_go_back", document, "runs", position, "month")
    if run["month"] in living:
        raise _contradiction("month_already_run", document, "runs", position, "month")
    if run["as_of"] < timeline.month_start(run["month"]):
        raise _contradiction("as_of_before_month", document, "runs", position, "as_of")
    if before and run["as_of"] < before[-1].as_of:
        raise _contradiction("as_of_before_last_run", document, "runs", position, "as_of")
