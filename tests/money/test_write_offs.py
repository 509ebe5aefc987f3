"""Goodwill for an invoice: proposed by one, confirmed by another; never more than is open."""

import pytest

from billing.errors import Conflict
from billing.services.acting import Act, id_of
from billing.services.claims import find_claim
from billing.services.policies import set_policy
from billing.services.write_offs import confirm_write_off, list_write_offs, propose_write_off, refuse_write_off
from billing.store.tables import WriteOffProposal, WrittenOff
from tests.money.till import FIRST, NOW, Till
from tests.months.facts import at
from tests.services.four_eyes import user_of
from tests.services.furnishing import last_event, refused, rows_of

ANNA, BERND = Act("Anna", at(NOW)), Act("Bernd", at(NOW))


def propose(till: Till, cents: int = 850, who: Act = ANNA) -> int:
    return till.tell(lambda s: id_of(propose_write_off(s, who, find_claim(s, FIRST), cents, "Kulanz")))


def confirm(till: Till, number: int, who: Act = BERND) -> None:
    till.tell(lambda s: confirm_write_off(s, who, number))


def test_a_confirmed_proposal_takes_its_part_off_the_claim(till):
    number = propose(till)
    assert till.open(FIRST) == 17850
    confirm(till, number)
    assert till.open(FIRST) == 17000
    assert till.item(FIRST).balance.written_off_cents == 850
    assert last_event(till) == ("write_off_confirmed", f"invoice:{FIRST}", "Bernd")
    with refused("proposal_decided"):
        confirm(till, number)


def test_nobody_confirms_what_he_proposed_unless_the_policy_lets_him(till):
    number = propose(till)
    with refused("second_person_missing"):
        confirm(till, number, ANNA)
    off = {"four_eyes": False, "reason": "Ein-Personen-Betrieb"}
    till.tell(lambda s: set_policy(s, Act("chief", at(NOW)), off))
    confirm(till, number, ANNA)
    assert till.open(FIRST) == 17000


def test_nobody_is_two_people_by_a_second_account(till):
    before, now = (Act("EB", at(NOW), user_of(till, "EB", address)) for address in (0, 1))
    number = propose(till, who=before)
    with refused("second_person_missing"):
        confirm(till, number, now)
    confirm(till, number)


def test_a_refused_proposal_changes_nothing(cash):
    number = propose(cash)
    cash.tell(lambda s: refuse_write_off(s, BERND, number, "Rechnung stimmt"))
    assert cash.open(FIRST) == 17850
    (row,) = cash.tell(lambda s: list(list_write_offs(s)))
    assert (row.number, row.accepted, row.decision_reason) == (FIRST, False, "Rechnung stimmt")
    propose(cash)


@pytest.mark.parametrize("cents", [0, 17851])
def test_no_more_is_given_up_than_is_open(cash, cents):
    with refused("write_off_not_open", "amount"):
        propose(cash, cents)


def test_one_proposal_about_an_invoice_waits_at_a_time(cash):
    propose(cash)
    with refused("write_off_waits"):
        propose(cash)


def test_what_was_paid_meanwhile_is_not_given_up(cash):
    number = propose(cash, 17850)
    cash.pay(FIRST, 17850)
    with refused("write_off_outdated"):
        confirm(cash, number)
    with refused("proposal_not_found"):
        confirm(cash, 99)


def test_the_database_asks_for_the_second_person_too(till: Till):
    propose(till)
    (row,) = rows_of(till, WriteOffProposal)

    def accept(session):
        proposal = session.get_one(WriteOffProposal, row.id)
        proposal.decided_at, proposal.accepted, proposal.decided_by_name = at(NOW), True, "Anna"

    def give_up(session):
        session.add(WrittenOff(invoice_id=row.invoice_id, amount_cents=850, reason="so", **ANNA.record()))

    for deed in (accept, give_up):
        with pytest.raises(Conflict, match="second_person_missing"):
            till.tell(deed)
