"""The typeface that pages load: small, ours by name, complete for German, and not needed."""

from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from api.web import fonts

LARGEST = 30_000


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fonts.font_files.cache_clear()
    yield tmp_path / "mehraufwand" / "fonts"
    fonts.font_files.cache_clear()


def opened(content: bytes) -> TTFont:
    return TTFont(BytesIO(content))


def test_both_weights_together_keep_to_the_budget():
    assert 0 < sum(map(len, fonts.font_files().values())) <= LARGEST


def test_no_name_in_the_font_uses_what_its_licence_reserves():
    names = [str(record) for content in fonts.font_files().values() for record in opened(content)["name"].names]
    assert names
    assert [name for name in names if "source" in name.lower()] == []


@pytest.mark.parametrize("text", ["ÄÖÜäöüß", "€ „Wort“ ‚so‘ – — …", "Łódź Škoda Çelik Őrség", "←→ 0123456789"])
def test_the_font_writes(text):
    for content in fonts.font_files().values():
        assert {character for character in text if ord(character) not in opened(content).getBestCmap()} == set()


def test_a_cut_is_kept_with_its_licence_and_taken_from_there_the_next_time(cache, monkeypatch):
    made = dict(fonts.font_files())
    assert "SIL Open Font License" in (cache / "LICENSE.txt").read_text(errors="replace")
    fonts.font_files.cache_clear()
    monkeypatch.setattr(fonts, "cut_font", None)
    assert dict(fonts.font_files()) == made


def test_the_same_font_is_cut_to_the_same_bytes():
    folder = fonts.source_folder()
    assert folder is not None
    whole = (folder / "SourceSansPro-Regular.ttf").read_bytes()
    assert fonts.cut_font(whole, "Regular") == fonts.cut_font(whole, "Regular")


def test_a_cache_that_cannot_be_written_costs_time_only(cache):
    cache.parent.write_text("a file where the folder would be")
    assert len(fonts.font_files()) == 2


def test_without_the_fonts_package_pages_use_the_systems_typeface(monkeypatch):
    monkeypatch.setattr(fonts, "_PACKAGE", "no_such_package_of_fonts")
    assert fonts.font_files() == {}
    assert fonts.font_face({}) == ""


def test_the_cache_folder_follows_the_users_setting(tmp_path):
    assert fonts.cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "mehraufwand" / "fonts"
    assert fonts.cache_folder({}).parts[-3:] == (".cache", "mehraufwand", "fonts")
