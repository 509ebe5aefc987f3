"""Messages as they went to the people of a client: what, to whom, when, and whether the mail server took them."""

from collections.abc import Sequence
from typing import Any

from billing.store.queries.mails import mails_to
from billing.store.session import TenantSession


def mails_to_controller(session: TenantSession, controller_id: int, most: int) -> Sequence[Any]:
    """Give the newest messages to the contacts of a client, also to those who have ended."""
    return mails_to(session, controller_id, most)
