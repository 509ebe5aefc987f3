"""Serves style, script and fonts: each under a name that tells its content, so that it is kept for good."""

from litestar import Request, Response, get
from litestar.params import FromPath

from api.web.assets import PREFIX, asset_at
from billing.errors import NotFound

_FOR_GOOD = "public, max-age=31536000, immutable"


@get(f"{PREFIX}{{name:str}}", sync_to_thread=False, include_in_schema=False)
def asset(request: Request, name: FromPath[str]) -> Response[bytes]:  # type: ignore[type-arg]
    """Give a file, packed where the browser takes that."""
    found = asset_at(name)
    if found is None:
        raise NotFound("nothing_there", value=name)
    headers = {"Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding"}
    packed = found.packed if "gzip" in request.headers.get("accept-encoding", "") else None
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(packed or found.content, media_type=found.media_type, headers=headers)
