"""Debtor accounts (Personenkonten): one a controller, given in order from the first free number on, or set by hand."""

from collections.abc import Collection, Mapping

from sqlmodel import col, select

from billing.errors import Conflict, InvalidInput
from billing.services.acting import Act, audit, put
from billing.services.datev_settings import Books
from billing.services.parties import find_controller
from billing.store.session import TenantSession
from billing.store.tables import Controller, DebtorAccount


def debtor_numbers(session: TenantSession) -> dict[int, int]:
    """Give the debtor account of every controller that has one, by the controller's id."""
    rows = session.exec(select(DebtorAccount.controller_id, DebtorAccount.number))
    return dict(rows.all())


def list_debtors(session: TenantSession) -> list[tuple[Controller, int | None]]:
    """Give all controllers by reference, each with its debtor account or None while it has none."""
    numbers = debtor_numbers(session)
    controllers = session.exec(select(Controller).order_by(col(Controller.ref)))
    return [(controller, numbers.get(controller.id or 0)) for controller in controllers]


def with_new_debtors(known: Mapping[int, int], controllers: Collection[int], books: Books) -> dict[int, int]:
    """Give the debtor accounts once those without one have the next numbers, in the order of their ids."""
    numbers = dict(known)
    taken = [number for number in known.values() if number in books.debtors]
    following = max(taken, default=books.debtors.start - 1) + 1
    for controller_id in sorted(set(controllers) - set(known)):
        if following not in books.debtors:
            raise Conflict("debtor_accounts_used_up", value=books.debtors.stop - 1)
        numbers[controller_id] = following
        following += 1
    return numbers


def keep_debtors(session: TenantSession, act: Act, known: Mapping[int, int], numbers: Mapping[int, int]) -> None:
    """Write the numbers that are new."""
    new = sorted(set(numbers) - set(known))
    put(session, *(DebtorAccount(controller_id=one, number=numbers[one], **act.record()) for one in new))


def set_debtor(session: TenantSession, act: Act, controller: str, number: int, books: Books) -> None:
    """Set the debtor account of a controller by hand.

    NotFound: no such controller. InvalidInput: not a debtor account of these books, or another controller's.
    """
    if number not in books.debtors:
        first, last = books.debtors.start, books.debtors.stop - 1
        raise InvalidInput("debtor_account_invalid", path="number", value=number, first=first, last=last)
    found = find_controller(session, controller)
    others = select(Controller.ref).join(DebtorAccount, col(DebtorAccount.controller_id) == col(Controller.id))
    other = session.exec(others.where(DebtorAccount.number == number, Controller.id != found.id)).first()
    if other is not None:
        raise InvalidInput("debtor_account_taken", path="number", value=number, controller=other)
    row = session.exec(select(DebtorAccount).where(DebtorAccount.controller_id == found.id)).one_or_none()
    before = row and row.number
    if row is None:
        row = DebtorAccount(controller_id=found.id or 0, number=number, **act.record())
    row.number = number
    put(session, row)
    audit(session, act, "debtor_account_set", f"controller:{found.ref}", before=before, after=number)
