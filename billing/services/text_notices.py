"""What to tell a person whose free text names what it need not (law.md G, "Minimisation")."""

import re

from billing.services.notices import Notice

# Whoever reads these patterns in a note sees personal data that the work can be told without.
_PERSONAL = {
    "note_names_email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "note_names_iban": re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?\b"),
    "note_names_birth_date": re.compile(
        r"(?:\bgeb(?:\.|oren\b)|\bborn\b|\bDOB\b|Geburts\w+)\D{0,20}[0-9]|\*\s?[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2,4}"
        r"|\b[0-9]{1,2}\.\s?[0-9]{1,2}\.\s?(?:19[0-9]{2}|200[0-9])\b|\b(?:19[0-9]{2}|200[0-9])-[0-9]{2}-[0-9]{2}\b",
        re.IGNORECASE,
    ),
}


def about_text(text: str | None) -> list[Notice]:
    """Give a notice for each kind of personal data that a free text seems to hold; the text itself is not repeated."""
    return [Notice(code) for code, pattern in _PERSONAL.items() if text and pattern.search(text)]
