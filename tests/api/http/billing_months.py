"""What the tests of months share: October's work under an approved estimate, and the month closed."""

from datetime import UTC, datetime
from typing import Any

from billing.store.tables.kinds import InvoiceFileKind
from tests.api.http.running import NOW, PROCESSORS, Site

OCTOBER = "/months/2026-10"
CSV, XML = str(InvoiceFileKind.ACTIVITY_RECORD_CSV), str(InvoiceFileKind.XML)
_BEFORE = datetime(2026, 10, 5, 6, tzinfo=UTC)
_WORK = {"service": "request_processing", "start": "2026-10-06T09:00:00+02:00", "end": "2026-10-06T10:00:00+02:00"}


def complete_letters(site: Site, of: str = PROCESSORS[0]) -> None:
    """Say where invoices go to: what the controllers of a furnished site lack."""
    for controller in site.get("accountant", "/controllers", of=of)["items"]:
        path, change = f"/controllers/{controller['id']}", {"invoice_email": "rechnung@wohnbau.example"}
        assert site.ask("accountant", "PATCH", path, change, of=of, If_Match="*").status_code == 200


def work(site: Site, case: str = "V-1", of: str = PROCESSORS[0]) -> None:
    """Work an hour at 100 euros on a case, under an estimate that was approved the day before."""
    site.clock.now = _BEFORE
    lines = {"description": "Recherche", "lines": [{"rate_class": "regular", "minutes": 240}]}
    estimate = site.post("lead", "/estimates", {"case": case, **lines}, of=of)
    site.post("lead", f"/estimates/{estimate['id']}/sending", {"sent_at": "2026-10-05T07:50:00+02:00"}, of=of)
    approval = {"approved_at": "2026-10-05T08:00:00+02:00", "channel": "phone", "approver_name": "Frau Süd"}
    approval["evidence_note"] = "am Telefon freigegeben"
    site.post("lead", f"/estimates/{estimate['id']}/approval", approval, of=of)
    site.clock.now = NOW
    person = "STAFF" if case == "V-1" else "LEAD"
    site.post("lead", "/entries", {**_WORK, "case": case, "person": person}, of=of)


def run(site: Site, of: str = PROCESSORS[0], **said: Any) -> dict[str, Any]:
    """Run October; gives what came of each contract."""
    done = site.post("accountant", f"{OCTOBER}/runs", said, of=of)
    return {row["contract"]: row for row in done["contracts"]}


def drafts(site: Site, of: str = PROCESSORS[0]) -> dict[str, Any]:
    """Give October's drafts by contract."""
    return {row["contract"]: row for row in site.get("accountant", f"{OCTOBER}/drafts", of=of)["items"]}


def approve(site: Site, *contracts: str, of: str = PROCESSORS[0]) -> None:
    """Release drafts."""
    for contract in contracts:
        row = drafts(site, of)[contract]
        site.post("accountant", f"/drafts/{row['id']}/approval", {"facts_hash": row["facts_hash"]}, of=of)


def issue(site: Site, of: str = PROCESSORS[0], **said: Any) -> Any:
    """Issue October."""
    return site.post("accountant", f"{OCTOBER}/issue", said, of=of)


def bill(site: Site, *cases: str, of: str = PROCESSORS[0]) -> dict[str, Any]:
    """Work on cases and close October of both contracts; gives the invoices by contract."""
    complete_letters(site, of)
    for case in cases:
        work(site, case, of)
    run(site, of)
    approve(site, "AVV-1", "AVV-2", of=of)
    assert issue(site, of)["refused"] == []
    return {row["contract"]: row for row in site.get("accountant", "/invoices", of=of)["items"]}
