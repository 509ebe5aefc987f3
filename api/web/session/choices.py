"""Language and colours, chosen on any page, also by who is not logged in; kept in the browser."""

from litestar.datastructures import Cookie

from api.web.calls import Done, OpenPageCall
from api.web.exchange import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from api.web.routing import open_deed
from api.web.ways import safe_way
from billing.texts import LANGUAGES

_KEPT_SECONDS = 365 * 24 * 3600


@open_deed("/anzeige")
def choose_display(call: OpenPageCall) -> Done:
    """Show all pages in a language, light or dark, and go back to where one was."""
    chosen = ((LANGUAGE_COOKIE, "sprache", LANGUAGES), (THEME_COOKIE, "farben", THEMES))
    cookies = [
        _kept(call, cookie, call.form.text(field)) for cookie, field, known in chosen if call.form.text(field) in known
    ]
    return Done(safe_way(call.form.text("zurueck")) or "/", cookies=cookies)


def _kept(call: OpenPageCall, name: str, value: str) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        max_age=_KEPT_SECONDS,
        secure=call.service.is_https,
        # The theme button writes it too, so that nothing flashes on the next page.
        httponly=name != THEME_COOKIE,
        samesite="lax",
    )
