"""`mehraufwand load`: the facts of a scenario become a contract, each recorded when the scenario says it became known.

So running the contract month by month from the database gives what `mehraufwand settle` gives for the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from billing.canonical import canonical, fingerprint
from billing.errors import Conflict
from billing.public_holidays import public_holidays
from billing.rating.agreement import BERLIN
from billing.rating.bands import Timeline
from billing.rating.scenario import agreement_of, read_document
from billing.rating.scenario_checks import Step, check_document, plan
from billing.rating.scenario_input import Document
from billing.services.acting import Act, audit, id_of, put
from billing.services.contracts import terms_row
from billing.services.scenario_rows import ScenarioRows
from billing.store.queries.contracts import contract_by_ref
from billing.store.session import TenantSession
from billing.store.tables import Contract, Controller
from billing.timespan import datetime_of, format_month, month_of

_INSTANTS = ("start", "end", "logged_at", "approved_at", "covers_from", "at", "as_of", "urgent_notice_at")


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """The contract a scenario became, and the runs and cancellations it asks for, in their order."""

    contract_id: int
    contract_ref: str
    steps: tuple[Step, ...]


def load_scenario(session: TenantSession, act: Act, raw: Any, contract_ref: str) -> LoadedScenario:
    """Store a parsed scenario as a contract with its own controller and persons.

    InvalidInput as for `settle`; Conflict `contract_exists` when a contract has this ref already: nothing is changed.
    """
    document = read_document(raw)
    check_document(document)
    steps = plan(document, Timeline(agreement_of(document, public_holidays)))
    if contract_by_ref(session, session.processor_id, contract_ref) is not None:
        raise Conflict("contract_exists", path="contract", value=contract_ref)
    earliest = _earliest(document) or act.at
    contract = _contract(session, act, document, contract_ref, earliest)
    ScenarioRows(session, act, contract, earliest).write(document)
    audit(
        session,
        act,
        "scenario_loaded",
        f"contract:{contract_ref}",
        sha256=fingerprint(canonical(document.raw)),
        entries=len(document.entries),
        cases=len(document.cases),
    )
    return LoadedScenario(id_of(contract), contract_ref, tuple(steps))


def _contract(session: TenantSession, act: Act, document: Document, ref: str, earliest: datetime) -> Contract:
    """Write the controller, the contract and the versions of its terms, all known from the beginning."""
    controller = Controller(
        ref=ref,
        name=f"Auftraggeber {ref}",
        street="Musterstraße 1",
        postcode="70173",
        city="Stuttgart",
        invoice_email="rechnung@auftraggeber.example",
    )
    put(session, controller)
    contract = Contract(
        ref=ref,
        controller_id=id_of(controller),
        number=ref,
        term_set=document.term_set.name,
        starts_on=earliest.astimezone(BERLIN).date(),
        **act.record(earliest),
    )
    put(session, contract)
    first_month = format_month(month_of(contract.starts_on))
    put(
        session,
        *(
            terms_row(id_of(contract), month or first_month, terms, act.record(earliest))
            for month, terms in _terms_in_full(document)
        ),
    )
    return contract


def _terms_in_full(document: Document) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Give each version's month (None: from the start) and all its terms as they are written in the format."""
    default, given = dict(document.term_set.raw_terms), document.raw.get("terms")
    if isinstance(given, list):
        for version in given:
            terms = default | version
            yield terms.pop("valid_from"), terms
    else:
        yield None, default | (given if isinstance(given, dict) else {})


def _earliest(document: Document) -> datetime | None:
    """Give the earliest moment a scenario speaks of: what has no moment of its own was known from then on."""
    lists = (document.cases, document.entries, document.estimates, document.cancellations, document.runs)
    rows = [*chain(*lists), *(update for case in document.cases for update in case.get("updates", []))]
    moments = [row[name] for row in rows for name in _INSTANTS if row.get(name) is not None]
    return datetime_of(min(moments)) if moments else None
