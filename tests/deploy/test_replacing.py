"""`deploy/replace-replicas.sh` with programs that only note what they were told: there is no Docker here.

That nobody is turned away in this order is shown by `test_upgrade.py`, with real processes.
"""

import os
import subprocess
from pathlib import Path

from tests.support.repository import ROOT

_NOTE = '#!/bin/sh\necho "$(basename "$0") $*" >>"$NOTES"\n'
# Two containers, four after the new ones were started; a container named `ill` never becomes healthy.
_COMPOSE = """case "$1" in
ps) cat "$CONTAINERS" ;;
up) printf 'new-1\\n%s\\n' "$SECOND" >>"$CONTAINERS" ;;
esac
"""
_DOCKER = 'case "$1 $4" in "inspect ill") echo starting ;; inspect*) echo healthy ;; esac\n'


def replaced(folder: Path, second: str) -> tuple[int, list[str]]:
    """Run the script; gives its exit code, and what it told Docker to do."""
    for name, does in (("docker-compose", _COMPOSE), ("docker", _DOCKER)):
        (folder / name).write_text(_NOTE + does)
        (folder / name).chmod(0o755)
    (folder / "containers").write_text("old-1\nold-2\n")
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "NOTES": str(folder / "notes"),
        "CONTAINERS": str(folder / "containers"),
        "SECOND": second,
        "PAUSE": "0",
        "TRIES": "3",
    }
    done = subprocess.run([ROOT / "deploy" / "replace-replicas.sh"], env=environment, capture_output=True, check=False)
    notes = (folder / "notes").read_text().splitlines()
    return done.returncode, [note for note in notes if " ps " not in note and " inspect " not in note]


UP = "docker-compose up --detach --no-deps --no-recreate --scale app=4 app"
LOOK = "docker-compose kill -s HUP proxy"


def test_old_replicas_go_when_the_new_ones_are_well_and_the_proxy_knows_them(tmp_path: Path) -> None:
    gone = [f"docker {deed} {one}" for one in ("old-1", "old-2") for deed in ("stop", "rm")]
    assert replaced(tmp_path, "new-2") == (0, [UP, LOOK, *gone, LOOK])


def test_while_a_new_replica_is_ill_the_old_ones_stay(tmp_path: Path) -> None:
    assert replaced(tmp_path, "ill") == (1, [UP])
