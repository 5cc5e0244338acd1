"""The account of the files that are followed: what has come of them, and what could not."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class TailAccount:
    """Counts since the tail began."""

    files: int = 0
    """that are followed now"""
    received: int = 0
    received_bytes: int = 0
    rotated: int = 0
    """files that were renamed, copied and cut, or made anew under their name"""
    gaps: Counter[str] = field(default_factory=Counter)
    """what could not be read, by reason; each is in the ledger of the run too"""
    gap_bytes: int = 0
    """of gaps whose length is known"""
    unread_bytes: int = 0
    """that are there now and have not been read yet"""
    refused: Counter[str] = field(default_factory=Counter)
    """files and folders that are not read, by reason, now"""
    copies: int = 0
    """files that hold what another one holds, now"""

    def to_plain(self) -> dict[str, Any]:
        """Return the counts as JSON takes them, with those that every listener has."""
        return {
            "files": self.files,
            "received": self.received,
            "received_bytes": self.received_bytes,
            "accepted": self.received,
            "rejected": {},
            "dropped": {},
            "kernel_dropped": 0,
            "connections": 0,
            "refused_connections": {},
            "rotated": self.rotated,
            "gaps": dict(sorted(self.gaps.items())),
            "gap_bytes": self.gap_bytes,
            "unread_bytes": self.unread_bytes,
            "refused_files": dict(sorted(self.refused.items())),
            "copies": self.copies,
        }
