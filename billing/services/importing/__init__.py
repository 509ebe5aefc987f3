"""The storing half of `mehraufwand import`: rows that were read find their place, and are kept.

`Places` knows what a row may point to; `placed_rows` completes the dry run with what only the database can tell;
`store_rows` writes it, batch by batch in one transaction; `incomplete` looks after rows without clock times.
"""

from billing.services.importing.incomplete import discard_incomplete, incomplete_rows, list_incomplete
from billing.services.importing.placing import PlacedRow, Places, known_digests, placed_rows
from billing.services.importing.storing import ImportedFile, Stored, store_rows

__all__ = [
    "ImportedFile",
    "PlacedRow",
    "Places",
    "Stored",
    "discard_incomplete",
    "incomplete_rows",
    "known_digests",
    "list_incomplete",
    "placed_rows",
    "store_rows",
]
