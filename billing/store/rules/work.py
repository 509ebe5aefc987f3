"""Logged work and expenses (architecture 2.1): versions count up, nobody works twice at once, billed work stays."""

from billing.store.rules.speech import SQLITE, Effect, Event, Lock, Rule


def versions_count_up(table: str, *group: str) -> Rule:
    """Refuse a version that does not follow the last one of its group in number and in time of recording."""
    same = " AND ".join(f"v.{column} = NEW.{column}" for column in ("processor_id", *group))
    last = f"FROM {table} v WHERE {same}"
    number = f"NEW.version_no <> 1 + coalesce((SELECT max(v.version_no) {last}), 0)"
    return Rule(
        "version_out_of_order", table, Event.INSERT, f"{number} OR NEW.recorded_at < (SELECT max(v.recorded_at) {last})"
    )


_BILLED = """EXISTS (SELECT 1 FROM segment s WHERE s.processor_id = NEW.processor_id AND s.entry_id = NEW.entry_id
    AND s.released_by_id IS NULL AND s.verdict = 'billed')"""

# What was found free stays so, so a corrected entry must still hold those minutes.
_SETTLED_MINUTES_LOST = """EXISTS (SELECT 1 FROM segment s WHERE s.processor_id = NEW.processor_id
    AND s.entry_id = NEW.entry_id AND s.released_by_id IS NULL
    AND (NEW.deleted OR s.from_min < MINUTE(NEW.start_at) OR s.to_min > MINUTE(NEW.end_at)))"""

# Living versions of one person are apart, so the last one that starts before the new end is the only one to look at.
_OVERLAP = """NOT NEW.deleted AND (SELECT v.end_at FROM entry_version v WHERE v.processor_id = NEW.processor_id
    AND v.person_id = NEW.person_id AND v.superseded_at IS NULL AND NOT v.deleted AND v.entry_id <> NEW.entry_id
    AND v.start_at < NEW.end_at ORDER BY v.start_at DESC LIMIT 1) > NEW.start_at"""

_NOTHING_AFTER = """NEW.superseded_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM entry_version v
    WHERE v.processor_id = OLD.processor_id AND v.entry_id = OLD.entry_id AND v.version_no = OLD.version_no + 1
    AND v.recorded_at = NEW.superseded_at)"""

_EXPENSE_DECIDED = """EXISTS (SELECT 1 FROM closing_expense c WHERE c.processor_id = OLD.processor_id
    AND c.expense_id = OLD.id AND c.released_by_id IS NULL)"""

RULES = [
    versions_count_up("processor_version", "valid_from"),
    versions_count_up("terms_version", "contract_id", "valid_from"),
    versions_count_up("entry_version", "entry_id"),
    Rule("entry_already_billed", "entry_version", Event.INSERT, _BILLED),
    Rule("entry_already_settled", "entry_version", Event.INSERT, _SETTLED_MINUTES_LOST),
    Rule("entry_overlap", "entry_version", Event.INSERT, _OVERLAP, SQLITE),  # PostgreSQL: an EXCLUDE constraint
    Rule("superseded_by_nothing", "entry_version", Event.UPDATE, _NOTHING_AFTER),
    Rule(
        "expense_already_settled",
        "expense",
        Event.UPDATE,
        f"NEW.withdrawn_at IS NOT NULL AND OLD.withdrawn_at IS NULL AND {_EXPENSE_DECIDED}",
    ),
]

EFFECTS = [
    Effect(
        "entry_version",
        """UPDATE entry_version SET superseded_at = NEW.recorded_at WHERE processor_id = NEW.processor_id
    AND entry_id = NEW.entry_id AND version_no = NEW.version_no - 1""",
    )
]

# A month being closed and work being corrected wait for each other, or a corrected entry could be billed as it was.
LOCKS = [
    Lock(
        "entry_version",
        """FROM contract c JOIN entry e ON e.processor_id = c.processor_id AND e.contract_id = c.id
    WHERE e.processor_id = NEW.processor_id AND e.id = NEW.entry_id FOR SHARE OF c""",
    )
]
