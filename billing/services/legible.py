"""What people can read of a text: blanks of every width are blanks, and marks that nobody sees are no part of it.

Word processors, law databases and web pages put no-break spaces (`Art. 35`), soft hyphens and marks of direction into
what is copied from them, macOS a narrow one into the names of its screenshots. None of them is a control character.
"""

_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_UNSEEN = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
_JOINERS = "\u200c\u200d"
"""They make one sign of several (Persian, many emoji) and stay."""
_TIDY = str.maketrans(dict.fromkeys(_BLANKS, " ") | dict.fromkeys(_UNSEEN))
_WITHOUT_JOINERS = str.maketrans(dict.fromkeys(_JOINERS))


def tidied(text: str) -> str:
    """Give the text with plain blanks and without the marks that nobody sees; all else stays as it was written."""
    return text.translate(_TIDY)


def is_legible(text: str) -> bool:
    """Tell whether people can read every character of one line: no control, no half a character, no hidden turn."""
    return tidied(text).translate(_WITHOUT_JOINERS).isprintable()
