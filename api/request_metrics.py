"""How many requests were answered, how, and in what time: by the pattern of the route, never by what stands in it."""

from prometheus_client import Counter, Histogram

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.6, 1.0, 2.5, 5.0, 10.0)
_UNKNOWN = "unknown"
REQUESTS = Counter("mehraufwand_requests", "Answered requests", ("method", "route", "status"), registry=None)
SECONDS = Histogram(
    "mehraufwand_request_seconds", "Time to the answer", ("method", "route"), buckets=_SECONDS, registry=None
)
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer; whatever is no route or method of ours is one and the same, or strangers could add series."""
    told, where = method if method in _METHODS else _UNKNOWN, route or _UNKNOWN
    REQUESTS.labels(told, where, str(status)).inc()
    SECONDS.labels(told, where).observe(seconds)
