"""`python -m api.starting MODULE ...`: a program of ours as `./dev` starts it.

Its modules take a second to import, on a slow machine several. Ctrl-C meanwhile ends it at once and without a
traceback; from then on the program answers it itself.
"""

import signal
import sys
from importlib import import_module


def main() -> None:
    """Import the module that is named first and run its `main` with the other words."""
    name = sys.argv.pop(1)
    usual = signal.getsignal(signal.SIGINT)
    if usual is signal.default_int_handler:  # whoever is started in the background is to ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    program = import_module(name)
    signal.signal(signal.SIGINT, usual)
    program.main()


if __name__ == "__main__":
    main()
