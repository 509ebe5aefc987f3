"""Passwords at the command line: typed twice without being shown, or the first line of a file; never an option."""

import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.console import err, language
from api.inputs import file_bytes
from billing.errors import InvalidInput, UnreadableInput
from billing.services.access.passwords import read_secret
from billing.texts import sentence


def new_password(file: Path | None) -> str:
    """Take a new password out of a file or from a terminal; InvalidInput when there is neither, or two entries differ.

    `read_secret` says which ones can be taken at all; how good one is, the use case asks.
    """
    if file is not None:
        return str(read_secret(_first_line(file_bytes(file, "password_file")), "password_file"))
    if sys.stdin is None or not sys.stdin.isatty():
        raise InvalidInput("password_source", path="password")
    typed, again = ask_unseen("password"), ask_unseen("password_again")
    if typed != again:
        raise InvalidInput("passwords_differ", path="password")
    return str(read_secret(typed, "password"))


def _first_line(content: bytes) -> str:
    """Give a file's first line as people type it, without the mark of an editor; UnreadableInput if it is no UTF-8."""
    line = next(iter(content.splitlines()), b"")
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableInput("not_utf8", path="password_file", value=f"0x{line[error.start]:02X}") from None


def ask_unseen(question: str) -> str:
    """Ask on the terminal of standard input; the answer is not shown, only that the line has ended."""
    err().print(sentence(f"ask.{question}", language()), end="", markup=False, highlight=False)
    with _unseen(sys.stdin.fileno()):
        line = sys.stdin.readline()
    err().print()
    return line.rstrip("\n")


@contextmanager
def _unseen(terminal: int) -> Iterator[None]:
    """Let a terminal not show what is typed; it does again afterwards, also after Ctrl-C."""
    before = termios.tcgetattr(terminal)
    unseen = [*before]
    unseen[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, unseen)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
