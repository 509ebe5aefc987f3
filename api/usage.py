"""What typer says about a wrong call, as one sentence in the reader's language."""

import re

from typer.exceptions import TyperException

from api.console import language
from billing.texts import sentence

_SAYINGS = (
    (re.compile(r"No such command '(.*)'\."), "command_unknown"),
    (re.compile(r"No such option: (\S+)"), "option_unknown"),
    (re.compile(r"Missing (?:argument|option) '(.*?)'"), "argument_missing"),
    (re.compile(r"Option '(.*?)' requires an argument"), "value_missing"),
    (re.compile(r"Got unexpected extra argument\(?s?\)? \((.*)\)"), "argument_extra"),
    (re.compile(r"Invalid value for '?(.*?)'?: .*", re.DOTALL), "value_invalid"),
)


def usage_sentence(error: TyperException) -> str:
    """Say what was wrong with a call and where help is; a group called without a command gives its help."""
    message = error.format_message()
    if message.startswith("Usage:") or not message:
        return message
    context = getattr(error, "ctx", None)
    command = "mehraufwand" if context is None else str(context.command_path)
    for pattern, code in _SAYINGS:
        if match := pattern.match(message):
            return sentence(f"usage.{code}", language(), value=match[1], command=command)
    return sentence("usage.other", language(), value=message, command=command)
