"""The work list of everything held (In Klärung): grouped by what to do, each with its reason, who must act, one act."""

from collections.abc import Sequence
from typing import Any

from api.web.calls import PageCall, View
from api.web.routing import page
from api.web.staff.lookup import addresses, places
from billing.clause.reading import Reader
from billing.services.access.rights import Right
from billing.services.by_name import Named, case_named, numbers_named
from billing.services.contracts import contract_by_id, contracts_after
from billing.services.estimate_lists import estimates_after
from billing.services.estimate_states import state_at
from billing.services.fields import read_line
from billing.services.held_about import BEYOND, Wanted
from billing.services.held_work import HeldItem, held_work
from billing.services.parties import list_persons
from billing.services.proposals import list_proposals

_ALL = 10_000
GROUPS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("cause", ("cause_undecided",)),
    ("notice", ("urgent_notice_missing",)),
    ("release", ("no_approved_estimate",)),
    ("supplement", BEYOND),
    ("finding", ("audit_finding_pending",)),
    ("agreement", ("second_onsite_audit",)),
    ("onsite", ("onsite_not_agreed",)),
    ("receipt", ("receipt_missing",)),
    ("third_party", ("third_party_not_approved",)),
    ("rate", ("rate_not_agreed",)),
    ("later", ("taken_back",)),
)
"""What to do, with the reasons that it settles, in the order it is shown: what we can do at once comes first."""
_WANTED: dict[str, Reader] = {"vorgang?": read_line, "kunde?": read_line}
_OPEN = ("draft", "sent", "questioned")


@page("/klaerung", right=Right.READ_CASES, query=_WANTED)
def held_page(call: PageCall) -> View:
    """Show every held minute and expense, grouped by what would settle it."""
    wanted = _wanted(call)
    controllers = {row.id: row for row in contracts_after(call.session, None, 0, _ALL)}
    items = held_work(call.session, call.act.at, wanted)
    if "kunde" in call.query:
        items = [one for one in items if controllers[one.contract_id].controller_ref == call.query["kunde"]]
    asked, proposed = _asked(call), _proposed(call)
    persons = {one.ref: one.name or one.initials for one in list_persons(call.session)}
    at = places(call, Named.CASE, ((one.case, one.case_id) for one in items))
    rows = [
        {
            "item": one,
            "client": controllers[one.contract_id].controller_name,
            "here": at.here[one.case_id],
            "beside": at.contract.get(one.case_id),
            "contract": controllers[one.contract_id],
            "asked": asked.get(one.case_id),
            "proposal": proposed.get(one.item_id) if one.kind == "entry" else None,
            "keeper": persons.get(one.responsible or ""),
        }
        for one in items
    ]
    return View(
        "staff/held/list.html",
        {
            "groups": [(name, _of(rows, reasons)) for name, reasons in GROUPS],
            "minutes": sum(one.minutes for one in items),
            "cents": sum(one.net_cents or 0 for one in items),
            "cases": len({one.case_id for one in items}),
            "wanted": call.query,
        },
    )


def _wanted(call: PageCall) -> dict[str, str]:
    """Give what the list is narrowed to: the case of a number, or all of a reference."""
    name: str | None = call.query.get("vorgang")
    if name is None:
        return {}
    if len(numbers_named(call.session, Named.CASE, name)) != 1:
        return {"case": name}
    case = case_named(call.session, name)
    return {"case": case.ref, "contract": contract_by_id(call.session, case.contract_id).ref}


def _of(rows: list[dict[str, Any]], reasons: tuple[str, ...]) -> list[dict[str, Any]]:
    return [row for row in rows if _reason_of(row["item"]) in reasons]


def _reason_of(item: HeldItem) -> str:
    """Give why an item waits; urgent work beyond its minutes waits for a first estimate where none is approved."""
    return "no_approved_estimate" if item.about and item.about.wanted is Wanted.ESTIMATE else item.reason


def _asked(call: PageCall) -> dict[int, Any]:
    """Give of each case its newest estimate that nobody decided yet: a draft is for us to send, another one waits."""
    found: dict[int, Any] = {}
    for state in _OPEN:
        found |= {row.case_id: row for row in estimates_after(call.session, {"state": state}, call.act.at, 0, _ALL)}
    here = addresses(call, Named.ESTIMATE, ((row.ref, row.id) for row in found.values()))
    return {
        case_id: {
            "ref": row.ref,
            "state": state_at(row, call.act.at).value,
            "valid_until": row.valid_until,
            "here": here[row.id],
        }
        for case_id, row in found.items()
    }


def _proposed(call: PageCall) -> dict[int, int]:
    """Give the number of the proposal that waits, by the id of its entry."""
    return {row.entry_id: row.id for row in list_proposals(call.session, is_open=True)}
