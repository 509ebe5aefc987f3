"""What was handed over to bookkeeping: a document stands in a batch of its days, and leaves it only with the batch."""

from billing.store.rules.speech import Event, Rule

_BATCH = """SELECT 1 FROM export_batch b JOIN invoice i ON i.processor_id = b.processor_id AND i.id = NEW.invoice_id
    WHERE b.processor_id = NEW.processor_id AND b.id = NEW.batch_id"""

RULES = [
    Rule(
        "not_of_this_batch",
        "export_batch_item",
        Event.INSERT,
        f"NOT EXISTS ({_BATCH} AND b.withdrawn_at IS NULL AND i.issue_date BETWEEN b.from_day AND b.to_day)",
    ),
    Rule(
        "batch_not_withdrawn",
        "export_batch_item",
        Event.UPDATE,
        f"NEW.superseded_at IS NOT NULL AND NOT EXISTS ({_BATCH} AND b.withdrawn_at IS NOT NULL)",
    ),
]
