"""The places of the settings, in the order of their list, each with the right that opens it."""

from collections.abc import Sequence

from billing.services.access.rights import Right
from billing.services.access.visitor import Visitor

PLACES: Sequence[tuple[str, str, Right | None]] = (
    ("/einstellungen", "account", None),
    ("/einstellungen/zugriff", "tokens", None),
    ("/einstellungen/firma", "company", Right.READ_MASTER_DATA),
    ("/einstellungen/regeln", "terms", Right.READ_MASTER_DATA),
    ("/einstellungen/feiertage", "holidays", Right.READ_MASTER_DATA),
    ("/einstellungen/personen", "people", Right.PEOPLE),
    ("/einstellungen/sicherheit", "policy", Right.PEOPLE),
    ("/einstellungen/mail", "mail", Right.PEOPLE),
    ("/einstellungen/protokoll", "log", Right.READ_LOGS),
    ("/einstellungen/zugriffe", "access_log", Right.READ_ACCESS_LOG),
)


def places_of(who: Visitor) -> list[tuple[str, str]]:
    """Give the settings that somebody may open, as address and name."""
    return [(href, name) for href, name, right in PLACES if right is None or right in who.rights]
