"""A month of work in the house: three clients, 3:25 h of it held for three reasons, so that a clerk has what to do."""

from tests.web.browser.serving import House

MONTH = "2026-06"
RUN_ON = "2026-07-01 09:00"
HELD = {"F-045": 45, "F-039": 120, "F-042": 40}
"""Minutes by case that wait: for the cause, for more approval, for an approval at all."""


def work_through(house: House) -> None:
    """Log June: Stadtwerke over the end of business, Klinikum over its approval, Autohaus within its free allowance."""
    house.work("Z-1", "F-041", "2026-06-05 14:30", 160, "request_processing", person="AB")
    house.work("Z-2", "F-041", "2026-06-09 09:00", 90, "request_processing", person="AB")
    house.case("F-045", "2026-06-10 08:00", "AVV-101", "breach", title="Fehlversand an Mieter", **_UNDECIDED)
    house.work("Z-3", "F-045", "2026-06-10 13:00", 45, "breach_support", person="AB")
    house.work("Z-4", "F-039", "2026-06-11 08:00", 450, "dpia_support", person="TR")
    house.work("Z-5", "F-039", "2026-06-12 08:30", 150, "dpia_support", person="TR")
    house.work("Z-6", "F-044", "2026-06-15 10:00", 50, "general_query", person="AB")
    house.case("F-042", "2026-06-16 08:00", "AVV-103", "audit", title="Kontrolle der Lieferantenakte")
    house.work("Z-7", "F-042", "2026-06-17 10:00", 40, "audit_support", person="TR")
    house.case("F-046", "2026-06-18 08:00", "AVV-103", "instruction", title="Weisung: Werbesperren eintragen")
    house.estimate("KVA-29", "F-046", "2026-06-18 09:00", regular=120)
    house.work("Z-8", "F-046", "2026-06-19 09:00", 75, "individual_instruction", person="TR")


_UNDECIDED = {"cause": "undecided", "cause_reason": "Die Ursache wird noch untersucht"}
