"""A fact that becomes known of a case, and what comes of it: work that waited for it may use up approved effort."""

from billing.services.acting import Act, id_of
from billing.services.case_facts import CaseFacts
from billing.services.cases import CaseRecord, record_case_fact
from billing.services.overruns import overrun_notices
from billing.services.proofs import ProofFile
from billing.store.session import TenantSession
from billing.store.tables import Case


def learn_fact(
    session: TenantSession, act: Act, case: Case, facts: CaseFacts, evidence: ProofFile | None = None
) -> CaseRecord:
    """Record what is newly known of a case as `record_case_fact` does; of an overrun the controller is told (13(5)c).

    That a cause is settled, an audit found nothing or the controller was told lets work be billed that waited for it.
    """
    recorded = record_case_fact(session, act, case, facts, evidence)
    return CaseRecord(case, [*recorded.notices, *overrun_notices(session, act, id_of(case), urgent=True)])
