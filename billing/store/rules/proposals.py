"""Four eyes (T-09): who proposed or logged the work does not confirm; goodwill is never given for billed work."""

# ruff: noqa: S608 - conditions put together from constants of this package, no input

from billing.store.rules.speech import Event, Lock, Rule

# The newest version of the policy counts; without one four eyes hold.
FOUR_EYES = """coalesce((SELECT p.four_eyes FROM policy p WHERE p.processor_id = NEW.processor_id
    ORDER BY p.version_no DESC LIMIT 1), TRUE)"""


def same_person(first: str, second: str) -> str:
    """Give the condition that two (id, name) pairs, as (`a.x_id`, `a.x_name`), are one person: by id, else by name."""
    (first_id, first_name), (second_id, second_name) = first.split(), second.split()
    by_name = f"({first_id} IS NULL OR {second_id} IS NULL) AND {first_name} = {second_name}"
    return f"({first_id} = {second_id} OR {by_name})"


_PROPOSED_IT = same_person("NEW.recorded_by_id NEW.recorded_by_name", "NEW.decided_by_id NEW.decided_by_name")

_WORKED_ON_IT = f"""EXISTS (SELECT 1 FROM entry e WHERE e.processor_id = NEW.processor_id AND e.id = NEW.entry_id
    AND ({same_person("e.recorded_by_id e.recorded_by_name", "NEW.decided_by_id NEW.decided_by_name")}
    OR e.person_id = (SELECT u.person_id FROM "user" u WHERE u.processor_id = NEW.processor_id
    AND u.id = NEW.decided_by_id)))"""

# Goodwill for an entry follows a proposal that was confirmed at that very moment, by that very person.
_NOT_CONFIRMED = """NEW.entry_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM proposal p
    WHERE p.processor_id = NEW.processor_id AND p.entry_id = NEW.entry_id AND p.kind = 'write_off' AND p.accepted
    AND p.decided_at = NEW.recorded_at AND p.decided_by_id IS NOT DISTINCT FROM NEW.second_person_id)"""

_BILLED = """EXISTS (SELECT 1 FROM segment s WHERE s.processor_id = NEW.processor_id AND s.entry_id = NEW.entry_id
    AND s.released_by_id IS NULL AND s.verdict = 'billed')"""

RULES = [
    Rule("born_ended", "proposal", Event.INSERT, "NEW.decided_at IS NOT NULL"),
    Rule(
        "second_person_missing",
        "proposal",
        Event.UPDATE,
        f"OLD.accepted IS NULL AND NEW.accepted AND {FOUR_EYES} AND ({_PROPOSED_IT} OR {_WORKED_ON_IT})",
    ),
    Rule("second_person_missing", "written_off", Event.INSERT, _NOT_CONFIRMED),
    Rule("entry_already_billed", "written_off", Event.INSERT, _BILLED),
]

# A month being closed and work being given up wait for each other, or it could be billed all the same.
LOCKS = [
    Lock(
        "written_off",
        """FROM contract c JOIN entry e ON e.processor_id = c.processor_id AND e.contract_id = c.id
    WHERE e.processor_id = NEW.processor_id AND e.id = NEW.entry_id FOR SHARE OF c""",
    )
]
