"""A home with three contracts and a month of work, made once by commands and copied for each test."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.api.shell import Shell
from tests.support.papers import pdf

MONTH = "2025-03"
ADDRESS = ("--street", "Ring 1", "--postcode", "70173", "--city", "Stuttgart", "--invoice-email", "r@w.example")


def furnish(shell: Shell) -> None:
    """Three contracts: AVV-1 with everything, AVV-2 with one hour, AVV-3 with nothing to bill."""
    shell.init()
    for number, name in enumerate(("Wohnbau Süd GmbH", "Klinikum Filder gGmbH", "Stadtwerke Nord AG"), 1):
        ref = f"V-{number}"
        shell.ok("controller", "add", "--name", name, *ADDRESS)
        agreed = ("--starts-on", "2025-01-01", "--ref", f"AVV-{number}")
        shell.ok("contract", "add", "--controller", f"K-00{number}", *agreed)
        shell.ok("person", "add", "--name", f"Person {number}", "--initials", f"P{number}")
        opened = ("--kind", "other", "--title", f"Vorgang {number}", "--opened-at", "2025-03-03 08:00")
        shell.ok("case", "add", "--contract", f"AVV-{number}", "--ref", ref, *opened)
    for number in (1, 2):
        release(shell, f"KVA-{number}", f"V-{number}")
        log(shell, f"Z-{number}", f"V-{number}", "2025-03-06 15:30", "16:30")
    log(shell, "Z-free", "V-1", "2025-03-07 09:00", "09:20", "general_query")
    log(shell, "Z-held", "V-1", "2025-03-08 09:00", "09:30")
    expense = (
        "--kind",
        "travel",
        "--incurred-on",
        "2025-03-06",
        "--net",
        "12.00",
        "--description",
        "Bahn",
        "--receipt-file",
        a_receipt(shell),
    )
    shell.ok("expense", "add", "--case", "V-1", *expense)


def a_receipt(shell: Shell) -> str:
    """Lay a receipt ready; gives its path."""
    path = shell.home / "beleg.pdf"
    path.write_bytes(pdf())
    return str(path)


def release(shell: Shell, ref: str, case: str) -> None:
    """Send an estimate and record its approval."""
    lines = ("--line", "regular=240", "--line", "out_of_hours=60")
    shell.ok("estimate", "add", "--case", case, "--ref", ref, "--description", "Recherche", *lines)
    shell.ok("estimate", "send", ref, "--sent-at", "2025-03-03 09:00")
    approved = ("--approved-at", "2025-03-03 10:00", "--channel", "mail", "--approver-name", "Frau Süd")
    proof = ("--evidence-note", "Freigegeben. Süd")
    shell.ok("estimate", "approve", ref, *approved, *proof)


def log(shell: Shell, ref: str, case: str, start: str, end: str, service: str = "request_processing") -> None:
    """Log work of the person with the case's number."""
    times = ("--start", start, "--end", end, "--service", service)
    shell.ok("log", "add", "--ref", ref, "--case", case, "--person", f"P{case[-1]}", *times)


def copy_of(home: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Give a shell in a copy of a home."""
    shutil.copytree(home, target)
    return Shell(target, monkeypatch)


def paths(value: Any, path: str = "") -> set[str]:
    """Give the path of every value of a JSON answer, `[]` for each item of a list."""
    if isinstance(value, dict):
        return {below for key, item in value.items() for below in paths(item, f"{path}.{key}" if path else key)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {below for item in value for below in paths(item, f"{path}[]")}
    return {path}
