"""The facts of a case and of its work, as a run knows them."""

from typing import Any

from tests.rating.referee.agreed import minute_of


def case_at(case: dict[str, Any], as_of: int) -> dict[str, Any]:
    """The facts of a case that a run at `as_of` knows."""
    known = {**case, "audit": dict(case["audit"]) if case.get("audit") else None}
    for update in sorted(case.get("updates") or [], key=lambda update: minute_of(update["at"])):
        if minute_of(update["at"]) <= as_of:
            for key, value in update.items():
                if key in {"finding", "extra_agreed"} and value is not None:
                    known["audit"][key] = value
                elif key != "at" and value is not None:
                    known[key] = value
    notice = known.get("urgent_notice_at")
    if notice and minute_of(notice) > as_of:
        known["urgent_notice_at"] = None
    return known


def is_onsite_audit(case: dict[str, Any]) -> bool:
    return bool(case.get("audit")) and case["audit"]["mode"] == "onsite"


def is_second_audit(case: dict[str, Any], cases: list[dict[str, Any]]) -> bool:
    """Is there an earlier on-site audit, by date and then id, at this site in this year?"""

    def place(other: dict[str, Any]) -> tuple[str, str]:
        return other["audit"]["site"], other["audit"]["date"][:4]

    def when(other: dict[str, Any]) -> tuple[str, str]:
        return other["audit"]["date"], other["id"]

    others = [other for other in cases if is_onsite_audit(other) and other["id"] != case["id"]]
    return any(place(other) == place(case) and when(other) < when(case) for other in others)


def is_given_up(entry: dict[str, Any], as_of: int) -> bool:
    """Is it goodwill? Asked between questions 5 and 6; no fact of the exchange format, so the court is told apart."""
    given_up = entry.get("written_off_at")
    return given_up is not None and minute_of(given_up) <= as_of
