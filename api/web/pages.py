"""All pages: importing them fills the table of routes. A new page is a module in one of these folders."""

import importlib
import pkgutil

from api.web.routing import ROUTES, WebRoute

_WORKPLACES = ("session", "staff", "portal", "clerk", "admin")


def all_pages() -> list[WebRoute]:
    """Give every page and deed of every workplace."""
    for workplace in _WORKPLACES:
        package = importlib.import_module(f"api.web.{workplace}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"api.web.{workplace}.{module.name}")
    return ROUTES
