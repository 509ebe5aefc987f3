"""Bank statements as German banks write them, made for tests: CAMT.053 in the versions 001.02 and 001.08.

001.02, as savings banks deliver it: the name of a debtor right below `Dbtr`, the status as a text, and what the payer
wrote in `Ustrd`, some banks with the old marks EREF+ and SVWZ+ in it. 001.08, as cooperative banks do since 2025: a
`Pty` around the name, the status as a code, the amount in each part of a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

OURS = "DE02120300000000202051"
PAYER = "DE89370400440532013000"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One transfer, as an entry of its own or as a part of a batch."""

    amount: str = "119.00"
    remittance: tuple[str, ...] = ("RE-2026-0001",)
    debtor: str = "Wohnbau Süd GmbH"
    iban: str = PAYER
    end_to_end: str = "NOTPROVIDED"
    reference: str = ""
    currency: str = "EUR"
    returned: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a statement with its transfers; `amount` is their sum if not said otherwise."""

    transfers: tuple[Transfer, ...] = (Transfer(),)
    amount: str = ""
    currency: str = "EUR"
    direction: str = "CRDT"
    status: str = "BOOK"
    reversal: bool = False
    booked: str = "2026-08-03"
    valued: str = "2026-08-03"
    reference: str = "2026080312345678000"
    announced: int = 0
    with_parts: bool = True


def entry(amount: str = "119.00", *remittance: str, **more) -> Entry:
    """Give an entry of one transfer; what belongs to the entry itself may be said as well."""
    own = {name: more.pop(name) for name in list(more) if name in Entry.__dataclass_fields__ and name != "currency"}
    own.setdefault("currency", more.get("currency", "EUR"))
    reference = own.pop("reference", f"REF-{amount}-{'-'.join(remittance)}")
    return Entry(transfers=(Transfer(amount=amount, remittance=remittance, **more),), reference=reference, **own)


def statement(*entries: Entry, iban: str = OURS, version: str = "02") -> str:
    """Give one statement of an account."""
    return (
        f"<Stmt><Id>2026-{iban[-4:]}</Id><ElctrncSeqNb>147</ElctrncSeqNb><CreDtTm>2026-08-04T05:12:33+02:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>ImmoInvent GmbH</Nm></Ownr></Acct>"
        '<Bal><Tp><CdOrPrtry><Cd>PRCD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        "<Dt><Dt>2026-08-03</Dt></Dt></Bal>"
        f"{''.join(_entry(one, version) for one in entries)}</Stmt>"
    )


def camt(*entries: Entry, version: str = "02", iban: str = OURS, more: Sequence[str] = ()) -> bytes:
    """Give a file with a statement of these entries, and `more` statements."""
    return wrapped(statement(*entries, iban=iban, version=version) + "".join(more), version)


def wrapped(statements: str, version: str = "02") -> bytes:
    """Give a file of these statements."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{NAMESPACE}{version}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        "<BkToCstmrStmt><GrpHdr><MsgId>053D2026080400001</MsgId><CreDtTm>2026-08-04T05:12:33+02:00</CreDtTm></GrpHdr>\n"
        f"{statements}</BkToCstmrStmt></Document>\n"
    ).encode()


def _entry(one: Entry, version: str) -> str:
    cents = sum(round(float(part.amount) * 100) for part in one.transfers)
    amount = one.amount or f"{cents // 100}.{cents % 100:02d}"
    status = one.status if version == "02" else f"<Cd>{one.status}</Cd>"
    reversal = "<RvslInd>true</RvslInd>" if one.reversal else ""
    several = len(one.transfers) > 1
    batch = f"<Btch><NbOfTxs>{one.announced or len(one.transfers)}</NbOfTxs></Btch>" if several or one.announced else ""
    parts = "".join(_part(part, one, version, several=several) for part in one.transfers) if one.with_parts else ""
    reference = f"<AcctSvcrRef>{one.reference}</AcctSvcrRef>" if one.reference else ""
    return (
        f'<Ntry><Amt Ccy="{one.currency}">{amount}</Amt><CdtDbtInd>{one.direction}</CdtDbtInd>{reversal}'
        f"<Sts>{status}</Sts><BookgDt><Dt>{one.booked}</Dt></BookgDt><ValDt><Dt>{one.valued}</Dt></ValDt>{reference}"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
        "<Prtry><Cd>NTRF+166+9248</Cd><Issr>DK</Issr></Prtry></BkTxCd>"
        f"<NtryDtls>{batch}{parts}</NtryDtls><AddtlNtryInf>GUTSCHR. UEBERWEISUNG</AddtlNtryInf></Ntry>\n"
    )


def _part(part: Transfer, one: Entry, version: str, *, several: bool) -> str:
    reference = f"<AcctSvcrRef>{part.reference}</AcctSvcrRef>" if part.reference else ""
    money = f'<Amt Ccy="{part.currency}">{part.amount}</Amt>'
    if not several:
        amount = ""
    elif version == "02":
        amount = f"<AmtDtls><TxAmt>{money}</TxAmt></AmtDtls>"
    else:
        amount = f"{money}<CdtDbtInd>{one.direction}</CdtDbtInd>"
    name = f"<Nm>{escape(part.debtor)}</Nm>"
    party = name if version == "02" else f"<Pty>{name}</Pty>"
    lines = "".join(f"<Ustrd>{escape(line)}</Ustrd>" for line in part.remittance)
    returned = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>" if part.returned else ""
    return (
        f"<TxDtls><Refs>{reference}<EndToEndId>{escape(part.end_to_end)}</EndToEndId></Refs>{amount}"
        f"<RltdPties><Dbtr>{party}</Dbtr><DbtrAcct><Id><IBAN>{part.iban}</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf>{lines}</RmtInf>{returned}</TxDtls>"
    )
