"""`./dev serve --demo`: started once as a person does, driven by its access file over HTTP, gone without a trace."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

import api.demo.serving as demo
from tests.support.repository import ROOT
from tests.support.served import Served, place_of, served, wait_until

ROLES = {"staff", "lead", "accountant", "admin", "auditor", "controller_approver", "controller_reader"}
SECOND_FACTOR = {"accountant", "admin", "controller_approver"}
MONTH = "2026-10"


@dataclass
class Demo:
    """The demo while it answers: its process, its folders, and what its access file says."""

    served: Served
    out: Path
    temporary: Path
    access: dict[str, Any]
    shown: str

    def get(self, role: str, path: str) -> Any:
        answer = httpx.get(
            f"{self.access['base_url']}/api/v1{path}",
            headers={"Authorization": f"Bearer {self.access['tokens'][role]}"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


def start(out: Path, temporary: Path) -> tuple[list[str | Path], dict[str, str]]:
    """Say how the demo is started, and in which environment."""
    return [ROOT / "dev", "serve", "--demo", "--out", out], {"TMPDIR": str(temporary), "COLUMNS": "80"}


def test_the_demo_from_its_start_to_its_end(tmp_path: Path) -> None:
    """One start for all that is asked of it, as a start takes long."""
    with started(tmp_path) as running:
        the_access_file_holds_a_way_in_for_each_role_and_is_its_owners_alone(running)
        whatever_is_to_be_copied_stands_on_one_line(running)
        every_token_is_that_of_its_role(running)
        the_portal_links_lead_to_an_estimate_that_waits_and_to_all_of_them(running)
        the_clerk_bills_october_by_hand_and_takes_the_pdf(running)
        a_second_demo_in_the_same_folder_is_refused_and_disturbs_nothing(running, tmp_path / "second")
        at_the_end_no_process_port_or_file_is_left(running)


@contextmanager
def started(folder: Path) -> Iterator[Demo]:
    """Start it and wait until it is ready."""
    out, temporary = folder / "out", folder / "tmp"
    out.mkdir()
    temporary.mkdir()
    (out / demo.ACCESS).write_text("of an earlier demo")
    (out / "mine.pdf").write_text("of the user")
    with served(*start(out, temporary)) as one:
        one.read_until(r"(Die Demo-Daten entstehen)")
        assert not (out / demo.ACCESS).exists()
        one.read_until(r"(Strg-C beendet)")
        yield Demo(one, out, temporary, json.loads((out / demo.ACCESS).read_text()), "".join(one.said))


def the_access_file_holds_a_way_in_for_each_role_and_is_its_owners_alone(running: Demo) -> None:
    access = running.access
    assert set(access) == {"base_url", "tokens", "logins", "portal_links"}
    assert set(access["tokens"]) == set(access["logins"]) == ROLES
    assert {role for role, login in access["logins"].items() if "totp_secret" in login} == SECOND_FACTOR
    assert stat.S_IMODE((running.out / demo.ACCESS).stat().st_mode) == 0o600


def whatever_is_to_be_copied_stands_on_one_line(running: Demo) -> None:
    lines = [line.strip() for line in running.shown.splitlines()]
    assert running.access["base_url"] in lines
    assert set(running.access["portal_links"]) <= set(lines)
    assert str(running.out / demo.ACCESS) in lines
    for role, login in running.access["logins"].items():
        secret = login.get("totp_secret", "–")
        assert [role, login["email"], login["password"], secret] in [line.split() for line in lines]
    for workplace in ("/zeiten", "/abrechnung", "/einstellungen"):
        assert running.access["base_url"] + workplace in lines
    assert any(line.startswith("curl ") and line.endswith(f"/api/v1/months/{MONTH}") for line in lines)


def every_token_is_that_of_its_role(running: Demo) -> None:
    assert {role: running.get(role, "/session")["roles"] for role in ROLES} == {role: [role] for role in ROLES}


def the_portal_links_lead_to_an_estimate_that_waits_and_to_all_of_them(running: Demo) -> None:
    for link, page in zip(running.access["portal_links"], (r"/p/kva/\d+", "/p/kva"), strict=True):
        with httpx.Client(follow_redirects=True, timeout=60) as browser:
            seen = browser.get(link)
        assert seen.status_code == 200, seen.text
        assert re.fullmatch(page, seen.url.path)
        assert "KVA-140" in seen.text


def the_clerk_bills_october_by_hand_and_takes_the_pdf(running: Demo) -> None:
    """Log in with password and second factor, run, look, approve, issue; the service's worker prints it."""
    with logged_in(running.access, "accountant") as clerk:
        run = clerk.post(f"/months/{MONTH}/runs", {})
        contract = next(row["contract"] for row in run["contracts"] if row["settled"]["net"] != "0.00")
        drafts = clerk.get(f"/months/{MONTH}/drafts?limit=200")["items"]
        (row,) = [row for row in drafts if row["contract"] == contract]
        draft = clerk.get(f"/drafts/{row['id']}")
        clerk.post(f"/drafts/{row['id']}/approval", {"facts_hash": draft["facts_hash"]})
        issued = clerk.post(f"/months/{MONTH}/issue", {"contracts": [contract]})
        assert (len(issued["issued"]), issued["refused"]) == (1, [])
        (invoice,) = [one for one in clerk.get(f"/invoices?month={MONTH}")["items"] if one["contract"] == contract]
        wait_until(lambda: "pdf" in clerk.get(f"/invoices/{invoice['id']}")["files"])
        paper = clerk.client.get(f"/invoices/{invoice['id']}/files/pdf")
        assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")


@dataclass
class Clerk:
    """Somebody at a browser, who has a session."""

    client: httpx.Client

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.client.post(path, json=body, headers={"Idempotency-Key": f"demo-{path}"})
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def logged_in(access: dict[str, Any], role: str) -> Iterator[Clerk]:
    """Log in as a person does: the password first, then a code of the second factor."""
    login = access["logins"][role]
    with httpx.Client(base_url=f"{access['base_url']}/api/v1", timeout=60) as client:
        somebody = Clerk(client)
        begun = somebody.post("/session", {name: login[name] for name in ("email", "password")})
        assert begun["waits_for"] == "second_factor"
        client.headers["X-CSRF-Token"] = begun["csrf_token"]
        complete = somebody.post("/session/second-factor", {"code": pyotp.TOTP(login["totp_secret"]).now()})
        assert complete["waits_for"] is None
        client.headers["X-CSRF-Token"] = complete["csrf_token"]
        yield somebody


def a_second_demo_in_the_same_folder_is_refused_and_disturbs_nothing(running: Demo, temporary: Path) -> None:
    temporary.mkdir()
    with served(*start(running.out, temporary)) as second:
        assert second.end_by_itself() == 2
    assert f"In {running.out} läuft schon ein Demo-Dienst" in "".join(second.said)
    assert json.loads((running.out / demo.ACCESS).read_text()) == running.access
    assert list(temporary.iterdir()) == []


def at_the_end_no_process_port_or_file_is_left(running: Demo) -> None:
    """End it, while it may still print."""
    place = place_of(running.access["base_url"])
    assert [path for path in running.temporary.iterdir() if path.name.startswith("mehraufwand-demo-")]
    assert running.served.end(signal.SIGINT) == 0
    assert list(running.temporary.iterdir()) == []
    assert os.listdir(running.out) == ["mine.pdf"]  # noqa: PTH208 - names
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place)
    said = "".join(running.served.said)
    assert "Traceback" not in said
    assert not [token for token in running.access["tokens"].values() if said.count(token) > 1]


def test_a_demo_that_is_stopped_while_it_is_furnished_leaves_nothing(tmp_path: Path) -> None:
    out, temporary = tmp_path / "out", tmp_path / "tmp"
    temporary.mkdir()
    with served(*start(out, temporary)) as one:
        one.read_until(r"(Die Demo-Daten entstehen)")
        wait_until(lambda: list(temporary.glob("mehraufwand-demo-*/data/mehraufwand.db")))
        assert one.end(signal.SIGTERM) == 130
    assert list(temporary.iterdir()) == []
    assert list(out.iterdir()) == []
    assert "Traceback" not in "".join(one.said)


def test_a_signal_that_falls_into_an_exec_of_text_ends_the_demo_with_its_exit_code_as_well(tmp_path: Path) -> None:
    program = """
import signal, sys
from api.demo.serving import _interrupted_by_any_signal
try:
    with _interrupted_by_any_signal():
        exec("signal.raise_signal(signal.SIGTERM)")
except KeyboardInterrupt:
    sys.exit(130)
"""
    (tmp_path / "interrupted.py").write_text(program)
    places = os.pathsep.join([str(ROOT), str(tmp_path)])
    ended = subprocess.run([sys.executable, "-m", "interrupted"], env={**os.environ, "PYTHONPATH": places}, check=False)
    assert ended.returncode == 130


@pytest.mark.parametrize(
    ("options", "environment", "told"),
    [
        (["--host", "0.0.0.0"], {}, "Die Demo läuft nur auf der eigenen Maschine"),  # noqa: S104 - refused
        ([], {"MEHRAUFWAND_PRODUCTION": "1"}, "Die Demo läuft nur auf der eigenen Maschine"),
        (["--out", "/dev/null"], {}, "/dev/null"),
        (["--out", "/proc"], {}, "In den Ordner /proc lässt sich nicht schreiben"),
        (["--port", "x"], {}, "--port"),
    ],
    ids=[
        "for strangers",
        "in production",
        "a folder that is none",
        "a folder that takes no file",
        "a port that is none",
    ],
)
def test_a_demo_that_can_not_be_is_refused_in_a_sentence(
    options: list[str],
    environment: dict[str, str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert refused(monkeypatch, capsys, *options).count(told) == 1
    assert list(tmp_path.rglob("*")) == []


def test_a_demo_at_a_taken_port_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = refused(monkeypatch, capsys, "--port", str(taken.getsockname()[1]))
    assert "Dort kann nicht gelauscht werden" in told
    assert list(tmp_path.iterdir()) == []


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Start the demo inside this process, which must refuse; gives the sentence."""
    before = [signal.getsignal(number) for number in demo.SIGNALS]
    monkeypatch.setattr(sys, "argv", ["serve", *options])
    with pytest.raises(SystemExit, match="2"):
        demo.main()
    assert [signal.getsignal(number) for number in demo.SIGNALS] == before
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err
