"""The pages' typeface: two weights of Source Sans, cut down to what German and its neighbours write, as WOFF2.

The SIL Open Font License reserves the name "Source" for the unchanged font, so the cut carries a name of its own. Made
in some seconds at the first start and kept in the user's cache folder with its licence; without the font's package the
pages use the system's typeface.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

FAMILY = "Mehraufwand Text"
_PACKAGE = "font_source_sans_pro"
_LICENSE = "LICENSE.txt"
_WEIGHTS = {
    400: ("text-regular.woff2", "SourceSansPro-Regular.ttf"),
    600: ("text-semibold.woff2", "SourceSansPro-Semibold.ttf"),
}
_STYLES = {400: "Regular", 600: "Semibold"}
_CHARACTERS = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin-1 and Latin Extended-A
    *range(0x2010, 0x2016),  # hyphens and dashes
    *(0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2020, 0x2022, 0x2026, 0x202F, 0x2039, 0x203A),
    *(0x20AC, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2713, 0x25CB),
)
_FEATURES = ("kern", "liga", "tnum", "lnum", "case")
_NAMES = {1: "{family}", 3: "{family} {style}", 4: "{family} {style}", 6: "{joined}-{style}", 16: "{family}"}
"""Entries of a font's name table that must not say "Source": family, identifier, full name, PostScript, typographic."""
_MADE_BY = "1"
"""Raised whenever the cut changes, so that no old one is taken from the cache."""


@lru_cache(maxsize=1)
def font_files() -> Mapping[str, bytes]:
    """Give the bytes of each weight by the name it is served under; empty without the font's package."""
    folder = source_folder()
    if folder is None:
        return {}
    return {served: _cut(folder, source, weight) for weight, (served, source) in _WEIGHTS.items()}


def font_face(addresses: Mapping[str, str]) -> str:
    """Give the style sheet that names the weights; `addresses` are those of `font_files`, by name."""
    return "".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};font-display:optional;'
        f'src:url("{addresses[served]}") format("woff2")}}\n'
        for weight, (served, _) in _WEIGHTS.items()
        if served in addresses
    )


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of what can be made again."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "mehraufwand" / "fonts"


def source_folder() -> Path | None:
    """Give the folder of the whole fonts and their licence; None when their package is not installed."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "files"


def _cut(folder: Path, source: str, weight: int) -> bytes:
    """Give one weight: from the cache if it was made there, else made now and kept if the folder can be written."""
    whole = (folder / source).read_bytes()
    kept = cache_folder() / f"{sha256(_MADE_BY.encode() + whole).hexdigest()[:16]}-{weight}.woff2"
    if kept.is_file():
        return kept.read_bytes()
    made = cut_font(whole, _STYLES[weight])
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        _put(kept, made)
        _put(kept.parent / _LICENSE, (folder / _LICENSE).read_bytes())
    return made


def cut_font(whole: bytes, style: str) -> bytes:
    """Cut a TrueType font down to our characters, rename it, and pack it as WOFF2; equal input gives equal bytes."""
    from fontTools.subset import Options, Subsetter  # noqa: PLC0415 - half a second that a filled cache saves
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - as above

    font = TTFont(BytesIO(whole), recalcTimestamp=False)
    options = Options(layout_features=list(_FEATURES), hinting=False, name_IDs=list(_NAMES), notdef_outline=True)
    cutter = Subsetter(options)
    cutter.populate(unicodes=_CHARACTERS)
    cutter.subset(font)
    words = {"family": FAMILY, "style": style, "joined": FAMILY.replace(" ", "")}
    for record in font["name"].names:
        record.string = _NAMES[record.nameID].format(**words)
    font.flavor = "woff2"
    packed = BytesIO()
    font.save(packed)
    return packed.getvalue()


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: two services may start at once."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)
