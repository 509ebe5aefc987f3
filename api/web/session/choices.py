"""Language and colours, chosen on any page, also by who is not logged in; kept in the browser."""

from api.web.calls import Done, OpenPageCall
from api.web.choosing import choice_cookie
from api.web.exchange import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from api.web.routing import open_deed
from api.web.ways import safe_way
from billing.texts import LANGUAGES


@open_deed("/anzeige")
def choose_display(call: OpenPageCall) -> Done:
    """Show all pages in a language, light or dark, and go back to where one was."""
    chosen = ((LANGUAGE_COOKIE, "sprache", LANGUAGES), (THEME_COOKIE, "farben", THEMES))
    cookies = [
        # The theme button writes its cookie too, so that nothing flashes on the next page.
        choice_cookie(call.service, cookie, call.form.text(field), for_scripts=cookie == THEME_COOKIE)
        for cookie, field, known in chosen
        if call.form.text(field) in known
    ]
    return Done(safe_way(call.form.text("zurueck")) or "/", cookies=cookies)
