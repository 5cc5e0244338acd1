"""Consent: which tenants give precedents to others and take them.

Settings hold it, so it stands apart from what is compiled: a command that weighs nothing does not load a compiler for it.
"""

from typing import Final, NamedTuple


class Consent(NamedTuple):
    """Which tenants give and take precedents: all or none, and those that are kept apart."""

    share: bool
    apart: frozenset[str]

    def given_by(self, tenant: str) -> bool:
        """Return whether a tenant takes part."""
        return self.share and tenant not in self.apart


NO_CONSENT: Final = Consent(False, frozenset())
