"""`mehraufwand serve`: the service for staff, clerks and controllers, until it is stopped."""

import typer

from api.answers import Answer, Done
from api.commanding import Field, FreeCall, Kind, free_command
from api.console import err, language
from api.safety import LOOPBACK, is_production, require_own_keys, require_safe
from api.settings import read_base_url
from billing.services.installation import installation
from billing.texts import sentence

_PORT = 8080
_FIELDS = (
    Field("host", "Adresse, an der gelauscht wird; sonst 127.0.0.1."),
    Field("port", f"Port; sonst {_PORT}, 0 nimmt einen freien.", Kind.NUMBER),
    Field("base_url", "Unter welcher Adresse Menschen den Dienst erreichen; sonst MEHRAUFWAND_BASE_URL."),
    Field("proxies", "Eigene Reverse-Proxys, mit Komma getrennt: Nur ihrer Auskunft über Anrufer wird geglaubt."),
    Field("without_worker", "Dokumente und E-Mails erledigt ein eigener Prozess (mehraufwand worker).", Kind.FLAG),
)


def serve(call: FreeCall) -> Answer:
    """Den Dienst starten: JSON-API unter /api/v1, dazu Dokumente und E-Mails aus dem Ausgang. Endet mit Strg-C."""
    host = call.raw.get("host", LOOPBACK)
    base_url = read_base_url(call.raw.get("base_url"), "--base-url") or call.settings.base_url
    # The other commands do without the web server, so that they start in a moment.
    from api.running import entrance, run_service  # noqa: PLC0415

    require_safe(call.settings, host, base_url, production=is_production())
    with (
        entrance(host, call.raw.get("port", _PORT), base_url, call.raw.get("proxies", "")) as at,
        installation(call.places) as store,
    ):
        require_own_keys(store, host, production=is_production())
        run_service(
            store,
            call.settings,
            at,
            with_worker=not call.raw.get("without_worker", False),
            on_ready=lambda service: _say_ready(service.base_url),
        )
    return Done("service_ended", {})


def _say_ready(base_url: str) -> None:
    told = sentence("run.service_ready", language(), address=base_url)
    err().print(told, highlight=False, soft_wrap=True)


def serve_command(app: typer.Typer) -> None:
    """Register `mehraufwand serve`."""
    free_command(app, "serve", _FIELDS)(serve)
