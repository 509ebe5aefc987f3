"""`mehraufwand db` and `verify`: the schema, and the proof that nothing frozen was changed."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, FreeCall, command, free_command
from api.console import err, language, out, print_json
from billing.services.installation import schema_status, shown_url, upgrade_installation
from billing.services.verification import Verification, verify
from billing.texts import sentence

database = typer.Typer(help="Die Datenbank: Stand des Schemas, Aktualisierung mit Sicherung.", no_args_is_help=True)


@free_command(database, "status")
def show_status(call: FreeCall) -> Answer:
    """Zeigen, welche Fassung das Schema hat und welche dieses Programm braucht."""
    status = schema_status(call.places)
    return Details(
        {
            "database": shown_url(call.places),
            "revision": status.revision,
            "expected": status.expected,
            "is_current": status.is_current,
        }
    )


@free_command(database, "upgrade")
def upgrade_database(call: FreeCall) -> Answer:
    """Das Schema auf den Stand dieses Programms bringen; bei SQLite entsteht vorher eine Sicherung."""
    upgraded = upgrade_installation(call.places)
    answer = {
        "before": upgraded.before,
        "after": upgraded.after,
        "backup": None if upgraded.backup is None else str(upgraded.backup),
    }
    if upgraded.before == upgraded.after:
        return Done("database_is_current", answer)
    return Done("database_upgraded" if upgraded.backup is None else "database_upgraded_with_backup", answer)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved, and what was not; a fault ends the command with 1, so that a nightly job notices."""

    verification: Verification

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        """Show how much was read, then each fault."""
        lang, found = language(), self.verification
        faults = [
            {"check": fault.check, "subject": fault.subject, "fault": sentence(f"fault.{fault.code}", lang)}
            for fault in found.faults
        ]
        if json:
            print_json({"checked": found.counts, "faults": faults, "is_whole": not faults})
        else:
            rows = [{"check": sentence(f"check.{name}", lang), "rows": count} for name, count in found.counts.items()]
            Listing("checked", rows, "check rows").print(json=False, zone=zone)
            named = [{**fault, "check": sentence(f"check.{fault['check']}", lang)} for fault in faults]
            out().print(sentence("done.verified" if not faults else "done.verified_faults", lang, count=len(faults)))
            if named:
                Listing("faults", named, "check subject fault").print(json=False, zone=zone)
        if faults:
            raise typer.Exit(1)


def prove(call: Call) -> Answer:
    """Prüfen, dass nichts Festgeschriebenes geändert wurde: Protokollkette, Rechnungsnummern, Prüfsummen."""
    with err().status("") as status:
        return Proof(verify(call.session, lambda name: status.update(sentence(f"check.{name}", language()))))


def verify_command(app: typer.Typer) -> None:
    """Register `mehraufwand verify`."""
    command(app, "verify", read_only=True)(prove)
