"""Data breaches (section 17): what became known of them, version by version, and what a first notice still lacks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.canonical import canonical
from billing.clause.reading import Reader, list_of, one_of, read_count, read_object, refuse
from billing.errors import NotFound
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_note
from billing.services.moments import read_datetime, require_past
from billing.services.proofs import ProofFile, keep_proof
from billing.store.queries.incidents import TOLD, incident_versions_of
from billing.store.session import TenantSession
from billing.store.tables import Case, IncidentVersion
from billing.store.tables.kinds import RetentionClass

ASKED = TOLD
"""What 17(3) asks of a first notice, in the order of the clause."""
MAY_BE_UNKNOWN = tuple(name for name in TOLD if name not in ("known_at", "contact_point"))
"""What a first notice may leave open (17(4)a); when we came to know of it and whom to ask, we know ourselves."""

INCIDENT: dict[str, Reader] = {
    "known_at?": read_datetime,
    "nature?": read_note,
    "occurred?": read_note,
    "systems?": read_note,
    "people_categories?": read_note,
    "people_count?": read_count,
    "data_categories?": read_note,
    "record_count?": read_count,
    "consequences?": read_note,
    "measures?": read_note,
    "contact_point?": read_note,
    "not_yet_known?": list_of(one_of(*MAY_BE_UNKNOWN), unique=True),
    "contained_at?": read_datetime,
    "root_cause?": read_note,
    "prevention?": read_note,
}
FACTS = tuple(name.removesuffix("?") for name in INCIDENT)


@dataclass(frozen=True, slots=True)
class Incident:
    """What is known of a data breach now, and the versions that say so."""

    case: Case
    known: Mapping[str, Any]
    versions: Sequence[IncidentVersion]

    @property
    def not_yet_known(self) -> list[str]:
        """What 17(3) asks and was said to be unknown, as long as it is."""
        return [name for name in self.known.get("not_yet_known", []) if name not in self.known]

    @property
    def missing(self) -> list[str]:
        """What 17(3) asks and nobody has said a word about."""
        return [name for name in TOLD if name not in self.known and name not in self.not_yet_known]


def incident_of(session: TenantSession, case: Case) -> Incident:
    """Give what is known of a case's data breach: of each field what was said last; nothing when none was recorded."""
    versions = incident_versions_of(session, session.processor_id, id_of(case))
    known: dict[str, Any] = {}
    for version in versions:
        said = {name: getattr(version, name) for name in (*FACTS, "first_notice_at", "final_report_at")}
        known |= {name: value for name, value in said.items() if value is not None}
    if "not_yet_known" in known:
        known["not_yet_known"] = json.loads(known["not_yet_known"])
    return Incident(case, known, versions)


def find_incident(session: TenantSession, case: Case) -> Incident:
    """Give a case's data breach; NotFound when the case has none."""
    incident = incident_of(session, case)
    if not incident.versions:
        raise NotFound("incident_unknown", value=case.ref)
    return incident


def record_incident(
    session: TenantSession, act: Act, case: Case, raw: Mapping[str, Any], evidence: ProofFile | None = None
) -> Incident:
    """Record what became known of a data breach; the first version must say since when the processor knows of it.

    InvalidInput: nothing said, a moment still to come, contained before it was known.
    """
    said = read_object(raw, "", INCIDENT)
    if not said:
        raise refuse("nothing_said", "known_at")
    known = {**incident_of(session, case).known, **said}
    if "known_at" not in known:
        raise refuse("missing_key", "known_at")
    for name in ("known_at", "contained_at"):
        if name in said:
            require_past(act, said[name], name)
    if "contained_at" in known and known["contained_at"] < known["known_at"]:
        raise refuse("contained_before_known", "contained_at", known["contained_at"])
    if "not_yet_known" in said:
        said["not_yet_known"] = canonical(said["not_yet_known"])
    version = IncidentVersion(case_id=id_of(case), **said, **act.record())
    if evidence is not None:
        version.evidence_file_id = keep_proof(session, act, evidence, RetentionClass.INCIDENT, "evidence_file").id
    put(session, version)
    audit(session, act, "incident_recorded", f"case:{case.ref}", changed=sorted(said))
    return incident_of(session, case)
