"""Tokens: who sends, and for which tenant. They are held as digests, compared in constant time, and never printed.

A token comes as `Authorization: Bearer TOKEN`, or for senders that know no other way as the password of `Basic`.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TOKEN_CHARACTERS_LEAST: Final = 16


@dataclass(frozen=True, slots=True)
class Token:
    """A token by its digest, and whose messages come with it."""

    digest: bytes
    tenant: str

    def __repr__(self) -> str:
        return f"Token(tenant={self.tenant!r})"


def token_of(text: str, tenant: str) -> Token:
    """Return a token of a text."""
    return Token(hashlib.sha256(text.encode()).digest(), tenant)


def tenant_of(tokens: Sequence[Token], authorization: str) -> str | None:
    """Return the tenant that a header `Authorization` proves, None for none. Every token is compared, whichever fits."""
    presented = hashlib.sha256(_presented(authorization)).digest()
    tenant = None
    for token in tokens:
        if hmac.compare_digest(token.digest, presented):
            tenant = token.tenant
    return tenant


def _presented(authorization: str) -> bytes:
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest.encode("utf-8", "replace")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""
