"""A browser without a window: keeps cookies, sends forms as they stand on the page, and follows where it is led."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from httpx import Response
from litestar.testing import TestClient
from sqlmodel import select

from api.auth import cookie_name
from billing.services.access.authentication import hash_of
from billing.services.access.sessions import start_session
from billing.store.session import TenantSession
from billing.store.tables import ApiToken, User
from tests.api.http.running import PROCESSORS, Site, token_of


@dataclass
class Field:
    """A field of a form with what stands in it."""

    name: str
    value: str


@dataclass
class FormOnPage:
    """A form as it stands on a page: where it leads, and what it would send."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)


class _Forms(HTMLParser):
    """Collects the forms of a page, each field with the value that a browser would send if nobody touched it."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormOnPage] = []
        self._select: str | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(FormOnPage(said.get("action", ""), said.get("method", "get")))
        elif self.forms:
            self._field(tag, said)

    def _field(self, tag: str, said: dict[str, str]) -> None:
        fields, name = self.forms[-1].fields, said.get("name", "")
        if tag == "input" and name and said.get("type") not in {"file", "submit"}:
            if said.get("type") not in {"checkbox", "radio"} or "checked" in said:
                fields.append(Field(name, said.get("value", "on")))
        elif tag == "textarea":
            self._area = Field(name, "")
            fields.append(self._area)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in said:
            fields.append(Field(self._select, said.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data.lstrip("\n") if not self._area.value else data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None


class Browser:
    """Somebody's browser at the service; each has cookies of its own."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client: TestClient[Any] = TestClient(site.client.app, base_url=site.service.base_url)
        self.client.headers["Accept"] = "text/html"

    def get(self, path: str) -> Response:
        """Open a page, following where it leads."""
        return self.client.get(path)

    def send(self, page: Response, action: str, *, follow: bool = True, **typed: Any) -> Response:
        """Send the form of a page that leads to an address, with these fields typed (a None takes one out)."""
        form = form_of(page, action)
        data: dict[str, Any] = {}
        for one in form.fields:
            data.setdefault(one.name, []).append(one.value)
        data |= typed
        kept = {name: value for name, value in data.items() if value is not None}
        return self.client.post(action, data=kept, follow_redirects=follow)


def said_on(page: Response) -> str:
    """Give a page's text with plain blanks where numbers and their units may not part."""
    return page.text.replace("\u00a0", " ")


def form_of(page: Response, action: str) -> FormOnPage:
    """Give the form of a page that leads to an address."""
    forms = forms_of(page)
    found = [form for form in forms if form.action == action and form.method.lower() == "post"]
    assert found, f"no form leads to {action}, only to {[form.action for form in forms]}"
    return found[0]


def forms_of(page: Response) -> list[FormOnPage]:
    """Give all forms of a page."""
    parser = _Forms()
    parser.feed(page.text)
    return parser.forms


def at_work(site: Site, role: str, processor: str = PROCESSORS[0]) -> Browser:
    """Give the browser of somebody of a role who has logged in with all that the role asks for."""
    browser = Browser(site)

    def begin(session: TenantSession) -> str:
        token = session.exec(select(ApiToken).where(ApiToken.token_hash == hash_of(token_of(processor, role)))).one()
        user = session.get_one(User, token.user_id)
        return start_session(session, user, site.clock(), second_factor=True).token

    browser.client.cookies.set(cookie_name(site.service), site.tell(begin, processor))
    return browser
