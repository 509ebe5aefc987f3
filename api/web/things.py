"""What a deed of a page changes, by the name that the interface has for it: of both one at a time does."""

from collections.abc import Mapping
from typing import Any

from api.v1.exchange import thing_of
from billing.services.by_name import case_number, controller_number, estimate_number
from invoices.run.overview import invoice_id_of

THINGS: Mapping[str, str] = {
    "/vorgaenge/{nr:str}": "/cases/{nr:int}",
    "/kva/{nr:str}": "/estimates/{nr:int}",
    "/kunden/{nr:str}": "/controllers/{nr:int}",
    "/rechnungen/{nr:str}": "/invoices/{nr:int}",
    "/auslagen/{expense_id:int}": "/expenses/{expense_id:int}",
    "/ansprechpartner/{contact_id:int}": "/contacts/{contact_id:int}",
    "/vertraege/{contract_id:int}": "/contracts/{contract_id:int}",
    "/einstellungen/regeln/{contract_id:int}": "/contracts/{contract_id:int}",
    "/einstellungen/personen/{user_id:int}": "/users/{user_id:int}",
    "/einstellungen/zugriff/{token_id:int}": "/me/tokens/{token_id:int}",
    "/einstellungen/sicherheit": "/policy",
    "/weisungen/{instruction_id:int}": "/instructions/{instruction_id:int}",
    "/vorschlaege/{proposal_id:int}": "/proposals/{proposal_id:int}",
    "/zeiten/{entry_id:int}": "/entries/{entry_id:int}",
    "/uhr/stopp": "/timer",
    "/uhr/verwerfen": "/timer",
    "/mahnungen/ausbuchung/{proposal_id:int}": "/write-offs/{proposal_id:int}",
    "/export/{export_id:int}": "/exports/{export_id:int}",
    "/export/einrichten": "/datev/settings",
    "/abrechnung/offene-schritte/{step_id:int}": "/steps/{step_id:int}",
}
"""Addresses of pages up to their first parameter, and what the interface calls what they are about."""


def head_of(route: str) -> str:
    """Give the address of a page up to its first parameter, the whole of one without."""
    before, end, _ = route.partition("}")
    return before + end


def thing_of_page(session: Any, route: str, path: Mapping[str, Any]) -> str | None:
    """Give what a page changes; None for what the interface does not hold either.

    A name is looked up, and nothing else is read: what was read before a thing is held may be another by then. NotFound
    for a name of nothing, Ambiguous for one of several.
    """
    head = head_of(route)
    thing = THINGS.get(head)
    if thing is None:
        return None
    return thing_of(thing, {**path, "nr": _number(session, head, path["nr"])} if "nr" in path else path)


def _number(session: Any, head: str, name: str) -> int:
    match head:
        case "/vorgaenge/{nr:str}":
            return case_number(session, name)
        case "/kva/{nr:str}":
            return estimate_number(session, name)
        case "/kunden/{nr:str}":
            return controller_number(session, name)
        case _:
            return invoice_id_of(session, name)
