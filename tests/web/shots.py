"""`./dev shots [NAME...]`: all main pages with the demo's data, at three widths, in the light and the dark.

They go to out/shots as NAME-WIDTH-SCHEME.png, whole pages, for a person to look at one by one. A page that can't be
reached or breaks a rule of the console fails the whole. To add a page is to add a line to PAGES.
"""

import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.support.repository import ROOT
from tests.support.served import served
from tests.web.browser.visiting import CHROMIUM, SCHEMES, WIDTHS, launch

OUT = ROOT / "out" / "shots"


@dataclass(frozen=True, slots=True)
class Shot:
    """A page as somebody of a role sees it; with `follow`, the page that the first link of these words leads to."""

    name: str
    path: str
    role: str | None
    follow: str | None = None


PAGES = (
    Shot("anmelden", "/anmelden", None),
    Shot("passwort-vergessen", "/anmelden/vergessen", None),
    Shot("start", "/start", "admin"),
    Shot("zeiten", "/zeiten", "lead"),
    Shot("zeiten-winterzeit", "/zeiten?kw=2026-43", "lead"),
    Shot("uhr", "/uhr", "lead"),
    Shot("einstellungen", "/einstellungen", "admin"),
    Shot("einstellungen-zugriff", "/einstellungen/zugriff", "admin"),
    Shot("einstellungen-firma", "/einstellungen/firma", "admin"),
    Shot("einstellungen-regeln", "/einstellungen/regeln", "admin", follow="AVV-101"),
    Shot("einstellungen-feiertage", "/einstellungen/feiertage", "admin"),
    Shot("einstellungen-personen", "/einstellungen/personen", "admin"),
    Shot("einstellungen-person", "/einstellungen/personen", "admin", follow="Mia Lang"),
    Shot("einstellungen-sicherheit", "/einstellungen/sicherheit", "admin"),
    Shot("einstellungen-mail", "/einstellungen/mail", "admin"),
    Shot("einstellungen-protokoll", "/einstellungen/protokoll", "admin"),
    Shot("vorgaenge", "/vorgaenge", "lead"),
    Shot("vorgang-neu", "/vorgaenge/neu", "lead"),
    Shot("vorgang", "/vorgaenge/V-101", "lead"),
    Shot("vorgang-eilfall", "/vorgaenge/V-119", "lead"),
    Shot("vorgang-einordnung", "/vorgaenge/V-119/einordnung", "lead"),
    Shot("vorfallakte", "/vorgaenge/V-119/vorfall", "lead"),
    Shot("kva", "/kva", "lead"),
    Shot("kva-neu", "/kva/neu?vorgang=V-119", "lead"),
    Shot("kva-versendet", "/kva/KVA-140", "lead"),
    Shot("kva-nachtrag", "/kva/KVA-140/freigabe", "lead"),
    Shot("klaerung", "/klaerung", "lead"),
    Shot("kunden", "/kunden", "admin"),
    Shot("kunde", "/kunden/K-101", "admin"),
    Shot("kunde-neu", "/kunden/neu", "admin"),
    Shot("nachweis", "/nachweise?vertrag=AVV-101", "lead"),
    Shot("anfragen", "/anfragen", "lead"),
    Shot("weisungen", "/weisungen", "lead"),
    Shot("vorschlaege", "/vorschlaege", "lead"),
    Shot("suche", "/suche?q=Auskunft", "lead"),
    Shot("portal-link", "/p/link", None),
    Shot("portal-freigaben", "/p/kva", "controller_approver"),
    Shot("portal-freigabe", "/p/kva", "controller_approver", follow="Auskunft nach Art. 15, Portal"),
    Shot("portal-entschieden", "/p/kva", "controller_approver", follow="Auskunft nach Art. 15, Mieterakte"),
    Shot("portal-rechnungen", "/p/rechnungen", "controller_approver"),
    Shot("portal-rechnung", "/p/rechnungen", "controller_approver", follow="RE-"),
    Shot("portal-nachweis", "/p/nachweise", "controller_approver"),
    Shot("portal-vorgaenge", "/p/vorgaenge", "controller_approver"),
    Shot("portal-anfragen", "/p/anfragen", "controller_approver"),
    Shot("portal-anfrage-neu", "/p/anfragen/neu", "controller_approver"),
    Shot("portal-impressum", "/p/impressum", "controller_approver"),
    Shot("abrechnung", "/abrechnung", "accountant"),
    Shot("abrechnung-monat", "/abrechnung/2026-09", "accountant"),
    Shot("rechnungen", "/rechnungen", "accountant"),
    Shot("rechnung", "/rechnungen", "accountant", follow="RE-"),
    Shot("mahnungen", "/mahnungen", "accountant"),
    Shot("zahlungen", "/zahlungen", "accountant"),
    Shot("export", "/export", "accountant"),
    Shot("jahr", "/jahr", "accountant"),
)


def main(names: Sequence[str]) -> None:
    """Take the pictures of the pages whose name begins with one of these, of all without any."""
    wanted = [page for page in PAGES if not names or page.name.startswith(tuple(names))]
    OUT.mkdir(parents=True, exist_ok=True)
    with demo() as told, sync_playwright() as playwright:
        browser = launch(playwright, CHROMIUM)
        # One log-in a role: a code of the second factor opens one session only.
        for role in dict.fromkeys(page.role for page in wanted):
            context = visitor(browser, told, role)
            for page in wanted:
                if page.role == role:
                    _take(context, page)
            context.close()
        browser.close()


@contextmanager
def demo() -> Iterator[dict[str, Any]]:
    """Serve the demo; gives what it says about how to get in."""
    with tempfile.TemporaryDirectory(prefix="mehraufwand-shots-") as folder:
        command = [sys.executable, "-m", "api.demo.serving", "--out", folder]
        with served(command, {}):
            file = Path(folder) / "demo-access.json"
            while not file.exists():
                time.sleep(0.2)
            yield json.loads(file.read_text(encoding="utf-8"))


def visitor(browser: Browser, told: dict[str, Any], role: str | None) -> BrowserContext:
    """Give a browser of somebody who is logged in in a role, or of a stranger."""
    context = browser.new_context(base_url=told["base_url"], locale="de-DE", timezone_id="Europe/Berlin")
    if role is None:
        return context
    said = dict(told["logins"][role])
    secret = said.pop("totp_secret", None)
    begun = context.request.post("/api/v1/session", data=said)
    if secret is not None:
        token = {"X-CSRF-Token": begun.json()["csrf_token"]}
        code = {"code": pyotp.TOTP(secret).now()}
        begun = context.request.post("/api/v1/session/second-factor", data=code, headers=token)
    assert begun.ok, begun.text()
    return context


def _take(context: BrowserContext, shot: Shot) -> None:
    """Take one page at every width, in both schemes."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    answer = page.goto(shot.path)
    assert answer is not None
    assert answer.ok, (shot.path, answer.status)
    if shot.follow is not None:
        page.get_by_role("link", name=re.compile(shot.follow)).first.click()
    for scheme in SCHEMES:
        # No transition: a picture taken while a button's colour still changes shows one that nobody sees.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of the two
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=OUT / f"{shot.name}-{width}-{scheme}.png", full_page=True)
    page.close()
    assert said == [], shot.path


if __name__ == "__main__":
    main(sys.argv[1:])
