"""Cheap password hashes for tests: what makes a guess dear would be most of the time of all tests that log in."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

from billing.services.access import passwords

_HASHER = "_HASHER"
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_REAL: PasswordHasher = getattr(passwords, _HASHER)


def make_hashing_cheap(patch: pytest.MonkeyPatch) -> None:
    """Hash with the least parameters there are; before any test module makes a hash."""
    patch.setattr(passwords, _HASHER, _CHEAP)


@contextmanager
def as_dear_as_in_the_product() -> Iterator[None]:
    """Hash with the product's own parameters."""
    nobody = passwords._hash_of_nobody  # noqa: SLF001 - remembers a hash of the parameters it was first asked under
    with pytest.MonkeyPatch.context() as patch:
        nobody.cache_clear()
        patch.setattr(passwords, _HASHER, _REAL)
        yield
    nobody.cache_clear()
