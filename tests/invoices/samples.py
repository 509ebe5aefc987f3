"""Documents to print and to break: builders with realistic defaults, each part replaceable."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from billing.money import line_net, vat_on
from invoices.document import Approval, Document, ExpenseLine, Kind, Line, Preceding, VatCategory, VatGroup
from invoices.parties import Address, Bank, Buyer, Contact, ElectronicAddress, Registration, Seller
from invoices.wording import exemption_reason, payment_terms, service_names

RATE = Fraction(19, 100)
FACTORS = {
    "travel": Fraction(1, 2),
    "regular": Fraction(1),
    "out_of_hours": Fraction(5, 4),
    "night_weekend": Fraction(3, 2),
}

SELLER = Seller(
    name="ImmoInvent GmbH",
    address=Address(lines=("Sommerrain 1/1",), postcode="72631", city="Aichtal", country="DE"),
    registration=Registration(
        seat="Aichtal",
        court="Amtsgericht Stuttgart",
        number="HRB 123456",
        managing_directors=("Dr. Katharina Weiß", "Jörg Österle"),
    ),
    vat_id="DE123456788",
    tax_number="",
    contact=Contact(name="Tobias Reimer", phone="07127 9876-50", email="datenschutz@immoinvent.example"),
    website="www.immoinvent.example",
    bank=Bank(holder="ImmoInvent GmbH", iban="DE02120300000000202051", bic="BYLADEM1001", name="Deutsche Kreditbank"),
    electronic_address=ElectronicAddress(scheme="EM", address="rechnung@immoinvent.example"),
)

BUYER = Buyer(
    name="Klinikum Filder gGmbH",
    address=Address(lines=("Buchhaltung", "Krankenhausweg 12"), postcode="70771", city="Leinfelden", country="DE"),
    customer_number="K-1007",
    reference="04011000-12345-67",
    vat_id="",
    electronic_address=ElectronicAddress(scheme="EM", address="rechnungen@klinikum-filder.example"),
    language="de",
)


def line(position: int = 1, units: int = 5, rate_class: str = "regular", lang: str = "de", **changes: object) -> Line:
    """Make a line of whole quarter hours at the contract's rate."""
    factor = FACTORS[rate_class]
    price = Fraction(25) * factor
    net = line_net(abs(units), price)
    clause = {"regular": "13(4)a", "travel": "13(4)c"}.get(rate_class, "13(4)b")
    plain = Line(
        position=position,
        case_ref=f"V-2026-{position:03d}",
        case_title="Auskunft nach Art. 15 DSGVO",
        services=service_names(["request_processing"], lang),
        approvals=(Approval(estimate_ref="KVA-7", approved_on=date(2026, 10, 9)),),
        urgent=False,
        rate_class=rate_class,
        factor=factor,
        worked_minutes=max(0, abs(units) * 15 - 5),
        units=units,
        unit_minutes=15,
        unit_price=price,
        hourly_price=price * 4,
        hours=Fraction(units, 4),
        net_cents=-net if units < 0 else net,
        vat_category=VatCategory.STANDARD,
        vat_rate=RATE,
        first_day=date(2026, 10, 12),
        last_day=date(2026, 10, 15),
        clauses=("13(3)a", clause),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def expense(position: int = 2, net_cents: int = 10_000, **changes: object) -> ExpenseLine:
    """Make a travel expense."""
    plain = ExpenseLine(
        position=position,
        case_ref="V-2026-004",
        case_title="Vor-Ort-Prüfung Rechenzentrum Ostfildern",
        kind="travel",
        description="Bahnfahrt Stuttgart–Ulm und zurück",
        incurred_on=date(2026, 10, 14),
        receipt_ref="B-2026-118",
        approved_on=None,
        net_cents=net_cents,
        vat_category=VatCategory.STANDARD,
        vat_rate=RATE,
        clauses=("13(4)c",),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def vat_groups(lines: tuple[Line, ...], expenses: tuple[ExpenseLine, ...]) -> tuple[VatGroup, ...]:
    """Sum lines by VAT category and rate."""
    nets: dict[tuple[VatCategory, Fraction], int] = {}
    items: tuple[Line | ExpenseLine, ...] = (*lines, *expenses)
    for item in items:
        key = (item.vat_category, item.vat_rate)
        nets[key] = nets.get(key, 0) + item.net_cents
    return tuple(
        VatGroup(
            category=category,
            rate=rate,
            net_cents=net,
            vat_cents=-vat_on(-net, rate) if net < 0 else vat_on(net, rate),
            exemption_reason=exemption_reason(category, "de"),
        )
        for (category, rate), net in nets.items()
    )


def document(
    lines: tuple[Line, ...] | None = None, expenses: tuple[ExpenseLine, ...] = (), **changes: object
) -> Document:
    """Make an invoice whose totals fit its lines."""
    lines = (line(),) if lines is None else lines
    groups = vat_groups(lines, expenses)
    net, vat = sum(group.net_cents for group in groups), sum(group.vat_cents for group in groups)
    plain = Document(
        kind=Kind.INVOICE,
        number="RE-2026-0042",
        issue_date=date(2026, 11, 2),
        language="de",
        seller=SELLER,
        buyer=BUYER,
        contract_number="AVV-2026-017",
        contract_signed_on=date(2026, 6, 12),
        period_from=date(2026, 10, 1),
        period_to=date(2026, 10, 31),
        lines=lines,
        expenses=expenses,
        vat_groups=groups,
        net_cents=net,
        vat_cents=vat,
        gross_cents=net + vat,
        payment_days=14,
        payment_terms=payment_terms(14, "de"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def cancellation(of: Document, reason: str = "Leistung war bereits mit Rechnung RE-2026-0031 abgerechnet") -> Document:
    """Make the cancellation of an invoice in full: the same amounts, positive."""
    return replace(
        of,
        kind=Kind.CANCELLATION,
        number="SR-2026-0003",
        issue_date=date(2026, 11, 20),
        preceding=Preceding(number=of.number, issue_date=of.issue_date),
        reason=reason,
        explanations=(),
    )
