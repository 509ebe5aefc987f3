"""The official rules, compiled once a process, and both kinds of findings of a document."""

from collections.abc import Callable

import pytest

from invoices.document import Document
from invoices.einvoice.arithmetic import own_findings
from invoices.einvoice.findings import Finding
from invoices.einvoice.invoice_xml import invoice_xml
from invoices.einvoice.rules import Rules, find_rules
from invoices.einvoice.validation import official_findings
from invoices.parties import InvoiceFormat


@pytest.fixture(scope="session")
def rules() -> Rules:
    return find_rules()


@pytest.fixture(scope="session")
def referee(rules: Rules) -> Callable[[Document], list[Finding]]:
    """All findings, official and our own, about a document in both formats."""

    def ask(made: Document) -> list[Finding]:
        xml = invoice_xml(made)
        return [*official_findings(xml, rules, made.buyer.invoice_format), *own_findings(xml)]

    return ask


@pytest.fixture(scope="session")
def found(rules: Rules) -> Callable[[bytes], dict[str, str]]:
    """The rules that an XRechnung breaks, with their level."""

    def ask(xml: bytes) -> dict[str, str]:
        findings = [*official_findings(xml, rules, InvoiceFormat.XRECHNUNG), *own_findings(xml)]
        return {finding.rule: str(finding.level) for finding in findings}

    return ask
