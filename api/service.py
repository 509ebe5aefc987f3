"""What one running service is made of: the opened store, its settings, and the clock everybody asks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from litestar import Request

from api.jobs import Jobs
from api.settings import Settings
from billing.services.access.authentication import Found
from billing.services.access.visitor import Visitor
from billing.services.giving_way import Traffic
from billing.store.session import Store
from billing.store.together import Together
from invoices.run.months import MonthLooks


@dataclass(frozen=True, slots=True)
class Service:
    """Built once by `api.app`; `now` is the only clock of all routes and duties."""

    store: Store
    settings: Settings
    now: Callable[[], datetime]
    base_url: str
    together: Together
    """Where brief requests that come in at the same time meet."""
    demo: bool = False
    jobs: Jobs = field(default_factory=Jobs)
    traffic: Traffic = field(default_factory=Traffic)
    month_looks: MonthLooks = field(default_factory=MonthLooks)
    last_seen: dict[Found, Visitor] = field(default_factory=dict)
    """Who showed a secret last, to ask ahead by; whether that still holds is asked in every request."""

    @property
    def is_https(self) -> bool:
        """Whether people reach us over TLS: cookies and headers depend on it."""
        return self.base_url.startswith("https://")


def service_of(request: Request[Any, Any, Any]) -> Service:
    """Give the service that a request came to."""
    service: Service = request.app.state.service
    return service
