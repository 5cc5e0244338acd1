"""The account of a journal that is followed."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class JournalAccount:
    """Counts since it was begun to follow."""

    received: int = 0
    received_bytes: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """entries of which only the beginning is kept, by reason"""
    starts: int = 0
    """of journalctl, which is started again when it ends"""
    trouble: str = ""
    """what it ended of, while it is not running"""

    def to_plain(self) -> dict[str, Any]:
        """Return the counts as JSON takes them, with those that every listener has."""
        return {
            "received": self.received,
            "received_bytes": self.received_bytes,
            "accepted": self.received - self.rejected.total(),
            "rejected": dict(sorted(self.rejected.items())),
            "dropped": {},
            "kernel_dropped": 0,
            "connections": 0,
            "refused_connections": {},
            "starts": self.starts,
            "trouble": self.trouble,
        }
