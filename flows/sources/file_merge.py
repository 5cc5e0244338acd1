"""Many files read as one stream in the order of event time.

Takes files, gives batches: always of the file whose event time lags most behind, so that files advance together. What the
batches say does not depend on where they are cut; only the order in which files take turns does.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from brainstem.arrays.state_version import require_version
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import Kind
from brainstem.contracts.ledger import Ledger, account_from_plain, account_to_plain
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.slots import SLOT_US
from brainstem.parse.parser import ParsedBatch, parse
from brainstem.parse.source_context import SourceContext
from connectors.files.cursor import BLOCK_BYTES, FileCursor, FileInput
from flows.config.settings import Settings
from flows.sources.batches import Closing, Parsed, Progress
from state.frontier import NOT_YET

MERGE_STATE_VERSION: Final = 1
OPEN_FILES: Final = 256
"""files held open at once; others are opened again where they were left"""
NEVER_LATE_US: Final = 1 << 62
"""lateness of a file of statements: it is read whole before anything is sealed"""
RECORD_BYTES: Final = 160
"""a generous mean record, to size the blocks that hold a batch"""


@dataclass(slots=True)
class Turn:
    """One file and how far it has been read."""

    file: FileInput
    context: SourceContext
    position: int = 0
    ended: bool = False

    @property
    def watermark_us(self) -> int:
        """Return the event time that the file has passed; files of unknown time come first."""
        watermark = self.context.watermark_us
        return -(2**62) if watermark is None else watermark


@dataclass(slots=True)
class MergedFiles:
    """The files of one partition."""

    partition: int
    files: tuple[FileInput, ...]
    settings: Settings
    ledger: Ledger = field(default_factory=Ledger)
    last_slot: int = NOT_YET
    closed: bool = False
    _turns: dict[str, Turn] = field(default_factory=dict)
    _cursors: OrderedDict[str, FileCursor] = field(default_factory=OrderedDict)
    _states: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Open an account for each file."""
        for file in self.files:
            self.ledger.describe(file.description())
            self._turns[file.source] = Turn(file, self._context(file))

    def _context(self, file: FileInput) -> SourceContext:
        return SourceContext(
            reference_time_us=file.reference_time_us,
            # those who state something name its tenant, and one file may be about several
            zone=self.settings.zone_of(file.tenant) if file.kind == Kind.LOG else self.settings.zone,
            default_host=file.default_host,
            default_service=file.default_service,
            received_at_us=file.reference_time_us,
            # statements are taken up at their own times, in whatever order a file lists them
            lateness_us=self.settings.lateness_us if file.kind == Kind.LOG else NEVER_LATE_US,
            kind=file.kind,
        )

    @property
    def progress(self) -> Progress:
        """Say how far event time is complete over all files."""
        if self.closed:
            return Progress(self.partition, self.last_slot + 1, closed=True)
        least = min((turn.watermark_us for turn in self._turns.values() if not turn.ended), default=None)
        # files that have all ended still wait for the batch that closes the partition
        done_before = self.last_slot if least is None else max(least // SLOT_US, NOT_YET)
        return Progress(self.partition, done_before, closed=False)

    def read(self) -> Parsed | Closing | None:
        """Return the next records of the file that lags most; None once the partition has closed."""
        if self.closed:
            return None
        while waiting := [turn for turn in self._turns.values() if not turn.ended]:
            turn = min(waiting, key=lambda each: (each.watermark_us, each.file.source))
            envelopes = self._read(turn)
            if envelopes is not None and not turn.file.duplicate_of:
                return self._parsed(turn, envelopes)
        self.closed = True
        return Closing(self.progress, to_json(self.ledger))

    def _read(self, turn: Turn) -> Envelopes | None:
        """Read on in one file, and count what was received."""
        cursor = self._cursor(turn)
        envelopes = cursor.read(self.settings.batch_records)
        source = turn.file.source
        self._touched.add(source)
        if envelopes is None:
            turn.ended = True
            if cursor.fault is not None:
                self.ledger.fault(source, cursor.fault)
            self._cursors.pop(source).close()
            return None
        turn.position = cursor.position
        byte_count = int(envelopes.length.sum(dtype=np.int64))
        self.ledger.receive(source, len(envelopes), byte_count)
        if turn.file.duplicate_of:
            self.ledger.repeat(source, len(envelopes), byte_count)
        return envelopes

    def _cursor(self, turn: Turn) -> FileCursor:
        """Return the open cursor of a file, closing the one that has rested longest when too many are open."""
        source = turn.file.source
        if source not in self._cursors:
            while len(self._cursors) >= OPEN_FILES:
                rested = next((name for name in self._cursors if not self._turns[name].file.is_pipe), None)
                if rested is None:
                    break
                self._cursors.pop(rested).close()
            self._cursors[source] = FileCursor(
                turn.file,
                turn.position,
                # a replay must not depend on when it is run
                received_at_us=turn.file.reference_time_us,
                block_bytes=max(BLOCK_BYTES, self.settings.batch_records * RECORD_BYTES),
            )
        self._cursors.move_to_end(source)
        return self._cursors[source]

    def _parsed(self, turn: Turn, envelopes: Envelopes) -> Parsed:
        parsed: ParsedBatch = parse(envelopes, turn.context)
        self.ledger.settle(turn.file.source, parsed.reject_reason, envelopes.length)
        accepted = parsed.tick_time[parsed.reject_reason == RejectReason.ACCEPTED]
        # logs alone say how far a run reaches: a ticket of next month does not make a month of silence
        if len(accepted) and turn.file.kind == Kind.LOG:
            self.last_slot = max(self.last_slot, int(accepted.max()) // SLOT_US)
        return Parsed(self.progress, envelopes, parsed)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values, version first; cheap enough to be taken after every batch."""
        for source in self._touched:
            turn = self._turns[source]
            account = account_to_plain(self.ledger.account(source))
            self._states[source] = (source, turn.position, turn.ended, turn.context.snapshot(), account)
        self._touched.clear()
        return (
            MERGE_STATE_VERSION,
            self.closed,
            self.last_slot,
            tuple(self._states[source] for source in self._turns if source in self._states),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`: read on where it stood."""
        require_version("a partition of files", state[0], MERGE_STATE_VERSION)
        _, self.closed, self.last_slot, turns = state
        for source, position, ended, context, account in turns:
            turn = self._turns[source]
            turn.position, turn.ended = position, ended
            turn.context.restore(context)
            self.ledger.account(source).add(account_from_plain(account))
            self._touched.add(source)

    def close(self) -> None:
        """Close what is open."""
        while self._cursors:
            self._cursors.popitem()[1].close()
