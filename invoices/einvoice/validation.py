"""The official rules asked: the released XSLT of CEN and KoSIT, run by Saxon inside this process.

Compiling takes most of a second and is done once a process; a document then takes some milliseconds. The processor is
used by one thread at a time, and by a forked child as well.
"""

import os
import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from invoices.einvoice.findings import Finding, Level
from invoices.einvoice.rules import FILES, Rules
from invoices.parties import InvoiceFormat

if TYPE_CHECKING:
    from saxonche import PySaxonProcessor, PyXsltExecutable

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_LEVELS = {"fatal": Level.ERROR, "error": Level.ERROR, "warning": Level.WARNING}
# KoSIT's rules are asked of ZUGFeRD as well, for they know what German recipients need; only that it be called
# XRechnung (BT-24) can't be asked of it.
_NOT_ASKED = {InvoiceFormat.ZUGFERD: frozenset({"BR-DE-21"}), InvoiceFormat.XRECHNUNG: frozenset[str]()}

_turn = threading.Lock()


def official_findings(xml: bytes, rules: Rules, invoice_format: InvoiceFormat) -> list[Finding]:
    """Ask all official rules about an XML document; empty when nothing is wrong."""
    with _turn:
        processor, sheets = _compiled(rules)
        node = processor.parse_xml(xml_text=xml.decode())
        reports = [sheet.transform_to_string(xdm_node=node) for sheet in sheets]
    return [
        finding
        for report in reports
        for finding in _read(report.encode())
        if finding.rule not in _NOT_ASKED[invoice_format]
    ]


def compile_rules(rules: Rules) -> None:
    """Compile the rules now, so that no lock of the database is held meanwhile."""
    with _turn:
        _compiled(rules)


@lru_cache(maxsize=1)
def _compiled(rules: Rules) -> "tuple[PySaxonProcessor, list[PyXsltExecutable]]":
    from saxonche import PySaxonProcessor  # noqa: PLC0415 - 39 MB that most commands don't need

    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    return processor, [compiler.compile_stylesheet(stylesheet_file=str(rules.folder / name)) for name in FILES]


def _read(report: bytes) -> list[Finding]:
    """Read a report in SVRL; what is neither error nor warning is only information."""
    return [
        Finding(
            rule=found.get("id") or "",
            level=_LEVELS[flag],
            text=" ".join((found.findtext(f"{_SVRL}text") or "").split()),
            place=_short(found.get("location") or ""),
        )
        for found in etree.fromstring(report).iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
        if (flag := found.get("flag") or found.get("role") or "fatal") in _LEVELS
    ]


def _short(location: str) -> str:
    """Give the last steps of a path without their namespaces."""
    steps = [step.rpartition("}")[2] for step in location.split("/Q") if step]
    return "/".join(steps[-3:])


def _renew() -> None:
    """Give a forked child a lock of its own: the parent's may be held by a thread that the child does not have."""
    global _turn  # noqa: PLW0603 - see above
    _turn = threading.Lock()


os.register_at_fork(after_in_child=_renew)
