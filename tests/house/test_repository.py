"""What may not be in the repository: paths and addresses of one machine, needs of other folders, an incomplete lock."""

import re
import tomllib

import pytest

from tests.support.repository import ROOT, git

ADDRESS = re.compile(r"https?://|file://|^--", re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/[a-z_][\w-]*)(?:/|\b)")
OTHER_FOLDER = "../" + "shared"


def files() -> dict[str, str]:
    """Every text file that is committed or would be by `git add`."""
    texts = {}
    for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").rstrip("\0").split("\0"):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                texts[name] = content.decode(errors="replace")
    return texts


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in files().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_lock_names_no_address_and_no_option():
    locks = {
        name: text for name, text in files().items() if re.fullmatch(r"(.*/)?(requirements.*\.txt|.*\.lock)", name)
    }
    assert "requirements.txt" in locks
    assert [name for name, text in locks.items() if ADDRESS.search(text)] == []


def test_every_locked_package_has_a_hash():
    lock = (ROOT / "requirements.txt").read_text()
    pinned = re.findall(r"^[\w.-]+==\S+.*(?:\n .*)*", lock, re.MULTILINE)
    assert len(pinned) > 40
    assert [package for package in pinned if "--hash=sha256:" not in package] == []


def test_every_declared_package_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    requirements = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    declared = {re.split(r"[\[<>= ]", requirement)[0] for requirement in requirements}
    locked = set(re.findall(r"^([\w-]+)(?:\[.*?\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert declared - locked == set()


def test_uv_lock_is_not_committed():
    assert git("ls-files", "uv.lock", "**/uv.lock") == ""


def test_no_file_holds_a_path_of_one_machine():
    assert lines_with(MACHINE_PATH) == []


def test_no_file_needs_another_folder():
    assert lines_with(re.compile(re.escape(OTHER_FOLDER))) == []


@pytest.mark.parametrize("path", ["/" + "work/main", "/" + "root/.cache", "in /" + "home/jo/x", '"/' + 'work"'])
def test_a_path_of_one_machine_is_recognised(path):
    assert MACHINE_PATH.search(path)


@pytest.mark.parametrize("path", ["tests/work/x", "/workers", "/rooted", "a/home/page", "/home"])
def test_other_paths_are_left_alone(path):
    assert not MACHINE_PATH.search(path)


def test_the_integration_server_runs_the_command_of_the_readme():
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("exec ./dev test")


def test_the_scripts_can_be_started():
    modes = {line.split("\t")[1]: line[:6] for line in git("ls-files", "-s", "dev", ".ci/run").splitlines()}
    assert modes == {"dev": "100755", ".ci/run": "100755"}
