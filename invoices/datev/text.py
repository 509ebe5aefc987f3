"""Texts in Windows-1252, the alphabet of DATEV files: what it has not is written with letters that it has."""

import unicodedata

ENCODING = "cp1252"
_SPELLED = {
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ħ": "h",
    "Ħ": "H",
    "ı": "i",
    "ŧ": "t",
    "Ŧ": "T",
    "ẞ": "SS",
    "−": "-",
    "‐": "-",
    "‑": "-",
}
_UNKNOWN = "?"


def fitting(text: str) -> str:
    """Give the text with every character that Windows-1252 has not replaced: ł by l, č by c, 株 by a question mark."""
    return "".join(_fitting(character) for character in unicodedata.normalize("NFC", text))


def shortened(text: str, most: int) -> str:
    """Cut a text to a number of characters; an ellipsis says so."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _fitting(character: str) -> str:
    if not character.isprintable():
        return " "
    for candidate in (character, _SPELLED.get(character, ""), _bare(character)):
        if candidate and _is_known(candidate):
            return candidate
    return _UNKNOWN


def _bare(character: str) -> str:
    """Give a letter without its accents."""
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _is_known(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
