"""`mehraufwand worker`: papers, mail and daily checks, until it is stopped or, with `--once`, one round."""

import signal
import time

import typer

from api import clock
from api.answers import Answer, Done
from api.commanding import Field, FreeCall, Kind, free_command
from api.console import err, language
from api.installation import Store
from api.logs import set_up_logs
from api.metrics import metrics_served
from api.safety import is_production, require_own_keys
from api.worker import Worker, mail_server_of
from billing.services.installation import installation, processors
from billing.services.steps import retry_failed, waiting_mails
from billing.texts import sentence

_GLANCE_SECONDS = 0.2
_FIELDS = (
    Field("once", "Nur eine Runde: alles, was jetzt fällig ist.", Kind.FLAG),
    Field("again", "Vorher auch das noch einmal freigeben, was endgültig fehlgeschlagen war.", Kind.FLAG),
)


def work(call: FreeCall) -> Answer:
    """Erledigen, was nach dem Speichern zu tun bleibt: Dokumente drucken, E-Mails senden, Prüfungen, Fristen.

    Läuft bis Strg-C; mit --once nur eine Runde. Ohne MEHRAUFWAND_SMTP bleiben E-Mails liegen.
    """
    server = mail_server_of(call.settings)
    set_up_logs()
    with installation(call.places) as store:
        require_own_keys(store, production=is_production())
        if server is None:
            told = sentence("notice.mail_not_set_up", language(), count=waiting_mails(store))
            err().print(f"! {told}", markup=False, highlight=False, soft_wrap=True, style="yellow")
        if call.raw.get("again"):
            _release(store, call)
        worker = Worker(store, clock.utc_now, mail_server=server)
        if call.raw.get("once"):
            worker.one_round()
        else:
            with metrics_served(store, call.settings, clock.utc_now):
                _until_stopped(worker)
        done = {"done": worker.so_far.done, "failed": len(worker.so_far.failed), "waiting": waiting_mails(store)}
        return Done("worker_ended", done)


def _release(store: Store, call: FreeCall) -> None:
    """Have what failed for good tried once more, for every processor."""
    for processor_id, _ in processors(store):
        with store.tenant(processor_id) as session:
            retry_failed(session, call.act)


def _until_stopped(worker: Worker) -> None:
    """Work until Ctrl-C or SIGTERM, then end after the step in hand."""
    asked = _Asked()
    before = {number: signal.signal(number, asked.now) for number in (signal.SIGINT, signal.SIGTERM)}
    worker.start()
    try:
        while worker.is_working and not asked.to_stop:
            time.sleep(_GLANCE_SECONDS)
    finally:
        worker.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


class _Asked:
    """Whether a signal came; a handler may not take a lock, which is why it does no more than say so."""

    to_stop = False

    def now(self, *_: object) -> None:
        """Note the signal."""
        self.to_stop = True


def worker_command(app: typer.Typer) -> None:
    """Register `mehraufwand worker`."""
    free_command(app, "worker", _FIELDS)(work)
