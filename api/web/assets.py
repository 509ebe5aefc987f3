"""Style, script, fonts and icons as they are served: joined once a process, packed, and named by their content.

`/static/app.3f2a91c0de.css` never changes, so that a browser keeps it for good and asks no more.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from api.web.fonts import font_face, font_files

STATIC = Path(__file__).parent / "static"
PREFIX = "/static/"
_ORDER = STATIC / "css" / "ORDER"
_HASH_DIGITS = 10
_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_PACKED = frozenset({".css", ".js", ".svg"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: what it is called, its bytes, and the same packed by gzip where that saves something."""

    name: str
    media_type: str
    content: bytes
    packed: bytes | None


def address_of(name: str) -> str:
    """Give the address of an asset by its plain name, `app.css`; LookupError for one there is not."""
    return PREFIX + _named()[name].name


def asset_at(name: str) -> Asset | None:
    """Give the asset that is served under a name with its hash; None for any other name."""
    return _served().get(name)


@lru_cache(maxsize=1)
def _named() -> dict[str, Asset]:
    fonts = {name: _asset(name, content) for name, content in font_files().items()}
    addresses = {name: PREFIX + font.name for name, font in fonts.items()}
    sheet = font_face(addresses) + "".join(
        (_ORDER.parent / name).read_text(encoding="utf-8") for name in _ORDER.read_text(encoding="utf-8").split()
    )
    plain = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in _TYPES}
    made = {name: _asset(name, content) for name, content in {**plain, "app.css": sheet.encode()}.items()}
    return {**fonts, **made}


@lru_cache(maxsize=1)
def _served() -> dict[str, Asset]:
    return {asset.name: asset for asset in _named().values()}


def _asset(name: str, content: bytes) -> Asset:
    path = Path(name)
    digest = sha256(content).hexdigest()[:_HASH_DIGITS]
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in _PACKED else None
    return Asset(f"{path.stem}.{digest}{path.suffix}", _TYPES[path.suffix], content, packed)
