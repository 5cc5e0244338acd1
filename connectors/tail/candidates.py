"""Paths where something lies that is not followed: refused, a copy of what is followed, or still being written."""

import os
from collections.abc import Callable, Container
from pathlib import Path

from brainstem.contracts.ledger import RefusalReason
from connectors.files.compression import Compression, compression_of
from connectors.files.peek import END_BYTES, refusal_of
from connectors.tail.account import TailAccount
from connectors.tail.file_set import FileSet, shown
from connectors.tail.followed import Identity, Times, identity_of
from connectors.tail.output import Output

State = tuple[Identity, int, int]
"""of a file: its identity, its bytes, and when it was modified, in nanoseconds"""


def state_of(status: os.stat_result) -> State:
    """Return what changes with a file."""
    return identity_of(status), status.st_size, status.st_mtime_ns


class Candidates:
    """What is known of each path, as long as the file there stays as it was."""

    def __init__(self, output: Output, times: Times, wall_ns: Callable[[], int]) -> None:
        self._output = output
        self._times = times
        self._wall_ns = wall_ns
        self._copies: dict[str, State] = {}
        """copies of files that are there"""
        self._refused: dict[str, tuple[State, RefusalReason]] = {}
        self._sizes: dict[str, tuple[int, float]] = {}
        """of what may still be written: its bytes, and since when it has had them"""

    @property
    def are_undecided(self) -> bool:
        """Return whether some may be followed without a change of theirs."""
        return bool(self._sizes or self._copies)

    def is_decided(self, path: str, state: State) -> bool:
        """Return whether a file is not followed, and has not changed since that was found."""
        refused = self._refused.get(path)
        return self._copies.get(path) == state or (refused is not None and refused[0] == state)

    def refuse(self, path: str, state: State, reason: RefusalReason) -> None:
        """Note that a file is not read."""
        self._refused[path] = state, reason

    def hold_as_copy(self, path: str, state: State) -> None:
        """Note that a file is a copy of one that is there, and is read only if it becomes something else."""
        self._copies[path] = state

    def release(self, path: str) -> None:
        """Note that a file is taken for no copy any more."""
        self._copies.pop(path, None)

    def release_below(self, folder: str) -> None:
        """Note that no file below a folder is taken for a copy any more. `folder` ends with a slash."""
        for path in [path for path in self._copies if path.startswith(folder)]:
            del self._copies[path]

    def keep_only(self, paths: Container[str]) -> None:
        """Forget what lies at no path of these."""
        self._refused = {path: seen for path, seen in self._refused.items() if path in paths}
        self._copies = {path: seen for path, seen in self._copies.items() if path in paths}

    def refusal(
        self, path: str, status: os.stat_result, of_set: FileSet
    ) -> tuple[RefusalReason | None, Compression, bytes]:
        """Return why a file is not read, None for nothing, how it is compressed, and its first bytes."""
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as in `status_of`
                beginning = file.read(END_BYTES)
        except OSError as error:
            self._output.tell(path, f"{shown(Path(path))} cannot be read: {error.strerror}")
            return RefusalReason.UNREADABLE, Compression.NONE, b""
        hours = of_set.modified_hours_most
        if hours and self._wall_ns() - status.st_mtime_ns > hours * 3600e9:
            return RefusalReason.EXCLUDED, Compression.NONE, beginning
        compression = compression_of(beginning)
        reason = refusal_of(beginning) if compression is Compression.NONE else None
        return reason, compression, beginning

    def is_settled(self, path: str, status: os.stat_result, now: float) -> bool:
        """Return whether a file that somebody may be writing has stayed as it is for long enough."""
        if self._wall_ns() - status.st_mtime_ns > self._times.settle * 1e9:
            self._sizes.pop(path, None)
            return True
        size, since = self._sizes.get(path, (-1, now))
        if size != status.st_size:
            self._sizes[path] = status.st_size, now
            return False
        if now - since < self._times.settle:
            return False
        self._sizes.pop(path, None)
        return True

    def count_into(self, account: TailAccount) -> None:
        """Set the counts of copies and of refused files."""
        account.copies = len(self._copies)
        account.refused.clear()
        for _, reason in self._refused.values():
            account.refused[reason.value] += 1
