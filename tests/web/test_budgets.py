"""What a page may weigh, and that templates and style keep to what the content policy lets through."""

import gzip
import re

from tests.support.repository import ROOT

WEB = ROOT / "api" / "web"
STYLE = WEB / "static" / "css"
LARGEST_STYLE = 8_000
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))


def in_order() -> list[str]:
    return (STYLE / "ORDER").read_text().split()


def found(pattern: str) -> dict[str, list[str]]:
    texts = {str(path.relative_to(WEB)): path.read_text() for path in TEMPLATES}
    return {name: hits for name, text in texts.items() if (hits := re.findall(pattern, text))}


def test_all_style_together_keeps_to_the_budget():
    whole = "".join((STYLE / name).read_text() for name in in_order())
    assert len(gzip.compress(whole.encode(), 9)) <= LARGEST_STYLE


def test_every_style_sheet_has_its_place_in_the_order():
    assert sorted(in_order()) == sorted(path.name for path in STYLE.glob("*.css"))


def test_style_loads_nothing_from_elsewhere():
    assert [path.name for path in STYLE.glob("*.css") if re.search(r"@import|url\(", path.read_text())] == []


def test_no_template_has_style_inside():
    assert TEMPLATES
    assert found(r"\sstyle\s*=|<style\b") == {}


def test_no_template_has_a_script_inside():
    assert found(r"""\son[a-z]+\s*=\s*["']|<script\b(?![^>]*\ssrc=)|javascript:""") == {}


def test_no_template_names_another_origin():
    assert found(r"""(?:src|href|action)=["'](?:https?:)?//""") == {}
