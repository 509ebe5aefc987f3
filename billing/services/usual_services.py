"""Which kind of work a kind of case usually brings: what is meant where nobody says it."""

from collections.abc import Mapping

_USUAL: Mapping[str, str] = {
    "data_subject_request": "request_processing",
    "data_portability": "request_processing",
    "breach": "breach_support",
    "data_breach": "breach_support",
    "audit": "audit_support",
    "dpia": "dpia_support",
    "general_query": "general_query",
    "evidence": "records_support",
    "instruction": "individual_instruction",
}


def usual_service(case_kind: str) -> str:
    """Give the service that work on a case of this kind is, if nothing else is said."""
    return _USUAL.get(case_kind, "other_support")
