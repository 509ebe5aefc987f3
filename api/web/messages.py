"""The sentence that says a deed is done: it goes along with the way on, and is shown once on the page that follows."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from litestar.datastructures import Cookie

from api.service import Service
from api.web.calls import Done, Opened
from billing.texts import has_sentence, wording

_COOKIE = "done"
_KEPT_SECONDS = 60
_LONGEST = 3000
_SHORT = 100


@dataclass(frozen=True, slots=True)
class Message:
    """What is said on top of a page, and the deed that takes it back."""

    sentence: str
    undo: str | None


def packed(done: Done) -> str:
    """Give what a deed says as text that a cookie and the memory of answers can hold; empty when it says nothing.

    Of a deed with very much to know, the longest part is cut: that it was done is said in any case.
    """
    if done.message is None:
        return ""
    fields = dict(done.fields)
    said = _packed(done.message, fields, done.undo)
    while len(said) > _LONGEST and fields:
        longest = max(fields, key=lambda name: len(fields[name]))
        if len(fields[longest]) < _SHORT:
            break
        fields[longest] = f"{fields[longest][: len(fields[longest]) * 3 // 4]} …"
        said = _packed(done.message, fields, done.undo)
    return said


def _packed(code: str, fields: Mapping[str, str], undo: str | None) -> str:
    said = json.dumps({"code": code, "fields": fields, "undo": undo}, ensure_ascii=False)
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")  # a cookie with "=" inside comes back quoted


def message_cookie(service: Service, said: str) -> Cookie:
    """Give the cookie that takes the sentence to the page that follows."""
    seconds = _KEPT_SECONDS if said else 0
    return Cookie(
        key=_COOKIE, value=said, max_age=seconds, secure=service.is_https, httponly=True, samesite="lax", path="/"
    )


def message_in(opened: Opened) -> Message | None:
    """Give what the deed before says; None when there was none, or when what came is not of our making."""
    raw = opened.cookies.get(_COOKIE, "")
    if not raw or len(raw) > _LONGEST:
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(f"{raw}==="))
        key, undo = f"page.{said['code']}", said["undo"]
        if not has_sentence(key) or not (undo is None or str(undo).startswith("/")):
            return None
        return Message(wording(key, opened.lang, **said["fields"]), undo)
    except (binascii.Error, ValueError, LookupError, TypeError, AttributeError):
        return None
