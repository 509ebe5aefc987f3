"""The letter of a contract as the store knows it on a day: who writes, who receives, and the people's own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from billing.errors import NotFound
from billing.store.engine import ahead
from billing.store.queries.prepared import CONTRACT, TENANT, mine, number, say, table_of
from billing.store.session import TenantSession
from billing.store.tables import Contract, Controller, Expense, ProcessorVersion, StoredFile
from billing.store.wording import Later, Prepared
from billing.texts import name_of
from invoices.letter import ExpenseText, Letter
from invoices.parties import Address, Bank, Buyer, Contact, ElectronicAddress, InvoiceFormat, Registration, Seller

_EMAIL, _LEITWEG = "EM", "0204"
_VERSION, _CONTROLLERS = table_of(ProcessorVersion), table_of(Controller)
_EXPENSE, _FILE = table_of(Expense), table_of(StoredFile)
_VERSIONS = Prepared(sa.select(_VERSION).where(*mine(_VERSION)).order_by(_VERSION.c.valid_from, _VERSION.c.version_no))
_CONTROLLER = Prepared(sa.select(_CONTROLLERS).where(*mine(_CONTROLLERS), _CONTROLLERS.c.id == number("controller")))
_EXPENSES = Prepared(
    sa.select(_EXPENSE.c.ref, _EXPENSE.c.kind, _EXPENSE.c.description, _FILE.c.name.label("file_name"))
    .select_from(_EXPENSE)
    .join(_FILE, (_FILE.c.id == _EXPENSE.c.receipt_file_id) & (_FILE.c.processor_id == TENANT), isouter=True)
    .where(*mine(_EXPENSE), _EXPENSE.c.contract_id == CONTRACT)
)


def processor_on(session: TenantSession, day: date) -> ProcessorVersion:
    """Give the processor's letter, bank and tax data that hold on a day; the last recorded version of it counts.

    It has the columns of its row, and is for reading only, as is what `controller_of` gives.
    """
    session.flush()
    return version_on(ask_versions(session)(), day)


def ask_versions(session: TenantSession) -> Later:
    """Ask for all that was ever recorded of the processor's letter, for `version_on`."""
    return say(session, _VERSIONS, session.processor_id)


def version_on(versions: Sequence[Any], day: date) -> ProcessorVersion:
    """Choose the version that holds on a day; NotFound when there is none."""
    if not versions:
        raise NotFound("processor_data_missing")
    begun = [version for version in versions if version.valid_from <= day]
    found: ProcessorVersion = begun[-1] if begun else versions[0]
    return found


def controller_of(session: TenantSession, contract: Contract) -> Controller:
    """Give the controller a contract is with."""
    found: Controller
    session.flush()
    (found,) = ask_controller(session, contract)()
    return found


def ask_controller(session: TenantSession, contract: Contract) -> Later:
    """Ask for the controller a contract is with: one row of it."""
    return say(session, _CONTROLLER, session.processor_id, controller=contract.controller_id)


@dataclass(frozen=True, slots=True)
class AskedLetter:
    """What was asked for a letter."""

    contract: Contract
    versions: Later
    controllers: Later
    expenses: Later

    def read(self, day: date, case_titles: Mapping[str, str]) -> Letter:
        """Read everything a document prints that is no amount; `day` chooses the processor's version.

        `case_titles` are known from the facts.
        """
        (controller,) = self.controllers()
        return Letter(
            seller=seller_of(version_on(self.versions(), day)),
            buyer=buyer_of(controller, self.contract),
            vat_case=str(controller.vat_case),
            contract_number=self.contract.number,
            contract_signed_on=self.contract.signed_on,
            case_titles=case_titles,
            expense_texts=_expense_texts(self.expenses(), controller.language),
        )


def ask_letter(session: TenantSession, contract: Contract) -> AskedLetter:
    """Ask for all that the letters of a contract say; read it once."""
    session.flush()
    with ahead(session.line):
        return AskedLetter(
            contract,
            versions=ask_versions(session),
            controllers=ask_controller(session, contract),
            expenses=say(session, _EXPENSES, session.processor_id, contract=contract.id),
        )


def seller_of(version: ProcessorVersion) -> Seller:
    """Give the processor as it stands on the letter."""
    registered = version.register_court or version.register_number or version.managing_directors
    return Seller(
        name=version.company_name,
        address=Address(lines=(version.street,), postcode=version.postcode, city=version.city, country=version.country),
        registration=Registration(
            seat=version.city,
            court=version.register_court or "",
            number=version.register_number or "",
            managing_directors=_names(version.managing_directors),
        )
        if registered
        else None,
        vat_id=version.vat_id or "",
        tax_number=version.tax_number or "",
        contact=Contact(name=version.contact_person or "", phone=version.phone or "", email=version.email or ""),
        website=version.website or "",
        bank=Bank(
            holder=version.company_name,
            iban=(version.iban or "").replace(" ", ""),
            bic=version.bic or "",
            name=version.bank_name or "",
        ),
        electronic_address=ElectronicAddress(scheme=_EMAIL, address=version.email or ""),
        taxed_on_receipt=version.cash_basis,
        small_business=version.small_business,
    )


def buyer_of(controller: Controller, contract: Contract) -> Buyer:
    """Give the controller as it stands on the letter; the reference (BT-10) is never empty."""
    number = controller.customer_number or controller.ref
    leitweg = controller.leitweg_id
    return Buyer(
        name=controller.name,
        address=Address(
            lines=tuple(line for line in (controller.address_extra, controller.street) if line),
            postcode=controller.postcode,
            city=controller.city,
            country=controller.country,
        ),
        customer_number=number,
        reference=leitweg or controller.buyer_reference or contract.number or number,
        vat_id=controller.vat_id or "",
        electronic_address=ElectronicAddress(scheme=_LEITWEG, address=leitweg)
        if leitweg
        else ElectronicAddress(scheme=_EMAIL, address=controller.invoice_email or ""),
        language=controller.language,
        invoice_format=InvoiceFormat(str(controller.invoice_format)),
    )


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _expense_texts(expenses: Sequence[Any], lang: str) -> dict[str, ExpenseText]:
    return {
        expense.ref: ExpenseText(
            description=expense.description or name_of("expense_kind", str(expense.kind), lang),
            receipt_ref=expense.file_name or expense.ref,
        )
        for expense in expenses
    }
