"""`index.xml`: the description of the tables by the standard of the tax administration (GDPdU, 1 September 2004).

The order of elements is that of its DTD, which belongs to others and is not part of this product; auditors' software
has it. Numbers have a decimal comma, texts may stand in quotes, records end in CR LF, each file begins with a line of
names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from lxml import etree

DTD = "gdpdu-01-09-2004.dtd"
DELIMITER, RECORD, QUOTE, DECIMAL, GROUPS = ";", "\r\n", '"', ",", "."


class Form(Enum):
    """How the values of a column are written; numbers with their places after the comma."""

    TEXT = None
    DAY = "YYYY-MM-DD"
    WHOLE = 0
    MONEY = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, what it means, its form, and the table whose row it names."""

    name: str
    words: str
    form: Form
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """A file of the package: one table, whose first columns are its key."""

    name: str
    words: str
    columns: Sequence[Column]
    keys: int = 1

    @property
    def file(self) -> str:
        """Its name in the package."""
        return f"{self.name}.csv"


def index_xml(supplier: tuple[str, str], medium: str, period: tuple[str, str], tables: Iterable[Described]) -> bytes:
    """Describe all tables; `supplier` is name and place of who gives the package, `period` its first and last day."""
    root = etree.Element("DataSet")
    _text(root, "Version", "1.0")
    giver = etree.SubElement(root, "DataSupplier")
    _text(giver, "Name", supplier[0])
    _text(giver, "Location", supplier[1])
    _text(giver, "Comment", "Erstellt mit Mehraufwand; LIESMICH.txt erklärt Tabellen und Spalten.")
    media = etree.SubElement(root, "Media")
    _text(media, "Name", medium)
    for table in tables:
        _table(media, table, period)
    doctype = f'<!DOCTYPE DataSet SYSTEM "{DTD}">'
    written = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True, doctype=doctype)
    return bytes(written)


def _table(media: etree._Element, table: Described, period: tuple[str, str]) -> None:
    said = etree.SubElement(media, "Table")
    _text(said, "URL", table.file)
    _text(said, "Name", table.name)
    _text(said, "Description", table.words)
    valid = etree.SubElement(etree.SubElement(said, "Validity"), "Range")
    _text(valid, "From", period[0])
    _text(valid, "To", period[1])
    etree.SubElement(said, "UTF8")
    _text(said, "DecimalSymbol", DECIMAL)
    _text(said, "DigitGroupingSymbol", GROUPS)
    _text(etree.SubElement(said, "Range"), "From", "2")  # the first line holds the names
    form = etree.SubElement(said, "VariableLength")
    for name, value in (("ColumnDelimiter", DELIMITER), ("RecordDelimiter", RECORD), ("TextEncapsulator", QUOTE)):
        _text(form, name, value)
    for number, column in enumerate(table.columns):
        _column(form, "VariablePrimaryKey" if number < table.keys else "VariableColumn", column)
    for column in table.columns:
        if column.target is not None:
            link = etree.SubElement(form, "ForeignKey")
            _text(link, "Name", column.name)
            _text(link, "References", column.target)


def _column(form: etree._Element, tag: str, column: Column) -> None:
    said = etree.SubElement(form, tag)
    _text(said, "Name", column.name)
    _text(said, "Description", column.words)
    if column.form is Form.TEXT:
        etree.SubElement(said, "AlphaNumeric")
    elif column.form is Form.DAY:
        _text(etree.SubElement(said, "Date"), "Format", Form.DAY.value)
    else:
        numeric = etree.SubElement(said, "Numeric")
        if column.form.value:
            _text(numeric, "Accuracy", str(column.form.value))


def _text(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, tag).text = text
