"""A reader of DATEV booking batches, written from the description of the format and not from our writer."""

import re
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

AMOUNT = re.compile(r"(?!0{1,10},00)[0-9]{1,10},[0-9]{2}")


class Cell(NamedTuple):
    """A field as it stands in the file, and whether it stands in quotes."""

    value: str
    quoted: bool


@dataclass(frozen=True)
class Read:
    """A batch: the fields of its header, the names of its columns, and its bookings."""

    header: list[Cell]
    columns: list[str]
    rows: list[list[Cell]]

    def values(self, *fields: int) -> list[tuple[str, ...]]:
        """Give some fields of every booking, by their numbers in the description of the format."""
        return [tuple(row[field - 1].value for field in fields) for row in self.rows]

    def cents(self) -> list[int]:
        """Give what each booking says the debtor owes, in cents."""
        return [cents_of(row) for row in self.rows]


def cents_of(row: list[Cell]) -> int:
    """Read amount and side of a booking."""
    assert AMOUNT.fullmatch(row[0].value), row[0]
    whole, _, part = row[0].value.partition(",")
    sign = {"S": 1, "H": -1}[row[1].value]
    return sign * (int(whole) * 100 + int(part))


def day_of(text: str) -> date:
    """Read a day written TTMMJJJJ."""
    return date(int(text[4:]), int(text[2:4]), int(text[:2]))


def read(content: bytes) -> Read:
    """Read a batch; every line must end in CR LF, and there is no other line end."""
    text = content.decode("cp1252")
    assert text.endswith("\r\n")
    lines = text[:-2].split("\r\n")
    assert "\n" not in "".join(lines)
    assert "\r" not in "".join(lines)
    cells = [split(line) for line in lines]
    return Read(cells[0], [cell.value for cell in cells[1]], cells[2:])


def split(line: str) -> list[Cell]:
    """Take a line apart, character by character."""
    cells: list[Cell] = []
    at = 0
    while True:
        quoted = line[at : at + 1] == '"'
        value = ""
        if quoted:
            at += 1
            while not (line[at] == '"' and line[at + 1 : at + 2] != '"'):
                at += line[at] == '"'
                value += line[at]
                at += 1
            at += 1
        else:
            while at < len(line) and line[at] != ";":
                assert line[at] != '"', line
                value += line[at]
                at += 1
        cells.append(Cell(value, quoted))
        if at == len(line):
            return cells
        assert line[at] == ";", (line, at)
        at += 1
