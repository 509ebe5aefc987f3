"""`mehraufwand send`: issued documents go to their controllers, each once, with what came of it."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.answers import Listing, jsonable
from api.commands.files import FilesLater, make_files
from api.console import INPUT_REFUSED, err, language, print_json, print_problem
from api.installation import Installation, opened
from api.month_tables import print_failed
from api.options import Actor, Database, Json, ProcessorRef
from api.settings import read_settings
from api.worker import mail_server_of
from billing import outbox
from billing.clause.reading import read_month
from billing.errors import InvalidInput
from billing.texts import sentence
from billing.timespan import format_month
from invoices.delivery import MailSender
from invoices.mail_server import MailServer
from invoices.run.ordering import NotSent, documents_of_month, order_all, sendable_of
from invoices.run.reports import not_sent_report, sent_reports
from invoices.run.sending import Dispatcher

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
Which = Annotated[
    list[str], typer.Argument(help="Ein Monat (2026-10) oder Nummern von Rechnungen, Stornos, Aufstellungen.")
]
Again = Annotated[bool, typer.Option("--again", help="Auch noch einmal senden, was schon angenommen wurde.")]


def send(  # noqa: PLR0913 - the options of one command
    which: Which,
    *,
    again: Again = False,
    without_files: FilesLater = False,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Rechnungen, Stornos und Aufstellungen an die Auftraggeber senden, jede einmal; wiederholt nur mit --again.

    mehraufwand send 2026-10

    Ohne MEHRAUFWAND_SMTP wartet der Versand, bis ein Dienst oder worker mit Mailserver läuft.
    """
    server = mail_server_of(read_settings())
    with opened(db, processor, actor) as here:
        failed = make_files(here, quiet=json, again=True, later=without_files)
        numbers = _numbers(here, which)
        ordered = list(order_all(here.store, here.processor_id, numbers, here.act, again=again))
        refused = [one for one in ordered if isinstance(one, NotSent)]
        if not without_files:
            _work_off(here, server)
        with here.session(read_only=True) as session:
            rows = sent_reports(session, [one for one in ordered if not isinstance(one, NotSent)])
    _report(rows, refused, failed, is_set_up=server is not None, as_json=json)
    if failed or refused or any(row["sending"] == "failed" for row in rows):
        raise typer.Exit(INPUT_REFUSED)


def _numbers(here: Installation, which: list[str]) -> list[str]:
    """Give the documents that were named, by one month or by their numbers; NotFound before anything is sent."""
    months = [one for one in which if _MONTH.fullmatch(one)]
    if months and len(which) > 1:
        raise InvalidInput("send_what", path="WHICH", value=" ".join(which))
    with here.session(read_only=True) as session:
        if months:
            month = format_month(read_month(months[0], "WHICH"))
            return [document.number for document in documents_of_month(session, month)]
        return [sendable_of(session, number).number for number in which]


def _work_off(here: Installation, server: MailServer | None) -> None:
    """Make the messages that were ordered, and send them if there is a server; what fails is tried again later."""
    _do_all(here, Dispatcher(here.act).handlers)
    if server is not None:
        _do_all(here, MailSender(server, here.act.name, lambda: here.act.at).handlers)


def _do_all(here: Installation, handlers: Mapping[str, outbox.Handler]) -> None:
    """Do all steps of these kinds that are due, in batches."""
    done = True
    while done:
        steps = list(outbox.run_pending(here.store, here.processor_id, handlers, lambda: here.act.at))
        done = any(not step.error for step in steps)


def _report(
    rows: list[dict[str, Any]], refused: list[NotSent], failed: list[str], *, is_set_up: bool, as_json: bool
) -> None:
    if as_json:
        told = [not_sent_report(one, language()) for one in refused]
        print_json({"documents": jsonable(rows), "refused": told, "failed_files": failed})
        return
    if rows or not refused:
        Listing("documents", rows, "number sending newly received_on due_on").print(json=False, zone=None)
    waiting = sum(row["sending"] == "waiting" for row in rows)
    if waiting and not is_set_up:
        told_so = sentence("notice.mail_not_set_up", language(), count=waiting)
        err().print(f"! {told_so}", markup=False, highlight=False, soft_wrap=True, style="yellow")
    for one in refused:
        print_problem(one.problem)
    print_failed(failed)
