"""`mehraufwand contract`: what was agreed with whom, and from which month on."""

import json
from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.inputs import terms_of
from billing.clause.reading import read_object
from billing.clause.term_sets import term_set
from billing.services.agreeing import agree_terms
from billing.services.contracts import (
    CONTRACT_CHANGES,
    add_contract,
    end_contract,
    find_contract,
    list_contracts,
    list_terms,
    read_contract,
)

contracts = typer.Typer(help="Verträge zur Auftragsverarbeitung und ihre vereinbarten Werte.", no_args_is_help=True)

_TERM = Field(
    "term", "Ein abweichend vereinbarter Wert, NAME=WERT, etwa hourly_rate=120.00; mehrfach möglich.", Kind.MANY
)
_TERMS_FILE = Field("terms", "Abweichende Werte als JSON-Datei.", Kind.FILE)


@command(
    contracts,
    "add",
    (
        Field("controller", "Kürzel des Auftraggebers. Pflicht."),
        Field("starts_on", "Erster Tag des Vertrags, etwa 2026-01-01. Pflicht."),
        Field("ref", "Kürzel; sonst die Vertragsnummer oder das nächste freie (AVV-001)."),
        Field("number", "Vertragsnummer auf den Rechnungen; sonst das Kürzel."),
        Field("term_set", "Vertragsmuster: immoinvent-2026 (sonst), immosolve-2026 oder debtify-2026."),
        Field("signed_on", "Tag der Unterschrift."),
        _TERM,
        _TERMS_FILE,
    ),
)
def add_one_contract(call: Call) -> Answer:
    """Einen Vertrag anlegen; was nicht anders gesagt ist, gilt wie im Vertragsmuster.

    mehraufwand contract add --controller K-001 --starts-on 2026-01-01 --number AVV-2026-7 --term hourly_rate=110.00
    """
    terms = terms_of(call.take("term"), call.files.get("terms"))
    contract = add_contract(call.session, call.act, read_contract({**call.raw, "terms": terms}))
    return Done("contract_added", {"ref": contract.ref, "number": contract.number, "term_set": contract.term_set})


@command(
    contracts,
    "end",
    (Field("ref", "Kürzel des Vertrags.", Kind.ARGUMENT), Field("ended_on", "Letzter Tag, etwa 2026-12-31. Pflicht.")),
)
def end_one_contract(call: Call) -> Answer:
    """Das Ende eines Vertrags eintragen; Arbeit dafür lässt sich weiter erfassen und abrechnen.

    mehraufwand contract end AVV-2026-7 --ended-on 2026-12-31
    """
    contract = find_contract(call.session, call.take("ref"), "ref")
    end_contract(call.session, call.act, contract, read_object(call.raw, "", CONTRACT_CHANGES)["ended_on"])
    return Done("contract_ended", {"ref": contract.ref, "ended_on": contract.ended_on})


@command(contracts, "list", read_only=True)
def list_all_contracts(call: Call) -> Answer:
    """Alle Verträge auflisten."""
    rows = [
        {
            "ref": row.ref,
            "number": row.number,
            "controller": row.controller_ref,
            "name": row.controller_name,
            "term_set": row.term_set,
            "starts_on": row.starts_on,
            "ended_on": row.ended_on,
        }
        for row in list_contracts(call.session)
    ]
    return Listing("contracts", rows, "ref number controller name term_set starts_on")


@command(contracts, "show", (Field("ref", "Kürzel des Vertrags.", Kind.ARGUMENT),), read_only=True)
def show_contract(call: Call) -> Answer:
    """Einen Vertrag mit allen Fassungen seiner Werte zeigen; hervorgehoben ist, was vom Muster abweicht."""
    contract = find_contract(call.session, call.raw["ref"], "ref")
    usual = dict(term_set(contract.term_set).raw_terms)
    versions = [_version(row, usual) for row in list_terms(call.session, contract)]
    details = {
        "ref": contract.ref,
        "number": contract.number,
        "term_set": contract.term_set,
        "signed_on": contract.signed_on,
        "starts_on": contract.starts_on,
        "ended_on": contract.ended_on,
    }
    return Details(details, {"versions": (versions, "valid_from version recorded_at recorded_by deviations")})


def _version(row: Any, usual: dict[str, Any]) -> dict[str, Any]:
    terms = json.loads(row.terms)
    changed = {name: value for name, value in terms.items() if value != usual.get(name)}
    return {
        "valid_from": row.valid_from,
        "version": row.version_no,
        "recorded_at": row.recorded_at,
        "recorded_by": row.recorded_by_name,
        "deviations": ", ".join(f"{name}={_text(value)}" for name, value in sorted(changed.items())),
        "terms": terms,
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@command(
    contracts,
    "agree",
    (
        Field("ref", "Kürzel des Vertrags.", Kind.ARGUMENT),
        Field("valid_from", "Erster Monat, für den die neuen Werte gelten, etwa 2026-11. Pflicht."),
        _TERM,
        _TERMS_FILE,
    ),
)
def agree_new_terms(call: Call) -> Answer:
    """Neu vereinbarte Werte eintragen; abgerechnete Monate bleiben, wie sie sind.

    mehraufwand contract agree AVV-2026-7 --valid-from 2026-11 --term hourly_rate=120.00
    """
    terms = terms_of(call.take("term"), call.files.get("terms"))
    agreed = agree_terms(call.session, call.act, call.raw["ref"], call.raw.get("valid_from"), terms)
    answer = {"ref": call.raw["ref"], "valid_from": agreed.version.valid_from, "version": agreed.version.version_no}
    return Done("terms_agreed", answer, agreed.notices)
