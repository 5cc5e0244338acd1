"""Merge many files into one stream in the order of event time.

Takes files, returns batches: the next one is always of the file with the lowest watermark, so that files advance together
and few slots are open at a time. Which records there are, and what is counted of them, does not depend on where batches are
cut; only the order in which files alternate does. The same problem with partitions that have no end is in `topic_merge`.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heapreplace
from typing import Any, Final, Protocol

import numpy as np

from brainstem.arrays.state_version import require_version
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import Kind
from brainstem.contracts.ledger import FaultReason, Ledger, account_from_plain, account_to_plain
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.slots import SLOT_US
from brainstem.parse.parser import ParsedBatch, parse
from brainstem.parse.source_context import SourceContext
from brainstem.parse.unread_fields import unread_fields
from connectors.files.cursor import BLOCK_BYTES, FileCursor, FileInput, InputChangedError
from connectors.files.rotation import Beginning, continued, require_repeated, unread
from flows.config.settings import Settings
from flows.sources.batches import Parsed, PartitionEnd, Progress
from flows.sources.file_context import context_of
from state.frontier import NOT_YET

MERGE_STATE_VERSION: Final = 3
OPEN_FILES: Final = 256
"""files held open at once; others are reopened at their position"""
GROUP_FILES: Final = 256
"""files whose snapshots are kept together"""
RECORD_BYTES: Final = 160
"""upper estimate of the mean record, to size the blocks that hold a batch"""


class Cursor(Protocol):
    """What reads one input: a `FileCursor`, or what a run has stored of the file (`stored_records`)."""

    @property
    def position(self) -> int:
        """Return the position behind the last record returned."""

    @property
    def check(self) -> int:
        """Return the check sum of what was returned."""

    @property
    def fault(self) -> FaultReason | None:
        """Return what kept the input from being read to its end; None for nothing."""

    def read(self, max_records: int) -> Envelopes | None:
        """Return the next records; None at the end."""

    def close(self) -> None:
        """Close it."""


OpenStored = Callable[[FileInput, int], Cursor]


@dataclass(slots=True)
class MergedFile:
    """One file of the merge: what it is, what its next batch needs of the earlier ones, and how far it has been read.

    `position` counts bytes of the uncompressed stream, and `check` is their check sum. Where `is_restored`, the file may
    have been renamed or changed since.
    """

    input: FileInput
    context: SourceContext
    group: int
    """the place of the first of the files that stand beside it (`GROUP_FILES`)"""
    position: int = 0
    ended: bool = False
    check: int = 0
    is_restored: bool = False

    @property
    def watermark_us(self) -> int:
        """Return the event time that the file has passed; one without a time yet sorts before all others."""
        watermark = self.context.watermark_us
        return -(2**62) if watermark is None else watermark


@dataclass(slots=True)
class MergedFiles:
    """The files of one virtual partition; `partition` is its number."""

    partition: int
    files: tuple[FileInput, ...]
    settings: Settings
    ledger: Ledger = field(default_factory=Ledger)
    last_slot: int = NOT_YET
    closed: bool = False
    beginnings: Mapping[str, Beginning] = field(default_factory=dict)
    """by source, what its files began and ended with when they were found; a file that is not there is not compared"""
    originals: Mapping[str, FileInput] = field(default_factory=dict)
    """by source, the files of all partitions that others repeat"""
    found_at_us: int = 0
    """when files began to be looked at, in microseconds since the epoch, UTC; what was last changed before is as it was
    found"""
    _files_by_source: dict[str, MergedFile] = field(default_factory=dict)
    _waiting: list[tuple[int, str]] = field(default_factory=list)
    """a heap of watermark and source of each file that has not ended; the watermark of a file moves when it is read"""
    open_stored: OpenStored | None = None
    """opens what is read in place of a file at a position; None where the files are read themselves"""
    _cursors: OrderedDict[str, Cursor] = field(default_factory=OrderedDict)
    _plain_by_source: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """snapshots of single files; only those in `_changed` are taken anew"""
    _changed: set[str] = field(default_factory=set)
    _groups: dict[int, list[tuple[Any, ...]]] = field(default_factory=dict)
    """snapshots of files that stand beside each other, by the place of the first: a folder may hold 100,000 files, and a
    batch changes one of them"""

    def __post_init__(self) -> None:
        """Open an account in the ledger for each file."""
        for place, file in enumerate(self.files):
            self.ledger.describe(file.description())
            group = place - place % GROUP_FILES
            self._files_by_source[file.source] = MergedFile(file, context_of(file, self.settings), group)
        self._find_waiting()

    def _find_waiting(self) -> None:
        """Note which files have not ended, with their watermarks."""
        self._waiting = [
            (file.watermark_us, source) for source, file in self._files_by_source.items() if not file.ended
        ]
        heapify(self._waiting)

    @property
    def progress(self) -> Progress:
        """Return how far event time is complete over all files."""
        if self.closed:
            return Progress(self.partition, self.last_slot + 1, closed=True)
        least = self._waiting[0][0] if self._waiting else None
        # once all files have ended, the last slot stays open until `read` returns the end of the partition
        done_before = self.last_slot if least is None else max(least // SLOT_US, NOT_YET)
        return Progress(self.partition, done_before, closed=False)

    def read(self) -> Parsed | PartitionEnd | None:
        """Return the next records of the file with the lowest watermark; None once the partition has closed."""
        if self.closed:
            return None
        while self._waiting:
            _, source = self._waiting[0]
            file = self._files_by_source[source]
            envelopes = self._read(file)
            parsed = None
            if envelopes is not None and not file.input.duplicate_of:
                parsed = self._parsed(file, envelopes)
            if file.ended:
                heappop(self._waiting)
            else:
                heapreplace(self._waiting, (file.watermark_us, source))
            if parsed is not None and envelopes is not None:
                return Parsed(self.progress, envelopes, parsed)
        self.closed = True
        return PartitionEnd(self.progress, to_json(self.ledger))

    def _read(self, file: MergedFile) -> Envelopes | None:
        """Return the next records of one file, counted in the ledger; None once it has ended."""
        source = file.input.source
        self._changed.add(source)
        try:
            cursor = self._cursor(file)
        except InputChangedError:
            # rotated away or overwritten since it was found or read: the run goes on, and the ledger names what is missing
            file.ended = True
            self.ledger.fault(source, FaultReason.CUT)
            return None
        envelopes = cursor.read(self.settings.batch_records)
        if envelopes is None:
            file.ended = True
            if cursor.fault is not None:
                self.ledger.fault(source, cursor.fault)
            self._cursors.pop(source).close()
            return None
        file.position, file.check = cursor.position, cursor.check
        byte_count = int(envelopes.length.sum(dtype=np.int64))
        self.ledger.receive(source, len(envelopes), byte_count)
        if file.input.duplicate_of:
            self.ledger.repeat(source, len(envelopes), byte_count)
        return envelopes

    def _cursor(self, file: MergedFile) -> Cursor:
        """Return the open cursor of a file, closing the least recently used one where too many are open."""
        source = file.input.source
        if source not in self._cursors:
            while len(self._cursors) >= OPEN_FILES:
                least_recent = next(
                    (name for name in self._cursors if not self._files_by_source[name].input.is_pipe), None
                )
                if least_recent is None:
                    break
                self._cursors.pop(least_recent).close()
            # a replay must not depend on when it is run
            received_at_us = file.input.reference_time_us
            block_bytes = max(BLOCK_BYTES, self.settings.batch_records * RECORD_BYTES)
            if self.open_stored is not None:
                self._cursors[source] = self.open_stored(file.input, file.position)
            elif file.is_restored and file.position:
                cursor = continued(
                    file.input, file.position, file.check, received_at_us=received_at_us, block_bytes=block_bytes
                )
                file.input, file.is_restored = cursor.file, False
                try:
                    self._require_repeated(file.input)
                except InputChangedError:
                    cursor.close()
                    raise
                self._cursors[source] = cursor
            else:
                if not file.position and (beginning := self.beginnings.get(source)) is not None:
                    file.input = unread(file.input, beginning)
                if not file.position:
                    self._require_repeated(file.input)
                self._cursors[source] = FileCursor(
                    file.input,
                    file.position,
                    check=file.check,
                    received_at_us=received_at_us,
                    block_bytes=block_bytes,
                )
        self._cursors.move_to_end(source)
        return self._cursors[source]

    def _require_repeated(self, file: FileInput) -> None:
        """Check that a file that repeats another still does. Raises `InputChangedError`."""
        if (original := self.originals.get(file.duplicate_of)) is not None:
            require_repeated(file, original, self.found_at_us, self.beginnings.get(original.source))

    def _parsed(self, file: MergedFile, envelopes: Envelopes) -> ParsedBatch:
        """Parse the next records of a file, and count what becomes of them."""
        parsed: ParsedBatch = parse(envelopes, file.context)
        self.ledger.settle(file.input.source, parsed.reject_reason, envelopes.length)
        self.ledger.miss(file.input.source, unread_fields(parsed))
        accepted = parsed.tick_time[parsed.reject_reason == RejectReason.ACCEPTED]
        # only logs decide which slot is the last: a ticket of next month does not make a month of silence
        if len(accepted) and file.input.kind == Kind.LOG:
            self.last_slot = max(self.last_slot, int(accepted.max()) // SLOT_US)
        return parsed

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values, version first; cheap enough to be taken after every batch."""
        for source in self._changed:
            self._groups.pop(self._files_by_source[source].group, None)
            file = self._files_by_source[source]
            account = account_to_plain(self.ledger.account(source))
            self._plain_by_source[source] = (
                source,
                file.position,
                file.ended,
                file.context.snapshot(),
                account,
                file.check,
            )
        self._changed.clear()
        plain_files: list[tuple[Any, ...]] = []
        for group in range(0, len(self.files), GROUP_FILES):
            if group not in self._groups:
                self._groups[group] = [
                    plain
                    for file in self.files[group : group + GROUP_FILES]
                    if (plain := self._plain_by_source.get(file.source)) is not None
                ]
            plain_files += self._groups[group]
        return MERGE_STATE_VERSION, self.closed, self.last_slot, tuple(plain_files)

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state of `snapshot`. Raises `StateVersionError` for one of another version."""
        require_version("a partition of files", state[0], MERGE_STATE_VERSION)
        _, self.closed, self.last_slot, plain_files = state
        for source, position, ended, context, account, check in plain_files:
            file = self._files_by_source[source]
            file.position, file.check, file.ended, file.is_restored = position, check, ended, True
            file.context.restore(context)
            self.ledger.account(source).add(account_from_plain(account))
            self._changed.add(source)
        self._find_waiting()

    def close(self) -> None:
        """Close all open files."""
        while self._cursors:
            self._cursors.popitem()[1].close()
