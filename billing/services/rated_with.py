"""What decides about minutes: a digest of the rules as they are written in this version of the product.

It goes into the event of each closing. So a closed month can be settled again and must come out the same, as long as
the rules are those that closed it; where they were written anew, a difference says nothing.
"""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from billing.public_holidays import package_version

_PACKAGES = ("billing.rating", "billing.clause", "billing.clause.term_sets")
_MODULES = (
    "money",
    "timespan",
    "public_holidays",
    "services/agreements",
    "services/contract_history",
    "services/fact_rows",
    "services/ledger_rows",
)
"""What reads facts out of rows, besides the rules themselves."""
_DIGITS = 12


@cache
def rated_with() -> str:
    """Say by which rules months are settled here and now: the same rules and facts give the same settlement."""
    own = [file for package in _PACKAGES for file in files_of(files(package))]
    own += [files("billing") / f"{name}.py" for name in _MODULES]
    return f"{digest_of(own)} holidays {package_version()}"


def files_of(place: Traversable) -> list[Traversable]:
    """Give the files of a package by name, those in folders of it not."""
    found = (file for file in place.iterdir() if file.is_file() and not file.name.endswith(".pyc"))
    return sorted(found, key=lambda file: file.name)


def digest_of(files: Iterable[Traversable]) -> str:
    """Give a short digest of files, names and bytes, in this order: what changes between two states shows."""
    found = sha256()
    for file in files:
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:_DIGITS]
