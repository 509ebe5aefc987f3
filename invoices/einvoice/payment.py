"""BG-16 and BT-20: how and when to pay. There is never a date (BT-9): the days run from receipt, which comes later."""

from drafthorse.models.document import Document as Invoice
from drafthorse.models.payment import PaymentMeans, PaymentTerms

from invoices.document import Document
from invoices.einvoice.values import sayable
from invoices.words import payment_sentence


def write_payment(document: Document, xml: Invoice) -> None:
    """Write account, purpose and the sentence that says when, or that nothing, is to be paid."""
    settlement, bank = xml.trade.settlement, document.seller.bank
    settlement.currency_code = document.currency  # BT-5
    settlement.payment_reference = document.number  # BT-83
    means = PaymentMeans()
    means.type_code = document.payment_means  # BT-81
    means.payee_account.iban = bank.iban  # BT-84
    means.payee_account.account_name = sayable(bank.holder)  # BT-85
    if bank.bic:
        means.payee_institution.bic = bank.bic  # BT-86
    settlement.payment_means.add(means)
    terms = PaymentTerms()
    terms.description = sayable(payment_sentence(document))  # BT-20
    settlement.terms.add(terms)
