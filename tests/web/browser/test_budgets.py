"""What pages may weigh and how still they stand on a phone with a slow line; times are for `./dev bench web`."""

from typing import Any

import pytest

from tests.web.browser.june import RUN_ON, work_through

KILO = 1000
LARGEST = {"document": 25 * KILO, "script": 10 * KILO, "stylesheet": 8 * KILO, "font": 30 * KILO}
"""Bytes over the line by kind: pages, script and style packed."""
MOST_SHIFT = 0.05
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
SHIFT = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
        .observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done(sum), 300);
})"""


@pytest.mark.parametrize(
    ("role", "path"),
    [("staff", "/zeiten?kw=2026-23"), ("accountant", "/abrechnung/2026-06"), ("accountant", "/jahr?jahr=2026")],
    ids=["week", "month", "year"],
)
def test_a_page_keeps_to_its_budgets(visit, site, role: str, path: str):
    work_through(site.house)
    site.house.run("2026-06", RUN_ON)
    site.at(RUN_ON)
    begun = visit(role, viewport={"width": 390, "height": 844})
    page = begun.page
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW)
    kinds: dict[str, str] = {}
    weights: dict[str, int] = dict.fromkeys(LARGEST, 0)

    def weigh(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "")
        weights[kind] = weights.get(kind, 0) + int(event["encodedDataLength"])

    devtools.on("Network.requestWillBeSent", lambda event: kinds.update({event["requestId"]: event["type"].lower()}))
    devtools.on("Network.loadingFinished", weigh)
    page.goto(path, wait_until="networkidle")
    assert {kind: weights[kind] for kind in LARGEST if weights[kind] > LARGEST[kind]} == {}
    assert page.evaluate(SHIFT) <= MOST_SHIFT
    assert begun.foreign == []
