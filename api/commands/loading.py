"""`mehraufwand load`: scenarios as contracts in the database."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.answers import jsonable
from api.console import err, language, out, print_json
from api.inputs import file_bytes
from api.installation import act_of, opened, places_of
from api.options import Actor, Database, Json, ProcessorRef
from api.settings import read_settings
from billing.errors import InvalidInput, NotFound
from billing.rating.scenario import parse_json
from billing.services.installation import init_installation
from billing.services.samples import SAMPLE_PROCESSOR, SAMPLE_REF
from billing.services.scenario_loading import LoadedScenario, load_scenario
from billing.texts import sentence
from billing.timespan import datetime_of, format_month

Files = Annotated[list[Path], typer.Argument(help="Szenario-Dateien (JSON).")]
ContractRef = Annotated[
    str | None, typer.Option("--contract", help="Kürzel des neuen Vertrags (bei einer Datei); sonst der Dateiname.")
]


def load(
    files: Files,
    *,
    contract: ContractRef = None,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Szenarien als Verträge speichern, um sie Monat für Monat abzurechnen; alle Dateien oder keine.

    Ist noch nichts eingerichtet, entsteht dafür ein Muster-Auftragnehmer.
    """
    refs = _refs(files, contract)
    documents = [parse_json(file_bytes(file, str(file))) for file in files]
    _ensure_installation(db, actor)
    with opened(db, processor, actor) as here, here.session() as session:
        loaded = [
            load_scenario(session, here.act, document, ref) for document, ref in zip(documents, refs, strict=True)
        ]
    rows = [_row(scenario) for scenario in loaded]
    if json:
        print_json({"contracts": jsonable(rows)})
        return
    for row in rows:
        months = ", ".join(run["month"] for run in row["runs"]) or "-"
        out().print(sentence("done.scenario_loaded", language(), ref=row["ref"], months=months), highlight=False)


def _refs(files: list[Path], contract: str | None) -> list[str]:
    if contract is None:
        return [file.stem for file in files]
    if len(files) > 1:
        raise InvalidInput("contract_for_one_file", path="contract", value=contract)
    return [contract]


def _ensure_installation(database: str | None, actor: str | None) -> None:
    """Found a made-up processor where nothing was set up yet, and say so."""
    try:
        with opened(database, None, actor):
            return
    except InvalidInput as problem:
        if problem.code != "processor_choice":
            raise
    except NotFound:
        settings = read_settings()
        places = places_of(settings, database)
        init_installation(places, act_of(settings, actor), dict(SAMPLE_PROCESSOR), SAMPLE_REF)
        err().print(sentence("notice.sample_processor", language()), style="yellow", highlight=False)


def _row(scenario: LoadedScenario) -> dict[str, Any]:
    """Give the contract and the runs the scenario asks for, with the cancellations just before each."""
    runs = [
        {
            "month": format_month(step.month),
            "as_of": datetime_of(step.as_of),
            "cancellations": [
                {
                    "id": cancellation["id"],
                    "run_month": format_month(cancellation["run_month"]),
                    "at": datetime_of(cancellation["at"]),
                }
                for cancellation in step.cancellations
            ],
        }
        for step in scenario.steps
    ]
    return {"ref": scenario.contract_ref, "runs": runs}
