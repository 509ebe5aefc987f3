"""The signature over an audit package (law.md T-18): Ed25519, with a key that follows from the ring's digest key.

That key never rotates and never leaves the ring, so every package of a processor is signed by the same key, and old
installations need no new secret. The public key stands in the package; who wants to be sure that it is ours compares
its fingerprint with the one that we say ourselves.
"""

import base64
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_PURPOSE = b"mehraufwand audit package signature v1 processor "


def signing_key(digest_key: bytes, processor_id: int) -> Ed25519PrivateKey:
    """Give the key that signs the packages of a processor: the same each time, and of no use for anything else."""
    derive = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE + str(processor_id).encode())
    return Ed25519PrivateKey.from_private_bytes(derive.derive(digest_key))


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """Write the public key as others read it (PEM, SubjectPublicKeyInfo)."""
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, public)


def fingerprint_of(pem: bytes) -> str:
    """Give the SHA-256 of the public key, in groups of four digits that can be read out."""
    digits = sha256(_public(pem).public_bytes_raw()).hexdigest()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def sign(key: Ed25519PrivateKey, content: bytes) -> bytes:
    """Sign bytes; the signature is text (base64), the same for the same bytes."""
    return base64.b64encode(key.sign(content)) + b"\n"


def is_signed(pem: bytes, signature: bytes, content: bytes) -> bool:
    """Tell whether a signature is of these bytes by this key; anything else than a signature is none."""
    try:
        _public(pem).verify(base64.b64decode(signature.strip(), validate=True), content)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _public(pem: bytes) -> Ed25519PublicKey:
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        message = "no Ed25519 key"
        raise TypeError(message)
    return key
