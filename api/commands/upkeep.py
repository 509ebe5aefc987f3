"""`mehraufwand db`, `keys`, `logs` and `verify`: schema, keys, logs, and the proof that nothing frozen was changed."""

import os
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, FreeCall, Kind, command, free_command
from api.console import err, language, out, print_json
from billing.services.backups import make_backup_key
from billing.services.installation import installation, schema_status, shown_url, upgrade_installation
from billing.services.key_rotation import KeyInUse, Rotation, drop_old_keys, keys_in_use, rotate_keys
from billing.services.log_retention import purge_logs
from billing.services.verification import Fault, Verification, read_head, verify
from billing.texts import sentence
from invoices.render import RenderPool
from invoices.run.remaking import remake_papers

keys = typer.Typer(help="Die Schlüssel: Stand, Wechsel, alte entfernen.", no_args_is_help=True)
logs = typer.Typer(help="Die Protokolle: Aufbewahrung des Zugriffsprotokolls.", no_args_is_help=True)
_ROTATE = (
    Field(
        "drop_old",
        "Keinen neuen Schlüssel machen, sondern alte entfernen, mit denen nichts mehr verschlüsselt ist.",
        Kind.FLAG,
    ),
)
_VERIFY = (
    Field("render", "Auch jedes Papier noch einmal drucken und Byte für Byte vergleichen.", Kind.FLAG),
    Field("expect", "Ein früher notierter Kopf der Protokollkette: Was bis dahin war, ist noch dasselbe."),
)
_MOST_WORKERS = 8
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


@free_command(keys, "show")
def show_keys(call: FreeCall) -> Answer:
    """Zeigen, welche Schlüssel es gibt und wie viele Werte mit jedem verschlüsselt sind."""
    with installation(call.places) as store:
        return Listing("keys", [_key_row(key) for key in keys_in_use(store)], "key is_current values")


@free_command(keys, "rotate", _ROTATE)
def rotate(call: FreeCall) -> Answer:
    """Einen neuen Schlüssel machen und alles damit neu verschlüsseln; nach einem Abbruch einfach noch einmal aufrufen.

    Beide Schlüssel öffnen währenddessen alles. Mit --drop-old frühestens eine Stunde nach dem Wechsel aufräumen.
    """
    with err().status("") as status:

        def show(table: str, values: int) -> None:
            status.update(sentence("progress.sealing", language(), table=table, values=values))

        turn = drop_old_keys if call.raw.get("drop_old") else rotate_keys
        done = turn(call.places, call.act, show)
    return _told(done, dropping=bool(call.raw.get("drop_old")))


@free_command(keys, "backup-key")
def make_key(call: FreeCall) -> Answer:
    """Den Schlüssel machen, der alle Sicherungen öffnet; eine Abschrift davon gehört in den Tresor."""
    key = make_backup_key(call.places)
    return Done("backup_key_made", {"key": key.id, "file": str(call.places.backup_key)})


def _told(done: Rotation, *, dropping: bool) -> Answer:
    """Say what was done, and what somebody has to do now."""
    values = {
        "key": done.key_id,
        "sealed": sum(done.sealed.values()),
        "left": sum(key.values for key in done.keys if not key.is_current),
        "dropped": len(done.dropped),
        "file": None if done.handed_over is None else str(done.handed_over),
        "keys": [_key_row(key) for key in done.keys],
    }
    if done.handed_over is not None:
        return Done("keys_handed_over", values)
    if dropping:
        return Done("keys_dropped" if done.dropped else "keys_kept", values)
    return Done("key_rotation_resumed" if done.resumed else "key_rotated", values)


def _key_row(key: KeyInUse) -> dict[str, Any]:
    return {"key": key.key_id, "is_current": key.is_current, "values": key.values}


@command(logs, "purge")
def purge(call: Call) -> Answer:
    """Tage des Zugriffsprotokolls löschen, die älter als sechs Monate sind; jeder hinterlässt seine Spur."""
    gone = purge_logs(call.session, call.act)
    return Done("logs_purged", {"days": len(gone), "rows": sum(day.chain.rows for day in gone)})


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
            shown = {"checked": found.counts, "faults": faults, "log_begins_at": found.log_begins_at}
            print_json({**shown, "head": found.head, "is_whole": not faults})
        else:
            rows = [{"check": sentence(f"check.{name}", lang), "rows": count} for name, count in found.counts.items()]
            Listing("checked", rows, "check rows").print(json=False, zone=zone)
            if found.log_begins_at > 1:
                out().print(sentence("done.log_begins_later", lang, first=found.log_begins_at))
            named = [{**fault, "check": sentence(f"check.{fault['check']}", lang)} for fault in faults]
            out().print(sentence("done.verified" if not faults else "done.verified_faults", lang, count=len(faults)))
            if named:
                Listing("faults", named, "check subject fault").print(json=False, zone=zone)
            else:
                out().print(sentence("done.log_head", lang, head=found.head), soft_wrap=True)
        if faults:
            raise typer.Exit(1)


def prove(call: Call) -> Answer:
    """Prüfen, dass nichts Festgeschriebenes geändert wurde: Protokollkette, Rechnungsnummern, Prüfsummen.

    Mit --render wird auch jedes Papier noch einmal gedruckt und mit dem gespeicherten verglichen; das dauert.
    Der Kopf der Protokollkette am Ende gehört an einen Ort, an dem ihn niemand aus dem Betrieb ändert: Mit --expect
    zeigt er später, dass bis dahin nichts neu geschrieben wurde.

    mehraufwand verify --render
    """
    noted = call.take("expect")
    expect = None if noted is None else read_head(noted, "--expect")
    with err().status("") as status:
        found = verify(call.session, lambda name: status.update(sentence(f"check.{name}", language())), expect)
        if call.take("render"):
            status.update(sentence("check.papers", language()))
            found = _with_papers(call, found)
    return Proof(found)


def _with_papers(call: Call, found: Verification) -> Verification:
    """Add what became of making every paper again."""
    with RenderPool(min(os.cpu_count() or 1, _MOST_WORKERS)) as pool:
        papers = remake_papers(call.session, pool)
    counts = found.counts | {"papers": papers.compared, "papers_of_others": papers.others}
    return replace(found, counts=counts, faults=[*found.faults, *(Fault("papers", *each) for each in papers.faults)])


def verify_command(app: typer.Typer) -> None:
    """Register `mehraufwand verify`."""
    command(app, "verify", _VERIFY, read_only=True)(prove)
