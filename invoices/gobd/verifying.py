"""Prove a package without the product's database: every file by its hash, the list of hashes by its signature."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from billing.errors import InvalidInput
from invoices.gobd.signing import fingerprint_of, is_signed

SUMS, SIGNATURE, PUBLIC_KEY = "SHA256SUMS", "SHA256SUMS.sig", "signatur.pem"
_CHUNK = 1 << 20
_DIGITS = 64


@dataclass(frozen=True, slots=True)
class PackageFault:
    """A file that is not as it was, and how: `fault.<code>`."""

    path: str
    code: str


@dataclass(frozen=True, slots=True)
class PackageProof:
    """How many files were looked at, what is wrong, and whose signature it is."""

    files: int
    faults: list[PackageFault]
    fingerprint: str


def hash_of(path: Path) -> str:
    """Give the SHA-256 of a file of any size."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify_package(folder: Path, fingerprint: str | None = None) -> PackageProof:
    """Look at every file of a package; InvalidInput `no_package` when it has no list of hashes or no signature.

    With `fingerprint` the key must be that one: without it, whoever changed all files could have signed them himself.
    """
    try:
        listed, signature = (folder / SUMS).read_bytes(), (folder / SIGNATURE).read_bytes()
        pem = (folder / PUBLIC_KEY).read_bytes()
        key = fingerprint_of(pem)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidInput("no_package", path="folder", value=folder, reason=type(error).__name__) from None
    faults = [] if is_signed(pem, signature, listed) else [PackageFault(SUMS, "signature_wrong")]
    if fingerprint is not None and "".join(fingerprint.split()).lower() != "".join(key.split()):
        faults.append(PackageFault(PUBLIC_KEY, "key_differs"))
    known = dict(_listed(listed))
    faults += _differing(folder, known)
    return PackageProof(len(known), sorted(faults, key=lambda fault: fault.path), key)


def _listed(sums: bytes) -> Iterator[tuple[str, str]]:
    for line in sums.decode("utf-8", "replace").splitlines():
        digest, _, path = line.partition("  ")
        yield path, digest


def _differing(folder: Path, known: dict[str, str]) -> Iterator[PackageFault]:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    yield from (PackageFault(path, "file_added") for path in there - known.keys() - {SUMS, SIGNATURE})
    for path, digest in known.items():
        if path not in there:
            yield PackageFault(path, "file_missing")
        elif len(digest) != _DIGITS or hash_of(folder / path) != digest:
            yield PackageFault(path, "hash_differs")
