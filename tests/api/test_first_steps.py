"""A real user starts without a scenario: from nothing to an issued invoice, by commands alone."""

import json
import shlex

import pytest

from tests.api.clock import YEAR
from tests.api.months import a_receipt
from tests.api.shell import LETTER, Shell
from tests.support.postgres import APP_ROLE, PostgresServer

# What is typed, in this order; 100 minutes of work are seven units of 25.00, and the train is 12.00.
FIRST_STEPS = f"""
controller add --name 'Wohnbau Süd GmbH' --street 'Ring 1' --postcode 70173 --city Stuttgart --invoice-email r@w.example
contract add --controller K-001 --starts-on 2025-01-01 --number AVV-1
contact add --controller K-001 --name 'Eva Kern' --email k@w.example --may-approve
person add --name 'Mia Lang' --initials ML
case add --contract AVV-1 --kind data_subject_request --title Auskunft --opened-at '2026-01-07 08:00'
estimate add --case V-2026-001 --description Recherche --line regular=240
estimate send KVA-{YEAR}-001 --sent-at '2026-01-07 09:00'
estimate approve KVA-{YEAR}-001 --approved-at '2026-01-07 10:00' --channel mail --contact k@w.example \
--evidence-note 'Hiermit freigegeben.'
log add --case V-2026-001 --person ML --start '2026-01-08 09:00' --end 10:40 --service request_processing
expense add --case V-2026-001 --kind travel --incurred-on 2026-01-08 --net 12.00 --description Zug --receipt-file BELEG
run 2026-01
approve 2026-01 --yes
issue 2026-01 --yes
verify
"""


def test_from_nothing_to_an_issued_invoice(shell: Shell):
    told = shell.refused("controller", "list")
    assert "mehraufwand init" in told

    # The real program for the first and the last step; those between run the same `main` in this process, for speed.
    letter = [part for name, value in LETTER.items() for part in (f"--{name.replace('_', '-')}", value)]
    said = shell.program("init", *letter, "--next-number", "118")
    assert (said.code, said.err) == (0, "")
    for line in FIRST_STEPS.strip().splitlines():
        shell.ok(*shlex.split(line.replace("BELEG", a_receipt(shell))))

    explained = json.loads(shell.program("explain", f"RE-{YEAR}-0118", "--json").out)
    assert [line["net"] for line in explained["lines"]] == ["175.00", "12.00"]


def test_the_same_steps_on_postgresql(shell: Shell, postgres: PostgresServer):
    """The owner makes the schema, everything else is done by a role that owns nothing."""
    with postgres.database() as name:
        shell.more = {"MEHRAUFWAND_DB": postgres.url(name, APP_ROLE), "MEHRAUFWAND_DB_OWNER": postgres.url(name)}
        assert "mehraufwand init" in shell.refused("controller", "list")
        shell.init()
        assert "schon ein Auftragnehmer" in shell.refused("init")
        for line in FIRST_STEPS.strip().splitlines():
            shell.ok(*shlex.split(line.replace("BELEG", a_receipt(shell))))
        explained = shell.ok("explain", f"RE-{YEAR}-0001", "--json").json
        assert [line["net"] for line in explained["lines"]] == ["175.00", "12.00"]
        assert shell.ok("db", "status", "--json").json["is_current"] is True


def test_the_same_commands_answer_in_english(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEHRAUFWAND_LANG", "en")
    assert shell.refused("person", "list") == "Nothing is set up here yet; please run mehraufwand init first."
