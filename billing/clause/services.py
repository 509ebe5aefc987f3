"""The kinds of work and what a contract makes of each: one row a service, from the term set's own table."""

from enum import StrEnum
from typing import NamedTuple


class Effect(StrEnum):
    """What the contract says of a kind of work, before any fact of the case is asked."""

    OWN_DUTY = "own_duty"
    BASE = "base"
    DOCUMENTS = "documents"
    ALLOWANCE = "allowance"
    INCLUDED = "included"
    BILLABLE = "billable"


class Service(NamedTuple):
    """One kind of work under one contract: its effect and the printed clause that says so."""

    code: str
    effect: Effect
    clause: str

    @property
    def free_code(self) -> str:
        """The code a settlement prints when this service is free: `13.2.b`, `own_duty`, `included`."""
        if self.effect in (Effect.OWN_DUTY, Effect.INCLUDED):
            return str(self.effect)
        return self.clause.replace("(", ".").replace(")", ".").rstrip(".")


SERVICE_CODES = (
    "incident_own_duty",
    "administration",
    "standard_documents",
    "request_intake",
    "breach_first_notice",
    "general_query",
    "request_processing",
    "individual_assessment",
    "dpia_support",
    "audit_support",
    "audit_followup",
    "individual_instruction",
    "special_format",
    "breach_support",
    "records_support",
    "other_support",
)
