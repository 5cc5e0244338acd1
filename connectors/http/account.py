"""The account of an HTTP listener: every record that it received, and every request that it did not take."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from connectors.http.records import Record


@dataclass(slots=True)
class HttpAccount:
    """Counts since the listener began. `received` = `accepted` + rejected, at every moment.

    The records of a refused request are not among them: nothing of it was passed on, and its sender was told so.
    """

    requests: int = 0
    received: int = 0
    received_bytes: int = 0
    accepted: int = 0
    """passed on to the buffer"""
    rejected: Counter[str] = field(default_factory=Counter)
    """by `RecordFault`; their bytes were passed on under that reason"""
    repeated: int = 0
    """requests whose idempotency key had been answered, or was being answered: nothing was passed on for them"""
    refused_requests: Counter[str] = field(default_factory=Counter)
    """by the reasons of `connectors.http.application`"""
    connections: int = 0
    open_connections: int = 0
    """that there are now"""
    refused_connections: Counter[str] = field(default_factory=Counter)
    """by reason: `network`; `too_many`; `idle`, closed because it had no request for too long"""

    def settle(self, record: Record) -> None:
        """Count a record that was passed on: accepted, or rejected by a fault."""
        self.received += 1
        self.received_bytes += len(record.content)
        if record.fault is None:
            self.accepted += 1
        else:
            self.rejected[record.fault.value] += 1

    def to_plain(self) -> dict[str, Any]:
        """Return the counts as JSON takes them, with the names that other listeners use."""
        return {
            "received": self.received,
            "received_bytes": self.received_bytes,
            "accepted": self.accepted,
            "rejected": dict(sorted(self.rejected.items())),
            "dropped": {},
            "kernel_dropped": 0,
            "requests": self.requests,
            "repeated": self.repeated,
            "refused_requests": dict(sorted(self.refused_requests.items())),
            "connections": self.connections,
            "open_connections": self.open_connections,
            "refused_connections": dict(sorted(self.refused_connections.items())),
        }
