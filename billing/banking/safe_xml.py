"""XML from outside, read so that it can do nothing: no DTD, no entities, no network, no other encoding, bounded."""

from lxml import etree

from billing.errors import InvalidInput

LARGEST = 10 * 1024 * 1024
"""Bytes of a file."""
_MEGABYTE = 1024**2
_DANGERS = (b"<!doctype", b"<!entity")


def read_xml(content: bytes, name: str, path: str) -> etree._Element:
    """Parse a file and give its root.

    InvalidInput for a file that is empty, too large, no XML in UTF-8 (what banks write: DK, Anlage 3), or has a
    document type (where entities, and files of ours, could be named).
    """
    if not content.strip():
        raise InvalidInput("file_is_empty", path=path, value=name)
    if len(content) > LARGEST:
        raise InvalidInput("file_too_large", path=path, value=name, most=LARGEST // _MEGABYTE)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput("bank_file_not_utf8", path=path, value=name) from None
    lowered = content.lower()
    if any(danger in lowered for danger in _DANGERS):
        raise InvalidInput("xml_with_doctype", path=path, value=name)
    # The encoding is ours to say: another one, declared in the file, could hide what was looked for just now.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise InvalidInput("not_xml", path=path, value=name) from None
    return root
