"""What a form sent: as it was typed, so that no refusal loses it, and read field by field, all errors at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from billing.clause.reading import Reader, refuse
from billing.errors import InvalidInput, Problem

CSRF_FIELD, KEY_FIELD = "_csrf", "_key"
"""Hidden fields of every form: the proof that it is ours, and the name of this one sending of it."""
AGAIN_FIELD = "_again"
"""Hidden field of what was typed elsewhere: the form is shown with it, and nothing is done."""
_NOT_KEPT = frozenset(
    {
        *(CSRF_FIELD, KEY_FIELD, AGAIN_FIELD),
        *("password", "current_password", "new_password", "code", "recovery_code", "enrolment"),
    }
)
"""Proofs of one sending, and secrets: no page ever holds one for later."""


class FormRefused(InvalidInput):
    """Several fields of a form are wrong; each problem names its field as `path`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Take the problems in the order of the form's fields."""
        super().__init__("form_refused", path="form", count=len(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent along; its name is what the sender calls it and nothing else."""

    filename: str
    content: bytes = field(repr=False)


class Form:
    """The fields of one form by name, in the order they were sent."""

    def __init__(self, items: Iterable[tuple[str, str | Upload]] = ()) -> None:
        """Take names and values; a file field that was left empty is no file."""
        self.typed: dict[str, list[str]] = {}
        self._files: dict[str, list[Upload]] = {}
        self._problems: list[Problem] = []
        for name, value in items:
            if isinstance(value, str):
                self.typed.setdefault(name, []).append(value)
            elif value.filename or value.content:
                self._files.setdefault(name, []).append(value)

    def text(self, name: str) -> str:
        """Give what was typed into a field, without the spaces around it; empty when nothing was."""
        return self.typed.get(name, [""])[0].strip()

    def texts(self, name: str) -> list[str]:
        """Give all values of a name: of several checkboxes, of the same column of several rows."""
        return [value.strip() for value in self.typed.get(name, [])]

    def checked(self, name: str) -> bool:
        """Tell whether a checkbox was ticked."""
        return name in self.typed

    def files(self, name: str) -> list[Upload]:
        """Give the files that were chosen in a field."""
        return self._files.get(name, [])

    def all_files(self) -> Mapping[str, Sequence[Upload]]:
        """Give all files by the name of their field."""
        return self._files

    def kept(self) -> list[tuple[str, str]]:
        """Give what was typed, to be sent or shown again on a later page; files and secrets are not kept."""
        return [(name, one) for name, values in self.typed.items() if name not in _NOT_KEPT for one in values]

    def raw(self, *names: str) -> dict[str, str]:
        """Give those of these fields that are not empty, as the readers of use cases take them."""
        return {name: self.text(name) for name in names if self.text(name)}

    def read(self, name: str, reader: Reader, *, optional: bool = False) -> Any:
        """Read a field; None for an empty optional one, or with the refusal kept for `require_good`."""
        text = self.text(name)
        if not text:
            if not optional:
                self.note(refuse("field_empty", name))
            return None
        try:
            return reader(text, name)
        except Problem as problem:
            self.note(problem)
            return None

    def read_all(self, readers: Mapping[str, Reader]) -> dict[str, Any]:
        """Read fields by the readers of a use case (`name?` may be empty); those that are empty are left out."""
        read = {name: self.read(name.rstrip("?"), one, optional=name.endswith("?")) for name, one in readers.items()}
        return {name.rstrip("?"): value for name, value in read.items() if value is not None}

    def note(self, problem: Problem) -> None:
        """Keep a problem of a field (its `path`) to be told with all others."""
        self._problems.append(problem)

    def require_good(self) -> None:
        """Refuse the form when any of its fields was refused: FormRefused, with all of them."""
        if self._problems:
            raise FormRefused(self._problems)


def problems_in(problem: Problem) -> tuple[Problem, ...]:
    """Give the single problems of a refusal."""
    return problem.problems if isinstance(problem, FormRefused) else (problem,)
