"""`mehraufwand step`: what could not be printed or sent, why, and each of them tried once more."""

from dataclasses import asdict

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.console import language
from api.inputs import whole_number
from billing.services.steps import Step, failed_steps, retry_step
from billing.texts import name_of

steps = typer.Typer(help="Fehlgeschlagenes ansehen und noch einmal versuchen lassen.", no_args_is_help=True)
_MOST = 10_000


@command(steps, "list", read_only=True)
def list_steps(call: Call) -> Answer:
    """Zeigen, was nach dem Speichern nicht gelang: Druck und Versand, mit Grund und nächstem Versuch.

    mehraufwand step list
    """
    return Listing("steps", [_shown(step) for step in failed_steps(call.session, 0, _MOST)], _COLUMNS)


@command(steps, "retry", (Field("id", "Nummer aus der Liste.", Kind.ARGUMENT),))
def retry(call: Call) -> Answer:
    """Einen einzelnen Schritt sofort noch einmal versuchen lassen; der laufende Dienst oder worker tut es.

    mehraufwand step retry 17
    """
    step = retry_step(call.session, call.act, whole_number(call.raw["id"], "id") or 0)
    return Done("step_retried", {"id": step.id, "step": name_of("step", step.kind, language()), "about": step.about})


_COLUMNS = "id step about attempts error next_at"


def _shown(step: Step) -> dict[str, object]:
    return {**asdict(step), "step": name_of("step", step.kind, language())}
