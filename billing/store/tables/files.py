"""Stored files: receipts, proofs and frozen documents, encrypted, with the SHA-256 of their plain bytes."""

from datetime import date

from sqlmodel import Field

from billing.store.keyring import EncryptedBytes
from billing.store.tables.columns import Recorded, check, choice, index, recorded, sha256_form, table
from billing.store.tables.kinds import RetentionClass


class StoredFile(Recorded, table=True):
    """The bytes of one file; they never change, only the key that seals them may, and `key_id` with it."""

    __tablename__ = "stored_file"
    __table_args__ = table(
        check("size_not_negative", "size >= 0"),
        *sha256_form("sha256"),
        index("sha256"),
        *recorded(),
        may_change="key_id",
    )

    name: str = Field(max_length=255)
    media_type: str
    size: int
    sha256: str
    content: bytes = Field(sa_type=EncryptedBytes("stored_file.content"))
    key_id: str = Field(max_length=8)
    retention_class: RetentionClass = Field(sa_type=choice(RetentionClass, "retention_class"))
    retain_until: date
