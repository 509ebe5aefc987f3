"""What to know about something that was done all the same: in every answer of a deed that may have such things."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from api.answers import notice_sentence
from api.v1.calls import Call
from billing.services.notices import Notice


class NoticeOut(BaseModel):
    """One thing to know: a code for programs, a sentence for people in the language of Accept-Language."""

    code: str = Field(examples=["work_is_late"])
    sentence: str


def told(call: Call, notices: Iterable[Notice]) -> list[NoticeOut]:
    """Give the sentences of notices; moments by the processor's clock."""
    return [NoticeOut(code=one.code, sentence=notice_sentence(one, call.lang, call.zone)) for one in notices]
