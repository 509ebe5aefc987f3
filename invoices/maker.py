"""What made a paper: this product's own printing code and the libraries whose versions show in the bytes."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files

_LIBRARIES = ("weasyprint", "pydyf", "fonttools", "pikepdf", "drafthorse", "lxml")
_DIGITS = 12


@cache
def maker() -> str:
    """Say what makes papers here and now; papers of the same maker and the same document have the same bytes."""
    libraries = " ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"mehraufwand {_own()} {libraries}"


def _own() -> str:
    """Give a digest of our printing code, templates and words: what changes between two states shows."""
    found = sha256()
    folder = files("invoices")
    paths = [folder, folder / "einvoice", folder / "templates"]
    words = files("billing.texts") / "locale"
    paths += [words / lang / "LC_MESSAGES" for lang in ("de", "en")]
    for place in paths:
        for file in sorted(place.iterdir(), key=lambda each: each.name):
            if file.is_file() and not file.name.endswith(".pyc"):
                found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:_DIGITS]
