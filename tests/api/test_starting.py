"""A program is started without a traceback, whenever Ctrl-C comes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.repository import ROOT

INTERRUPTED = "import signal\nsignal.raise_signal(signal.SIGINT)\n"
ANSWERED = """
import signal, sys
def main():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print("answered", *sys.argv[1:])
"""


def start(folder: Path, program: str, *words: str, ignore: bool = False) -> subprocess.CompletedProcess[str]:
    """Start a module as `./dev` does."""
    (folder / "program.py").write_text(program)
    places = os.pathsep.join([str(ROOT), str(folder)])
    return subprocess.run(
        [sys.executable, "-m", "api.starting", "program", *words],
        env={**os.environ, "PYTHONPATH": places},
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) if ignore else None,
    )


def test_ctrl_c_while_modules_are_imported_ends_it_without_a_traceback(tmp_path: Path) -> None:
    ended = start(tmp_path, INTERRUPTED)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


def test_from_then_on_the_program_answers_it_and_has_the_other_words(tmp_path: Path) -> None:
    ended = start(tmp_path, ANSWERED, "--demo", "x")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "answered --demo x\n", "")


def test_who_is_started_in_the_background_goes_on(tmp_path: Path) -> None:
    ended = start(tmp_path, f"{INTERRUPTED}def main():\n    print('done')\n", ignore=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")
