"""Each sub-clause the product acts on: an English name and its printed number, one line each, in contract order.

`13(4)a` is Section 13 paragraph 4 letter a of the contract of ImmoInvent, the source of the default terms.
"""

import re
from typing import NamedTuple


class Clause(NamedTuple):
    """One sub-clause: its name in code, its number as printed, and what it says in our own words."""

    name: str
    number: str
    says: str

    @property
    def code(self) -> str:
        """The number as settlements print it: `13.2.a` for 13(2)a."""
        return re.sub(r"\((\d+)\)", r".\1.", self.number).rstrip(".")


SUPPORT_SERVICES = Clause("support_services", "13(1)", "what counts as a support service (an open list)")
BASE_DOCUMENTS = Clause("base_documents", "13(2)a", "existing standard evidence is free once a calendar year")
BASE_REQUEST_INTAKE = Clause("base_request_intake", "13(2)b", "receiving, confirming and assigning a request is free")
BASE_FIRST_NOTICE = Clause("base_first_notice", "13(2)c", "the first notice of a suspected breach is free")
BASE_GENERAL_QUERIES = Clause("base_general_queries", "13(2)d", "general queries are free up to 60 minutes a month")
REQUEST_PROCESSING = Clause("request_processing", "13(3)a", "searching, extracting, deleting for requests is billable")
INDIVIDUAL_ASSESSMENT = Clause("individual_assessment", "13(3)b", "individual statements and assessments are billable")
DPIA_SUPPORT = Clause("dpia_support", "13(3)c", "help with impact assessments and authorities is billable")
AUDIT_SUPPORT = Clause("audit_support", "13(3)d", "audit questionnaires, audits and their follow-up are billable")
INDIVIDUAL_INSTRUCTION = Clause("individual_instruction", "13(3)e", "individual instructions are billable")
SPECIAL_FORMAT = Clause("special_format", "13(3)f", "data in special formats is billable")
OUT_OF_HOURS_SERVICE = Clause("out_of_hours_service", "13(3)g", "services outside business hours are billable")
HOURLY_RATE = Clause("hourly_rate", "13(4)a", "100 EUR an hour net, in units of 15 minutes, at least one a case")
SURCHARGES = Clause("surcharges", "13(4)b", "outside Mon-Fri 8-16 h 25 % more, at night and on weekends 50 %")
TRAVEL = Clause("travel", "13(4)c", "travel at half rate, expenses against receipts, on site only by agreement")
THIRD_PARTY_COSTS = Clause("third_party_costs", "13(4)d", "third-party costs are borne after approval in advance")
ESTIMATE_AND_APPROVAL = Clause("estimate_and_approval", "13(5)a", "billable work starts after an approved estimate")
URGENT_WORK = Clause("urgent_work", "13(5)b", "urgent work up to 2 hours without approval, with notice at once")
OVERRUN = Clause("overrun", "13(5)c", "an overrun needs a supplementary approval")
AUDIT_OUTCOME = Clause("audit_outcome", "13(6)b", "one on-site audit a year and site, billable without findings")
OWN_BREACH = Clause("own_breach", "13(7)", "nothing for what the processor alone caused or must remedy")
INVOICING = Clause("invoicing", "13(8)", "monthly in arrears, due 14 days after receipt without deduction")
NO_REFUSAL = Clause("no_refusal", "13(9)", "legally required support is never refused over a fee")
ACTIVITY_RECORD = Clause("activity_record", "13(10)", "kind, extent and duration of the work are documented")
OWN_DUTY = Clause("own_duty", "13(1)", "the processor's own duties are no support service")
# No clause: nobody owes it. Printed as the source where the processor gives up what it might have billed.
GOODWILL = Clause("goodwill", "Kulanz", "work given up by the processor, confirmed by a second person, is free")

CLAUSES: tuple[Clause, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Clause))
BY_NUMBER: dict[str, Clause] = {clause.number: clause for clause in reversed(CLAUSES)}
