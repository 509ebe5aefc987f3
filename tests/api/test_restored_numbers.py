"""Numbers after a restore: what went out after the backup was taken is never given a second time."""

import shutil
from pathlib import Path

import pytest

from tests.api.backups import back_up, database_of, empty_home
from tests.api.clock import YEAR
from tests.api.months import MONTH, copy_of
from tests.api.shell import Shell

SERIES, CORRECTIONS = f"RE-{YEAR}", f"ST-{YEAR}"
LOOKED = ("--evidence", "Postausgang und Protokoll des Mailservers")


@pytest.fixture(scope="module")
def lost_home(month_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose month was issued, as numbers 1 and 2, after its backup was taken; and one restored out of that."""
    home = tmp_path_factory.mktemp("lost") / "home"
    with pytest.MonkeyPatch.context() as patch:
        shell = copy_of(month_home, home, patch)
        shell.ok("run", MONTH)
        shell.ok("approve", MONTH)
        file = back_up(shell)
        shell.ok("issue", MONTH)
        assert numbers_of(shell) == [f"{SERIES}-0001", f"{SERIES}-0002"]
        empty_home(shell).ok("restore", str(file))
    return home


@pytest.fixture
def lost(lost_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The home that is going to lose its database."""
    return copy_of(lost_home, tmp_path / "home", monkeypatch)


@pytest.fixture
def other(lost: Shell) -> Shell:
    """Another machine, where the backup was restored."""
    return Shell(lost.home / "another-machine", lost.monkeypatch)


def numbers_of(shell: Shell) -> list[str]:
    return sorted(row["number"] for row in shell.ok("receivables", "--json").json["receivables"])


def waiting(shell: Shell) -> dict[str, tuple[int, int | None]]:
    rows = shell.ok("numbers", "show", "--json").json["series"]
    return {row["series"]: (row["known"], row["journal"]) for row in rows if row["last"] is None}


def test_nothing_is_issued_until_somebody_has_looked_and_then_behind_what_went_out(other: Shell):
    assert waiting(other) == {SERIES: (0, None), CORRECTIONS: (0, None)}
    refused = other.run("issue", MONTH)
    assert refused.code != 0
    assert "numbers confirm" in refused.out + refused.err
    assert numbers_of(other) == []
    said = other.ok("numbers", "confirm", "--last", f"{SERIES}=2", "--last", f"{CORRECTIONS}=0", *LOOKED)
    assert "wieder ausgestellt" in said.out
    other.ok("issue", MONTH)
    assert numbers_of(other) == [f"{SERIES}-0003", f"{SERIES}-0004"]
    assert other.ok("verify", "--json").json["is_whole"] is True


def test_part_of_an_answer_is_not_enough(other: Shell):
    assert CORRECTIONS in other.ok("numbers", "confirm", "--last", f"{SERIES}=2", *LOOKED).out
    assert other.run("issue", MONTH).code != 0


def test_the_journal_knows_what_the_lost_database_gave_away(lost: Shell):
    """The database is lost, the disk is not: nobody can confirm less than the journal knows."""
    (file,) = lost.home.glob("backups/*.backup")
    shutil.rmtree(database_of(lost).parent)
    lost.ok("restore", str(file))
    assert waiting(lost)[SERIES] == (0, 2)
    assert "sicher schon 2" in lost.refused("numbers", "confirm", "--last", f"{SERIES}=1", *LOOKED)
    lost.ok("numbers", "confirm", "--last", f"{SERIES}=2", "--last", f"{CORRECTIONS}=0", *LOOKED)
    lost.ok("issue", MONTH)
    assert numbers_of(lost) == [f"{SERIES}-0003", f"{SERIES}-0004"]


def test_the_record_says_who_found_it_and_how(other: Shell):
    other.ok("numbers", "confirm", "--last", f"{SERIES}=2", "--last", f"{CORRECTIONS}=0", *LOOKED)
    rows = {row["series"]: row for row in other.ok("numbers", "show", "--json").json["series"]}
    assert (rows[SERIES]["last"], rows[SERIES]["confirmed_by"], rows[SERIES]["evidence"]) == (2, "erika", LOOKED[1])
    assert SERIES in other.ok("numbers", "show").out


@pytest.mark.parametrize(
    ("options", "word"),
    [
        pytest.param([f"--last={SERIES}=2"], "evidence", id="no evidence"),
        pytest.param([*LOOKED], "last", id="no number"),
        pytest.param([f"--last={SERIES}=zwei", *LOOKED], "zwei", id="no whole number"),
        pytest.param(["--last=RE=2", *LOOKED], "RE-2026", id="no year"),
        pytest.param([f"--last=XX-{YEAR}=2", *LOOKED], f"XX-{YEAR}", id="a series nobody has"),
    ],
)
def test_what_confirms_nothing_is_refused(other: Shell, options, word):
    assert word in other.refused("numbers", "confirm", *options)


def test_where_numbers_cannot_be_noted_none_is_given(month: Shell):
    month.ok("run", MONTH)
    month.ok("approve", MONTH)
    month.more["MEHRAUFWAND_NUMBERS"] = str(month.home / "not-there" / "numbers.log")
    assert "Nummernjournal" in month.run("issue", MONTH).err
    assert numbers_of(month) == []


def test_a_server_that_was_set_back_is_told_by_a_person(issued: Shell):
    said = issued.ok("numbers", "restored", "--taken-at", f"{YEAR}-01-02 03:04", "--json").json
    assert said["waiting"] == 2
    assert waiting(issued)[SERIES] == (2, 2)
    assert "Zukunft" in issued.refused("numbers", "restored", "--taken-at", "2199-01-01 00:00")
