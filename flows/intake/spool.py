"""The spool as a buffer of listeners: what waits in the queue is written and synced together, by one thread.

While one sync runs, further messages queue up and share the next one, so the number of syncs follows from the disk and not
from the messages. A spool that is full, or a disk that is, makes listeners put no more: connections are not read, and
datagrams are dropped and counted. What was queued before is still written.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from connectors.base import InputError
from connectors.journal.position import JournalPosition
from connectors.kept_requests import KEPT, KeptRequest
from connectors.received import POSITION, ReceivedMessage
from connectors.spool.folder import Folder
from connectors.spool.writer import Limits, SpoolWriter, groups_of
from connectors.tail.positions import FilePosition, Positions, Stream
from flows.config.settings import PARTITIONS
from flows.config.spool import SpoolSettings
from flows.intake.buffer import QueuedBuffer
from flows.intake.positions import (
    DamagedPositionsError,
    StoredPositions,
    catch_up,
    read_positions,
    write_positions,
)
from flows.process.stop_request import StoppedError

TAKEN_AT_ONCE: Final = 20_000
QUIET_SECONDS: Final = 0.2
"""how often limits are looked at while nothing comes"""
FREE_SECONDS: Final = 1.0
"""how often segments that were consumed are removed"""
STORE_SECONDS: Final = 5.0
"""how often the positions of files are stored, apart from the messages that say them"""
RETRY_SECONDS: Final = 0.5
"""how often a full disk is tried again"""
LOCK: Final = "lock"
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


def lock_spool(folder: Path) -> int:
    """Take the lock of a spool, for the life of this process; return its file descriptor. Raises `InputError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise InputError(f"the spool {folder} cannot be written: {error.strerror}. Check path and rights.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise InputError(
            f"the spool {folder} is written by another process. Stop that intake, or give each a folder of its own"
            " (spool.folder)."
        ) from error
    return lock


class SpoolBuffer(QueuedBuffer):
    """The queue and the thread that writes it to the spool. A message is durable once it is synced."""

    def __init__(
        self,
        settings: SpoolSettings,
        note: Callable[[str], None],
        stop_seconds: float,
        *,
        follows_files: bool = False,
    ) -> None:
        """Open the spool and put its end in order. With `follows_files` positions of files and journals are kept in it,
        as they are from then on. Raises `InputError` where another process writes it.
        """
        super().__init__()
        self._note = note
        self._stop_seconds = stop_seconds
        self._trouble = ""
        self._written = 0
        self._lock = lock_spool(settings.folder)
        self._folder = Folder(settings.folder)
        try:
            stored = self._stored_positions(follows_files=follows_files)
            self._writer = SpoolWriter(
                self._folder,
                PARTITIONS,
                Limits(settings.bytes_most, settings.hours_most * 3600),
                needed_from=None if stored is None else stored.next,
            )
            self._positions = None if stored is None else catch_up(stored, self._folder, self._writer.spool_id)
            self._stored_at = 0.0
            self._store_positions()
        except OSError as error:
            os.close(self._lock)
            raise InputError(f"the spool {settings.folder} cannot be written: {error.strerror}.") from error
        self._kept = self._writer.kept
        self._notes = 0
        for each in self._writer.set_aside:
            note(
                f"the spool {settings.folder}: {each.byte_count:,} bytes at the end of {each.segment} are no whole messages,"
                f" from a write that was cut off or a damaged disk; they were moved to {each.file}"
            )

    def file_positions(self) -> list[tuple[Stream, FilePosition]]:
        """Return how far files had been read when the spool was opened; call it before anything is put."""
        return [] if self._positions is None else list(self._positions)

    def journal_positions(self) -> dict[Stream, JournalPosition]:
        """Return how far journals had been read when the spool was opened; call it before anything is put."""
        return {} if self._positions is None else dict(self._positions.journals)

    def _stored_positions(self, *, follows_files: bool) -> StoredPositions | None:
        """Return the positions of files that are stored; None where files are not followed and never were."""
        try:
            stored = read_positions(self._folder.path)
        except DamagedPositionsError as error:
            self._note(f"{error}; positions are taken from what the spool holds, and files that it lacks are read anew")
            stored = StoredPositions(Positions(), 0)
        return StoredPositions(Positions(), 0) if stored is None and follows_files else stored

    def _store_positions(self) -> None:
        """Store the positions of files, so that segments before are needed no more. Raises `OSError`."""
        if self._positions is not None and self._writer.needed_from != self._writer.durable:
            write_positions(self._folder.path, StoredPositions(self._positions, self._writer.durable))
            self._writer.needed_from = self._writer.durable
        self._stored_at = time.monotonic()

    @override
    def kept_requests(self) -> Sequence[KeptRequest]:
        return self._kept

    @override
    def counts(self) -> dict[str, Any]:
        return {
            "spooled": self._written - self._notes,
            "waiting": self.waiting,
            "unread": self._writer.depth,
            "spool_bytes": self._writer.byte_count,
            "oldest_seconds": round(self._writer.oldest_seconds),
            "trouble": self._trouble,
        }

    @override
    def empty(self) -> None:
        try:
            looked_at = 0.0
            while not self.is_finished:
                batch = self.take(TAKEN_AT_ONCE, QUIET_SECONDS)
                if time.monotonic() - looked_at >= (QUIET_SECONDS if self._trouble else FREE_SECONDS):
                    looked_at = time.monotonic()
                    self._free()
                    self._look_at_limits()
                if batch:
                    self._write(batch)
            self._stored_at = 0.0
            self._free()
        finally:
            self._folder.close()
            os.close(self._lock)

    def _free(self) -> None:
        """Remove segments that nobody needs any more."""
        if time.monotonic() - self._stored_at >= STORE_SECONDS:
            try:
                self._store_positions()
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
        self._writer.free()

    def _write(self, batch: Sequence[ReceivedMessage]) -> None:
        """Write messages, and return once they are durable."""
        for group in groups_of(batch):
            until = time.monotonic() + self._stop_seconds
            while True:
                try:
                    self._writer.append(group)
                    break
                except OSError as error:
                    if error.errno not in NO_ROOM:
                        raise
                    self._say(f"the disk has no room for the spool ({error.strerror})")
                    self.refuse(refusing=True)
                    if self.is_ending and time.monotonic() > until:
                        raise StoppedError(f"stopped while {self._trouble}; what it has not taken is lost.") from error
                    time.sleep(RETRY_SECONDS)
                    self._free()
        self._writer.sync()
        self._written += len(batch)
        if self._positions is not None:
            for each in batch:
                self._positions.note(each.listener, each.tenant, each.fault, each.content)
        self._notes += sum(each.fault in (KEPT, POSITION) for each in batch)
        self.note_durable(self._written)
        if self._writer.is_full:
            self._look_at_limits()

    def _look_at_limits(self) -> None:
        """Refuse messages while the spool is full, and say so when that begins and ends."""
        is_full = self._writer.is_full
        if is_full:
            self._say(
                f"the spool is full: {self._writer.byte_count:,} bytes, the oldest message is"
                f" {self._writer.oldest_seconds / 3600:.1f} hours old. Nothing is taken until a run has read it"
            )
        elif self._trouble:
            self._note("the spool takes messages again")
            self._trouble = ""
        self.refuse(refusing=is_full)

    def _say(self, trouble: str) -> None:
        if not self._trouble:
            self._note(trouble)
        self._trouble = trouble
