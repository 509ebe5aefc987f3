"""One electronic invoice checked by all we have: what is found, by which rules, for people and for the record."""

import json
from dataclasses import dataclass
from hashlib import sha256

from billing.errors import Conflict, IncompleteInvoice
from invoices.completeness import missing_fields
from invoices.document import Document
from invoices.einvoice.arithmetic import own_findings
from invoices.einvoice.enclosed import Attachment
from invoices.einvoice.findings import Finding, errors_in, fields_of
from invoices.einvoice.invoice_xml import invoice_xml
from invoices.einvoice.rules import Rules, find_rules
from invoices.einvoice.validation import official_findings

_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Check:
    """What was found about some XML by rules of one release."""

    rules: Rules
    xml_sha256: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether there is no error; warnings let a document pass."""
        return not errors_in(self.findings)

    def report(self) -> str:
        """Give the findings as JSON, for the record."""
        told = [{"rule": f.rule, "level": f.level, "text": f.text, "place": f.place} for f in self.findings]
        return json.dumps({"findings": told}, ensure_ascii=False, sort_keys=True)


def check_document(document: Document, attachments: tuple[Attachment, ...] = ()) -> Check:
    """Check the XML that a document gives; Conflict `einvoice_rules_missing` without the official rules."""
    return check_xml(invoice_xml(document, attachments), document)


def check_xml(xml: bytes, document: Document) -> Check:
    """Check XML that was written before."""
    rules = find_rules()
    findings = [*official_findings(xml, rules, document.buyer.invoice_format), *own_findings(xml)]
    return Check(rules, sha256(xml).hexdigest(), tuple(findings))


def require_valid(check: Check, document: Document) -> None:
    """Refuse a document that breaks rules, with all that is to be done about it at once.

    IncompleteInvoice where filling in fields settles everything; Conflict `einvoice_invalid` with the rules' own words
    where it does not: then something is wrong that nobody can fill in.
    """
    if check.passed:
        return
    errors = errors_in(check.findings)
    fields = list(dict.fromkeys([*missing_fields(document), *fields_of(errors)]))
    if fields and all(fields_of([error]) for error in errors):
        raise IncompleteInvoice(missing=fields, controller=document.buyer.name)
    told = "; ".join(error.told for error in errors[:_MOST_TOLD])
    raise Conflict("einvoice_invalid", controller=document.buyer.name, count=len(errors), findings=told)
