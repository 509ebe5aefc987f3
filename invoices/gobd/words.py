"""What tables and columns mean, in German, for who reads the package (`words.de.toml`)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def _said() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_name("words.de.toml").read_text(encoding="utf-8"))


def table_words(table: str) -> str:
    """Say what a table holds; KeyError for one that nobody described."""
    return _said()["tables"][table]


def column_words(table: str, column: str, target: str | None = None) -> str:
    """Say what a column holds; one that names a row of another given table says so. KeyError if nobody described it."""
    said = _said()["columns"]
    if target is not None:
        return f"Nummer der Zeile in {target}.csv"
    return said.get(f"{table}.{column}") or said[column]
