"""Hashes that place keys on workers and in buckets: equal on every worker, restart and platform. Words, messages and names
are hashed where they are read.
"""

from hashlib import blake2b
from typing import Final

NO_NAME: Final = 0
"""the hash of the empty name"""


def name_hash(name: str) -> int:
    """Return a hash of 64 bits (BLAKE2b) of a tenant, host, service, source or entity name; the empty name is 0."""
    if not name:
        return NO_NAME
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "little")
