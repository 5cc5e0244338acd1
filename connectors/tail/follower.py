"""Follow the files of all sets: find them, read what they gain, and keep hold of each through rotation.

**Problem.** A log is a name, and the file under it changes: it is renamed and made anew, copied and cut, packed, removed,
all of it also while nobody looks. Its lines must be read once each, whatever becomes of it.

**Idea.** A *stream* is the path at which a file was first found; its files are numbered in generations. A file is looked at
under its path. Where another one lies there, the file has been renamed (its inode is found beside it), is only held open, or
is gone; where it is shorter, or the bytes before the position have changed, it was cut. A file that is gone or was cut is
*sought*: a file beside it whose name is that of a rotated copy and that begins with all that was read, packed or not, is its
continuation. Where none turns up, what was known to be unread is told as a gap.

A file that is new is compared with those that have its log's name before it is read: what begins with all that was read of a
file that is gone is that file; what is a copy of one that is still there is read only if it becomes something else.

**Invariants.** Records of a file come in order, each once: the position moves with the records that are returned. A file is
read only while no earlier generation of its stream has anything left. Nothing depends on names beyond the folder of a log.

**Cost.** A file that has changed in the last minute is looked at with each poll, others less often, down to once in five
seconds; folders are listed as often as a fiftieth of the time allows. At most 512 files are held open.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from connectors.files.compression import Compression
from connectors.files.cursor import source_of
from connectors.received import ReceivedMessage
from connectors.tail.account import TailAccount
from connectors.tail.candidates import Candidates, state_of
from connectors.tail.continuations import Continuations
from connectors.tail.copies import begins_with, log_of
from connectors.tail.file_set import FileSet, Found, find, set_of, shown
from connectors.tail.followed import (
    USUAL_TIMES,
    Followed,
    Identity,
    Times,
    compression_or_none,
    identities_in,
    identity_of,
    path_text,
    status_of,
)
from connectors.tail.followed_files import FollowedFiles
from connectors.tail.lifecycle import Lifecycle
from connectors.tail.output import Output
from connectors.tail.positions import FilePosition, Stream
from connectors.tail.reading import Reader

LOOK_SHARE: Final = 1 / 60
"""of the time since a file has changed, after which it is looked at again"""
COUNT_SECONDS: Final = 1.0
FIND_SHARE: Final = 50
"""the time between two looks for new files is so many times what one takes, at least"""


class Follower:
    """All files that are followed. Used by one thread. `now` are seconds of a monotonic clock."""

    def __init__(
        self,
        sets: Sequence[FileSet],
        known: Iterable[tuple[Stream, FilePosition]] = (),
        *,
        note: Callable[[str], None] = lambda _: None,
        excluded: Sequence[str] = (),
        times: Times = USUAL_TIMES,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """`known` are the positions of files that were followed before. `note` takes what a person should hear of once."""
        self._sets = sets
        self._excluded = excluded
        self._times = times
        self._known = list(known)
        self._files = FollowedFiles()
        self._output = Output(note, wall_ns)
        self._candidates = Candidates(self._output, times, wall_ns)
        self._lifecycle = Lifecycle(self._files, self._candidates, self._output, times)
        self._continuations = Continuations(sets, self._files, self._candidates, self._lifecycle)
        self._reader = Reader(self._files, self._lifecycle, self._output, times)
        self._find_at = 0.0
        self._count_at = 0.0

    @property
    def account(self) -> TailAccount:
        """Return the counts since the tail began."""
        return self._output.account

    def poll(self, now: float) -> list[ReceivedMessage]:
        """Return what has come, about `POLL_BYTES` at most, in an order that must be kept. Never waits."""
        if self._known:
            self._take_up(now)
        if now >= self._find_at:
            self._find(now)
        for file in self._files.all():
            if now >= file.look_at and file.is_there:
                self._look(file, now)
        for file in list(self._files.missing):
            if file.sought_until:
                self._continuations.look_for(file, now)
            elif file.gone_at and now - file.gone_at > self._times.forget:
                self._lifecycle.forget(file)
        self._reader.read(now)
        if now >= self._count_at:
            self._count()
            self._count_at = now + COUNT_SECONDS
        return self._output.take()

    @property
    def has_more(self) -> bool:
        """Return whether the next poll would return more at once."""
        return self._reader.has_more

    def close(self) -> None:
        """Close all files."""
        for file in self._files.all():
            file.close()

    # what was followed before

    def _take_up(self, now: float) -> None:
        """Find the files of an earlier process again."""
        known, self._known = self._known, []
        for stream, at in known:
            path = path_text(at.source)
            of_set = set_of(self._sets, Path(path_text(stream[0])))
            if of_set is None:
                # not configured any more: kept, so that it is not read again when it is
                of_set = FileSet((), stream[1])
            file = Followed(stream, of_set, of_set.host_of(Path(path_text(stream[0]))), path, at, changed_at=now)
            self._files.add(file)
        listed: dict[str, dict[Identity, str]] = {}
        # of files that have had one inode after the other, the last may have it still
        for file in sorted(self._files.all(), key=lambda each: -each.at.generation):
            self._find_again(file, listed, now)

    def _find_again(self, file: Followed, listed: dict[str, dict[Identity, str]], now: float) -> None:
        status = status_of(file.path)
        path: str | None = file.path
        if status is None or not file.is_at(status):
            folder = file.path.rpartition("/")[0]
            if folder not in listed:
                listed[folder] = identities_in(folder)
            path = listed[folder].get(file.identity)
            status = None if path is None else status_of(path)
        if path is not None and status is not None and file.identity not in self._files.by_identity:
            renamed = path != file.path
            file.path = path
            file.compression = compression_or_none(path)
            is_told_apart = not file.at.is_blank or not (renamed or (file.at.is_ended and status.st_size))
            if is_told_apart and file.still_holds(path) and not (renamed and self._is_of_another(path, file)):
                self._files.by_identity[file.identity] = file
                if renamed:
                    file.at.source, file.at.is_ended = source_of(Path(path)), True
                    self._output.put_position(file)
                return
            file.path = path_text(file.at.source)
        if file.at.is_closed:
            # nothing more was expected of it, and a copy that turns up is recognized
            file.gone_at = max(now, 1e-9)
            self._files.missing[file] = None
            return
        # of what was renamed and read to its end before, nothing more was expected
        file.may_have_lost = not file.at.is_ended or file.at.unread > 0
        self._lifecycle.seek(file, now)

    def _is_of_another(self, path: str, file: Followed) -> bool:
        """Return whether a file begins with more that was read of another one of the log: an inode was given again."""
        return any(
            other.at.position > file.at.position and other.log == file.log and begins_with(Path(path), other.at)
            for other in self._files.all()
        )

    # finding files

    def _find(self, now: float) -> None:
        """Look for new files."""
        began = time.monotonic()
        found = find(self._sets, self._excluded)
        for folder in found.unreadable:
            self._output.tell(
                folder, f"the folder {shown(Path(folder))} cannot be listed: what is below it is not read"
            )
        if new := self._new_paths(found):
            folders = {path.rpartition("/")[0] for path in new}
            for file in self._files.all():
                if file.is_there and file.log[0] in folders:
                    self._look(file, now)
            new = self._new_paths(found)
        by_age = []
        for path in new:
            status = status_of(path)
            if status is not None and stat.S_ISREG(status.st_mode):
                by_age.append((status.st_mtime_ns, path, status))
        self._candidates.keep_only(found.files)
        for _, path, status in sorted(by_age, key=lambda each: each[:2]):
            self._consider(path, status, found.files[path], now)
        took = time.monotonic() - began
        self._find_at = now + max(self._times.find, FIND_SHARE * took)
        if self._candidates.are_undecided:
            self._find_at = min(self._find_at, now + max(1.0, FIND_SHARE * took))

    def _new_paths(self, found: Found) -> list[str]:
        paths = {file.path for file in self._files.all() if file.is_there and not file.is_out_of_sight}
        return [path for path in found.files if path not in paths]

    def _consider(self, path: str, status: os.stat_result, of_set: FileSet, now: float) -> bool:
        """Take a file that is not known: as what it is the rest of, or by itself. Return whether that is settled."""
        if identity_of(status) in self._files.by_identity:
            return True
        state = state_of(status)
        if self._candidates.is_decided(path, state):
            return True
        reason, compression, beginning = self._candidates.refusal(path, status, of_set)
        if reason is not None:
            self._candidates.refuse(path, state, reason)
            return True
        if not status.st_size and compression is Compression.NONE and log_of(Path(path).name) != Path(path).name:
            # a copy that is about to be made is empty first
            settled = self._candidates.is_settled(path, status, now)
            return settled and self._lifecycle.begin(path, status, of_set, compression, beginning, now)
        if compression is not Compression.NONE and not self._candidates.is_settled(path, status, now):
            return False
        self._candidates.release(path)
        owner = self._continuations.owner(path, now)
        if owner is not None and owner.is_there:
            self._candidates.hold_as_copy(path, state)
        elif owner is not None:
            self._lifecycle.continue_in(owner, path, status, compression, now)
        else:
            self._lifecycle.begin(path, status, of_set, compression, beginning, now)
        return True

    # looking at files

    def _look(self, file: Followed, now: float) -> None:
        """Find out whether a file has grown, was cut, renamed or removed."""
        file.look_at = now + min(self._times.look, (now - file.changed_at) * LOOK_SHARE)
        if file.is_out_of_sight:
            status: os.stat_result | None = os.fstat(file.descriptor)
        else:
            status = status_of(file.path)
        if status is None or not file.is_at(status):
            self._lose_sight(file, status, now)
            return
        if file.is_packed:
            if (status.st_size, status.st_mtime_ns) != (file.at.size, file.at.modified_ns):
                file.at.size, file.at.modified_ns = status.st_size, status.st_mtime_ns
                file.has_news, file.at.is_closed = True, False
                self._files.active[file] = None
                file.close()
            return
        if status.st_size < max(file.at.offset, file.at.size):
            self._lifecycle.replace(file, status, now)
            return
        if (status.st_size, status.st_mtime_ns) != (file.at.size, file.at.modified_ns):
            file.at.size, file.at.modified_ns = status.st_size, status.st_mtime_ns
            file.changed_at, file.look_at, file.has_news = now, now, True
            self._files.active[file] = None
            file.at.is_closed = False

    def _lose_sight(self, file: Followed, status: os.stat_result | None, now: float) -> None:
        """Find a file again that does not lie at its path any more, and take what lies there now."""
        path = file.path
        elsewhere = identities_in(path.rpartition("/")[0]).get(file.identity)
        file.at.is_ended = True
        found = None if elsewhere is None else status_of(elsewhere)
        if elsewhere is not None and found is not None and file.is_at(found) and self._is_same(file, elsewhere):
            file.path, file.at.source = elsewhere, source_of(Path(elsewhere))
            file.changed_at, file.has_news = now, True
            self._files.active[file] = None
            self._candidates.release(elsewhere)
            self._output.put_position(file)
            self._look(file, now)
        elif file.descriptor >= 0:
            held = os.fstat(file.descriptor)
            if held.st_size > file.at.size:
                file.changed_at = now
            file.at.size, file.is_out_of_sight, file.has_news = held.st_size, True, True
            self._files.active[file] = None
        else:
            file.may_have_lost = True
            self._lifecycle.seek(file, now)
        self._find_at = min(self._find_at, now)
        name = Path(path).name
        if log_of(name) != name:
            # it may be a copy of what is looked at after this
            return
        if status is not None and stat.S_ISREG(status.st_mode) and set_of(self._sets, Path(path)) is file.set:
            self._consider(path, status, file.set, now)

    def _is_same(self, file: Followed, path: str) -> bool:
        """Return whether a file that has the inode of another one is it; one that is open keeps its inode for itself."""
        return file.descriptor >= 0 or file.still_holds(path)

    def _count(self) -> None:
        files = [file for file in self._files.all() if file.is_there]
        self.account.files = len(files)
        self.account.unread_bytes = sum(file.at.unread for file in files if not file.is_packed)
        self._candidates.count_into(self.account)
