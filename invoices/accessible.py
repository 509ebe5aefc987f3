"""What a printed table lacks for who has it read aloud: of each header cell, whether it heads a column or a row."""

from typing import Any


def say_scopes(_: object, pdf: Any) -> None:
    """Give every header cell its scope (PDF/UA-1, 7.5): WeasyPrint tags the cell and forgets what it heads.

    A finisher of WeasyPrint's: it gets the laid-out document and the `pydyf.PDF` before this is written.
    """
    for cell in pdf.objects:
        if isinstance(cell, dict) and cell.get("S") == "/TH":
            group = _parent(pdf, _parent(pdf, cell))
            cell["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"


def _parent(pdf: Any, element: dict[str, Any]) -> dict[str, Any]:
    number, _, _ = element["P"].split()
    parent: dict[str, Any] = pdf.objects[int(number)]
    return parent
