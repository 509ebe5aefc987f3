"""Where the demo plays: a fresh installation in a temporary folder, never the user's own, and the folder of its papers.

What an earlier demo left is cleared away first: the files it wrote, and its installation. Nothing else is touched.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.commands.files import require_folder

PAPERS = Path(__file__).parent / "papers"
_PREFIX = "mehraufwand-demo-"
_LEFT = ".demo.json"


@dataclass(frozen=True, slots=True)
class Stage:
    """A fresh installation: data folder, configuration folder with the key ring, and where the papers go."""

    home: Path
    out: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a shell must say to work on this installation."""
        return {"MEHRAUFWAND_HOME": str(self.home / "data"), "MEHRAUFWAND_CONFIG": str(self.home / "config")}


@contextmanager
def set_stage(out: Path, columns: int) -> Iterator[Stage]:
    """Play inside the block: environment and working folder are the demo's, and afterwards as they were before.

    The installation stays, for a person to go on with. InvalidInput `folder_not_writable` when the papers can't go to
    `out`.
    """
    out = _made(out)
    _clear(out)
    before = set(_files(out))
    stage = Stage(Path(tempfile.mkdtemp(prefix=_PREFIX)), out)
    try:
        with _played_on(stage, columns):
            yield stage
    finally:
        left = {"home": str(stage.home), "files": sorted(set(_files(out)) - before)}
        (out / _LEFT).write_text(json.dumps(left, indent=1) + "\n", encoding="utf-8")


@contextmanager
def set_passing_stage(out: Path, columns: int) -> Iterator[Stage]:
    """Play inside the block as `set_stage` does; afterwards the installation is gone, and `out` as it was before."""
    out = _made(out)
    stage = Stage(Path(tempfile.mkdtemp(prefix=_PREFIX)), out)
    try:
        with _played_on(stage, columns):
            yield stage
    finally:
        shutil.rmtree(stage.home, ignore_errors=True)


def _made(out: Path) -> Path:
    require_folder(out)
    return out.resolve()


@contextmanager
def _played_on(stage: Stage, columns: int) -> Iterator[None]:
    papers = stage.home / "papers"
    shutil.copytree(PAPERS, papers)
    with chdir(papers), _environment(stage.environment | {"COLUMNS": str(columns)}):
        yield


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Replace all settings of the product by these; what the story exports goes with them."""
    kept = dict(os.environ)
    for name in kept:
        if name.startswith("MEHRAUFWAND_") and name != "MEHRAUFWAND_LANG":
            del os.environ[name]
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _files(out: Path) -> list[str]:
    return [path.name for path in out.iterdir() if path.is_file() and path.name != _LEFT]


def _clear(out: Path) -> None:
    """Delete what the last demo noted as its own; a note that is damaged deletes nothing."""
    try:
        left = json.loads((out / _LEFT).read_text(encoding="utf-8"))
        home, files = Path(left["home"]), [str(name) for name in left["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for path in (out / name for name in files):
        if path.parent == out and path.is_file():
            path.unlink()
    if home.parent == Path(tempfile.gettempdir()) and home.name.startswith(_PREFIX):
        shutil.rmtree(home, ignore_errors=True)
