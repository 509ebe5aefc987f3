"""BG-13 and BG-14: the time of the supply, from and to."""

from drafthorse.models.document import Document as Invoice

from invoices.document import Document


def write_delivery(document: Document, xml: Invoice) -> None:
    """Write the period of the supply; its last day is the day of delivery, for CII has no invoice without one."""
    xml.trade.delivery.event.occurrence = document.period_to  # BT-72
    xml.trade.settlement.period.start = document.period_from  # BT-73
    xml.trade.settlement.period.end = document.period_to  # BT-74
