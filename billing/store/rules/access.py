"""People (law.md T-05, T-08, T-09): nobody grants to himself, no one-time code counts twice, choices stay in order."""

from billing.store.rules.speech import Event, Rule
from billing.store.rules.work import versions_count_up

# A new secret counts its steps anew; a code of the old one is worth nothing then.
_STEP_USED = """NEW.last_totp_step IS DISTINCT FROM OLD.last_totp_step AND NEW.last_totp_step <= OLD.last_totp_step
    AND NEW.totp_secret = OLD.totp_secret"""

RULES = [
    versions_count_up("policy"),
    Rule("granted_to_oneself", "role_grant", Event.INSERT, "NEW.recorded_by_id = NEW.user_id"),
    Rule("code_used_before", "user", Event.UPDATE, _STEP_USED),
]
