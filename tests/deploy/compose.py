"""compose.yaml without containers: each service's command and environment, with its places moved to this machine."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.support.cluster import find_programs
from tests.support.repository import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BASE_URL, SENDER = "https://mehraufwand.example", "billing@betrieb.example"
# Folders as the containers see them; here each has the same last name in the stack's own folder.
_PLACES = re.compile(
    r"(?<![\w/])/(?:run/secrets|tmp|archive|incoming|var/lib/mehraufwand|var/lib/postgresql/data)(?=[/:]|$)"
)
_ASKED = re.compile(r"\$\{(\w+):\?[^}]*\}")


def free_port() -> int:
    """Give a port nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Stack:
    """A folder that stands for the machine: secrets, volumes, and a port for each name that services call."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)
        make = [str(ROOT / "deploy" / "make-secrets.sh"), "mehraufwand.example", str(self.secrets)]
        subprocess.run(make, check=True)
        self.secrets.chmod(0o755)  # here the server's account reads the files themselves
        self.ports = {name: free_port() for name in ("database", "standby", "app", "relay", "proxy", "upstream")}
        for name in ("app_database_url", "owner_database_url"):
            self.rewrite(name, "@database,standby/mehraufwand?", f"@/mehraufwand?{self.servers}&")
        upstream = f"host=127.0.0.1 port={self.ports['upstream']} tls=no user=billing password=relay-own"
        (self.secrets / "mail_upstream").unlink()
        (self.secrets / "mail_upstream").write_text(upstream + "\n")
        programs = self.folder / "bin"
        programs.mkdir()
        for script in (*(ROOT / "deploy").glob("*.sh"), ROOT / "deploy" / "replication.sql"):
            shutil.copy(script, programs)
        (programs / "mehraufwand").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli "$@"\n')
        (programs / "mehraufwand").chmod(0o755)

    @property
    def servers(self) -> str:
        """Stand for `database,standby` in an address."""
        return f"host=127.0.0.1,127.0.0.1&port={self.ports['database']},{self.ports['standby']}"

    @property
    def secrets(self) -> Path:
        """Stands for /run/secrets."""
        return self.folder / "secrets"

    def rewrite(self, secret: str, old: str, new: str) -> None:
        """Say in a secret where something is here."""
        file = self.secrets / secret
        text = file.read_text().replace(old, new)
        file.unlink()
        file.write_text(text)
        file.chmod(0o444)

    def place(self, said: str) -> str:
        """Move the places that a command or setting names."""
        said = _ASKED.sub(lambda found: {"MEHRAUFWAND_BASE_URL": BASE_URL}.get(found[1], SENDER), said)
        said = _PLACES.sub(lambda found: str(self.folder / Path(found[0]).name), said)
        return said.replace("smtp://relay:2525", f"smtp://127.0.0.1:{self.ports['relay']}")

    def environment(self, service: str, **more: str) -> dict[str, str]:
        """Give what a service finds in its environment."""
        said: Mapping[str, str] = SERVICES[service].get("environment", {})
        path = f"{self.folder / 'bin'}:{find_programs()}:/usr/sbin:{os.environ['PATH']}"
        kept = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(self.folder), "LANG": "C.UTF-8"}
        return kept | {name: self.place(value) for name, value in said.items()} | more

    def command(self, service: str, **instead: str) -> list[str]:
        """Give a service's command; `instead` names words that are others here."""
        words = [self.place(word) for word in SERVICES[service]["command"]]
        return [instead.get(word, word) for word in words]

    def configuration(self, name: str, **instead: str) -> Path:
        """Copy a configuration file with its places moved and further texts replaced."""
        text = "\n".join(self.place(line) for line in (ROOT / "deploy" / name).read_text().splitlines())
        for old, new in instead.items():
            text = text.replace(old, new)
        file = self.folder / name
        file.write_text(text + "\n")
        return file

    @contextmanager
    def started(self, words: list[str], environment: dict[str, str], user: str | None = None) -> Iterator[Any]:
        """Run a program inside the block, as an account of its own where the container would."""
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(hardened(words, user), env=environment, stdout=log, stderr=log, cwd="/")
            try:
                yield process
            finally:
                process.terminate()
                process.wait(60)


def hardened(words: list[str], user: str | None) -> list[str]:
    """Take away what the container takes away: the account, every capability, and the ways to get new rights."""
    if user is None:
        return words
    account = [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
    return ["setpriv", *account, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--", *words]
