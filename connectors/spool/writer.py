"""The writer of a spool: appends groups, syncs them, and removes segments that all readers have consumed.

**Invariants.** What `sync` has returned for is found again after any crash, under the same numbers. A number is given once:
a spool that is opened continues behind everything that may have been read from it. A segment is synced before the next one
is made, so only the end of the last one can be torn.

**Opening** never fails for what is in the files. Bytes behind the last whole group of the last segment are copied to a file
`*.damaged` before they are cut off; how many messages they were cannot be known, so more numbers than they can have had are
left out. Damage before a whole group stays where it is: readers pass over it and count it.
"""

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from connectors.kept_requests import KEPT, KeptRequest, noted
from connectors.received import ReceivedMessage
from connectors.spool.folder import Files
from connectors.spool.groups import (
    GROUP_BYTES,
    GROUP_CONTENT_MOST,
    GROUP_MESSAGES_MOST,
    HEAD_BYTES,
    ROW_BYTES,
    encode,
    read_group_head,
    segment_head,
)
from connectors.spool.marks import CONSUMED, DURABLE, read_number, write_mark
from connectors.spool.requests import Requests
from connectors.spool.segments import DAMAGED_SUFFIX, first_of, scan, segment_name, segments_of, spool_id_of

SEGMENT_BYTES: Final = 16 << 20
"""of a segment, above which the next one is begun"""
BYTES_MOST: Final = 1 << 30
AGE_SECONDS_MOST: Final = 7 * 86400
TIME_ENTRY_US: Final = 60_000_000
"""the age of the oldest message is known this exactly"""
COPIED_AT_ONCE: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a spool may hold before it is full: bytes of its segments, and the age of the oldest message not consumed."""

    bytes_most: int = BYTES_MOST
    age_seconds_most: float = AGE_SECONDS_MOST
    segment_bytes: int = SEGMENT_BYTES


@dataclass(frozen=True, slots=True)
class SetAside:
    """Bytes that belong to no whole group, and the file that has them now."""

    segment: str
    offset: int
    byte_count: int
    file: str


def set_aside(files: Files, name: str, offset: int, end: int) -> SetAside:
    """Copy bytes of a segment to a file of their own, durably."""
    taken, number = set(files.names()), 0
    while (aside := f"{name}-{offset}{f'-{number}' if number else ''}{DAMAGED_SUFFIX}") in taken:
        number += 1
    for begin in range(offset, end, COPIED_AT_ONCE):
        files.append(aside, [files.read(name, begin, min(COPIED_AT_ONCE, end - begin))])
    files.sync(aside)
    files.sync_names()
    return SetAside(name, offset, end - offset, aside)


def groups_of(messages: Sequence[ReceivedMessage]) -> Iterator[Sequence[ReceivedMessage]]:
    """Yield consecutive messages as groups, bounded by number and bytes; a long message is a group of its own.

    The records of a kept request stand in one group with their note where they fit into one, so that a power cut leaves
    both or neither.
    """
    low, held_bytes = 0, 0
    for number, message in enumerate(messages):
        kept = noted(message.content) if message.fault == KEPT else None
        count = 1 if kept is None else 1 + len(kept.missing)
        length = sum(len(each.content) for each in messages[number : number + count])
        fits = number - low + count <= GROUP_MESSAGES_MOST and held_bytes + length <= GROUP_CONTENT_MOST
        if number > low and not fits:
            yield messages[low:number]
            low, held_bytes = number, 0
        held_bytes += len(message.content)
    if low < len(messages):
        yield messages[low:]


class SpoolSyncError(Exception):
    """The system could not make bytes durable, and does not say which: nothing may be written behind them."""


class SpoolWriter:
    """The only writer of a spool; whoever makes it holds the lock of its folder."""

    def __init__(
        self,
        files: Files,
        readers: int,
        limits: Limits = Limits(),
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        needed_from: int | None = None,
    ) -> None:
        """Open the spool, and put its end in order; `readers` is the number of those who must consume a message. Those from
        `needed_from` on are kept though they were consumed, None for none.
        """
        self._files = files
        self._readers = readers
        self._limits = limits
        self._now_us = now_us
        self.needed_from = needed_from
        self._sizes: dict[str, int] = {}
        self._times: deque[tuple[int, int]] = deque()
        self.set_aside: list[SetAside] = []
        """what was cut off when it was opened"""
        found = spool_id_of(files)
        self.spool_id = found or secrets.token_bytes(16)
        self._requests = Requests(self.spool_id)
        self.next = 1
        """the number of the next message"""
        self.consumed = 1
        """all messages before it were consumed by all readers"""
        if found is None:
            self._set_aside_all()
        else:
            self._open_found()
        self.durable = self.next
        if not self._sizes:
            self._begin_segment()
        self.free()
        write_mark(files, DURABLE, self.spool_id, self.durable)

    @property
    def kept(self) -> list[KeptRequest]:
        """Return the requests with an idempotency key that were found when it was opened, and those that came since."""
        return self._requests.kept

    @property
    def byte_count(self) -> int:
        """Return the bytes of all segments."""
        return sum(self._sizes.values())

    @property
    def depth(self) -> int:
        """Return how many messages some reader has not consumed, those included that were lost to damage."""
        return self.next - self.consumed

    @property
    def oldest_seconds(self) -> float:
        """Return the age of the oldest message that was not consumed, to the minute; 0 where there is none."""
        if self.consumed >= self.next or not self._times:
            return 0.0
        return max(0.0, (self._now_us() - self._times[0][1]) / 1e6)

    @property
    def is_full(self) -> bool:
        """Return whether a limit is reached."""
        return self.byte_count >= self._limits.bytes_most or self.oldest_seconds >= self._limits.age_seconds_most

    def append(self, messages: Sequence[ReceivedMessage]) -> None:
        """Write messages as one group; not durable before `sync`. Raises `OSError`, and has written nothing then."""
        if self._sizes[self._active] >= self._limits.segment_bytes:
            self._begin_segment()
        name, now_us = self._active, self._now_us()
        pieces = encode(messages, self.spool_id, self.next, now_us)
        try:
            self._files.append(name, pieces)
        except OSError:
            self._files.truncate(name, self._sizes[name])
            raise
        self._sizes[name] += sum(map(len, pieces))
        self._requests.note(messages, self.next)
        self._note_time(self.next, now_us)
        self.next += len(messages)

    def sync(self) -> int:
        """Make durable what was appended; return the number after the last of it.

        Raises `SpoolSyncError`; what was appended may then be lost, and nothing more may be appended to this writer.
        """
        self._sync(self._active)
        self.durable = self.next
        write_mark(self._files, DURABLE, self.spool_id, self.durable)
        return self.durable

    def free(self) -> None:
        """Remove segments that all readers have consumed, and nobody needs."""
        marks = [read_number(self._files, f"{CONSUMED}{number}", self.spool_id) for number in range(self._readers)]
        self.consumed = max(self.consumed, min(self.durable, min(marks, default=0)))
        names = list(self._sizes)
        least = self.consumed if self.needed_from is None else min(self.consumed, self.needed_from)
        removed = [name for name, after in pairwise(names) if first_of(after) <= least]
        for name in removed:
            self._files.remove(name)
            del self._sizes[name]
        while len(self._times) > 1 and self._times[1][0] <= self.consumed:
            self._times.popleft()

    def _sync(self, name: str) -> None:
        try:
            self._files.sync(name)
        except OSError as error:
            raise SpoolSyncError(f"{name} could not be made durable: {error.strerror or error}") from error

    @property
    def _active(self) -> str:
        return next(reversed(self._sizes))

    def _note_time(self, first: int, time_us: int) -> None:
        if not self._times or time_us - self._times[-1][1] >= TIME_ENTRY_US:
            self._times.append((first, time_us))

    def _begin_segment(self) -> None:
        """Begin the next segment, after what is in the one before is durable."""
        if self._sizes:
            self._sync(self._active)
        self._requests.write(self._files, self.next, self._now_us())
        name = segment_name(self.next)
        try:
            self._files.append(name, [segment_head(self.spool_id, self.next)])
            self._files.sync(name)
            self._files.sync_names()
        except OSError:
            with suppress(FileNotFoundError):
                self._files.remove(name)
            raise
        self._sizes[name] = HEAD_BYTES

    def _open_found(self) -> None:
        """Take what is there: the sizes of all segments, and the end of the last one, put in order."""
        files = self._files
        names = segments_of(files.names())
        marks = [read_number(files, name, self.spool_id) for name in files.names() if name.startswith(CONSUMED)]
        self.next = max([1, read_number(files, DURABLE, self.spool_id), *marks])
        for name in names:
            self._sizes[name] = files.size(name)
            head = read_group_head(files.read(name, HEAD_BYTES, GROUP_BYTES), self.spool_id)
            if head is not None:
                self._note_time(head.first, head.written_at_us)
        if not names:
            self._requests.read(files, names, self._now_us())
            return
        last = scan(files, names[-1], self.spool_id)
        # a killed writer may have left whole groups that nobody has synced
        self._sync(last.name)
        self._requests.read(files, names, self._now_us())
        # before anything else can come under a number that is missing
        self._requests.write(files, last.next, self._now_us())
        files.sync_names()
        for _, head in last.heads:
            self._note_time(head.first, head.written_at_us)
        is_torn = bool(last.damaged) and last.damaged[-1][1] == last.size
        if is_torn:
            begin = last.damaged[-1][0]
            if last.size > begin:
                self.set_aside.append(set_aside(files, last.name, begin, last.size))
            if begin < HEAD_BYTES:
                files.remove(last.name)
                files.sync_names()
                del self._sizes[last.name]
            else:
                files.truncate(last.name, begin)
                self._sizes[last.name] = begin
            # more numbers than the bytes can have had messages
            self.next = max(self.next, last.next + (last.size - begin) // ROW_BYTES + 1)
        self.next = max(self.next, last.next)
        if is_torn and last.name in self._sizes:
            self._sync(last.name)
        if is_torn or last.groups or self.next > last.next:
            self._begin_segment()

    def _set_aside_all(self) -> None:
        """Set segments aside of which no head and no mark says whose they are, so that no group of them can be checked."""
        for name in segments_of(self._files.names()):
            size = self._files.size(name)
            self.set_aside.append(set_aside(self._files, name, 0, size))
            self.next = max(self.next, first_of(name) + size // ROW_BYTES + 1)
            self._files.remove(name)
        self._files.sync_names()
