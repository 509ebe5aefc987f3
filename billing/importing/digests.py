"""Who is who: the digest of a row's content, by which the same work is known again in any file and any order.

Rows of one file with the same content are told apart by their occurrence number, so two genuine equal rows are both
kept, and the same file given twice changes nothing.
"""

import hashlib
import json

from billing.importing.rows import UnclockedTime, Work

VERSION = 1
"""Part of every digest: change it only together with a migration of the stored ones."""


class DigestMaker:
    """Gives the digests of one file's rows, in any order of the rows; about 120 bytes of memory a row."""

    def __init__(self) -> None:
        """Start a file."""
        self._seen: dict[bytes, int] = {}

    def digest(self, work: Work) -> str:
        """Give the SHA-256 (hexadecimal) of a row's content and its occurrence number among equal rows so far."""
        content = content_of(work).encode()
        key = hashlib.blake2b(content, digest_size=16).digest()
        occurrence = self._seen.get(key, 0) + 1
        self._seen[key] = occurrence
        return hashlib.sha256(b"%d\n%s" % (occurrence, content)).hexdigest()


def content_of(work: Work) -> str:
    """Write the content that makes two rows the same work: whole minutes, order of tags and mapping don't matter.

    `completes` is a hint, not content: a list of incomplete rows that comes back untouched is known again.
    """
    match work.time:
        case UnclockedTime(day, minutes):
            time: list[object] = [day.isoformat(), minutes]
        case interval:
            time = [interval.start, interval.end]
    names = [work.person, work.client, work.project, work.task, sorted(work.tags), work.note]
    ours = [work.contract, work.case, work.service, work.document]
    flags = [work.travel, work.onsite, work.urgent, work.remedies_processor_defect]
    return json.dumps([VERSION, time, names, ours, flags], ensure_ascii=True, separators=(",", ":"))
