"""All nouns of the API: importing them fills the table of routes. A new noun takes its place here."""

import importlib
import pkgutil

import api.v1
from api.v1.routing import ROUTES, Route

_FRAMEWORK = frozenset({"description", "nouns", "parameters"})
"""What itself asks for all nouns."""


def all_routes() -> list[Route]:
    """Give every route of every noun file of this package."""
    for module in pkgutil.iter_modules(api.v1.__path__):
        if module.name not in _FRAMEWORK:
            importlib.import_module(f"api.v1.{module.name}")
    return ROUTES
