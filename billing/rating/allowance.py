"""The free minutes for general queries: 60 a contract and local month, actual minutes, no carry-over (13(2)d)."""

from billing.clause import refs
from billing.clause.terms import Terms
from billing.rating.decisions import Answer, Verdict

BASE_QUERY = Answer(10, Verdict.FREE, refs.BASE_GENERAL_QUERIES.code, refs.BASE_GENERAL_QUERIES.number)


def allowance_left(terms: Terms, used_minutes: int) -> int:
    """Give the free minutes left of a month; a lower allowance takes nothing back ("Change of terms")."""
    return max(0, terms.allowance_minutes - used_minutes)
