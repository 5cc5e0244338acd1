"""What a file that is gone goes on in: a rotated copy beside it that begins with all that was read, packed or not."""

import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from connectors.files.compression import Compression
from connectors.tail.candidates import Candidates
from connectors.tail.copies import begins_with, is_within, log_of
from connectors.tail.file_set import FileSet, set_of
from connectors.tail.followed import Followed, identity_of, path_text, paths_in, status_of
from connectors.tail.followed_files import FollowedFiles
from connectors.tail.lifecycle import Lifecycle


class Continuations:
    """Whose rest the files with names of rotated copies are."""

    def __init__(
        self, sets: Sequence[FileSet], files: FollowedFiles, candidates: Candidates, lifecycle: Lifecycle
    ) -> None:
        self._sets = sets
        self._files = files
        self._candidates = candidates
        self._lifecycle = lifecycle

    def owner(self, path: str, now: float) -> Followed | None:
        """Return the file that one with the name of a rotated copy is the rest of, or a copy of; None for none.

        Of several that it begins with it is that of which most was read.
        """
        folder, _, name = path.rpartition("/")
        log = folder, log_of(name)
        if name == log[1]:
            return None
        kin = sorted(
            (file for file in self._files.all() if file.log == log),
            key=lambda file: (-file.at.position, not file.is_there, -file.at.ahead_bytes),
        )
        for file in kin:
            if file.is_there and file.path != path and self._is_copy(path, file, now):
                return file
            # it may have turned out to be gone just now
            if not file.is_there and begins_with(Path(path), file.at):
                return file
        return None

    def _is_copy(self, path: str, file: Followed, now: float) -> bool:
        """Return whether a file is a copy of one that is there; what was cut since it was looked at is not."""
        if file.is_packed:
            return False
        if file.is_out_of_sight and not file.is_in(file.descriptor):
            file.may_have_lost = True
            self._lifecycle.seek(file, now)
            return False
        if not file.is_out_of_sight and not file.still_holds(file.path):
            status = status_of(file.path)
            if status is not None and file.is_at(status):
                self._lifecycle.replace(file, status, now)
            return False
        try:
            return is_within(Path(path), file.open())
        except OSError:
            return False

    def look_for(self, file: Followed, now: float) -> None:
        """Look for the rest of a file beside its path, also under names that no pattern has."""
        folder, log = file.log
        waits, is_written = False, False
        later: list[tuple[int, str, os.stat_result, Compression, bytes]] = []
        for path in sorted(paths_in(folder)):
            if log_of(path.rpartition("/")[2]) != log or _excludes(file, path):
                continue
            status = status_of(path)
            if status is None or not stat.S_ISREG(status.st_mode) or identity_of(status) in self._files.by_identity:
                continue
            reason, compression, beginning = self._candidates.refusal(
                path, status, replace(file.set, modified_hours_most=0.0)
            )
            if reason is not None:
                continue
            if compression is not Compression.NONE and not self._candidates.is_settled(path, status, now):
                is_written = True
                continue
            owner = self.owner(path, now)
            if owner is file:
                self._lifecycle.continue_in(file, path, status, compression, now)
                self._begin_between(file, later, now)
                return
            if owner is not None:
                continue
            if not status.st_size and now < file.sought_until:
                waits = True
            elif _is_as_late(status.st_mtime_ns, file.at.modified_ns) and path != path_text(file.stream[0]):
                later.append((status.st_mtime_ns, path, status, compression, beginning))
        file.awaits_copy = waits or is_written
        # where nothing was left to be read, a packed copy is awaited so that it is recognized; what is being packed is
        # awaited in any case
        if is_written or (now < file.sought_until and (waits or not (file.at.unread or file.may_have_lost))):
            return
        is_gap = not file.at.is_closed and (file.at.unread > 0 or (file.may_have_lost and not file.at.is_blank))
        self._lifecycle.give_up(file, now, is_gap=is_gap)
        self._begin_between(file, later, now)

    def _begin_between(
        self, file: Followed, later: list[tuple[int, str, os.stat_result, Compression, bytes]], now: float
    ) -> None:
        """Read files that rotation has made since a file was seen last, where no pattern has their names."""
        # of two of one moment that with the higher number is older
        later.sort(key=lambda each: each[1], reverse=True)
        for _, path, status, compression, beginning in sorted(later, key=lambda each: each[0]):
            if set_of(self._sets, Path(path)) is None and identity_of(status) not in self._files.by_identity:
                self._lifecycle.begin(path, status, file.set, compression, beginning, now, file.stream, is_ended=True)


def _excludes(file: Followed, path: str) -> bool:
    return path.rpartition("/")[2].startswith(".") or file.set.excludes(path)


def _is_as_late(time_ns: int, other_ns: int) -> bool:
    """Return whether a time of change is that of another file or later, as far as it is kept: who packs a file gives the
    copy its time, some in whole seconds, others in microseconds.
    """
    unit_ns = next(each for each in (1_000_000_000, 1_000, 1) if time_ns % each == 0)
    return time_ns // unit_ns >= other_ns // unit_ns
