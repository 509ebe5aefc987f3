"""The trails (architecture 2.6) and how long things are kept: chains without a hole, no deletion before its time."""

# ruff: noqa: S608 - conditions put together from constants of this package, no input

from billing.store.rules.speech import Event, Rule

GENESIS = "0" * 64
_ACCESS_LOG_MONTHS = 6
_VOUCHER_YEARS = 8

_YEAR_OF_CLOSING = """(SELECT substr(c.month, 1, 4) FROM closing c WHERE c.processor_id = x.processor_id
    AND c.id = x.closing_id)"""

# The calendar year that the eight years of a voucher begin after (§ 147 Abs. 4 AO), seen from its row `x`.
_VOUCHER_YEAR = {
    "invoice": "x.year",
    "closing": "substr(x.month, 1, 4)",
    "segment": "substr(x.month, 1, 4)",
    "unit": _YEAR_OF_CLOSING,
    "closing_expense": _YEAR_OF_CLOSING,
    "audit_log": "substr(CAST(x.at AS TEXT), 1, 4)",
    "stored_file": f"CAST(substr(CAST(x.retain_until AS TEXT), 1, 4) AS INTEGER) - {_VOUCHER_YEARS}",
}


def _chain(table: str, *group: str) -> Rule:
    """Refuse a row that does not follow the last one of its chain."""
    same = " AND ".join(f"a.{column} = NEW.{column}" for column in ("processor_id", *group))
    last_hash = f"SELECT a.hash FROM {table} a WHERE {same} ORDER BY a.seq DESC LIMIT 1"
    last_seq = f"SELECT max(a.seq) FROM {table} a WHERE {same}"
    follows = f"NEW.prev_hash = coalesce(({last_hash}), '{GENESIS}') AND NEW.seq = 1 + coalesce(({last_seq}), 0)"
    return Rule("chain_broken", table, Event.INSERT, f"NOT ({follows})")


def _too_early(table: str, year: str) -> Rule:
    now = "CAST(substr(CAST(NEW.recorded_on AS TEXT), 1, 4) AS INTEGER)"
    still = f"SELECT 1 FROM {table} x WHERE x.processor_id = NEW.processor_id AND x.id = NEW.row_id"
    kept = f"EXISTS ({still} AND CAST({year} AS INTEGER) + {_VOUCHER_YEARS} >= {now})"
    return Rule("retention_too_early", "retention_record", Event.INSERT, f"NEW.table_name = '{table}' AND {kept}")


RULES = [
    _chain("audit_log"),
    _chain("access_log", "day"),
    Rule("row_is_kept", "access_log", Event.DELETE, f"OLD.day > MONTHS_AGO({_ACCESS_LOG_MONTHS})"),
    # A record can't be dated ahead to make a row look old enough.
    Rule("retention_too_early", "retention_record", Event.INSERT, "NEW.recorded_on > CURRENT_DATE"),
    *(_too_early(table, year) for table, year in _VOUCHER_YEAR.items()),
]
