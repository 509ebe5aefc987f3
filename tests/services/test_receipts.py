"""Receipt (Zugang) by proof, and the due date that follows from whatever receipt counts (13(8))."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from billing.deadlines.payment import Shift
from billing.services.due_dates import DueDate, due_date_of, due_dates_of
from billing.services.parties import find_controller
from billing.services.party_changes import change_controller
from billing.services.proofs import ProofFile
from billing.services.receipts import Proof, deny_receipt, set_receipt
from billing.store.session import TenantSession
from billing.store.tables import Invoice, Receipt, StoredFile
from billing.store.tables.kinds import ReceiptSource
from tests.months.facts import at
from tests.months.story import Story
from tests.services.furnishing import last_event, refused, rows_of
from tests.support.papers import mail, pdf

ISSUED, LATER = "2026-12-10 09:00", "2026-12-30 12:00"
PROOF = Proof(ProofFile("rueckschein.pdf", pdf("Rückschein")), "Rückschein von Frau Süd unterschrieben")


def bill(story: Story, contract: str = "AVV-1", case: str = "V-1") -> str:
    """Work and issue a month's invoice; gives its number."""
    story.estimate(f"Q-{case}", case, regular=600)
    story.work(f"E-{case}", case, "2026-11-06 09:00", 90)
    number = story.bill("2026-11", ISSUED)[contract]
    assert number is not None
    return number


def of(session: TenantSession, number: str) -> Invoice:
    return session.exec(select(Invoice).where(Invoice.number == number)).one()


def receive(story: Story, number: str, day: str, when: str = LATER, proof: Proof = PROOF) -> Receipt:
    received = date.fromisoformat(day)
    return story.tell(lambda session: set_receipt(session, story.act(when), of(session, number), received, proof))


def due(story: Story, number: str) -> DueDate | None:
    return story.tell(lambda session: due_date_of(session, of(session, number)))


def test_an_invoice_is_due_when_it_was_received_and_not_before(office: Story) -> None:
    number = bill(office)
    assert due(office, number) is None
    receive(office, number, "2026-12-11")
    christmas = DueDate(
        received_on=date(2026, 12, 11),
        evidence=ReceiptSource.MANUAL,
        raw=date(2026, 12, 25),
        due_on=date(2026, 12, 28),
        shift_reason=Shift.HOLIDAY,
    )
    assert due(office, number) == christmas


def proofs(office: Story) -> list[StoredFile]:
    """What was handed in: all that is kept but what was issued, its XML and its record."""
    return [file for file in rows_of(office, StoredFile) if file.media_type not in {"application/xml", "text/csv"}]


def test_who_proved_a_receipt_and_how_is_kept(office: Story) -> None:
    number = bill(office)
    receive(office, number, "2026-12-11")
    (row,), (file,) = rows_of(office, Receipt), proofs(office)
    assert (row.recorded_by_name, row.recorded_at, row.evidence_note) == ("Erika Beispiel", at(LATER), PROOF.note)
    assert (row.evidence_file_id, file.content) == (file.id, PROOF.file.content)
    assert file.name == f"{number}-Zugang-20261230110000.pdf"
    assert last_event(office) == ("receipt_recorded", f"invoice:{number}", "Erika Beispiel")


@pytest.mark.parametrize(
    ("days", "due_on"),
    [
        pytest.param(["2026-12-11", "2026-12-15"], "2026-12-29", id="a later proven day counts"),
        pytest.param(["2026-12-15", "2026-12-11"], "2026-12-28", id="so does an earlier one that was proved later"),
    ],
)
def test_of_several_receipts_the_newest_counts(desk: Story, days: list[str], due_on: str) -> None:
    number = bill(desk)
    for day in days:
        receive(desk, number, day)
    found = due(desk, number)
    assert found is not None
    assert (len(rows_of(desk, Receipt)), found.due_on.isoformat()) == (2, due_on)


def test_a_receipt_that_was_none_is_denied_with_its_proof(office: Story) -> None:
    number = bill(office)
    receive(office, number, "2026-12-11")
    bounce = Proof(ProofFile("bounce.eml", mail()), "Kam als unzustellbar zurück")
    denied = office.tell(lambda session: deny_receipt(session, office.act(LATER), of(session, number), bounce))
    assert (denied.received_on, due(office, number)) == (None, None)
    receive(office, number, "2026-12-14")
    assert due(office, number) is not None


@pytest.mark.parametrize(
    ("day", "code"),
    [
        pytest.param("2026-12-09", "received_before_issue", id="on the day before the issue"),
        pytest.param("2026-12-31", "date_in_future", id="tomorrow"),
    ],
)
def test_no_receipt_before_the_issue_or_in_the_future(desk: Story, day: str, code: str) -> None:
    number = bill(desk)
    with refused(code, "received_on"):
        receive(desk, number, day)
    assert rows_of(desk, Receipt) == proofs(desk) == []


def test_a_proof_that_is_no_file_keeps_nothing(desk: Story) -> None:
    number = bill(desk)
    with refused("file_type_unknown", "proof"):
        receive(desk, number, "2026-12-11", proof=Proof(ProofFile("beweis.pdf", b"\0\1\2"), "Vermerk"))
    assert rows_of(desk, Receipt) == []


def test_what_was_never_received_can_not_be_denied(desk: Story) -> None:
    number = bill(desk)
    with refused("no_receipt_known"):
        desk.tell(lambda session: deny_receipt(session, desk.act(LATER), of(session, number), PROOF))


PLACES = [
    pytest.param({"land": "HH"}, "2026-06-04", None, id="Hamburg works on Corpus Christi"),
    pytest.param({"land": "NW"}, "2026-06-05", Shift.HOLIDAY, id="North Rhine-Westphalia does not"),
    pytest.param({}, "2026-06-05", Shift.HOLIDAY, id="without a Land it is counted as in BW"),
    pytest.param(
        {"country": "AT", "postcode": "1010", "city": "Wien"}, "2026-06-05", Shift.HOLIDAY, id="abroad it is as well"
    ),
]


@pytest.mark.parametrize(("seat", "due_on", "shift"), PLACES)
def test_the_debtors_seat_says_which_holidays_count(
    desk: Story, seat: dict[str, Any], due_on: str, shift: Shift | None
) -> None:
    desk.contract("AVV-2", **seat)
    desk.case("V-2", contract="AVV-2", when="2026-04-01 08:00")
    desk.estimate("Q-2", "V-2", when="2026-04-01 09:00", regular=600)
    desk.work("E-2", "V-2", "2026-04-02 09:00", 60)
    number = desk.bill("2026-04", "2026-05-20 09:00")["AVV-2"]
    assert number is not None
    receive(desk, number, "2026-05-21", "2026-05-22 09:00")
    found = due(desk, number)
    assert found is not None
    assert (found.raw, found.due_on.isoformat(), found.shift_reason) == (date(2026, 6, 4), due_on, shift)


def test_a_controller_that_moves_leaves_known_days_alone(desk: Story) -> None:
    """The Land is kept with the receipt: a due date that was told does not change afterwards."""
    number = bill(desk)
    receive(desk, number, "2026-12-23")

    def move(session: TenantSession) -> None:
        change_controller(session, desk.act(LATER), find_controller(session, "K-AVV-1"), {"land": "HH"})

    before = due(desk, number)
    desk.tell(move)
    assert before is not None
    assert before.due_on == date(2027, 1, 7), "6 January is Epiphany in BW, not in Hamburg"
    assert due(desk, number) == before


@pytest.mark.parametrize(("days", "due_on"), [(30, "2027-01-11"), (0, "2026-12-11")], ids=["30 days", "at once"])
def test_the_documents_own_term_counts(desk: Story, days: int, due_on: str) -> None:
    desk.contract("AVV-2", terms={"payment_days": days})
    desk.case("V-2", contract="AVV-2")
    number = bill(desk, "AVV-2", "V-2")
    receive(desk, number, "2026-12-11")
    found = due(desk, number)
    assert found is not None
    assert found.due_on.isoformat() == due_on


def test_a_cancellation_is_received_and_never_due(desk: Story) -> None:
    number = bill(desk)
    cancelled = desk.cancel(number, "2026-12-11 09:00").number
    assert cancelled is not None
    receive(desk, cancelled, "2026-12-11")
    receive(desk, number, "2026-12-11")
    both = desk.tell(lambda session: due_dates_of(session, [of(session, number), of(session, cancelled)]))
    assert list(both) == [desk.tell(lambda session: of(session, number).id)]
