"""Where a request went, by its first line: its Host header is the caller's choice, and may be no host at all."""

from typing import Any

from litestar import Request


def path_of(request: Request[Any, Any, Any]) -> str:
    """Give the path, its escapes resolved."""
    return str(request.scope["path"])


def query_of(request: Request[Any, Any, Any]) -> str:
    """Give the query as it was sent, without its question mark."""
    return request.scope["query_string"].decode("latin-1")
