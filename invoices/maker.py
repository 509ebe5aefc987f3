"""What made a paper: this product's own printing code and the libraries whose versions show in the bytes."""

from functools import cache
from importlib.metadata import version
from importlib.resources import files

from billing.services.rated_with import digest_of, files_of

_LIBRARIES = ("weasyprint", "pydyf", "fonttools", "pikepdf", "drafthorse", "lxml")


@cache
def maker() -> str:
    """Say what makes papers here and now; papers of the same maker and the same document have the same bytes."""
    libraries = " ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"mehraufwand {_own()} {libraries}"


def _own() -> str:
    """Give a digest of our printing code, templates and words."""
    folder, words = files("invoices"), files("billing.texts") / "locale"
    places = [folder, folder / "einvoice", folder / "templates"]
    places += [words / lang / "LC_MESSAGES" for lang in ("de", "en")]
    return digest_of(file for place in places for file in files_of(place))
