"""The garbage collector, told what our programs are like: much that stays, and little that only it can clear away."""

import gc

_NEW_OBJECTS = 10_000
_SWEEPS = 10


def look_seldom() -> None:
    """Let the collector look no more at what was loaded, and at what is new not every 700 objects.

    It would look through all modules, routes and models again and again: a quarter of a second, in which everybody
    waits. To settle a contract's month makes some ten thousand objects, nearly all of which go by themselves.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _SWEEPS, _SWEEPS)
