"""Cost estimates to print."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from invoices.estimate import EstimateDecision, EstimateLetter, EstimatePosition
from tests.invoices.samples import BUYER, SELLER


def _row(text: str, minutes: int, net_cents: int, rate_class: str = "regular", hour: int = 100) -> EstimatePosition:
    return EstimatePosition(
        text=text, rate_class=rate_class, minutes=minutes, hourly_price=Fraction(hour), net_cents=net_cents
    )


OPEN = EstimateLetter(
    language="de",
    seller=SELLER,
    buyer=BUYER,
    number="KVA-2026-0031",
    version=1,
    supplements="",
    written_on=date(2026, 6, 3),
    decide_by=date(2026, 6, 12),
    contract_number="AVV-2026-07",
    contract_signed_on=date(2025, 3, 1),
    case_ref="V-2026-0039",
    case_title="Datenschutz-Folgenabschätzung „Patientenportal“",
    controller_reference="Az. 12/26",
    description="Beschreibung der Verarbeitung, Bewertung der Maßnahmen\nein Termin vor Ort",
    covers_from="",
    positions=(
        _row("Systematische Beschreibung der Verarbeitung", 240, 40_000),
        _row("Bewertung der technischen und organisatorischen Maßnahmen", 180, 30_000),
        _row("Abstimmungstermin vor Ort", 120, 20_000),
        _row("Reisezeit Aichtal–Ostfildern und zurück", 60, 5_000, "travel", 50),
    ),
    minutes=600,
    unit_minutes=15,
    vat_rate=Fraction(19, 100),
    net_cents=95_000,
    vat_cents=18_050,
    gross_cents=113_050,
    urgent_cap_minutes=120,
    urgent_clause="13(5)b",
    overrun_clause="13(5)c",
    no_delay_clause="13(9)",
    sha256="6180f1d7e7e1219f" * 4,
    decision=None,
)
APPROVED = replace(OPEN, decision=EstimateDecision(state="approved", name="Dr. Jana Vogt", at="05.06.2026, 14:00"))
ESTIMATES = {
    "open": OPEN,
    "approved": APPROVED,
    "declined": replace(OPEN, decision=EstimateDecision(state="declined", name="", at="05.06.2026, 14:00")),
    "English": replace(APPROVED, language="en", buyer=replace(BUYER, language="en"), description=""),
    "supplement": replace(OPEN, supplements="KVA-2026-0030", covers_from="01.06.2026, 08:00", decide_by=None),
    "without a rate": replace(
        OPEN,
        net_cents=None,
        vat_cents=None,
        gross_cents=None,
        positions=tuple(replace(row, hourly_price=None, net_cents=None) for row in OPEN.positions),
    ),
}
