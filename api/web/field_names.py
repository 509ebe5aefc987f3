"""The fields of a page in their order, each by the words that stand at it: what a summary of errors calls them."""

from collections.abc import Mapping
from html.parser import HTMLParser

_CONTROLS = ("input", "select", "textarea")
_MARK = "f-"


def field_id(name: str) -> str:
    """Give the id of a field, as `parts/forms.html` makes it."""
    return f"{_MARK}{name.replace('.', '-').replace('[', '-').replace(']', '')}"


def fields_on(page: str) -> Mapping[str, str]:
    """Give the ids of a page's fields in the order they stand there, with their names; a tick box has none."""
    reader = _Fields()
    reader.feed(page)
    return {one: reader.labels.get(one) or name for one, name in reader.found.items()}


def told_of(name: str, sentence: str) -> str:
    """Give a sentence with the field's name in front, unless it names the field itself."""
    if not name or name.casefold() in sentence.casefold():
        return sentence
    return f"{name} {sentence}" if name.endswith("?") else f"{name}: {sentence}"


class _Fields(HTMLParser):
    """Collects labels and controls; the radios of one question are called by it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self._questions: list[list[str]] = []
        self._into: list[str] | None = None
        self._label, self._aside = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "fieldset":
            self._questions.append([])
        elif tag == "legend" and self._questions:
            self._into = self._questions[-1]
        elif tag == "label" and "for" in said:
            self._label, self._into = said["for"], []
        elif tag == "span" and self._into is not None:
            self._aside += 1  # "(optional)", or what only a screen reader says
        elif tag in _CONTROLS and said.get("id", "").startswith(_MARK):
            self.found[said["id"]] = self._name_of(said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset" and self._questions:
            self._questions.pop()
        elif tag == "span" and self._aside:
            self._aside -= 1
        elif tag in ("label", "legend") and self._into is not None:
            if tag == "label":
                self.labels[self._label] = _plain(self._into)
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None and not self._aside:
            self._into.append(data)

    def _name_of(self, said: Mapping[str, str]) -> str:
        if said.get("type") == "radio":
            return _plain(self._questions[-1]) if self._questions else ""
        return said.get("aria-label", "")


def _plain(parts: list[str]) -> str:
    return " ".join("".join(parts).split()).rstrip(":")
