"""Is the service able to work? What a load balancer and an operator ask."""

from dataclasses import asdict, dataclass
from typing import Any

from api.service import Service
from billing.errors import Problem
from billing.services.installation import processors


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was looked at; `problem` is the code of the first thing that is wrong."""

    database: bool
    keys: bool
    processors: int
    mail: bool
    problem: str | None = None

    @property
    def is_ready(self) -> bool:
        """Whether requests can be answered; mail that is not set up waits in the outbox and stops nobody."""
        return self.problem is None and self.database and self.keys

    def as_json(self) -> dict[str, Any]:
        """Give all of it by name."""
        return {"status": "ready" if self.is_ready else "not_ready", **asdict(self)}


def readiness_of(service: Service) -> Readiness:
    """Ask the database something simple, and look what is configured."""
    has_mail, has_keys = service.settings.smtp_url is not None, service.store.ring is not None
    try:
        count = len(processors(service.store))
    except Problem as problem:
        return Readiness(database=False, keys=has_keys, processors=0, mail=has_mail, problem=problem.code)
    return Readiness(database=True, keys=has_keys, processors=count, mail=has_mail)
