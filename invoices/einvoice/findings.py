"""What checking an electronic invoice found, and which of our own fields would settle it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is: a document with an error is no proper invoice and is not issued."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: its id (`BR-DE-15`, or `own.…` for a check of ours), what it says, and where."""

    rule: str
    level: Level
    text: str
    place: str = ""

    @property
    def told(self) -> str:
        """Give rule and words on one line; official words begin with their rule."""
        return self.text if self.rule in self.text else f"{self.rule}: {self.text}"


# Official rules that concern what people fill in, by the name of that field in the texts (`field.<name>`).
_FIELDS = {
    "BR-02": "document.number",
    "BR-06": "seller.name",
    "BR-07": "buyer.name",
    "BR-08": "seller.street",
    "BR-09": "seller.country",
    "BR-10": "buyer.street",
    "BR-11": "buyer.country",
    "BR-16": "document.lines",
    "BR-25": "document.services",
    "BR-50": "seller.iban",
    "BR-61": "seller.iban",
    "BR-55": "document.preceding",
    "BR-62": "seller.electronic_address",
    "BR-63": "buyer.electronic_address",
    "BR-CO-09": "seller.vat_id",
    "BR-CO-26": "seller.tax_id",
    "BR-AE-02": "buyer.vat_id",
    "BR-AE-03": "buyer.vat_id",
    "BR-AE-04": "buyer.vat_id",
    "BR-S-02": "seller.tax_id",
    "BR-S-03": "seller.tax_id",
    "BR-S-04": "seller.tax_id",
    "BR-E-02": "seller.tax_id",
    "BR-AE-10": "document.exemption_reason",
    "BR-E-10": "document.exemption_reason",
    "BR-O-10": "document.exemption_reason",
    "BR-DE-1": "seller.iban",
    "BR-DE-2": "seller.contact_name",
    "BR-DE-3": "seller.city",
    "BR-DE-4": "seller.postcode",
    "BR-DE-5": "seller.contact_name",
    "BR-DE-6": "seller.contact_phone",
    "BR-DE-7": "seller.contact_email",
    "BR-DE-8": "buyer.city",
    "BR-DE-9": "buyer.postcode",
    "BR-DE-15": "buyer.reference",
    "BR-DE-16": "seller.tax_id",
    "BR-DE-19": "seller.iban",
    "BR-DE-20": "seller.iban",
    "BR-DE-23-a": "seller.iban",
    "BR-DE-26": "document.preceding",
    "BR-DE-27": "seller.contact_phone",
    "BR-DE-28": "seller.contact_email",
    "PEPPOL-EN16931-R010": "buyer.electronic_address",
    "PEPPOL-EN16931-R020": "seller.electronic_address",
    "CII-SR-470": "seller.iban",
    "own.iban": "seller.iban",
}


def fields_of(findings: Sequence[Finding]) -> list[str]:
    """Name the fields that would settle the errors among the findings, each once, in the order found."""
    named = (_FIELDS.get(finding.rule) for finding in findings if finding.level is Level.ERROR)
    return list(dict.fromkeys(name for name in named if name))


def errors_in(findings: Sequence[Finding]) -> list[Finding]:
    """Give what keeps the document from being issued."""
    return [finding for finding in findings if finding.level is Level.ERROR]
