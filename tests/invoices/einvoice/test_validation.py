"""The referee itself: asked by many threads at once, and by a child process, it answers the same."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from invoices.document import Document
from invoices.einvoice.findings import Finding
from invoices.einvoice.rules import Rules
from invoices.einvoice.validation import compile_rules, official_findings
from invoices.parties import InvoiceFormat
from tests.invoices.einvoice.reading import AGREEMENT, drop, spoilt, xrechnung
from tests.invoices.samples import document

Ask = Callable[[Document], list[Finding]]


def test_threads_take_turns(rules: Rules) -> None:
    good = xrechnung(document())
    bad = spoilt(good, drop(f"{AGREEMENT}/ram:BuyerReference"))
    compile_rules(rules)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(official_findings, xml, rules, InvoiceFormat.XRECHNUNG) for xml in (good, bad) * 10]
        answers = [[finding.rule for finding in one.result()] for one in asked]
    assert answers == [[], ["BR-DE-15"]] * 10


def test_a_forked_child_asks_as_well(rules: Rules) -> None:
    bad = spoilt(xrechnung(document()), drop(f"{AGREEMENT}/ram:BuyerReference"))
    official_findings(bad, rules, InvoiceFormat.XRECHNUNG)
    child = os.fork()
    if child == 0:
        os._exit(len(official_findings(bad, rules, InvoiceFormat.XRECHNUNG)))
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 1
