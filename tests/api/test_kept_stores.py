"""Commands that follow each other in one process share an opened store where that is asked for, and nowhere else."""

from api.installation import stores_kept
from tests.api.shell import Shell


def is_open(shell: Shell) -> bool:
    """SQLite takes this file away with the last connection."""
    return (shell.home / "data" / "mehraufwand.db-wal").exists()


def test_a_command_alone_leaves_nothing_open(ready: Shell):
    ready.ok("case", "list")
    assert not is_open(ready)


def test_commands_inside_the_block_share_what_was_opened_until_its_end(ready: Shell):
    with stores_kept():
        for title in ("one", "two"):
            ready.ok("case", "add", "--contract", "AVV-1", "--kind", "dpia", "--title", title)
            assert is_open(ready)
        listed = ready.ok("case", "list", "--json").json
    assert not is_open(ready)
    assert ready.ok("case", "list", "--json").json == listed


def test_a_refusal_and_what_is_not_there_yet_disturb_nobody(shell: Shell):
    with stores_kept():
        assert "init" in shell.refused("case", "list")
        shell.init()
        shell.refused("case", "show", "V-1")
        shell.ok("case", "list")
    assert not is_open(shell)
