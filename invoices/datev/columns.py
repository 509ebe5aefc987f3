"""The columns of a DATEV booking batch (Buchungsstapel) of format version 13, by position: DATEV reads no names."""

from collections.abc import Iterator

_FIRST = """Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Kurs;Basis-Umsatz;WKZ Basis-Umsatz;Konto;\
Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel;Belegdatum;Belegfeld 1;Belegfeld 2;Skonto;Buchungstext;Postensperre;\
Diverse Adressnummer;Geschäftspartnerbank;Sachverhalt;Zinssperre;Beleglink"""

_MIDDLE = """KOST1 - Kostenstelle;KOST2 - Kostenstelle;Kost-Menge;EU-Land u. UStID (Bestimmung);\
EU-Steuersatz (Bestimmung);Abw. Versteuerungsart;Sachverhalt L+L;Funktionsergänzung L+L;BU 49 Hauptfunktionstyp;\
BU 49 Hauptfunktionsnummer;BU 49 Funktionsergänzung"""

_LAST = """Stück;Gewicht;Zahlweise;Forderungsart;Veranlagungsjahr;Zugeordnete Fälligkeit;Skontotyp;Auftragsnummer;\
Buchungstyp;USt-Schlüssel (Anzahlungen);EU-Land (Anzahlungen);Sachverhalt L+L (Anzahlungen);\
EU-Steuersatz (Anzahlungen);Erlöskonto (Anzahlungen);Herkunft-Kz;Buchungs GUID;KOST-Datum;SEPA-Mandatsreferenz;\
Skontosperre;Gesellschaftername;Beteiligtennummer;Identifikationsnummer;Zeichnernummer;Postensperre bis;\
Bezeichnung SoBil-Sachverhalt;Kennzeichen SoBil-Buchung;Festschreibung;Leistungsdatum;Datum Zuord. Steuerperiode;\
Fälligkeit;Generalumkehr (GU);Steuersatz;Land;Abrechnungsreferenz;BVV-Position;EU-Land u. UStID (Ursprung);\
EU-Steuersatz (Ursprung);Abw. Skontokonto"""


def _all() -> Iterator[str]:
    yield from _FIRST.split(";")
    for number in range(1, 9):
        yield from (f"Beleginfo - Art {number}", f"Beleginfo - Inhalt {number}")
    yield from _MIDDLE.split(";")
    for number in range(1, 21):
        yield from (f"Zusatzinformation - Art {number}", f"Zusatzinformation- Inhalt {number}")
    yield from _LAST.split(";")


COLUMNS = tuple(_all())
"""The names of the second line, as DATEV's sample files write them."""

TEXTS = frozenset(
    [
        *(2, 3, 6, 9, 11, 12, 14, 16, *range(20, 39), 40, 42, *range(48, 88)),
        *(91, 95, 96, 98, 102, 103, 105, 107, 109, 110, 112, 118, 120, 121, 123),
    ]
)
"""Positions (from 1) of texts: in quotes, also when empty."""
