"""What somebody chose for his browser - language, colours, keys - as the cookie that keeps it there for a year."""

from litestar.datastructures import Cookie

from api.service import Service

_KEPT_SECONDS = 365 * 24 * 3600


def choice_cookie(service: Service, name: str, value: str, *, for_scripts: bool) -> Cookie:
    """Give the cookie of a choice; an empty one takes it out of the browser."""
    return Cookie(
        key=name,
        value=value,
        max_age=_KEPT_SECONDS if value else 0,
        secure=service.is_https,
        httponly=not for_scripts,
        samesite="lax",
    )
