"""One's own account: who one is, the second factor, keys of the keyboard, tokens for programs, one's own data."""

from datetime import datetime, time, timedelta

from api.v1.personal_data import export_own_data
from api.web.admin.places import places_of
from api.web.calls import Done, Download, PageCall, View
from api.web.choosing import choice_cookie
from api.web.days import day_reader
from api.web.routing import deed, page
from billing.services.access.myself import myself
from billing.services.access.tokens import make_token, own_tokens, revoke_token, token_by_id

KEYS_COOKIE = "keys"
_MOST_TOKENS = 200
_USUAL_DAYS = 180


@page("/einstellungen", right=None)
def account_page(call: PageCall) -> View:
    """Show one's own account."""
    return View(
        "admin/account.html",
        {"sections": places_of(call.who), "here": "account", "mine": myself(call.session, call.who)},
    )


@deed("/einstellungen/tasten", right=None, looks=True)
def choose_keys(call: PageCall) -> Done:
    """Switch the single-letter keys on or off in this browser (WCAG 2.1.4)."""
    value = "" if call.form.checked("on") else "off"
    cookie = choice_cookie(call.service, KEYS_COOKIE, value, for_scripts=True)
    return Done("/einstellungen", "keys_off" if value else "keys_on", cookies=[cookie])


@page("/einstellungen/meine-daten", right=None, writes=True)
def my_data(call: PageCall) -> Download:
    """Give all that is stored about oneself (Art. 15 GDPR) as a file."""
    told = export_own_data(call).body
    assert told is not None  # noqa: S101 - the route always gives one
    return Download(told.model_dump_json(indent=1).encode(), "application/json", "meine-daten.json")


@page("/einstellungen/zugriff", right=None)
def tokens_page(call: PageCall) -> View:
    """List one's tokens, and ask for what a new one needs."""
    return _tokens(call)


@deed("/einstellungen/zugriff", right=None, back=tokens_page, fields={"expires_at": "ends"})
def make_token_deed(call: PageCall) -> View:
    """Make a token; its text is shown this once."""
    form = call.form
    ends = form.read("ends", day_reader(call))
    form.require_good()
    scopes = form.texts("scopes")
    end = datetime.combine(ends, time.max, call.zone).replace(microsecond=0)
    made = make_token(
        call.session,
        call.act,
        call.who,
        {"label": form.text("label"), "scopes": scopes, "expires_at": end.isoformat()},
    )
    return _tokens(call, made.token)


@deed("/einstellungen/zugriff/{token_id:int}/widerruf", right=None, back=tokens_page)
def revoke_token_deed(call: PageCall) -> Done:
    """Take a token back: it opens nothing any more."""
    revoke_token(call.session, call.act, token_by_id(call.session, call.who, call.path["token_id"]))
    return Done("/einstellungen/zugriff", "token_revoked")


def _tokens(call: PageCall, made: str | None = None) -> View:
    rows = own_tokens(call.session, call.who, 0, _MOST_TOKENS)
    shown = [(row, row.scopes.split(), row.expires_at <= call.act.at) for row in rows]
    usual = call.act.at.astimezone(call.zone).date() + timedelta(days=_USUAL_DAYS)
    context = {"tokens": shown, "made": made, "rights": sorted(call.who.rights), "usual": usual}
    return View("admin/tokens.html", {"sections": places_of(call.who), "here": "tokens", **context})
