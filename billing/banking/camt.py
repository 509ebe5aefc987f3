"""CAMT.053, the bank statement of ISO 20022, as German banks write it in the versions 001.02 and 001.08.

The few fields that payments need are read here, because the readers that could be had join the parts of a batch, forget
the account, or bring a web server along (decision 32).
"""

import re
from collections import Counter
from datetime import date
from typing import NamedTuple, NoReturn

from lxml import etree

from billing.banking.lines import EURO, BankFile, BankLine, Obstacle
from billing.banking.safe_xml import read_xml
from billing.errors import InvalidInput

_KIND = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(camt\.05[234]\.001\.[0-9]{2})\}Document")
_STATEMENT = "camt.053."
_AMOUNT = re.compile(r"([0-9]{1,13})(?:[.]([0-9]{0,2})0{0,3})?")
_NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED"})
_BOOKED = "BOOK"
_CREDIT, _DEBIT = "CRDT", "DBIT"
_TAKEN_BACK = {_CREDIT: Obstacle.REVERSAL, _DEBIT: Obstacle.RETURNED}


class _Amount(NamedTuple):
    cents: int
    currency: str


class _Said(NamedTuple):
    """Who paid, and what he wrote."""

    debtor: str = ""
    debtor_iban: str = ""
    end_to_end: str = ""
    remittance: str = ""


def read_camt(content: bytes, name: str = "", path: str = "file") -> BankFile:
    """Read a file of bank statements; nothing of it is guessed.

    InvalidInput `not_camt053` for any other file, `bank_file_damaged` (with the line) when an entry lacks its amount,
    direction, day or account.
    """
    root = read_xml(content, name, path)
    kind = _KIND.fullmatch(str(root.tag))
    if kind is None or not kind[1].startswith(_STATEMENT):
        raise InvalidInput("not_camt053", path=path, value=name, kind=kind[1] if kind else etree.QName(root).localname)
    return _Reader(path).file(root, kind[1])


class _Reader:
    """Reads one file; counts its lines, and how often the same content came."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lines: list[BankLine] = []
        self._same: Counter[tuple[str, ...]] = Counter()
        self._debits = self._pending = 0

    def file(self, root: etree._Element, version: str) -> BankFile:
        accounts = set()
        for statement in root.findall("{*}BkToCstmrStmt/{*}Stmt"):
            iban = _text(statement, "Acct/Id/IBAN").replace(" ", "").upper()
            if not iban:
                self._damaged(statement, "Acct/Id/IBAN")
            accounts.add(iban)
            for entry in statement.findall("{*}Ntry"):
                self._entry(iban, entry)
        return BankFile(
            version=version,
            accounts=frozenset(accounts),
            lines=tuple(self._lines),
            debits=self._debits,
            pending=self._pending,
        )

    def _entry(self, iban: str, entry: etree._Element) -> None:
        direction = _text(entry, "CdtDbtInd")
        if direction not in _TAKEN_BACK:
            self._damaged(entry, "CdtDbtInd")
        taken_back = _text(entry, "RvslInd").lower() in ("true", "1") or _has(entry, "NtryDtls/TxDtls/RtrInf")
        if (_text(entry, "Sts/Cd") or _text(entry, "Sts")) != _BOOKED:
            self._pending += 1
        elif direction == _DEBIT and not taken_back:
            self._debits += 1
        else:
            self._parts(iban, entry, _TAKEN_BACK[direction] if taken_back else None)

    def _parts(self, iban: str, entry: etree._Element, obstacle: Obstacle | None) -> None:
        """Take an entry apart into its transfers, or leave it whole where its parts do not add up to it."""
        whole = self._amount(entry, "Amt")
        parts = entry.findall(_within("NtryDtls/TxDtls"))
        if len(parts) <= 1:
            several = _text(entry, "NtryDtls/Btch/NbOfTxs") not in ("", "0", "1")
            unsplit = Obstacle.BATCH_UNSPLIT if several else None
            self._line(iban, entry, parts[0] if parts else None, whole, obstacle or unsplit)
            return
        shares = [self._share(part, entry) for part in parts]
        currencies = {share.currency for share in shares}
        if currencies != {whole.currency} or sum(share.cents for share in shares) != whole.cents:
            self._line(iban, entry, None, whole, obstacle or Obstacle.BATCH_UNSPLIT)
            return
        for place, (part, share) in enumerate(zip(parts, shares, strict=True)):
            self._line(iban, entry, part, share, obstacle, place)

    def _share(self, part: etree._Element, entry: etree._Element) -> _Amount:
        """Give the amount of one transfer of a batch; none when it does not say, or goes the other way."""
        place = next((one for one in ("Amt", "AmtDtls/TxAmt/Amt") if _has(part, one)), None)
        if place is None or _text(part, "CdtDbtInd") not in ("", _text(entry, "CdtDbtInd")):
            return _Amount(0, "")
        return self._amount(part, place)

    def _line(
        self,
        iban: str,
        entry: etree._Element,
        part: etree._Element | None,
        amount: _Amount,
        obstacle: Obstacle | None,
        place: int = 0,
    ) -> None:
        booked = self._day(entry, "BookgDt")
        said = _Said(remittance=_text(entry, "AddtlNtryInf")) if part is None else _said(part)
        references = [_reference(entry, "AcctSvcrRef"), "" if part is None else _reference(part, "Refs/AcctSvcrRef")]
        content = (*references, str(place)) if any(references) else tuple(said)
        identity = (iban, booked.isoformat(), str(amount.cents), amount.currency, *content)
        again = self._same[identity]
        self._same[identity] += 1
        self._lines.append(
            BankLine(
                position=len(self._lines) + 1,
                iban=iban,
                booked_on=booked,
                valued_on=self._day(entry, "ValDt") if _has(entry, "ValDt") else booked,
                cents=amount.cents,
                currency=amount.currency,
                debtor=said.debtor,
                debtor_iban=said.debtor_iban,
                end_to_end=said.end_to_end,
                remittance=said.remittance,
                bank_reference=next((one for one in reversed(references) if one), ""),
                identity=(*identity, str(again)),
                obstacle=obstacle or (Obstacle.FOREIGN_CURRENCY if amount.currency != EURO else None),
            )
        )

    def _amount(self, parent: etree._Element, place: str) -> _Amount:
        found = parent.find(_within(place))
        match = None if found is None else _AMOUNT.fullmatch((found.text or "").strip())
        if found is None or match is None or not found.get("Ccy"):
            self._damaged(parent, place)
        return _Amount(int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")), str(found.get("Ccy")))

    def _day(self, entry: etree._Element, place: str) -> date:
        """Give a day; of a moment the day that the bank wrote, whatever its offset."""
        text = _text(entry, f"{place}/Dt") or _text(entry, f"{place}/DtTm")
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self._damaged(entry, place)

    def _damaged(self, parent: etree._Element, place: str) -> NoReturn:
        raise InvalidInput("bank_file_damaged", path=self._path, value=place, line=parent.sourceline)


def _said(part: etree._Element) -> _Said:
    """Read who paid and what he wrote; 001.08 puts a `Pty` between the debtor and his name."""
    parties = "RltdPties/"
    names = (f"{parties}{place}" for place in ("UltmtDbtr/Pty/Nm", "UltmtDbtr/Nm", "Dbtr/Pty/Nm", "Dbtr/Nm"))
    end_to_end = _reference(part, "Refs/EndToEndId")
    words = [_words(found.text) for found in part.findall(_within("RmtInf/Ustrd"))]
    words += [_words(found.text) for found in part.findall(_within("RmtInf/Strd/CdtrRefInf/Ref"))]
    words += [_words(found.text) for found in part.findall(_within("RmtInf/Strd/RfrdDocInf/Nb"))]
    return _Said(
        debtor=next((name for name in (_text(part, place) for place in names) if name), ""),
        debtor_iban=_text(part, f"{parties}DbtrAcct/Id/IBAN").replace(" ", "").upper(),
        end_to_end=end_to_end,
        remittance=" ".join(word for word in words if word) or _words(_text(part, "AddtlTxInf")),
    )


def _reference(parent: etree._Element, place: str) -> str:
    """Give a reference, or nothing where the bank wrote that there is none."""
    text = _text(parent, place)
    return "" if text.upper() in _NO_REFERENCE else text


def _within(place: str) -> str:
    """Write a path of names for any version's namespace."""
    return "/".join(f"{{*}}{name}" for name in place.split("/"))


def _has(parent: etree._Element, place: str) -> bool:
    return parent.find(_within(place)) is not None


def _text(parent: etree._Element, place: str) -> str:
    found = parent.find(_within(place))
    return "" if found is None else _words(found.text)


def _words(text: str | None) -> str:
    """Give a text on one line, without what can't be read."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text or "").split())
