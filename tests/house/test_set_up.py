"""The set-up of `./dev`, for real: a copy of the tree with nothing made yet, packages from the registry."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from tests.support.repository import ROOT, git

pytestmark = pytest.mark.slow

COMMAND = ["./dev", "mehraufwand", "--help"]


@pytest.fixture
def bare_tree(tmp_path):
    """The tree as it would be cloned, in a folder with a space in its name."""
    tree = tmp_path / "a tree"
    for name in git("ls-files", "-z").rstrip("\0").split("\0"):
        if (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    return tree


def test_two_starts_at_once_make_one_environment(bare_tree):
    starts = [
        subprocess.Popen(COMMAND, cwd=bare_tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [start.communicate() for start in starts]
    assert [start.returncode for start in starts] == [0, 0], said
    assert sorted(message.count("Installing the locked Python packages") for _, message in said) == [0, 1]


def test_a_set_up_that_was_killed_is_made_anew(bare_tree):
    first = subprocess.Popen(COMMAND, cwd=bare_tree, start_new_session=True)
    packages = bare_tree / ".venv" / "lib"
    wait_until(lambda: len(list(packages.glob("python*/site-packages/*"))) > 10)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert (bare_tree / ".cache" / "set-up-unfinished").exists()
    subprocess.run(COMMAND, cwd=bare_tree, check=True)
    subprocess.run([".venv/bin/python", "-m", "pip", "check"], cwd=bare_tree, check=True)
    again = subprocess.run(COMMAND, cwd=bare_tree, check=True, capture_output=True, text=True)
    assert again.stderr == ""


def wait_until(happened, seconds=300):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
