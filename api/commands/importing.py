"""`mehraufwand import`: logged work out of files - looked through first, asked about once, stored only when told to."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.asking_import import ask_about_file, ask_who_is_who
from api.console import INPUT_REFUSED, language, progress
from api.import_report import ImportReport
from api.installation import Installation, TenantSession, opened
from api.options import Actor, Database, Json, ProcessorRef
from api.settings import read_settings
from billing.clause.reading import one_of
from billing.importing import (
    FORMATS,
    DateOrder,
    Mapping,
    ReadOptions,
    RefusedRow,
    Survey,
    WorkRow,
    classify,
    load_mapping,
    open_options,
    open_source,
    questions,
    read_work,
    save_mapping,
    survey_file,
)
from billing.services.importing import ImportedFile, PlacedRow, Places, known_digests, placed_rows, store_rows
from billing.services.moments import processor_zone
from billing.services.notices import Notice
from billing.texts import sentence

_NAMES = ", ".join(known.name for known in FORMATS)
File = Annotated[str, typer.Argument(help="CSV-Datei; - liest von der Standardeingabe.", metavar="FILE")]
Apply = Annotated[bool, typer.Option("--apply", help="Wirklich übernehmen; ohne diese Option wird nur geprüft.")]
Format = Annotated[str | None, typer.Option("--format", help=f"Format, wenn es nicht erkannt wird: {_NAMES}.")]
TimeZone = Annotated[str | None, typer.Option("--time-zone", help="Zeitzone der Uhrzeiten, etwa Europe/Berlin.")]
Order = Annotated[str | None, typer.Option("--date-order", help="dmy (Tag zuerst) oder mdy (Monat zuerst).")]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="Datei mit den Antworten; sonst import.json im Konfigurationsordner.")
]
Problems = Annotated[bool, typer.Option("--problems", help="Nur Zeilen zeigen, um die sich jemand kümmern muss.")]


def import_work(  # noqa: PLR0913 - the options of one command
    file: File,
    *,
    apply: Apply = False,
    known_format: Format = None,
    time_zone: TimeZone = None,
    date_order: Order = None,
    mapping: MappingFile = None,
    problems: Problems = False,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Erfasste Arbeit aus einer CSV-Datei einlesen (eigene, Toggl, Clockify, Harvest, Kimai); siehe docs/import.md.

    Zuerst immer ein Probelauf, Zeile für Zeile. Dieselbe Datei ein zweites Mal ändert nichts.
    """
    order = None if date_order is None else DateOrder(one_of(*DateOrder)(date_order, "date_order"))
    with open_source(file) as source, opened(db, processor, actor) as here:
        work = _Import(here, survey_file(source, known_format), mapping or _usual_mapping(), quiet=json)
        work.settle_questions(ReadOptions(time_zone, order))
        report = ImportReport(work.survey, work.zone, json=json, only_problems=problems, applied=apply)
        if apply:
            report.finish(work.store(report))
        else:
            work.try_out(report)
            report.finish()
    if report.needs_somebody:
        raise typer.Exit(INPUT_REFUSED)


def _usual_mapping() -> Path:
    """Keep the answers beside the keys: like them they are about people, and no part of the database."""
    return read_settings().keys_path.parent / "import.json"


class _Import:
    """One file on its way in: the answers about it, and its rows as often as they are wanted."""

    def __init__(self, here: Installation, survey: Survey, kept_in: Path, *, quiet: bool) -> None:
        self.survey = survey
        self._here, self._kept_in, self._quiet = here, kept_in, quiet
        self._mapping = load_mapping(kept_in)
        self._options = ReadOptions()
        with here.session(read_only=True) as session:
            self.zone = processor_zone(session)

    def settle_questions(self, said: ReadOptions) -> None:
        """Take what was said and remembered, ask for the rest where somebody can answer, and remember it."""
        may_ask = not self._quiet and sys.stdin.isatty()
        remembered = self._mapping
        options = ReadOptions(said.time_zone or remembered.time_zone, said.date_order or remembered.date_order)
        with self._here.session(read_only=True) as session:
            places = Places(session, self._here.act)
            self._mapping = _with_refs(remembered, places)
            if may_ask and open_options(self.survey, options):
                options = ask_about_file(self.survey, options, self.zone)
            if may_ask:
                self._options = options
                open_questions = questions(self._rows(), self._mapping)
                self._mapping = ask_who_is_who(open_questions, self._mapping, places)
        read_work(self.survey, options)  # refuses a wrong answer before it is remembered
        self._options = options
        answered = replace(self._mapping, time_zone=options.time_zone, date_order=options.date_order)
        if answered != remembered:
            save_mapping(answered, self._kept_in)

    def try_out(self, report: ImportReport) -> None:
        """Say of each row what an import would do with it; nothing is stored."""
        with self._here.session(read_only=True) as session, progress(quiet=self._quiet) as bar:
            task = bar.add_task(sentence("import_report.reading", language()), total=self._lines)
            for row in self._placed(session):
                report.show(row)
                bar.update(task, completed=row.row.line)

    def store(self, report: ImportReport) -> list[Notice]:
        """Look through the file once more to count it, then store its rows in one transaction; gives what to know."""
        with self._here.session() as session, progress(quiet=self._quiet) as bar:
            reading = bar.add_task(sentence("import_report.reading", language()), total=self._lines)
            count = 0
            for row in self._rows():
                count += 1
                bar.update(reading, completed=row.line)
            storing = bar.add_task(sentence("import_report.storing", language()), total=self._lines)

            def show(row: PlacedRow) -> None:
                report.show(row)
                bar.update(storing, completed=row.row.line)

            text = self.survey.text
            file = ImportedFile(
                Path(self.survey.source.name).name,
                text.sha256,
                self.survey.header.format.name,
                self._options.time_zone,
                count,
            )
            return store_rows(session, self._here.act, self._placed(session), file, show).notices

    @property
    def _lines(self) -> int:
        return max(1, self.survey.text.line_ends)

    def _rows(self) -> Iterator[WorkRow | RefusedRow]:
        return read_work(self.survey, self._options)

    def _placed(self, session: TenantSession) -> Iterator[PlacedRow]:
        report = classify(self._rows(), mapping=self._mapping, known=known_digests(session))
        return placed_rows(report, Places(session, self._here.act))


def _with_refs(mapping: Mapping, places: Places) -> Mapping:
    """Let names that are exactly our own refs need no answer."""
    return replace(mapping, known_persons=frozenset(places.persons), known_clients=places.clients())
