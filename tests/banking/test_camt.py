"""CAMT.053 files into lines: every transfer once, with its own amount, and nothing that the bank did not book."""

from datetime import date

import pytest

from billing.banking.camt import read_camt
from billing.banking.lines import Obstacle
from billing.errors import InvalidInput
from tests.banking.statements import NAMESPACE, OURS, PAYER, Entry, Transfer, camt, entry, statement, wrapped

VERSIONS = pytest.mark.parametrize("version", ["02", "08"])


@VERSIONS
def test_a_transfer_with_all_that_is_known_of_it(version):
    file = read_camt(
        camt(entry("119.00", "Rechnung RE-2026-", "0001 Danke", end_to_end="KD-77", reference="R1"), version=version)
    )
    (line,) = file.lines
    assert (file.version, sorted(file.accounts)) == (f"camt.053.001.{version}", [OURS])
    assert (line.iban, line.cents, line.currency, line.obstacle) == (OURS, 11900, "EUR", None)
    assert (line.booked_on, line.valued_on) == (date(2026, 8, 3), date(2026, 8, 3))
    assert (line.debtor, line.debtor_iban, line.end_to_end) == ("Wohnbau Süd GmbH", PAYER, "KD-77")
    assert (line.remittance, line.bank_reference) == ("Rechnung RE-2026- 0001 Danke", "R1")


def test_marks_of_the_old_format_stay_in_the_text():
    (line,) = read_camt(camt(entry("119.00", "EREF+NOTPROVIDED", "SVWZ+RE-2026-0001"))).lines
    assert (line.end_to_end, line.remittance) == ("", "EREF+NOTPROVIDED SVWZ+RE-2026-0001")


@VERSIONS
def test_a_batch_is_taken_apart_when_its_parts_add_up(version):
    parts = (Transfer(amount="119.00"), Transfer(amount="238.00", remittance=("RE-2026-0002",), debtor="Klinikum"))
    lines = read_camt(camt(Entry(transfers=parts), version=version)).lines
    assert [(line.cents, line.debtor, line.remittance, line.obstacle) for line in lines] == [
        (11900, "Wohnbau Süd GmbH", "RE-2026-0001", None),
        (23800, "Klinikum", "RE-2026-0002", None),
    ]
    assert len({line.identity for line in lines}) == 2


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(Entry(transfers=(Transfer(), Transfer()), amount="239.00"), id="parts of another sum"),
        pytest.param(
            Entry(transfers=(Transfer(), Transfer(currency="USD")), amount="238.00"), id="parts in another currency"
        ),
        pytest.param(Entry(announced=3, with_parts=False, amount="357.00"), id="a sum without parts"),
        pytest.param(Entry(announced=3, amount="357.00"), id="one part of three"),
    ],
)
def test_a_batch_that_does_not_add_up_stays_whole_and_is_nobodys_payment(whole):
    (line,) = read_camt(camt(whole)).lines
    assert line.obstacle is Obstacle.BATCH_UNSPLIT


@pytest.mark.parametrize(
    ("one", "obstacle"),
    [
        pytest.param(entry("119.00", reversal=True), Obstacle.REVERSAL, id="a debit of ours that came back"),
        pytest.param(entry("119.00", returned=True), Obstacle.REVERSAL, id="a transfer of ours that was returned"),
        pytest.param(
            entry("119.00", reversal=True, direction="DBIT"), Obstacle.RETURNED, id="a payment that was taken back"
        ),
        pytest.param(entry("119.00", currency="CHF"), Obstacle.FOREIGN_CURRENCY, id="another currency"),
    ],
)
def test_what_is_no_payment_is_told_apart(one, obstacle):
    (line,) = read_camt(camt(one)).lines
    assert line.obstacle is obstacle


@VERSIONS
def test_debits_and_pending_entries_are_counted_only(version):
    file = read_camt(
        camt(
            entry("10.00", direction="DBIT"),
            entry("20.00", direction="DBIT"),
            entry("119.00", status="PDNG"),
            entry("30.00", direction="DBIT", status="PDNG"),
            entry("40.00", status="INFO"),
            version=version,
        )
    )
    assert (file.lines, file.debits, file.pending) == ((), 2, 3)


def test_each_statement_keeps_its_account():
    other = "DE75512108001245126199"
    file = read_camt(camt(entry("1.00"), more=[statement(entry("2.00"), iban=other)]))
    assert sorted(file.accounts) == [OURS, other]
    assert [(line.iban, line.cents) for line in file.lines] == [(OURS, 100), (other, 200)]


def test_a_file_without_entries_has_no_lines():
    assert read_camt(camt()).lines == ()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        pytest.param(entry("1.00", "x"), entry("1.00", "x"), True, id="the same entry in another file"),
        pytest.param(
            entry("1.00", "x", reference="A"), entry("1.00", "y", reference="A"), True, id="known by its reference"
        ),
        pytest.param(entry("1.00", reference="A"), entry("1.00", reference="B"), False, id="another reference"),
        pytest.param(entry("1.00", reference="A"), entry("2.00", reference="A"), False, id="another amount"),
        pytest.param(
            entry("1.00", "x", reference="NONREF"),
            entry("1.00", "y", reference="NONREF"),
            False,
            id="without a reference known by its content",
        ),
        pytest.param(entry("1.00", "x", reference=""), entry("1.00", "x", reference=""), True, id="the same content"),
    ],
)
def test_what_tells_entries_apart(first, second, same):
    (one,), (other,) = read_camt(camt(first)).lines, read_camt(camt(second, version="08")).lines
    assert (one.identity == other.identity) is same


def test_two_equal_entries_of_one_file_are_two():
    twice = read_camt(camt(entry("1.00", reference=""), entry("1.00", reference=""))).lines
    assert len({line.identity for line in twice}) == 2


@pytest.mark.parametrize(
    ("text", "cents"),
    [("119", 11900), ("119.5", 11950), ("119.50", 11950), ("119.50000", 11950), ("0.01", 1), ("1234567.89", 123456789)],
)
def test_amounts_are_exact(text, cents):
    (line,) = read_camt(camt(Entry(amount=text))).lines
    assert line.cents == cents


@pytest.mark.parametrize("text", ["119.005", "-119.00", "1e3", "NaN", "119,00", "", "99999999999999"])
def test_an_amount_that_is_none_names_its_line(text):
    with pytest.raises(InvalidInput, match="bank_file_damaged") as refused:
        read_camt(camt(entry("1.00"), Entry(amount=text or " ")))
    assert refused.value.fields["value"] == "Amt"
    assert refused.value.fields["line"] == 5


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>", "CdtDbtInd"),
        ("<BookgDt><Dt>2026-08-03", "<BookgDt><Dt>3.8.2026", "BookgDt"),
        (f"<Acct><Id><IBAN>{OURS}</IBAN>", "<Acct><Id>", "Acct/Id/IBAN"),
        (' Ccy="EUR">119.00', ">119.00", "Amt"),
    ],
)
def test_what_an_entry_must_say(before, after, place):
    content = camt(entry("119.00")).decode()
    assert before in content
    with pytest.raises(InvalidInput, match="bank_file_damaged") as refused:
        read_camt(content.replace(before, after).encode())
    assert refused.value.fields["value"] == place


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "file_is_empty", id="nothing"),
        pytest.param(b"  \n", "file_is_empty", id="blanks"),
        pytest.param(b"Auftragskonto;Buchungstag;Betrag\n", "not_xml", id="the bank's CSV"),
        pytest.param(b"PK\x03\x04\xff\xfe", "bank_file_not_utf8", id="a ZIP of statements"),
        pytest.param(b"<a>", "not_xml", id="XML that breaks off"),
        pytest.param(b"<html><body/></html>", "not_camt053", id="a page"),
        pytest.param(b'<Document xmlns="urn:x"/>', "not_camt053", id="another document"),
        pytest.param(camt().replace(b"camt.053", b"camt.052"), "not_camt053", id="an interim report"),
        pytest.param(camt().replace(b"camt.053", b"pain.001"), "not_camt053", id="an order to the bank"),
        pytest.param(camt().replace(b"?>\n", b"?>" + BOMB.encode()), "xml_with_doctype", id="entities in entities"),
        pytest.param(
            b'<!docTYPE x SYSTEM "file:///etc/passwd"><x/>', "xml_with_doctype", id="a file of ours in small letters"
        ),
        pytest.param(camt(entry()).decode().encode("utf-16"), "bank_file_not_utf8", id="UTF-16"),
        pytest.param(camt(entry()).decode().encode("cp1252"), "bank_file_not_utf8", id="Windows-1252"),
        pytest.param(b"<a>" * 1000 + b"</a>" * 1000, "not_xml", id="a thousand levels"),
        pytest.param(b"<a>\0</a>", "not_xml", id="a zero byte"),
        pytest.param(b"<a>" + b" " * 10_485_760 + b"</a>", "file_too_large", id="more than 10 MB"),
    ],
)
def test_other_and_hostile_files_are_refused_before_anything_is_read(content, code):
    with pytest.raises(InvalidInput, match=code):
        read_camt(content)


def test_a_declared_encoding_hides_nothing():
    """In UTF-7 `+ADw-!DOCTYPE` is a document type; read as the UTF-8 it is, it is a text."""
    content = camt(entry("1.00", "+ADw-!DOCTYPE x+AD4-")).replace(b'"UTF-8"', b'"UTF-7"')
    assert read_camt(content).lines[0].remittance == "+ADw-!DOCTYPE x+AD4-"


def test_instructions_and_comments_in_a_file_are_not_read():
    noise = b"<!-- <Ntry/> --><?php system('x') ?>"
    assert len(read_camt(camt(entry("1.00")).replace(b"<GrpHdr>", noise + b"<GrpHdr>")).lines) == 1


def test_signs_that_nobody_sees_are_taken_out():
    (line,) = read_camt(camt(entry("1.00", "RE\u202e-2026\u200b-0001"))).lines
    assert line.remittance == "RE -2026 -0001"


def test_every_version_of_the_statement_is_read():
    assert NAMESPACE.startswith("urn:iso:std:iso:20022")
    assert read_camt(wrapped(statement(entry("1.00"), version="08"), "13")).version == "camt.053.001.13"
