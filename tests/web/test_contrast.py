"""The colours of the pages, by the formula of WCAG 2.2: text stands out 4.5 to 1, what carries a meaning 3 to 1."""

import re

import pytest

from tests.support.repository import ROOT

TOKENS = (ROOT / "api" / "web" / "static" / "css" / "tokens.css").read_text()
COLOURS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS)
}

ENTRIES = tuple(f"entry-{state}" for state in ("billable", "free", "held", "travel", "done"))
BANDS = tuple(f"band-{rate}" for rate in ("business", "outside", "holiday", "night", "weekend"))

TEXT = [
    *((text, ground) for text in ("ink", "muted", "accent") for ground in ("bg", "surface", "sunk")),
    *(("ink", f"{ground}-soft") for ground in ("ok", "warn", "error", "accent")),
    *((kind, f"{kind}-soft") for kind in ("ok", "warn", "error", "accent")),
    *((kind, "surface") for kind in ("ok", "warn", "error")),
    ("muted", "accent-soft"),
    ("accent", "warn-soft"),
    ("accent", "ok-soft"),
    ("on-accent", "accent"),
    *(("entry-ink", entry) for entry in ENTRIES),
    *((text, band) for text in ("ink", "muted") for band in BANDS),
]
GRAPHICS = [
    *((sign, ground) for sign in ("control", "focus") for ground in ("bg", "surface", "sunk")),
    *((entry, "surface") for entry in ENTRIES),
    *((entry, band) for entry in ENTRIES for band in BANDS),
    ("control", "accent-soft"),
]
THEMES = ("light", "dark")


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_the_largest_contrast():
    assert round(contrast("#000000", "#ffffff"), 2) == 21


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT, ids=lambda name: name)
def test_text_can_be_read(text, ground, theme):
    assert contrast(COLOURS[text][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("sign", "ground"), GRAPHICS, ids=lambda name: name)
def test_a_sign_can_be_seen(sign, ground, theme):
    assert contrast(COLOURS[sign][theme], COLOURS[ground][theme]) >= 3


def test_no_colour_of_its_own_stands_outside_the_tokens_but_black_and_white():
    sheets = sorted((ROOT / "api" / "web" / "static" / "css").glob("*.css"))
    own = {
        sheet.name: found
        for sheet in sheets
        if sheet.name != "tokens.css"
        and (
            found := [
                each
                for each in re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(", sheet.read_text())
                if each not in ("#000", "#0000", "#fff")
            ]
        )
    }
    assert own == {}
