"""The account of a listener: every message that it received, by what became of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from connectors.syslog.framing import FrameFault


@dataclass(slots=True)
class ListenerAccount:
    """Counts since the listener began. `received` = `accepted` + rejected + dropped, at every moment."""

    received: int = 0
    received_bytes: int = 0
    accepted: int = 0
    """passed on to the buffer"""
    rejected: Counter[str] = field(default_factory=Counter)
    """by `FrameFault`; their bytes were passed on under that reason"""
    dropped: Counter[str] = field(default_factory=Counter)
    """by reason: `buffer_full` (UDP, and what is to drop then), `network` (a sender outside the allowed networks)"""
    kernel_dropped: int = 0
    """datagrams that the system dropped before they were received, as it counts them"""
    connections: int = 0
    open_connections: int = 0
    """that there are now"""
    refused_connections: Counter[str] = field(default_factory=Counter)
    """by reason: `network`, `too_many`, `certificate`; a TLS handshake that fails never becomes a connection"""

    def count_received(self, content: bytes) -> None:
        """Count a message that has come, whatever becomes of it."""
        self.received += 1
        self.received_bytes += len(content)

    def settle(self, fault: FrameFault | None) -> None:
        """Count a message that was passed on: accepted, or rejected by a fault."""
        if fault is None:
            self.accepted += 1
        else:
            self.rejected[fault.value] += 1

    def to_plain(self) -> dict[str, Any]:
        """Return the counts as JSON takes them."""
        return {
            "received": self.received,
            "received_bytes": self.received_bytes,
            "accepted": self.accepted,
            "rejected": dict(sorted(self.rejected.items())),
            "dropped": dict(sorted(self.dropped.items())),
            "kernel_dropped": self.kernel_dropped,
            "connections": self.connections,
            "open_connections": self.open_connections,
            "refused_connections": dict(sorted(self.refused_connections.items())),
        }
