"""Which invoices a transfer pays. Only what its text says is taken; all else is a proposal that a person confirms.

A number is found however it was typed - blanks, case, hyphens left out - but never from a part of it. Several numbers
in one transfer are taken when their open amounts are exactly its sum.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from billing.banking.lines import BankLine, Obstacle


class State(StrEnum):
    """What is to become of a line."""

    PAYS = "pays"
    """It says which invoices it pays: booked without a question."""
    ASK = "ask"
    """A person must say which invoices it pays."""
    NONE = "none"
    """It can be no payment, or nothing in it leads to an invoice."""
    KNOWN = "known"
    """It was booked before."""


class Why(StrEnum):
    """Why a line has its state."""

    NUMBER = "number"
    WITH_COSTS = "with_costs"
    SEVERAL_NUMBERS = "several_numbers"
    CONFIRMED = "confirmed"
    TOO_MUCH = "too_much"
    PAID_ALREADY = "paid_already"
    CANCELLED = "cancelled"
    SUM_DIFFERS = "sum_differs"
    AMOUNT_AND_NAME = "amount_and_name"
    NO_NUMBER = "no_number"
    OTHER_ACCOUNT = "other_account"
    BOOKED_BEFORE = "booked_before"
    FOREIGN_CURRENCY = "foreign_currency"
    REVERSAL = "reversal"
    RETURNED = "returned"
    BATCH_UNSPLIT = "batch_unsplit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An invoice as far as a transfer may speak of it; `debtor` is the controller's name.

    `costs_cents` are those of default that a reminder asked for: an exact sum with them pays both.
    """

    number: str
    open_cents: int
    debtor: str
    costs_cents: int = 0
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """What of a transfer pays which invoice."""

    number: str
    cents: int


@dataclass(frozen=True, slots=True)
class Match:
    """What is to become of a line: when it `PAYS`, `shares` add up to it; to `ASK`, they are what it may mean."""

    line: BankLine
    state: State
    why: Why
    shares: tuple[Share, ...] = ()


def match_lines(
    lines: Sequence[BankLine],
    claims: Iterable[Claim],
    *,
    accounts: frozenset[str],
    known: frozenset[int],
    confirmed: Mapping[int, tuple[Share, ...]],
) -> list[Match]:
    """Match lines in their order, each to what the ones before it left open.

    `accounts` are our own IBANs; `known` the positions of lines that were booked before; `confirmed` what a person said
    of lines, which is taken as it is.
    """
    matcher = _Matcher(list(claims), accounts)
    found = []
    for line in lines:
        if line.position in known:
            match = Match(line, State.KNOWN, Why.BOOKED_BEFORE)
        elif obstacle := matcher.obstacle(line):
            match = Match(line, State.NONE, obstacle)
        elif line.position in confirmed:
            match = Match(line, State.PAYS, Why.CONFIRMED, confirmed[line.position])
        else:
            match = matcher.match(line)
        matcher.take(match)
        found.append(match)
    return found


def spoken_of(lines: Iterable[BankLine], numbers: Iterable[str]) -> set[str]:
    """Give the numbers that may stand in the lines: few of many, so that only these need be looked at closely."""
    texts = [_plain(text) for line in lines for text in line.texts]
    return {number for number in numbers if any(_plain(number) in text for text in texts)}


class _Matcher:
    """The invoices, and what is open of each after the lines so far."""

    def __init__(self, claims: list[Claim], accounts: frozenset[str]) -> None:
        self._claims = {claim.number: claim for claim in claims}
        self._open = {claim.number: claim.open_cents for claim in claims}
        self._plain = [(_plain(number), number) for number in self._claims]
        self._accounts = accounts

    def obstacle(self, line: BankLine) -> Why | None:
        """Give why a line can be no payment of ours at all."""
        if line.iban not in self._accounts:
            return Why.OTHER_ACCOUNT
        return None if line.obstacle is None else _WHY[line.obstacle]

    def match(self, line: BankLine) -> Match:
        """Match a line by the numbers it names, without any by amount and name."""
        numbers = self._named(line) if line.cents else []
        if len(numbers) > 1:
            return self._several(line, numbers)
        if numbers:
            return self._one(line, numbers[0])
        same = [
            Share(number, line.cents)
            for number, claim in self._claims.items()
            if self._open[number] == line.cents > 0
            and not claim.is_cancelled
            and _plain(claim.debtor) == _plain(line.debtor)
        ]
        if same:
            return Match(line, State.ASK, Why.AMOUNT_AND_NAME, tuple(same))
        return Match(line, State.NONE, Why.NO_NUMBER)

    def take(self, match: Match) -> None:
        """Take what a line pays off what is open."""
        if match.state is State.PAYS:
            for share in match.shares:
                self._open[share.number] -= share.cents

    def _named(self, line: BankLine) -> list[str]:
        texts = [text.upper() for text in line.texts]
        plain = [_plain(text) for text in texts]
        likely = (number for short, number in self._plain if any(short in text for text in plain))
        return [number for number in likely if any(_pattern(number).search(text) for text in texts)]

    def _one(self, line: BankLine, number: str) -> Match:
        left, share = self._open[number], (Share(number, line.cents),)
        if self._claims[number].is_cancelled:
            return Match(line, State.ASK, Why.CANCELLED, share)
        if left <= 0:
            return Match(line, State.ASK, Why.PAID_ALREADY, share)
        if line.cents == left + self._claims[number].costs_cents > left:
            return Match(line, State.PAYS, Why.WITH_COSTS, share)
        if line.cents > left:
            return Match(line, State.ASK, Why.TOO_MUCH, share)
        return Match(line, State.PAYS, Why.NUMBER, share)

    def _several(self, line: BankLine, numbers: list[str]) -> Match:
        shares = tuple(Share(number, self._open[number]) for number in numbers)
        fits = sum(share.cents for share in shares) == line.cents and all(share.cents > 0 for share in shares)
        if fits and not any(self._claims[number].is_cancelled for number in numbers):
            return Match(line, State.PAYS, Why.SEVERAL_NUMBERS, shares)
        return Match(line, State.ASK, Why.SUM_DIFFERS, shares)


_WHY = {
    Obstacle.FOREIGN_CURRENCY: Why.FOREIGN_CURRENCY,
    Obstacle.REVERSAL: Why.REVERSAL,
    Obstacle.RETURNED: Why.RETURNED,
    Obstacle.BATCH_UNSPLIT: Why.BATCH_UNSPLIT,
}


def _plain(text: str) -> str:
    """Give letters and digits alone, in capitals."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


@cache
def _pattern(number: str) -> re.Pattern[str]:
    """Find a number with anything but letters and digits between its signs; a longer number does not hold it."""
    between = r"[^A-Z0-9]{0,3}"
    return re.compile(rf"(?<![A-Z0-9]){between.join(map(re.escape, _plain(number)))}(?![0-9])")
