"""Cost estimates (13(5)a): what was sent never changes, states move one way, one version at a time has one decision."""

# ruff: noqa: S608 - conditions put together from constants of this package, no input

from billing.store.rules.rows import changed
from billing.store.rules.speech import Event, Rule
from billing.store.rules.work import versions_count_up
from billing.store.tables import metadata

_DECIDED = ("approved", "declined", "expired", "superseded", "withdrawn")
TRANSITIONS = (
    ("draft", "sent"),
    ("draft", "withdrawn"),
    ("sent", "questioned"),
    ("questioned", "sent"),
    *((before, after) for before in ("sent", "questioned") for after in _DECIDED),
    ("expired", "approved"),  # a letter that was written in time and recorded late
)

_CONTENT = ["description", "lines", "positions", "sha256", "sent_at", "valid_until", "covers_from"]
_CONTENT_CHANGED = changed(metadata.tables["estimate_version"], _CONTENT)


def moves_outside(transitions: tuple[tuple[str, str], ...]) -> str:
    """Give the condition that `state` moves in a way that is not listed."""
    allowed = ", ".join(f"'{before}>{after}'" for before, after in transitions)
    return f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({allowed})"


def _of_sent_version(row: str) -> str:
    return f"""EXISTS (SELECT 1 FROM estimate_version v WHERE v.processor_id = {row}.processor_id
    AND v.id = {row}.estimate_version_id AND v.state <> 'draft')"""


# Its lines go with a version whose time has run out.
_VERSION_STAYS = """NOT EXISTS (SELECT 1 FROM retention_record r WHERE r.processor_id = OLD.processor_id
    AND r.table_name = 'estimate_version' AND r.row_id = OLD.estimate_version_id)"""

_APPROVED = """EXISTS (SELECT 1 FROM approval a WHERE a.processor_id = NEW.processor_id
    AND a.estimate_version_id = NEW.id)"""

_NOT_OPEN = """NOT EXISTS (SELECT 1 FROM estimate_version v WHERE v.processor_id = NEW.processor_id
    AND v.id = NEW.estimate_version_id
    AND (v.state IN ('sent', 'questioned') OR v.state = 'expired' AND NEW.approved_at <= v.valid_until))"""

_UNLIKE_ITS_APPROVAL = f"""OLD.state IN ('sent', 'questioned', 'expired') AND NEW.state NOT IN ('sent', 'questioned')
    AND (NEW.state = 'approved') <> {_APPROVED}"""

# A second version beside one that may still be approved, or was, could release the same effort twice.
_OTHER_LIVES = """EXISTS (SELECT 1 FROM estimate_version v WHERE v.processor_id = NEW.processor_id
    AND v.estimate_id = NEW.estimate_id AND v.state IN ('draft', 'sent', 'questioned', 'approved'))"""

RULES = [
    versions_count_up("estimate_version", "estimate_id"),
    Rule("estimate_not_drafted", "estimate_version", Event.INSERT, "NEW.state <> 'draft'"),
    Rule("estimate_version_lives", "estimate_version", Event.INSERT, _OTHER_LIVES),
    Rule("estimate_is_sent", "estimate_version", Event.UPDATE, f"OLD.state <> 'draft' AND ({_CONTENT_CHANGED})"),
    Rule("estimate_already_decided", "estimate_version", Event.UPDATE, moves_outside(TRANSITIONS)),
    # Approved with an approval on record, and with one on record nothing else.
    Rule("approval_missing", "estimate_version", Event.UPDATE, _UNLIKE_ITS_APPROVAL),
    Rule("estimate_not_open", "approval", Event.INSERT, _NOT_OPEN),
    Rule("estimate_is_sent", "estimate_line", Event.INSERT, _of_sent_version("NEW")),
    Rule("estimate_is_sent", "estimate_line", Event.UPDATE, _of_sent_version("OLD")),
    Rule("estimate_is_sent", "estimate_line", Event.DELETE, f"{_of_sent_version('OLD')} AND {_VERSION_STAYS}"),
]
