"""Files that leave the house: as an attachment under a name of ours, on record with their hash (law.md T-25)."""

from urllib.parse import quote

from api.v1.calls import Call, Reply
from billing.services.files import give_own_file

MEDIA_TYPES = (
    *("application/pdf", "image/png", "image/jpeg", "message/rfc822"),
    *("text/plain", "text/csv", "application/xml", "application/zip"),
)
"""What stored files can be."""
_ASCII = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."


def download(call: Call, file_id: int, subject: str) -> Reply:
    """Send a stored file, proved against its hash, and note who got it."""
    file = give_own_file(call.session, call.act, file_id, subject)
    return send(file.name, file.media_type, file.content)


def send(name: str, media_type: str, content: bytes) -> Reply:
    """Send bytes to be saved, never to be shown by the browser; texts are UTF-8 unless their type says otherwise."""
    return Reply(content=content, headers={"Content-Type": media_type, "Content-Disposition": attachment(name)})


def attachment(name: str) -> str:
    """Give the Content-Disposition of a file that is to be saved, also under a name with umlauts (RFC 6266)."""
    plain = "".join(character if character in _ASCII else "_" for character in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
