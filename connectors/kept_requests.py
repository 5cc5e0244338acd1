"""Requests with an idempotency key as a buffer on disk keeps them, so that one that is sent again after a restart is not
stored twice.

A receiver puts a note in front of the records of a request, in the same order of messages, so that both become durable
together. The note names the request and how many records follow. What of them is found behind it after a crash was
stored; the same request sent again needs only the others. Since the same bytes make the same records, the answer is made
from the request itself and is not kept.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson

KEPT: Final = "kept_request"
"""the fault of what is no message but such a note"""
KEPT_MOST: Final = 20_000
"""requests that a buffer keeps; of more, the oldest are forgotten"""


class KeptRequest(NamedTuple):
    """A request that was taken. `stored` are ranges of its records, by their number from 0, each without its end."""

    listener: str
    tenant: str
    path: str
    key: str
    digest: bytes
    """of its body"""
    records: int
    until_us: int
    """when it is forgotten, microseconds since the epoch, UTC"""
    stored: tuple[tuple[int, int], ...] = ()

    @property
    def name(self) -> tuple[str, str, str, str]:
        """Return what tells it from others."""
        return self.listener, self.tenant, self.path, self.key

    @property
    def missing(self) -> list[int]:
        """Return the numbers of the records that are not stored."""
        held = {number for low, high in self.stored for number in range(low, high)}
        return [number for number in range(self.records) if number not in held]

    def with_stored(self, numbers: Iterable[int]) -> "KeptRequest":
        """Return the same with further records stored."""
        held = {number for low, high in self.stored for number in range(low, high)} | set(numbers)
        ranges: list[tuple[int, int]] = []
        for number in sorted(held):
            if ranges and ranges[-1][1] == number:
                ranges[-1] = (ranges[-1][0], number + 1)
            else:
                ranges.append((number, number + 1))
        return self._replace(stored=tuple(ranges))

    @property
    def is_whole(self) -> bool:
        """Return whether all of it is stored."""
        return self.stored == ((0, self.records),)

    def to_plain(self) -> list[Any]:
        """Return it as JSON takes it."""
        return [*self[:4], self.digest.hex(), *self[5:7], [list(each) for each in self.stored]]


def kept_of(plain: Any) -> KeptRequest | None:
    """Return the request of `to_plain`; None for anything else."""
    try:
        listener, tenant, path, key, digest, records, until_us, stored = plain
        ranges = tuple((int(low), int(high)) for low, high in stored)
        return KeptRequest(
            str(listener), str(tenant), str(path), str(key), bytes.fromhex(digest), int(records), int(until_us), ranges
        )
    except (TypeError, ValueError):
        return None


def note_of(request: KeptRequest) -> bytes:
    """Return the content of the note that stands in front of the records that are missing yet."""
    return orjson.dumps(request.to_plain())


def noted(content: bytes) -> KeptRequest | None:
    """Return the request of a note; None where it is none."""
    try:
        return kept_of(orjson.loads(content))
    except orjson.JSONDecodeError:
        return None
