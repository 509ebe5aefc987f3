"""Runs a command to its end: the one place that turns problems into sentences and exit codes."""

import errno
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer
from typer.exceptions import Abort, TyperException
from typer.main import get_command

from api.console import INPUT_REFUSED, INTERRUPTED, ReaderGone, print_problem
from api.usage import usage_sentence
from billing.errors import InvalidInput, Problem

Runnable = Callable[..., Any]
"""What typer makes of commands."""
_OUTPUT_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def single_command(run: Callable[..., None]) -> Runnable:
    """Make a program of one function, whose parameters are its options."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(run)
    return get_command(app)


def run_to_the_end(command: Runnable, name: str) -> NoReturn:
    """Run a command as the program `name`; a refusal is one sentence and exit code 2, never a traceback."""
    try:
        # The value is that of `typer.Exit`, which commands raise that end with another code than 0.
        sys.exit(command(prog_name=name, standalone_mode=False) or 0)
    except TyperException as error:
        if told := usage_sentence(error):
            sys.stderr.write(told + "\n")
        sys.exit(INPUT_REFUSED)
    except (Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except Problem as problem:
        print_problem(problem)
        sys.exit(INPUT_REFUSED)
    except (ReaderGone, BrokenPipeError):
        # The reader has gone (`| head`): nothing is wrong, and nothing more can be said.
        _write_no_more()
        sys.exit(0)
    except OSError as error:
        if error.errno not in _OUTPUT_FULL:
            raise
        _write_no_more()
        print_problem(InvalidInput("output_not_writable", path="", value=error.strerror))
        sys.exit(INPUT_REFUSED)


def _write_no_more() -> None:
    """Keep what could not be written from being tried once more at the very end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
