"""How somebody logs in with a browser: a password, a cookie, the proof that a request is ours, and a code."""

from datetime import timedelta

import pyotp
from sqlmodel import select

from billing.services.access.passwords import hash_password
from billing.store.tables import User
from tests.api.http.running import TOTP_SECRET

GOOD, WRONG = "blaue Pferde-tanzen", "gelbe Vögel! singen"
HASH = hash_password(GOOD)


def give_password(site, of: str = "immoinvent") -> None:
    """Give everybody of a processor the same password."""

    def give(session) -> None:
        for user in session.exec(select(User)):
            user.password_hash, user.password_changed_at = HASH, user.created_at
            session.add(user)

    site.tell(give, of)


def enter(site, role: str = "staff", password: str = GOOD, of: str = "immoinvent", **said):
    site.client.cookies.clear()
    body = {"email": f"{role}@{of}.example", "password": password, **said}
    return site.client.post("/api/v1/session", json=body)


def ask(site, method: str, path: str, body=None, csrf: str | None = None, **headers: str):
    sent = headers | ({} if csrf is None else {"X-CSRF-Token": csrf})
    return site.client.request(method, f"/api/v1{path}", json=body, headers=sent)


def code(site, steps: int = 0) -> str:
    return pyotp.TOTP(TOTP_SECRET).at(site.clock.now + timedelta(seconds=30 * steps))


def cookie_of(response) -> str:
    return str(response.headers["set-cookie"])
