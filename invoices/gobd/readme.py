"""LIESMICH.txt: what the package holds, table by table and column by column, for a person."""

from collections.abc import Mapping, Sequence

from invoices.gobd.index_xml import Described, Form
from invoices.gobd.verifying import PUBLIC_KEY, SIGNATURE, SUMS

_FORMS = {Form.TEXT: "Text", Form.DAY: "Datum", Form.WHOLE: "Zahl", Form.MONEY: "Betrag"}
_HEAD = """Datenträgerüberlassung (Z3) {year}: {company}

Dieses Paket enthält alles, worauf die Abrechnung des Jahres {year} beruht: Dokumente, die {year} ausgestellt wurden
oder Leistungen aus {year} abrechnen, die Monatsabschlüsse dazu mit jeder entschiedenen Minute und ihrer Vertragsziffer,
die Arbeit, Freigaben und Auslagen dahinter, und was danach geschah (Zustellung, Zugang, Zahlung, Mahnung, Buchung).
Stammdaten, Fassungen der Regeln und das Protokoll sind vollständig.

Dateien
- index.xml beschreibt die Tabellen nach dem Beschreibungsstandard der Finanzverwaltung (gdpdu-01-09-2004.dtd; die DTD
  gehört Dritten und liegt der Prüfsoftware bei).
- *.csv sind die Tabellen: UTF-8, Trennzeichen Semikolon, Texte wo nötig in Anführungszeichen, Dezimalkomma, Zeilenende
  CR LF, die erste Zeile nennt die Spalten. Zeitpunkte sind in UTC. Zeilenumbrüche in Texten sind Leerzeichen.
- dateien/ enthält die Dokumente (PDF, XML, Nachweise) und Belege, wie sie gespeichert sind; stored_file.csv nennt zu
  jeder ihren Pfad und ihre Prüfsumme.
- {sums} nennt die SHA-256 aller Dateien: sha256sum -c {sums}. {signature} ist die Ed25519-Signatur darüber,
  {key} der öffentliche Schlüssel. mehraufwand verify-package ORDNER prüft beides.

Personen
Mitarbeitende stehen nur mit einem Pseudonym da, das in jedem Paket dasselbe ist; wer wer ist, sagt das Unternehmen,
wenn die Prüfung es verlangt. Das Protokoll (audit_log.csv) ist unverändert, weil seine Prüfsummen sonst nicht mehr
stimmen.

Wie das Protokoll geprüft wird
hash ist die SHA-256 aus prev_hash und dem Inhalt der Zeile; prev_hash ist der hash der vorigen Zeile. mehraufwand
verify prüft die Kette im System. Fehlen die ersten Nummern, so nennt retention_record.csv ihre Löschung nach Ablauf
der Frist.
"""


def readme(company: str, year: int, tables: Sequence[Described], rows: Mapping[str, int]) -> str:
    """Write the text; every table with its columns."""
    head = _HEAD.format(year=year, company=company, sums=SUMS, signature=SIGNATURE, key=PUBLIC_KEY)
    return "\n".join([head, *(_told(table, rows[table.name]) for table in tables)])


def _told(table: Described, rows: int) -> str:
    title = f"{table.file} ({rows} Zeilen)"
    columns = [f"  {column.name} ({_FORMS[column.form]}): {column.words}" for column in table.columns]
    return "\n".join([title, f"  {table.words}.", *columns, ""])
