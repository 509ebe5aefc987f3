"""What must hold in any database at rest, whatever happened to it: asked in plain SQL, without the product's own code.

`violations` gives a sentence for each breach. Files are proved by their hash, which needs the key ring, so they are
read through the store; and the product's own proof (`mehraufwand verify`) must agree.

    python -m tests.faults.checker    # all processors of MEHRAUFWAND_DB, with MEHRAUFWAND_KEYS; ends with 1 for any
"""

import json
import os
import sys
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from billing.services.installation import processors
from billing.services.verification import verify
from billing.store.keyring import parse_ring
from billing.store.session import Store, TenantSession, open_store
from billing.store.tables import StoredFile

# Each query gives the rows that must not be there; the sentence says what they would mean.
_NONE_OF = {
    "a month of a contract was closed twice": """
        SELECT contract_id, month FROM closing WHERE cancelled_by_id IS NULL
        GROUP BY contract_id, month HAVING count(*) > 1""",
    "a minute stands in two living segments": """
        SELECT a.entry_id, a.from_min, b.from_min FROM segment a JOIN segment b
        ON a.entry_id = b.entry_id AND a.id < b.id AND a.from_min < b.to_min AND b.from_min < a.to_min
        WHERE a.released_by_id IS NULL AND b.released_by_id IS NULL""",
    "an expense was decided by two living closings": """
        SELECT expense_id FROM closing_expense WHERE released_by_id IS NULL GROUP BY expense_id HAVING count(*) > 1""",
    "a closing billed something and has no invoice": """
        SELECT c.id FROM closing c WHERE NOT EXISTS (SELECT 1 FROM invoice i WHERE i.closing_id = c.id)
        AND (EXISTS (SELECT 1 FROM unit u WHERE u.closing_id = c.id)
        OR EXISTS (SELECT 1 FROM closing_expense x WHERE x.closing_id = c.id AND x.verdict = 'billed'
        AND x.code <> 'pass_through'))""",
    "pass-through money stands on no statement": """
        SELECT x.id FROM closing_expense x WHERE x.code = 'pass_through'
        AND NOT EXISTS (SELECT 1 FROM pass_through p WHERE p.closing_id = x.closing_id)""",
    "an invoiced closing was cancelled without a document": """
        SELECT i.number FROM invoice i JOIN closing c ON c.id = i.closing_id
        WHERE i.kind = 'invoice' AND c.cancelled_by_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM invoice s WHERE s.cancels_id = i.id)""",
    "a living closing has a cancellation": """
        SELECT s.number FROM invoice s JOIN closing c ON c.id = s.closing_id
        WHERE s.kind = 'cancellation' AND c.cancelled_by_id IS NULL""",
    "a cancelled closing still holds what it billed": """
        SELECT s.id FROM segment s JOIN closing c ON c.id = s.closing_id
        WHERE c.cancelled_by_id IS NOT NULL AND s.verdict = 'billed' AND s.released_by_id IS NULL""",
    "a cancelled closing gave back what was free": """
        SELECT id FROM segment WHERE verdict = 'free' AND released_by_id IS NOT NULL""",
    "a step of the outbox is still open": "SELECT kind, subject_id FROM outbox WHERE done_at IS NULL",
    "a file is missing": """
        SELECT i.number, k.kind FROM invoice i
        CROSS JOIN (SELECT 'pdf' AS kind UNION SELECT 'activity_record_pdf' UNION SELECT 'activity_record_csv') k
        WHERE (i.kind = 'invoice' OR k.kind = 'pdf')
        AND NOT EXISTS (SELECT 1 FROM invoice_file f WHERE f.invoice_id = i.id AND f.kind = k.kind)""",
    "a stored file belongs to no invoice, no case and no expense": """
        SELECT s.id FROM stored_file s WHERE NOT EXISTS (SELECT 1 FROM invoice_file f WHERE f.stored_file_id = s.id)
        AND NOT EXISTS (SELECT 1 FROM pass_through p WHERE p.stored_file_id = s.id)
        AND NOT EXISTS (SELECT 1 FROM case_file c WHERE c.stored_file_id = s.id)
        AND NOT EXISTS (SELECT 1 FROM expense e WHERE e.receipt_file_id = s.id)""",
    "an invoice has no XML that was checked": """
        SELECT number FROM invoice i WHERE NOT EXISTS (SELECT 1 FROM invoice_file f
        JOIN stored_file s ON s.id = f.stored_file_id JOIN invoice_check k ON k.invoice_id = i.id
        AND k.outcome = 'passed' AND k.xml_sha256 = s.sha256 WHERE f.invoice_id = i.id AND f.kind = 'xml')""",
    "a statement has no file": "SELECT number FROM pass_through WHERE stored_file_id IS NULL",
    "a contract has two living drafts of a month": """
        SELECT contract_id, month FROM draft WHERE state IN ('draft', 'approved')
        GROUP BY contract_id, month HAVING count(*) > 1""",
    "drafts issued and closings differ": """
        SELECT d.n, c.n FROM (SELECT count(*) AS n FROM draft WHERE state = 'issued') d,
        (SELECT count(*) AS n FROM closing) c WHERE d.n <> c.n""",
    "a run is there that no draft comes from": """
        SELECT r.id FROM run r WHERE NOT EXISTS (SELECT 1 FROM draft d WHERE d.run_id = r.id)
        AND NOT EXISTS (SELECT 1 FROM closing c WHERE c.run_id = r.id)""",
}

# Business rows and the events of the log that must go with them, one for one.
_LOGGED = {
    "month_closed": "SELECT count(*) FROM closing",
    "month_cancelled": "SELECT count(*) FROM correction WHERE scope = 'full'",
    "invoice_corrected": "SELECT count(*) FROM correction WHERE scope = 'partial'",
    "draft_approved": "SELECT count(*) FROM draft WHERE approved_hash IS NOT NULL",
}


def violations(store: Store, processor_id: int) -> list[str]:
    """Give a sentence for everything that must not be."""
    with store.tenant(processor_id, read_only=True) as session:
        return [*_rows(session), *_numbers(session), *_sums(session), *_log(session), *_files(session)]


def _ask(session: TenantSession, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.connection().execute(sa.text(query))]


def _rows(session: TenantSession) -> Iterator[str]:
    for sentence, query in _NONE_OF.items():
        for row in _ask(session, query):
            yield f"{sentence}: {row}"


def _numbers(session: TenantSession) -> Iterator[str]:
    """Count each series from 1, and its dates forward."""
    expected: dict[tuple[str, int], int] = {}
    last: dict[str, Any] = {}
    query = "SELECT series, year, sequence, issue_date, number FROM invoice ORDER BY series, year, sequence"
    for series, year, sequence, issue_date, number in _ask(session, query):
        expected[series, year] = expected.get((series, year), 0) + 1
        if sequence != expected[series, year]:
            yield f"a number is missing before {number}"
        if issue_date < last.get(series, issue_date):
            yield f"the date of {number} is before the number before"
        last[series] = issue_date
    for series, year, counter in _ask(session, "SELECT series, year, last_sequence FROM number_series"):
        if counter != expected.get((series, year), 0):
            yield f"the counter of {series}-{year} stands at {counter}"


def _sums(session: TenantSession) -> Iterator[str]:
    """Add up each document's lines, and what its closing decided; both must be the total that was issued."""
    billed: dict[int, int] = {}
    for closing, units, numerator, denominator in _ask(
        session, "SELECT closing_id, sum(units), price_numerator, price_denominator FROM unit GROUP BY 1, 3, 4"
    ):
        billed[closing] = billed.get(closing, 0) + units * numerator * 100 // denominator
    for closing, net in _ask(
        session,
        "SELECT closing_id, sum(net_cents) FROM closing_expense"
        " WHERE verdict = 'billed' AND code <> 'pass_through' GROUP BY 1",
    ):
        billed[closing] = billed.get(closing, 0) + net
    corrected = dict(_corrected(session))
    query = "SELECT id, number, closing_id, document, document_sha256, net_cents, vat_cents, gross_cents FROM invoice"
    for made, number, closing, text, digest, net, vat, gross in _ask(session, query):
        document = json.loads(text)
        lines = sum(line["net_cents"] for line in document["lines"] + document["expenses"])
        decided = corrected.get(made, billed.get(closing))
        totals = {(lines, net + vat), (decided, gross), (document["net_cents"], document["gross_cents"])}
        if totals != {(net, gross)}:
            yield f"the amounts of {number} do not add up: {totals}"
        if document["number"] != number or sha256(text.encode()).hexdigest() != digest:
            yield f"{number} is not the document that was frozen"


def _corrected(session: TenantSession) -> Iterator[tuple[int, int]]:
    """Give the document of each correction of parts, and what it released, negative."""
    units = """SELECT c.invoice_id, coalesce(sum(u.units * u.price_numerator * 100 / u.price_denominator), 0)
        FROM correction c LEFT JOIN unit u ON u.released_by_id = c.id WHERE c.scope = 'partial' GROUP BY 1"""
    expenses = """SELECT c.invoice_id, coalesce(sum(x.net_cents), 0)
        FROM correction c LEFT JOIN closing_expense x ON x.released_by_id = c.id WHERE c.scope = 'partial' GROUP BY 1"""
    spent = {row[0]: row[1] for row in _ask(session, expenses)}
    for made, net in _ask(session, units):
        yield made, -int(net) - int(spent[made])


def _log(session: TenantSession) -> Iterator[str]:
    for action, query in _LOGGED.items():
        ((rows,),) = _ask(session, query)
        ((events,),) = _ask(session, f"SELECT count(*) FROM audit_log WHERE action = '{action}'")  # noqa: S608
        if rows != events:
            yield f"{rows} rows, but the log tells of {events} times {action}"
    for fault in verify(session).faults:
        yield f"verify finds {fault}"


def _files(session: TenantSession) -> Iterator[str]:
    for file in session.exec(select(StoredFile)):
        if sha256(file.content).hexdigest() != file.sha256 or len(file.content) != file.size:
            yield f"{file.name} is damaged"
        if file.media_type == "application/pdf" and not file.content.startswith(b"%PDF-"):
            yield f"{file.name} is no PDF"


def main() -> None:
    """Check a database, and say everything that must not be."""
    store = open_store(os.environ["MEHRAUFWAND_DB"], parse_ring(os.environ["MEHRAUFWAND_KEYS"]))
    found = [f"{ref}: {sentence}" for number, ref in processors(store) for sentence in violations(store, number)]
    store.close()
    sys.stdout.writelines(f"{sentence}\n" for sentence in found)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
