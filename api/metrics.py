"""What Prometheus asks: requests of this process, and how the installation is doing. On a port of its own.

Numbers only, of all processors together: no name, no reference, no address. What stands in the database is read when
somebody asks, so each replica tells the same about it; requests are those of the process that is asked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.installation import Store
from api.request_metrics import REQUESTS, SECONDS
from api.settings import Settings
from billing.errors import InvalidInput, Problem, reason_of
from billing.services.backups import known_backups
from billing.services.measuring import Readings, read_gauges

_HIGHEST_PORT = 65535


@contextmanager
def metrics_served(store: Store, settings: Settings, now: Callable[[], datetime]) -> Iterator[int | None]:
    """Answer Prometheus inside the block, where the settings say so; gives the port, None without metrics.

    InvalidInput `metrics_address` for what is no `host:port`, `address_taken` when somebody else listens there.
    """
    if settings.metrics is None:
        yield None
        return
    host, port = _address(settings.metrics)
    registry = CollectorRegistry()
    for collector in (REQUESTS, SECONDS, _InstallationCollector(store, now), _BackupCollector(settings.backups)):
        registry.register(collector)
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        reason = reason_of(error)
        raise InvalidInput("address_taken", path="MEHRAUFWAND_METRICS", value=settings.metrics, reason=reason) from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _address(said: str) -> tuple[str, int]:
    host, colon, port = said.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT):
        raise InvalidInput("metrics_address", path="MEHRAUFWAND_METRICS", value=said)
    return host.removeprefix("[").removesuffix("]"), int(port)


class _InstallationCollector(Collector):
    """What stands in the database, read when it is asked for."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: that would ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read the gauges; a database that is away is the one thing to be told then."""
        up = GaugeMetricFamily("mehraufwand_database_up", "Whether the database answers")
        try:
            readings = read_gauges(self._store, self._now())
        except Problem:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield from _told(readings)


def _told(readings: Readings) -> Iterator[Metric]:
    yield _by("mehraufwand_outbox_open", "Steps still to do", "kind", readings.open_steps)
    yield _by("mehraufwand_outbox_failed", "Open steps that failed at least once", "kind", readings.failed_steps)
    waits = readings.longest_wait_seconds
    yield GaugeMetricFamily("mehraufwand_outbox_oldest_seconds", "How long the oldest due step waits", waits)
    yield _by("mehraufwand_drafts", "Drafts of months by state", "state", readings.drafts)
    invoices = CounterMetricFamily("mehraufwand_invoices", "Issued documents", labels=("kind",))
    for kind, count in readings.invoices.items():
        invoices.add_metric((kind,), count)
    yield invoices
    yield CounterMetricFamily("mehraufwand_runs", "Runs of months", readings.runs)
    if readings.last_run_at is not None:
        last = readings.last_run_at.timestamp()
        yield GaugeMetricFamily("mehraufwand_last_run_timestamp_seconds", "When a month was run last", last)
    waiting = readings.unconfirmed_series
    yield GaugeMetricFamily("mehraufwand_numbers_unconfirmed", "Series that wait after a restore", waiting)
    in_step = readings.standbys_in_step
    yield GaugeMetricFamily("mehraufwand_standbys_in_step", "Standbys in step that commits wait for", in_step)
    archives = readings.archives_in_step
    yield GaugeMetricFamily("mehraufwand_archives_in_step", "Archives that receive the log", archives)


def _by(name: str, words: str, label: str, counts: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=(label,))
    for value, count in sorted(counts.items()):
        family.add_metric((value,), count)
    return family


class _BackupCollector(Collector):
    """The newest backup in the folder that the settings name."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def describe(self) -> list[Metric]:
        """Name nothing beforehand."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Tell when the newest backup was taken and whether it is whole; 0 where there is none yet."""
        if self._folder is None:
            return
        backups = known_backups(self._folder) if self._folder.is_dir() else []
        taken = datetime.fromisoformat(backups[0]["taken_at"]).timestamp() if backups else 0
        whole = bool(backups and backups[0]["is_whole"])
        yield GaugeMetricFamily("mehraufwand_last_backup_timestamp_seconds", "When the newest backup was taken", taken)
        yield GaugeMetricFamily("mehraufwand_last_backup_whole", "Whether nothing in it was changed", whole)
