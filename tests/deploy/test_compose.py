"""compose.yaml and its images: taken by docker-compose, hardened, secrets in files, packages by their hash."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from api.running import IDLE_SECONDS
from billing.store.keyring import parse_ring
from billing.store.sealed_stream import parse_backup_key
from tests.deploy.compose import COMPOSE, SERVICES
from tests.support.repository import ROOT, git

ASKED = {"MEHRAUFWAND_BASE_URL": "https://mehraufwand.example", "MEHRAUFWAND_MAIL_FROM": "billing@betrieb.example"}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STAGES = re.findall(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, re.MULTILINE)
LOCK, IMAGE_LOCK = (ROOT / "requirements.txt").read_text(), (ROOT / "deploy" / "requirements.txt").read_text()
PACKAGE = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def config(**asked: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **asked}
    return subprocess.run(
        ["docker-compose", "--file", ROOT / "compose.yaml", "config"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_docker_compose_accepts_it():
    done = config(**ASKED)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("name", list(ASKED))
def test_what_only_the_operator_knows_is_asked_for(name: str):
    assert name in config(**{other: value for other, value in ASKED.items() if other != name}).stderr


def test_it_holds_all_that_production_needs():
    assert set(SERVICES) == {"proxy", "app", "worker", "upgrade", "database", "standby", "relay", "backup"}
    assert SERVICES["app"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", list(SERVICES))
class TestEachService:
    """Whatever runs, runs with as little as it can."""

    def test_has_a_read_only_file_system_and_no_rights_of_its_own(self, name: str):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service

    def test_runs_as_nobody_mighty(self, name: str):
        assert SERVICES[name]["user"].split(":")[0] not in {"", "0", "root"}

    def test_says_whether_it_is_well(self, name: str):
        health = SERVICES[name]["healthcheck"]
        assert health == {"disable": True} if name == "upgrade" else health["test"][0].startswith("CMD")

    def test_has_its_secrets_in_files(self, name: str):
        service = SERVICES[name]
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        for setting, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|KEY|_DB", setting):
                assert setting.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]

    def test_is_built_here_of_a_stage_that_there_is(self, name: str):
        service = SERVICES[name]
        assert service["build"]["target"] in {stage for _, stage in STAGES}
        assert re.fullmatch(r"mehraufwand-\w+:\d+\.\d+\.\d+", service["image"])


def test_only_the_proxy_can_be_reached_and_only_the_relay_reaches_out():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    open_nets = {name for name, net in COMPOSE["networks"].items() if not (net or {}).get("internal")}
    assert {name for name, service in SERVICES.items() if open_nets & set(service["networks"])} == {"proxy", "relay"}


def test_the_service_keeps_idle_connections_for_longer_than_its_proxy_does():
    """Else it hangs up just when the proxy sends a request, which would be sent twice or refused."""
    said = re.search(r"keepalive_timeout (\d+)s;", (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8"))
    assert said is not None
    assert int(said[1]) < IDLE_SECONDS


def test_each_commit_waits_for_a_standby_with_a_disk_of_its_own():
    database, standby = SERVICES["database"], SERVICES["standby"]
    assert database["environment"]["STANDBYS"] == "standby"
    assert standby["environment"]["PRIMARY"] == "database"
    assert not set(database["volumes"]) & set(standby["volumes"])
    assert standby["secrets"] == ["archive_password"]
    assert set(SERVICES["upgrade"]["depends_on"]) == {"database", "standby"}


def test_only_the_upgrade_knows_the_owner_of_the_tables():
    knowing = {name for name, service in SERVICES.items() if "owner_database_url" in service.get("secrets", ())}
    assert knowing == {"upgrade", "database"}
    assert SERVICES["app"]["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}


def test_images_begin_with_debian_and_install_by_hash_alone():
    assert {source for source, _ in STAGES} - {stage for _, stage in STAGES} == {"debian:12-slim"}
    pips = re.findall(r"pip (?:install|download)[^&]*", DOCKERFILE)
    assert len(pips) == 2
    assert all("--require-hashes" in pip and "--no-deps" in pip for pip in pips)


@pytest.mark.parametrize("source", re.findall(r"^COPY ((?!--from)\S.*) \S+$", DOCKERFILE, re.MULTILINE))
def test_what_images_copy_is_there_and_let_through(source: str):
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for path in source.split():
        assert (ROOT / path).exists()
        assert path.split("/")[0] in let_through


def test_images_hold_what_was_tested_and_nothing_of_the_workshop():
    locked, in_images = dict(PACKAGE.findall(LOCK)), dict(PACKAGE.findall(IMAGE_LOCK))
    assert {name: version for name, version in in_images.items() if locked.get(name) != version} == {}
    assert {"pytest", "mypy", "ruff", "playwright", "hypothesis"} & set(in_images) == set()
    assert {"litestar", "weasyprint", "psycopg", "saxonche", "procrastinate"} <= set(in_images)


def test_the_bill_of_materials_lists_every_package_with_its_hashes():
    command = [sys.executable, "deploy/bill_of_materials.py", "deploy/requirements.txt", "pyproject.toml"]
    bill: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "mehraufwand")
    assert {one["name"]: one["version"] for one in bill["components"]} == dict(PACKAGE.findall(IMAGE_LOCK))
    assert all(one["properties"] for one in bill["components"])


def test_secrets_are_made_once_and_differ_everywhere(tmp_path):
    make = [ROOT / "deploy" / "make-secrets.sh", "mehraufwand.example", tmp_path / "secrets"]
    subprocess.run(make, check=True)
    made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"])
    assert parse_ring(made["keys"]).current
    assert parse_backup_key(made["backup_key"]).id
    passwords = [re.split(r"[:@]", made[name])[2] for name in ("app_database_url", "owner_database_url")]
    assert len({*passwords, made["superuser_password"], made["archive_password"]}) == 4
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    subprocess.run(make, check=True)
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == made


def test_secrets_never_reach_the_repository_or_an_image():
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


@pytest.mark.parametrize("script", ["mehraufwand", *sorted(path.name for path in (ROOT / "deploy").glob("*.sh"))])
def test_scripts_are_read_by_any_shell_and_can_be_started(script: str):
    path = ROOT / "deploy" / script
    assert git("ls-files", "--stage", f"deploy/{script}").startswith("100755")
    subprocess.run(["sh", "-n", path], check=True)
