"""`./dev`, the one command: plain POSIX, silent when all is set up, and out of the way of the program it starts."""

import os
import re
import subprocess

from tests.support.repository import ROOT


def dev(*arguments, cwd=ROOT, **options):
    return subprocess.run([ROOT / "dev", *arguments], cwd=cwd, check=False, capture_output=True, text=True, **options)


def test_it_is_posix_shell():
    subprocess.run(["dash", "-n", ROOT / "dev"], check=True)
    assert (ROOT / "dev").read_text().startswith("#!/bin/sh\n")


def test_without_arguments_it_explains_itself():
    answer = dev()
    assert answer.returncode == 0
    assert answer.stderr == ""
    assert re.findall(r"^\./dev (\w+)", answer.stdout, re.MULTILINE) == [
        "demo",
        "serve",
        "test",
        "test",
        "mutate",
        "mehraufwand",
        "bench",
        "shots",
        "lock",
        "help",
    ]


def test_an_unknown_command_is_refused_with_the_list():
    answer = dev("tset")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "./dev test" in answer.stderr
    assert answer.stderr.endswith("There is no ./dev tset.\n")


def test_an_unknown_benchmark_is_refused_with_the_list():
    answer = dev("bench", "no-such")
    assert answer.returncode == 1
    assert answer.stderr.startswith("No such benchmark. There are: ")


def test_the_demo_is_served_wherever_its_option_stands(tmp_path):
    answer = dev("serve", "--port", "x", "--demo", env={**os.environ, "TMPDIR": str(tmp_path)})
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "./dev serve --demo --help" in answer.stderr


def test_the_command_runs_from_any_folder_and_says_only_what_it_has_to_say(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the folder of the caller')")
    answer = dev("mehraufwand", "--help", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert "settle" in answer.stdout
