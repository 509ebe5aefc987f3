"""Structured logs of the service: one JSON line a request, without addresses, secrets or anything people wrote.

The path is logged as its pattern (`/api/v1/links/{token}`): what stands in it may be a secret or a name.
"""

import logging
import secrets
import sys
import time
import traceback
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

from api.heads import method_of
from api.request_metrics import count_request

_REQUEST_ID = "mehraufwand_request_id"
_FRAMES_KEPT = 12


def set_up_logs() -> None:
    """Write log lines as JSON to standard error; those of libraries from warnings on, without their words on errors."""
    stamps: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    written = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*stamps, written],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_told_by_library, *stamps],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, written],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def log() -> Any:
    """Give the logger; fields are names, numbers and codes only."""
    return structlog.get_logger()


def observed(app: ASGIApp) -> ASGIApp:
    """Give each request an id, and write one line when it was answered (a Litestar middleware)."""

    async def observe(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        begun, status = time.perf_counter_ns(), 0
        scope["state"][_REQUEST_ID] = secrets.token_hex(8)

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with scope["litestar_app"].state.service.traffic.in_hand():
                await app(scope, receive, noted)
        finally:
            took = time.perf_counter_ns() - begun
            told = _told(scope)
            count_request(told["method"], told["route"], status, took / 1_000_000_000)
            log().info("request", **told, status=status, ms=took // 1_000_000)

    return observe


def request_id(scope: Scope) -> str:
    """Give the id by which a person and the log speak of the same request."""
    return str(scope["state"].get(_REQUEST_ID, ""))


def log_failure(scope: Scope, error: BaseException) -> None:
    """Write where an own bug happened: the kind of error and the places, not its words, which may quote people."""
    log().error("failure", **_told(scope), **_where(error))


def _told_by_library(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keep a record's first line, and of an error the kind and the places: its words may quote people."""
    _, error, _ = event.pop("exc_info", (None, None, None))
    said = str(event["event"]).partition("\n")[0]
    event.update(event="library", library=event["_record"].name, said=said)
    event.update({} if error is None else _where(error))
    return event


def _where(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_KEPT:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"kind": type(error).__name__, "places": places}


def _told(scope: Scope) -> dict[str, Any]:
    return {
        "id": request_id(scope),
        "method": method_of(scope),
        "route": scope.get("path_template") or "",
    }
