"""What both reports of Clockify write where there is no name."""

_PLACEHOLDERS = frozenset({"(without client)", "(without project)", "(without task)", "(without description)"})


def without_placeholder(name: str) -> str:
    """Give a name, or "" where Clockify only says that there is none."""
    return "" if name.casefold() in _PLACEHOLDERS else name
