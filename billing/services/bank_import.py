"""Bank files to payments: first what would be booked and what a person must say, then the booking, all or nothing.

Only lines that pay an invoice leave anything behind. The same file again, or another one with the same entries, changes
nothing: an entry is known by a keyed digest of its account, day, amount and reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlmodel import col, select

from billing.banking.camt import read_camt
from billing.banking.lines import BankFile, BankLine
from billing.banking.matching import Claim, Match, Share, State, Why, match_lines, spoken_of
from billing.canonical import canonical
from billing.clause.reading import Reader, list_of, object_of, read_money
from billing.errors import Conflict, InvalidInput
from billing.money import format_cents
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_line
from billing.services.payments import hold_claims, note_payment
from billing.services.processors import processor_versions
from billing.services.proofs import ProofFile
from billing.services.receivables import Receivables
from billing.store.queries.payments import booked_entries
from billing.store.queries.receivables import EVER, claim_rows, invoice_numbers
from billing.store.session import TenantSession
from billing.store.tables import BankEntry, Invoice, Payment

_ID_DIGITS = 12
_SHARE: dict[str, Reader] = {"invoice": read_line, "amount?": read_money}
_ANSWER: dict[str, Reader] = {"entry": read_line, "invoices": list_of(object_of(_SHARE))}
read_answers = list_of(object_of(_ANSWER))
"""What a person says of entries: `{"entry": ID, "invoices": [{"invoice": NUMBER, "amount": "100.00"}]}`; of a single
invoice the amount may be left out: all of the entry."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of a bank file, the id by which people speak of it, and what becomes of it."""

    id: str
    match: Match

    @property
    def line(self) -> BankLine:
        """The line itself."""
        return self.match.line


@dataclass(frozen=True, slots=True)
class BankReport:
    """What an import did or would do."""

    file: BankFile
    sha256: str
    lines: tuple[Placed, ...]
    booked: bool

    @property
    def payments(self) -> int:
        """How many payments it makes."""
        return sum(len(one.match.shares) for one in self.lines if one.match.state is State.PAYS)

    @property
    def needs_somebody(self) -> bool:
        """Whether a person must look at a line."""
        quiet = (State.PAYS, State.KNOWN)
        return any(one.match.state not in quiet and one.match.why is not Why.OTHER_ACCOUNT for one in self.lines)


def look_through(
    session: TenantSession, act: Act, file: ProofFile, answers: Sequence[Mapping[str, Any]] = ()
) -> BankReport:
    """Say of each line what an import would do with it; nothing is stored.

    InvalidInput: no file of CAMT.053, none of our accounts, an answer to an entry or about an invoice there is not.
    """
    return _Import(session, act, file).place(answers, booked=False)


def book(session: TenantSession, act: Act, file: ProofFile, answers: Sequence[Mapping[str, Any]] = ()) -> BankReport:
    """Book every line that says what it pays, and those a person answered for, in one transaction."""
    importing = _Import(session, act, file)
    held = importing.contracts(importing.place(answers, booked=True))
    hold_claims(session, held)
    # Whoever was here before us may have booked these lines, or what they pay: look again now that we are alone.
    report = importing.place(answers, booked=True)
    if not set(importing.contracts(report)) <= set(held):
        raise Conflict("written_meanwhile", table="payment")
    importing.store(report)
    return report


class _Import:
    """One file on its way in."""

    def __init__(self, session: TenantSession, act: Act, file: ProofFile) -> None:
        self._session, self._act = session, act
        self._file = read_camt(file.content, file.name)
        self._sha256 = sha256(file.content).hexdigest()
        self._accounts = frozenset((version.iban or "").replace(" ", "") for version in processor_versions(session))
        if not self._file.accounts & self._accounts:
            accounts = ", ".join(sorted(self._file.accounts))
            raise InvalidInput("bank_account_not_ours", path="file", value=accounts)
        # In the order of a keyed digest nobody can guess what an entry says, and each has one name everywhere.
        self._digests = {
            line.position: session.ring.digest(canonical(["bank_entry", *line.identity])) for line in self._file.lines
        }
        self._known: dict[str, tuple[int, int]] = {}
        self._invoices: dict[str, Any] = {}

    def place(self, answers: Sequence[Mapping[str, Any]], *, booked: bool) -> BankReport:
        """Say of each line what becomes of it, by what is open now."""
        session = self._session
        claims = self._claims(answers)
        self._invoices = {row.number: row for row in claims}
        self._known = booked_entries(session, session.processor_id, list(self._digests.values()))
        confirmed = self._confirmed(answers)
        reader = Receivables(session, self._act.at, EVER.day)
        accounts, demanded = reader.accounts(claims), reader.demanded(claims)
        matches = match_lines(
            self._file.lines,
            [
                Claim(
                    number=row.number,
                    open_cents=accounts[row.id].latest.left_cents,
                    costs_cents=demanded.get(row.id, 0),
                    debtor=row.controller,
                    is_cancelled=accounts[row.id].cancelled_on is not None,
                )
                for row in claims
            ],
            accounts=self._accounts,
            known=frozenset(
                position
                for position, digest in self._digests.items()
                if digest in self._known and position not in confirmed
            ),
            confirmed=confirmed,
        )
        lines = tuple(Placed(self._digests[match.line.position][:_ID_DIGITS], match) for match in matches)
        return BankReport(self._file, self._sha256, lines, booked)

    def _claims(self, answers: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Give the invoices that a line or an answer may speak of, and all that are open, by their id."""
        session = self._session
        numbers = invoice_numbers(session, session.processor_id)
        named = spoken_of(self._file.lines, numbers) | {one["invoice"] for said in answers for one in said["invoices"]}
        found = {
            row.id: row
            for condition in (
                [col(Invoice.number).in_(named)],
                Receivables(session, self._act.at).unsettled_conditions,
            )
            for row in claim_rows(session, session.processor_id, condition)
        }
        return [found[number] for number in sorted(found)]

    def _confirmed(self, answers: Sequence[Mapping[str, Any]]) -> dict[int, tuple[Share, ...]]:
        """Read what a person said of lines; InvalidInput for a line, an invoice or an amount that can't be."""
        lines = {self._digests[line.position][:_ID_DIGITS]: line for line in self._file.lines}
        found = {}
        for position, answer in enumerate(answers):
            path = f"confirmations[{position}]"
            line = lines.get(answer["entry"])
            if line is None:
                raise InvalidInput("bank_entry_unknown", path=f"{path}.entry", value=answer["entry"])
            if self._known.get(self._digests[line.position], (0, line.cents))[1] <= 0:
                continue  # booked before: the same answer again changes nothing
            found[line.position] = self._shares(line, answer["invoices"], f"{path}.invoices")
        return found

    def _shares(self, line: BankLine, said: Sequence[Mapping[str, Any]], path: str) -> tuple[Share, ...]:
        shares = []
        for place, one in enumerate(said):
            number, amount = one["invoice"], one.get("amount")
            if number not in self._invoices:
                raise InvalidInput("invoice_unknown", path=f"{path}[{place}].invoice", value=number)
            if amount == 0 or (amount is None and len(said) > 1):
                raise InvalidInput("bank_amount_missing", path=f"{path}[{place}].amount", value=number)
            shares.append(Share(number, line.cents if amount is None else amount))
        digest = self._digests[line.position]
        left = self._known[digest][1] if digest in self._known else line.cents
        total = sum(share.cents for share in shares)
        if not 0 < total <= left or len({share.number for share in shares}) < len(shares):
            amounts = {"value": format_cents(total), "most": format_cents(left)}
            raise InvalidInput("bank_amount_differs", path=path, **amounts)
        return tuple(shares)

    def contracts(self, report: BankReport) -> list[int]:
        """Give the contracts whose invoices a report pays."""
        shares = (share for one in report.lines if one.match.state is State.PAYS for share in one.match.shares)
        return sorted({self._invoices[share.number].contract_id for share in shares})

    def store(self, report: BankReport) -> None:
        """Write entries and payments, and what was done into the audit log."""
        paying = [one for one in report.lines if one.match.state is State.PAYS]
        numbers = {share.number for one in paying for share in one.match.shares}
        invoices = {
            one.number: one for one in self._session.exec(select(Invoice).where(col(Invoice.number).in_(numbers)))
        }
        for one in paying:
            entry_id = self._entry(one.line)
            for share in one.match.shares:
                payment = Payment(
                    invoice_id=id_of(invoices[share.number]),
                    paid_on=one.line.valued_on,
                    amount_cents=share.cents,
                    bank_entry_id=entry_id,
                    **self._act.record(),
                )
                put(self._session, payment)
                note_payment(self._session, self._act, invoices[share.number], payment, bank_entry=entry_id)
        told = {"lines": len(report.lines), "payments": report.payments, "debits": report.file.debits}
        audit(self._session, self._act, "bank_file_booked", f"bank_file:{self._sha256}", **told)

    def _entry(self, line: BankLine) -> int:
        """Give the row of a line, a new one unless its payments were all taken back."""
        digest = self._digests[line.position]
        if digest in self._known:
            return self._known[digest][0]
        entry = BankEntry(
            digest=digest,
            file_sha256=self._sha256,
            account=line.iban,
            booked_on=line.booked_on,
            valued_on=line.valued_on,
            amount_cents=line.cents,
            bank_reference=line.bank_reference or None,
            end_to_end=line.end_to_end or None,
            remittance=line.remittance or None,
            debtor=line.debtor or None,
            debtor_iban=line.debtor_iban or None,
            **self._act.record(),
        )
        put(self._session, entry)
        return id_of(entry)
