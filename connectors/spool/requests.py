"""What a spool keeps of requests with an idempotency key, beyond the segments in which their notes stand.

**Problem.** A segment is removed as soon as a run has read it, and a key is to be known for an hour.

**Idea.** Whenever a segment is begun, all requests of the ones before are written to a file beside them, and the file says
up to which number. A writer that opens the spool reads that file and looks for notes in the segments from there on.

**Invariants.** The file is durable before a segment that it covers can be removed. What it says of a request holds for any
state of the segments: a record is called stored only if it was synced, or is found again.

    file     "SRQ1", id of the spool (16 bytes), covered up to u64, bytes of the JSON u32, crc32 of all of it u32; then JSON:
             a list of [request, number of the first record behind its note; 0 where `stored` says all]
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import Final

import orjson

from connectors.kept_requests import KEPT, KEPT_MOST, KeptRequest, kept_of, noted
from connectors.received import ReceivedMessage
from connectors.spool.folder import Files
from connectors.spool.groups import GROUP_BYTES, HEAD_BYTES, Group, decode, find_group
from connectors.spool.segments import first_of

REQUESTS: Final = "requests"
ASIDE: Final = "requests.new"
_HEAD: Final = struct.Struct("<4s16sQI")
_MAGIC: Final = b"SRQ1"
_EVERY: Final = 1 << 63
Numbers = tuple[int, int]
"""consecutive numbers of messages, without the end"""


class Requests:
    """The requests that the writer of a spool knows, in the order in which they came."""

    def __init__(self, spool_id: bytes, kept_most: int = KEPT_MOST) -> None:
        self._spool_id = spool_id
        self._most = kept_most
        self._known: dict[tuple[str, str, str, str], tuple[KeptRequest, int]] = {}
        self._covered = 1
        self._is_written = True

    @property
    def kept(self) -> list[KeptRequest]:
        """Return the requests with what is known to be stored of them."""
        return [request for request, _ in self._known.values()]

    def note(self, messages: Sequence[ReceivedMessage], first: int) -> None:
        """Note the requests that begin among messages which were appended, the first of them under this number."""
        for number, message in enumerate(messages, first):
            if message.fault == KEPT:
                self._note(noted(message.content), number)

    def write(self, files: Files, durable: int, now_us: int) -> None:
        """Write the file for all that is durable, up to a number, unless nothing is new. Names are not synced here."""
        if self._is_written:
            return
        self._settle([(1, durable)], up_to=durable)
        self._forget(now_us)
        content = orjson.dumps([[request.to_plain(), first] for request, first in self._known.values()])
        head = _HEAD.pack(_MAGIC, self._spool_id, durable, len(content))
        check = zlib.crc32(content, zlib.crc32(head)).to_bytes(4, "little")
        with suppress(FileNotFoundError):
            files.remove(ASIDE)
        try:
            files.append(ASIDE, [head, check, content])
            files.sync(ASIDE)
            files.rename(ASIDE, REQUESTS)
        except OSError:
            with suppress(FileNotFoundError):
                files.remove(ASIDE)
            raise
        self._covered, self._is_written = durable, True

    def read(self, files: Files, segments: Sequence[str], now_us: int) -> None:
        """Find all requests of a spool that is opened: those of the file, and the notes of the segments behind it.

        All whole groups must be durable.
        """
        self._read_file(files)
        covered = self._covered
        groups: list[Numbers] = [(1, covered)]
        for name, later in zip_longest(segments, segments[1:]):
            if later is None or first_of(later) > covered:
                groups += self._read_segment(files, name, covered)
        # what is missing now never comes under its number
        self._settle(groups, up_to=_EVERY)
        self._forget(now_us)
        self._is_written = not self._known

    def _note(self, request: KeptRequest | None, number: int) -> None:
        if request is not None:
            self._known.pop(request.name, None)
            self._known[request.name] = (request, number + 1)
            self._is_written = False

    def _settle(self, groups: Iterable[Numbers], up_to: int) -> None:
        """Note which records of the requests are among messages that were found; of no request that goes on at `up_to`."""
        found = list(groups)
        for name, (request, first) in self._known.items():
            missing = request.missing if first else []
            end = first + len(missing)
            if first and end <= up_to:
                numbers = (number for low, high in found for number in range(max(low, first), min(high, end)))
                self._known[name] = (request.with_stored(missing[number - first] for number in numbers), 0)

    def _forget(self, now_us: int) -> None:
        """Forget what is too old, and the oldest of too many."""
        known = [(name, each) for name, each in self._known.items() if each[0].until_us > now_us]
        self._known = dict(known[-self._most :])

    def _read_file(self, files: Files) -> None:
        """Read the file; one that is damaged, or of another spool, is as good as none."""
        try:
            content = files.read(REQUESTS, 0, files.size(REQUESTS))
        except FileNotFoundError:
            return
        if len(content) < _HEAD.size + 4:
            return
        magic, spool_id, covered, length = _HEAD.unpack_from(content)
        body = content[_HEAD.size + 4 :]
        check = int.from_bytes(content[_HEAD.size : _HEAD.size + 4], "little")
        is_whole = zlib.crc32(body, zlib.crc32(content[: _HEAD.size])) == check and len(body) == length
        if magic != _MAGIC or spool_id != self._spool_id or not is_whole:
            return
        for plain, first in orjson.loads(body):
            request = kept_of(plain)
            if request is not None:
                self._known[request.name] = (request, first)
        self._covered = covered

    def _read_segment(self, files: Files, name: str, covered: int) -> list[Numbers]:
        """Note the requests of the groups of a segment that are not covered; return the numbers of its groups."""
        body = files.read(name, 0, files.size(name))
        groups, at = [], HEAD_BYTES
        while (found := find_group(body, at, self._spool_id)) is not None:
            begin, head = found
            at = begin + GROUP_BYTES + head.payload_bytes
            groups.append((head.first, head.end))
            if head.end > covered:
                self._note_group(decode(head, body[begin + GROUP_BYTES : at]), covered)
        return groups

    def _note_group(self, group: Group, covered: int) -> None:
        codes = [code for code, origin in enumerate(group.origins) if origin.fault == KEPT]
        if not codes:
            return
        end = 0
        for row, (code, length) in enumerate(zip(group.origin.tolist(), group.length.tolist(), strict=True)):
            begin, end = end, end + length
            if code in codes and group.first + row >= covered:
                self._note(noted(group.contents[begin:end]), group.first + row)
