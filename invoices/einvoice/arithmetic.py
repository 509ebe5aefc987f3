"""What the official rules miss: lines, sums and VAT to the cent, units, and the IBAN's check digits.

Everything is computed again from the XML alone, so that a mistake in writing it shows as well. The official rules allow
a line to be off by two cents and only warn about a wrong IBAN.
"""

from collections.abc import Iterator
from fractions import Fraction

from lxml import etree
from stdnum import iban

from billing.money import cents_of, round_half_up
from invoices.einvoice.findings import Finding, Level
from invoices.einvoice.values import UNITS

_NAMES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
}
_LINES = "//ram:IncludedSupplyChainTradeLineItem"
_SETTLEMENT = "//ram:ApplicableHeaderTradeSettlement"
_SUMS = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_MONEY_TO_PAY = "30", "58"

Element = etree._Element  # noqa: SLF001 - lxml has no other name for it
Group = tuple[str, Fraction]


def own_findings(xml: bytes) -> list[Finding]:
    """Compute an XML document again; empty when it is right to the cent."""
    root = etree.fromstring(xml)
    return [*_lines(root), *_groups(root), *_totals(root), *_terms(root), *_account(root)]


def _lines(root: Element) -> Iterator[Finding]:
    for line in _all(root, _LINES):
        place = f"line {_text(line, 'ram:AssociatedDocumentLineDocument/ram:LineID')}"
        quantity = _one(line, ".//ram:BilledQuantity")
        price = ".//ram:NetPriceProductTradePrice"
        base = Fraction(_text(line, f"{price}/ram:BasisQuantity") or 1)
        exact = Fraction(quantity.text or "") * Fraction(_text(line, f"{price}/ram:ChargeAmount")) / base
        yield from _equal("own.line", _cents(line, ".//ram:LineTotalAmount"), _rounded(exact * 100), place)
        if quantity.get("unitCode") not in UNITS:
            yield _wrong("own.unit", f"unit {quantity.get('unitCode')} is none of {sorted(UNITS)}", place)


def _groups(root: Element) -> Iterator[Finding]:
    """Check each group's net against its lines, and its VAT against its net, rounded half up once."""
    due: dict[Group, int] = {}
    for line in _all(root, _LINES):
        group = _group(_one(line, ".//ram:ApplicableTradeTax"))
        due[group] = due.get(group, 0) + _cents(line, ".//ram:LineTotalAmount")
    for tax in _all(root, f"{_SETTLEMENT}/ram:ApplicableTradeTax"):
        group = _group(tax)
        place, net = f"{group[0]} {group[1]} %", _cents(tax, "ram:BasisAmount")
        yield from _equal("own.group_net", net, due.pop(group, 0), place)
        yield from _equal("own.vat", _cents(tax, "ram:CalculatedAmount"), _rounded(net * group[1] / 100), place)
    for category, rate in due:
        yield _wrong("own.group_missing", "lines without a VAT group", f"{category} {rate} %")


def _totals(root: Element) -> Iterator[Finding]:
    lines = sum(_cents(line, ".//ram:LineTotalAmount") for line in _all(root, _LINES))
    vat = sum(_cents(tax, "ram:CalculatedAmount") for tax in _all(root, f"{_SETTLEMENT}/ram:ApplicableTradeTax"))
    due = {
        "LineTotalAmount": lines,
        "TaxBasisTotalAmount": lines,
        "TaxTotalAmount": vat,
        "GrandTotalAmount": lines + vat,
        "DuePayableAmount": lines + vat,
    }
    for name, cents in due.items():
        yield from _equal("own.total", _cents(root, f"{_SUMS}/ram:{name}"), cents, name)


def _terms(root: Element) -> Iterator[Finding]:
    """Check that it says when to pay in words: no official rule asks for that any more, and none forbids a date."""
    if not _text(root, f"{_SETTLEMENT}/ram:SpecifiedTradePaymentTerms/ram:Description").strip():
        yield _wrong("own.payment_terms", "no words about payment (BT-20)", "SpecifiedTradePaymentTerms")
    if _all(root, "//ram:DueDateDateTime"):
        yield _wrong("own.due_date", "the days run from receipt, so there is no date (BT-9)", "DueDateDateTime")


def _account(root: Element) -> Iterator[Finding]:
    for means in _all(root, f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"):
        account = _text(means, "ram:PayeePartyCreditorFinancialAccount/ram:IBANID")
        if _text(means, "ram:TypeCode") in _MONEY_TO_PAY and not iban.is_valid(account):
            yield _wrong("own.iban", f"no valid IBAN: {account or '-'}", "PayeePartyCreditorFinancialAccount")


def _group(tax: Element) -> Group:
    return _text(tax, "ram:CategoryCode"), Fraction(_text(tax, "ram:RateApplicablePercent") or 0)


def _equal(rule: str, found: int, due: int, place: str) -> Iterator[Finding]:
    if found != due:
        yield _wrong(rule, f"{found} cents instead of {due}", place)


def _wrong(rule: str, text: str, place: str) -> Finding:
    return Finding(rule, Level.ERROR, text, place)


def _rounded(cents: Fraction) -> int:
    return -round_half_up(-cents) if cents < 0 else round_half_up(cents)


def _cents(node: Element, path: str) -> int:
    return cents_of(_text(node, path))


def _text(node: Element, path: str) -> str:
    found = _all(node, path)
    return (found[0].text or "") if found else ""


def _one(node: Element, path: str) -> Element:
    return _all(node, path)[0]


def _all(node: Element, path: str) -> list[Element]:
    return list(node.iterfind(path.replace("//", ".//", 1) if path.startswith("//") else path, _NAMES))
