"""What to know about a deed, as one text that is said beside it."""

from collections.abc import Iterable

from api.v1.notices import told
from api.web.calls import PageCall
from billing.services.notices import Notice


def sentences(call: PageCall, notices: Iterable[Notice]) -> str:
    """Give the sentences of notices, each once: a deed on several things may meet the same for each."""
    return " ".join(dict.fromkeys(one.sentence for one in told(call, notices)))
