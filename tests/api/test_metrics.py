"""What Prometheus is told: how the installation is doing, on a port of its own, and nothing about anybody."""

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families

from api.clock import utc_now
from api.metrics import metrics_served
from api.settings import read_settings
from billing.store.engine import connect_to
from billing.store.session import Store
from tests.api.backups import back_up
from tests.api.shell import Shell
from tests.support.repository import ROOT
from tests.support.served import served, wait_until

ALERTS = (ROOT / "deploy" / "alerts.yaml").read_text(encoding="utf-8")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def gauges(text: str) -> dict[str, float]:
    """Give each sample by name and labels, as `mehraufwand_drafts{state=issued}`."""
    return {
        sample.name + "".join(f"{{{name}={value}}}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@contextmanager
def serving(shell: Shell) -> Iterator[tuple[str, str]]:
    """Serve a home without a worker; gives the service's address and that of its metrics."""
    at = f"127.0.0.1:{free_port()}"
    settings = {"MEHRAUFWAND_METRICS": at, "MEHRAUFWAND_BACKUPS": str(shell.home / "backups"), "MEHRAUFWAND_LANG": "de"}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--without-worker"]
    with served(command, shell.environment | settings) as one:
        yield one.read_until(r"Mehraufwand antwortet unter (\S+)\. Strg-C beendet es\."), f"http://{at}/metrics"


def test_requests_steps_months_and_backups_are_told_and_nobody_is_named(issued: Shell):
    back_up(issued)
    with serving(issued) as (url, metrics):
        httpx.get(f"{url}/api/v1/links/geheim-von-eva-kern")
        httpx.get(f"{url}/wohnbau/rechnungen")
        assert httpx.get(f"{url}/metrics").status_code == 404
        text = httpx.get(metrics).text
    told = gauges(text)
    assert told["mehraufwand_database_up"] == 1
    assert told["mehraufwand_invoices_total{kind=invoice}"] == 2
    assert told["mehraufwand_drafts{state=issued}"] == 3
    assert told["mehraufwand_runs_total"] == 1
    assert told["mehraufwand_numbers_unconfirmed"] == 0
    assert told["mehraufwand_last_backup_whole"] == 1
    run_at = int(told["mehraufwand_last_run_timestamp_seconds"])  # a backup has whole seconds
    assert told["mehraufwand_last_backup_timestamp_seconds"] >= run_at > 1.7e9
    assert told["mehraufwand_requests_total{method=GET}{route=/api/v1/links/{token}}{status=404}"] == 1
    assert told["mehraufwand_request_seconds_count{method=GET}{route=/api/v1/links/{token}}"] == 1
    assert re.findall(r"(?i)geheim|kern|wohnbau|klinikum|immoinvent|main|AVV|K-00|RE-20|erika", text) == []


def test_each_look_counts_anew(month: Shell):
    with serving(month) as (_, metrics):
        assert gauges(httpx.get(metrics).text)["mehraufwand_last_backup_timestamp_seconds"] == 0
        month.ok("run", "2025-03")
        assert gauges(httpx.get(metrics).text)["mehraufwand_drafts{state=draft}"] == 3


def test_a_database_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEHRAUFWAND_METRICS", "127.0.0.1:0")
    away = Store(connect_to("postgresql://app@127.0.0.1:1/mehraufwand"), None)
    with metrics_served(away, read_settings(), utc_now) as port:
        told = gauges(httpx.get(f"http://127.0.0.1:{port}/metrics").text)
    away.close()
    assert [name for name in told if name.startswith("mehraufwand_outbox")] == []
    assert told["mehraufwand_database_up"] == 0


def test_a_worker_of_its_own_tells_as_well(ready: Shell):
    at = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "api.cli", "worker"]
    with served(command, ready.environment | {"MEHRAUFWAND_METRICS": at}):
        wait_until(lambda: answers(f"http://{at}/metrics"))
        assert gauges(httpx.get(f"http://{at}/metrics").text)["mehraufwand_database_up"] == 1


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("said", ["9100", "localhost:", ":9100", "localhost:http", "localhost:70000"])
def test_what_is_no_address_is_refused(ready: Shell, said: str):
    ready.more["MEHRAUFWAND_METRICS"] = said
    assert said in ready.refused("serve", "--port", "0")


def test_each_alert_asks_for_what_is_told(issued: Shell):
    with serving(issued) as (url, metrics):
        httpx.get(f"{url}/health")
        told = {name.split("{")[0] for name in gauges(httpx.get(metrics).text)}
        families = re.findall(r"# TYPE (\S+)", httpx.get(metrics).text)
    rules = [rule for group in yaml.safe_load(ALERTS)["groups"] for rule in group["rules"]]
    asked = set(re.findall(r"\bmehraufwand_\w+", " ".join(rule["expr"] for rule in rules)))
    assert len(asked) > 6
    assert asked - told - set(families) == set()
