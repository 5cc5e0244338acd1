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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from brainstem.contracts.ledger import FaultReason, RefusalReason
from connectors.files.compression import Compression, compression_of
from connectors.files.cursor import InputChangedError, source_of
from connectors.files.encoding import Encoding
from connectors.files.peek import END_BYTES, refusal_of
from connectors.received import ReceivedMessage
from connectors.tail.account import TailAccount
from connectors.tail.copies import begins_with, compression_at, is_within
from connectors.tail.file_set import FileSet, Found, find, shown
from connectors.tail.followed import Followed, Identity, identity_of, path_text, status_of
from connectors.tail.growing import Ending, ReplacedError, read_records
from connectors.tail.names import log_of
from connectors.tail.positions import (
    FilePosition,
    Stream,
    forget_message,
    position_message,
    unread_message,
)

BLOCK_BYTES: Final = 256 << 10
RECORDS_MOST: Final = 8192
POLL_BYTES: Final = 2 << 20
"""of records that one poll returns, about"""
OPEN_MOST: Final = 512
LOOK_SHARE: Final = 1 / 60
"""of the time since a file has changed, after which it is looked at again"""
COUNT_SECONDS: Final = 1.0
FIND_SHARE: Final = 50
"""the time between two looks for new files is so many times what one takes, at least"""


@dataclass(frozen=True, slots=True)
class Times:
    """How long is waited for what, in seconds."""

    find: float = 5.0
    """between two looks for new files"""
    record: float = 1.0
    """until the last whole line of a file is taken to be the end of its record"""
    line: float = 60.0
    """until a last line without an end is taken to be whole, and what is begun and not closed too"""
    ended: float = 5.0
    """the same for a file that was renamed, after which its writer has another one"""
    settle: float = 5.0
    """until a compressed file that has not grown is taken to be finished"""
    seek: float = 15.0
    """until a file that is gone is told as a gap"""
    look: float = 5.0
    """between two looks at a file that has not changed for long, at most"""
    forget: float = 3600.0
    """until a file that is gone is forgotten"""


class Follower:
    """All files that are followed. Used by one thread. `now` are seconds of a monotonic clock."""

    def __init__(
        self,
        sets: Sequence[FileSet],
        known: Iterable[tuple[Stream, FilePosition]] = (),
        *,
        note: Callable[[str], None] = lambda _: None,
        excluded: Sequence[str] = (),
        times: Times = Times(),
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """`known` are the positions of files that were followed before. `note` takes what a person should hear of once."""
        self._sets = sets
        self._note = note
        self._excluded = excluded
        self._times = times
        self._wall_ns = wall_ns
        self.account = TailAccount()
        self._files: dict[Stream, list[Followed]] = {}
        self._by_identity: dict[Identity, Followed] = {}
        self._last: dict[Stream, Followed] = {}
        self._held: dict[str, tuple[Identity, int, int]] = {}
        """copies of files that are there, by path, as they were when that was found"""
        self._refused: dict[str, tuple[tuple[Identity, int, int], RefusalReason]] = {}
        self._told: set[str] = set()
        self._sizes: dict[str, tuple[int, float]] = {}
        self._find_at = 0.0
        self._out: list[ReceivedMessage] = []
        self._turn: list[Followed] = []
        self._listed: list[Followed] | None = None
        """all files; None once one was added or removed"""
        self._active: dict[Followed, None] = {}
        """those that may have something to read, or hold something back"""
        self._missing: dict[Followed, None] = {}
        """those that are sought or gone"""
        self._opened: dict[Followed, None] = {}
        """those that are open, the one that was read longest ago first"""
        self._count_at = 0.0
        self._has_more = False
        self._known = list(known)

    def poll(self, now: float) -> list[ReceivedMessage]:
        """Return what has come, about `POLL_BYTES` at most, in an order that must be kept. Never waits."""
        self._out = []
        if self._known:
            self._take_up(now)
        if now >= self._find_at:
            self._find(now)
        for file in self._all():
            if now >= file.look_at and file.is_there:
                self._look(file, now)
        for file in list(self._missing):
            if file.sought_until:
                self._seek(file, now)
            elif file.gone_at and now - file.gone_at > self._times.forget:
                self._forget(file)
        self._read(now)
        if now >= self._count_at:
            self._count()
            self._count_at = now + COUNT_SECONDS
        return self._out

    @property
    def has_more(self) -> bool:
        """Return whether the next poll would return more at once."""
        return self._has_more

    def close(self) -> None:
        """Close all files."""
        for file in self._all():
            file.close()

    def _all(self) -> list[Followed]:
        if self._listed is None:
            self._listed = [file for files in self._files.values() for file in files]
        return self._listed

    def _now_us(self) -> int:
        return self._wall_ns() // 1000

    # what was followed before

    def _take_up(self, now: float) -> None:
        """Find the files of an earlier process again."""
        known, self._known = self._known, []
        for stream, at in known:
            path = path_text(at.source)
            of_set = self._set_of(Path(path_text(stream[0])))
            if of_set is None:
                # not configured any more: kept, so that it is not read again when it is
                of_set = FileSet((), stream[1])
            file = Followed(stream, of_set, of_set.host_of(Path(path_text(stream[0]))), path, at, changed_at=now)
            self._files.setdefault(stream, []).append(file)
            self._active[file] = None
        self._listed = None
        listed: dict[str, dict[Identity, str]] = {}
        # of files that have had one inode after the other, the last may have it still
        for file in sorted(self._all(), key=lambda each: -each.at.generation):
            self._find_again(file, listed, now)

    def _find_again(self, file: Followed, listed: dict[str, dict[Identity, str]], now: float) -> None:
        status = status_of(file.path)
        path: str | None = file.path
        if status is None or not file.is_at(status):
            folder = file.path.rpartition("/")[0]
            if folder not in listed:
                listed[folder] = _identities(folder)
            path = listed[folder].get(file.identity)
            status = None if path is None else status_of(path)
        if path is not None and status is not None and file.identity not in self._by_identity:
            renamed = path != file.path
            file.path = path
            file.compression = _compression(path)
            is_told_apart = not file.at.is_blank or not (renamed or (file.at.is_ended and status.st_size))
            if is_told_apart and file.still_holds(path) and not (renamed and self._is_of_another(path, file)):
                self._by_identity[file.identity] = file
                if renamed:
                    file.at.source, file.at.is_ended = source_of(Path(path)), True
                    self._put_position(file)
                return
            file.path = path_text(file.at.source)
        if file.at.is_closed:
            # nothing more was expected of it, and a copy that turns up is recognized
            file.gone_at = max(now, 1e-9)
            self._missing[file] = None
            return
        # of what was renamed and read to its end before, nothing more was expected
        file.may_have_lost = not file.at.is_ended or file.at.unread > 0
        self._go_missing(file, now)

    def _is_of_another(self, path: str, file: Followed) -> bool:
        """Return whether a file begins with more that was read of another one of the log: an inode was given again."""
        return any(
            other.at.position > file.at.position and other.log == file.log and begins_with(Path(path), other.at)
            for other in self._all()
        )

    # finding files

    def _set_of(self, path: Path) -> FileSet | None:
        return next((each for each in self._sets if each.holds(path)), None)

    def _find(self, now: float) -> None:
        """Look for new files."""
        began = time.monotonic()
        found = find(self._sets, self._excluded)
        for folder in found.unreadable:
            self._tell(folder, f"the folder {shown(Path(folder))} cannot be listed: what is below it is not read")
        if new := self._new_paths(found):
            folders = {path.rpartition("/")[0] for path in new}
            for file in self._all():
                if file.is_there and file.log[0] in folders:
                    self._look(file, now)
            new = self._new_paths(found)
        by_age = []
        for path in new:
            status = status_of(path)
            if status is not None and stat.S_ISREG(status.st_mode):
                by_age.append((status.st_mtime_ns, path, status))
        self._refused = {path: seen for path, seen in self._refused.items() if path in found.files}
        self._held = {path: seen for path, seen in self._held.items() if path in found.files}
        for _, path, status in sorted(by_age, key=lambda each: each[:2]):
            self._consider(path, status, found.files[path], now)
        self._unreadable_folders = len(found.unreadable)
        took = time.monotonic() - began
        self._find_at = now + max(self._times.find, FIND_SHARE * took)
        if self._sizes or self._held:
            self._find_at = min(self._find_at, now + max(1.0, FIND_SHARE * took))

    def _new_paths(self, found: Found) -> list[str]:
        paths = {file.path for file in self._all() if file.is_there and not file.is_out_of_sight}
        return [path for path in found.files if path not in paths]

    def _consider(self, path: str, status: os.stat_result, of_set: FileSet, now: float) -> bool:
        """Take a file that is not known: as what it is the rest of, or by itself. Return whether that is settled."""
        if identity_of(status) in self._by_identity:
            return True
        state = (identity_of(status), status.st_size, status.st_mtime_ns)
        if self._held.get(path) == state:
            return True
        if (refused := self._refused.get(path)) is not None and refused[0] == state:
            return True
        reason, compression, beginning = self._refusal(path, status, of_set)
        if reason is not None:
            self._refused[path] = state, reason
            return True
        if not status.st_size and compression is Compression.NONE and log_of(Path(path).name) != Path(path).name:
            # a copy that is about to be made is empty first
            settled = self._is_settled(path, status, now)
            return settled and self._begin(path, status, of_set, compression, beginning, now)
        if compression is not Compression.NONE and not self._is_settled(path, status, now):
            return False
        self._held.pop(path, None)
        owner = self._owner(path, now)
        if owner is not None and owner.is_there:
            self._held[path] = state
        elif owner is not None:
            self._continue(owner, path, status, compression, now)
        else:
            self._begin(path, status, of_set, compression, beginning, now)
        return True

    def _owner(self, path: str, now: float) -> Followed | None:
        """Return the file that one with the name of a rotated copy is the rest of, or a copy of; None for none.

        Of several that it begins with it is that of which most was read.
        """
        folder, _, name = path.rpartition("/")
        log = folder, log_of(name)
        if name == log[1]:
            return None
        kin = sorted(
            (file for file in self._all() if file.log == log),
            key=lambda file: (-file.at.position, not file.is_there, -file.at.ahead_bytes),
        )
        for file in kin:
            if file.is_there and file.path != path and self._is_copy(path, file, now):
                return file
            # it may have turned out to be gone just now
            if not file.is_there and begins_with(Path(path), file.at):
                return file
        return None

    def _refusal(
        self, path: str, status: os.stat_result, of_set: FileSet
    ) -> tuple[RefusalReason | None, Compression, bytes]:
        """Return why a file is not read, None for nothing, how it is compressed, and its first bytes."""
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as in `status_of`
                beginning = file.read(END_BYTES)
        except OSError as error:
            self._tell(path, f"{shown(Path(path))} cannot be read: {error.strerror}")
            return RefusalReason.UNREADABLE, Compression.NONE, b""
        hours = of_set.modified_hours_most
        if hours and self._wall_ns() - status.st_mtime_ns > hours * 3600e9:
            return RefusalReason.EXCLUDED, Compression.NONE, beginning
        compression = compression_of(beginning)
        reason = refusal_of(beginning) if compression is Compression.NONE else None
        return reason, compression, beginning

    def _is_settled(self, path: str, status: os.stat_result, now: float) -> bool:
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

    def _is_copy(self, path: str, file: Followed, now: float) -> bool:
        """Return whether a file is a copy of one that is there; what was cut since it was looked at is not."""
        if file.is_packed:
            return False
        if file.is_out_of_sight and not file.is_in(file.descriptor):
            file.may_have_lost = True
            self._go_missing(file, now)
            return False
        if not file.is_out_of_sight and not file.still_holds(file.path):
            status = status_of(file.path)
            if status is not None and file.is_at(status):
                self._replace(file, status, now)
            return False
        try:
            return is_within(Path(path), file.open())
        except OSError:
            return False

    def _begin(
        self,
        path: str,
        status: os.stat_result,
        of_set: FileSet,
        compression: Compression,
        beginning: bytes,
        now: float,
        stream: Stream | None = None,
        *,
        is_ended: bool = False,
    ) -> bool:
        """Follow a file from its beginning, of which the first `AHEAD_BYTES` are given."""
        named = Path(path)
        source = source_of(named)
        if stream is None:
            stream = source, of_set.tenant_of(named)
        files = self._files.setdefault(stream, [])
        at = FilePosition(source, *identity_of(status), max((f.at.generation for f in files), default=0) + 1)
        at.size, at.modified_ns, at.is_ended = status.st_size, status.st_mtime_ns, is_ended
        for file in files:
            file.at.is_ended = True
        file = Followed(stream, of_set, of_set.host_of(named), path, at, compression, changed_at=now)
        files.append(file)
        self._listed = None
        self._active[file] = None
        if not file.is_packed:
            at.note_ahead(beginning)
        self._by_identity[file.identity] = file
        self._turn.append(file)
        if at.generation > 1:
            self.account.rotated += 1
        self._put_position(file)
        return True

    def _continue(
        self, file: Followed, path: str, status: os.stat_result, compression: Compression, now: float
    ) -> None:
        """Go on with a file in another one that holds the same, and perhaps the rest."""
        self._drop_identity(file)
        self._missing.pop(file, None)
        self._active[file] = None
        file.move_to(path, status, compression)
        file.at.is_ended, file.at.is_closed = True, False
        # nobody writes to a copy
        file.changed_at = now - self._times.ended
        self._by_identity[file.identity] = file
        self._held.pop(path, None)
        self._put_position(file)

    def _drop_identity(self, file: Followed) -> None:
        if self._by_identity.get(file.identity) is file:
            del self._by_identity[file.identity]

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
                self._active[file] = None
                file.close()
            return
        if status.st_size < max(file.at.offset, file.at.size):
            self._replace(file, status, now)
            return
        if (status.st_size, status.st_mtime_ns) != (file.at.size, file.at.modified_ns):
            file.at.size, file.at.modified_ns = status.st_size, status.st_mtime_ns
            file.changed_at, file.look_at, file.has_news = now, now, True
            self._active[file] = None
            file.at.is_closed = False

    def _lose_sight(self, file: Followed, status: os.stat_result | None, now: float) -> None:
        """Find a file again that does not lie at its path any more, and take what lies there now."""
        path = file.path
        elsewhere = _identities(path.rpartition("/")[0]).get(file.identity)
        file.at.is_ended = True
        found = None if elsewhere is None else status_of(elsewhere)
        if elsewhere is not None and found is not None and file.is_at(found) and self._is_same(file, elsewhere):
            file.path, file.at.source = elsewhere, source_of(Path(elsewhere))
            file.changed_at, file.has_news = now, True
            self._active[file] = None
            self._held.pop(elsewhere, None)
            self._put_position(file)
            self._look(file, now)
        elif file.descriptor >= 0:
            held = os.fstat(file.descriptor)
            if held.st_size > file.at.size:
                file.changed_at = now
            file.at.size, file.is_out_of_sight, file.has_news = held.st_size, True, True
            self._active[file] = None
        else:
            file.may_have_lost = True
            self._go_missing(file, now)
        self._find_at = min(self._find_at, now)
        name = Path(path).name
        if log_of(name) != name:
            # it may be a copy of what is looked at after this
            return
        if status is not None and stat.S_ISREG(status.st_mode) and self._set_of(Path(path)) is file.set:
            self._consider(path, status, file.set, now)

    def _is_same(self, file: Followed, path: str) -> bool:
        """Return whether a file that has the inode of another one is it; one that is open keeps its inode for itself."""
        return file.descriptor >= 0 or file.still_holds(path)

    def _replace(self, file: Followed, status: os.stat_result, now: float) -> None:
        """Take note that a file was cut: what was read of it is sought, and it begins anew."""
        self._drop_identity(file)
        path, of_set = file.path, file.set
        file.may_have_lost = True
        self._go_missing(file, now)
        self._begin(path, status, of_set, Compression.NONE, _beginning(path), now, file.stream)

    def _go_missing(self, file: Followed, now: float) -> None:
        """Seek a file, or what holds the rest of it."""
        self._drop_identity(file)
        file.close()
        self._missing[file] = None
        file.is_out_of_sight = False
        file.sought_until = now + self._times.seek
        # what was taken for a copy of it may be the rest of it
        folder = file.log[0] + "/"
        for path in [path for path in self._held if path.startswith(folder)]:
            del self._held[path]

    # seeking files that are gone

    def _seek(self, file: Followed, now: float) -> None:
        """Look for the rest of a file beside its path, also under names that no pattern has."""
        folder, log = file.log
        waits, is_written = False, False
        later: list[tuple[int, str, os.stat_result, Compression, bytes]] = []
        for path in sorted(_names(folder)):
            if log_of(path.rpartition("/")[2]) != log or self._excludes(file, path):
                continue
            status = status_of(path)
            if status is None or not stat.S_ISREG(status.st_mode) or identity_of(status) in self._by_identity:
                continue
            reason, compression, beginning = self._refusal(path, status, replace(file.set, modified_hours_most=0.0))
            if reason is not None:
                continue
            if compression is not Compression.NONE and not self._is_settled(path, status, now):
                is_written = True
                continue
            owner = self._owner(path, now)
            if owner is file:
                self._continue(file, path, status, compression, now)
                self._begin_between(file, later, now)
                return
            if owner is not None:
                continue
            if not status.st_size and now < file.sought_until:
                waits = True
            elif _is_as_late(status.st_mtime_ns, file.at.modified_ns) and path != self._live_path(file):
                later.append((status.st_mtime_ns, path, status, compression, beginning))
        file.awaits_copy = waits or is_written
        # where nothing was left to be read, a packed copy is awaited so that it is recognized; what is being packed is
        # awaited in any case
        if is_written or (now < file.sought_until and (waits or not (file.at.unread or file.may_have_lost))):
            return
        is_gap = not file.at.is_closed and (file.at.unread > 0 or (file.may_have_lost and not file.at.is_blank))
        self._give_up(file, now, is_gap=is_gap)
        self._begin_between(file, later, now)

    def _live_path(self, file: Followed) -> str:
        return path_text(file.stream[0])

    def _excludes(self, file: Followed, path: str) -> bool:
        return path.rpartition("/")[2].startswith(".") or file.set.excludes(path)

    def _begin_between(
        self, file: Followed, later: list[tuple[int, str, os.stat_result, Compression, bytes]], now: float
    ) -> None:
        """Read files that rotation has made since a file was seen last, where no pattern has their names."""
        # of two of one moment that with the higher number is older
        later.sort(key=lambda each: each[1], reverse=True)
        for _, path, status, compression, beginning in sorted(later, key=lambda each: each[0]):
            if self._set_of(Path(path)) is None and identity_of(status) not in self._by_identity:
                self._begin(path, status, file.set, compression, beginning, now, file.stream, is_ended=True)

    def _give_up(self, file: Followed, now: float, *, is_gap: bool) -> None:
        """Seek a file no more, and tell what is lost with it."""
        file.sought_until, file.gone_at = 0.0, max(now, 1e-9)
        file.at.is_closed = True
        if not is_gap:
            self._put_position(file)
            return
        lost = file.at.unread or None
        self._put_gap(file, FaultReason.CUT, lost)

    def _put_gap(self, file: Followed, reason: FaultReason, lost: int | None) -> None:
        self.account.gaps[reason.value] += 1
        self.account.gap_bytes += lost or 0
        many = f"{lost:,} bytes" if lost else "nobody knows how much"
        why = "was cut or removed before it was read to its end" if reason is FaultReason.CUT else reason.value
        self._note(f"{shown(Path(file.path))} {why}: {many} of it could not be read")
        self._last[file.stream] = file
        self._out.append(unread_message(file.stream, file.at, reason, lost, self._now_us()))

    def _forget(self, file: Followed) -> None:
        """Forget a file that is gone for long."""
        files = self._files[file.stream]
        if len(files) > 1 or file.at.is_ended or status_of(self._live_path(file)) is None:
            files.remove(file)
            self._listed = None
            for held in (self._missing, self._active, self._opened):
                held.pop(file, None)
            self._out.append(forget_message(file.stream, file.at.generation, self._now_us()))
            if self._last.get(file.stream) is file:
                del self._last[file.stream]
            if not files:
                del self._files[file.stream]

    # reading

    def _read(self, now: float) -> None:
        """Read what files have, a block of each in turn."""
        waiting = set(self._turn)
        self._turn += [
            file for file in self._active if file.is_there and file not in waiting and self._may_have_more(file, now)
        ]
        left, has_read = POLL_BYTES, True
        while self._turn and left > 0 and has_read:
            round_of_files, self._turn, has_read = self._turn, [], False
            for file in round_of_files:
                if not file.is_there:
                    continue
                if left <= 0 or self._waits_for_earlier(file):
                    self._turn.append(file)
                    continue
                has_read, before = True, file.at.position
                if self._read_packed(file) if file.is_packed else self._read_growing(file, now):
                    self._turn.append(file)
                left -= file.at.position - before
        self._has_more = left <= 0
        for file in [each for each in self._active if not self._holds_back(each)]:
            del self._active[file]
        self._close_surplus()

    def _holds_back(self, file: Followed) -> bool:
        """Return whether there is something of a file that was not read, for whatever reason."""
        if not file.is_there:
            return False
        return file.has_news or file.is_out_of_sight or (not file.is_packed and file.at.unread > 0)

    def _may_have_more(self, file: Followed, now: float) -> bool:
        if file.is_packed:
            return file.has_news
        return (
            file.has_news
            or file.is_out_of_sight
            or (file.at.unread > 0 and now - file.changed_at >= self._times.record)
        )

    def _waits_for_earlier(self, file: Followed) -> bool:
        """Return whether an earlier file of the stream has something left, or is sought."""
        return any(
            other.at.generation < file.at.generation
            and (
                (other.sought_until and (other.awaits_copy or other.at.unread) and not other.at.is_closed)
                or (other.is_there and other.has_news)
            )
            for other in self._files[file.stream]
        )

    def _ending(self, file: Followed, now: float) -> Ending:
        quiet = now - file.changed_at
        wait = self._times.ended if file.at.is_ended else self._times.line
        return Ending(lines=quiet >= self._times.record, all=quiet >= wait)

    def _read_growing(self, file: Followed, now: float) -> bool:
        """Read a block of a file; return whether it has more."""
        try:
            descriptor = file.open()
            self._opened.pop(file, None)
            self._opened[file] = None
            ending = self._ending(file, now)
            read = read_records(descriptor, file.at, BLOCK_BYTES, RECORDS_MOST, ending)
        except ReplacedError:
            status = status_of(file.path)
            if file.is_out_of_sight:
                file.may_have_lost = True
                self._go_missing(file, now)
            elif status is None or not file.is_at(status):
                file.look_at = now
            else:
                self._replace(file, status, now)
            return False
        except FileNotFoundError:
            file.look_at = now
            return False
        except OSError as error:
            if error.strerror != file.trouble:
                file.trouble = error.strerror or str(error)
                self._tell(file.path, f"{shown(Path(file.path))} cannot be read: {file.trouble}")
            file.has_news = False
            return False
        self._put(file, read.records, read.ahead)
        file.has_news = read.has_more
        is_done = file.is_out_of_sight and not read.has_more and ending.all
        if is_done and (not os.fstat(descriptor).st_nlink or now - file.changed_at >= self._times.line):
            self._go_missing(file, now)
        return read.has_more

    def _read_packed(self, file: Followed) -> bool:
        """Read a block of a compressed file; return whether it has more."""
        try:
            cursor = file.open_packed()
        except InputChangedError:
            # something else lies there, which is found as a new file
            self._go_missing(file, 0.0)
            return False
        envelopes = cursor.read(1024)
        if envelopes is not None:
            self._put(file, [envelopes.raw(row) for row in range(len(envelopes))])
            return True
        file.has_news, file.at.is_closed = False, True
        fault = cursor.fault
        file.close()
        if fault is None:
            self._put_position(file)
        else:
            self._put_gap(file, fault, None)
        return False

    def _put(self, file: Followed, records: list[bytes], ahead: bytes = b"") -> None:
        """Pass on records, and behind them the position that they lead to, and what stands there."""
        if not records:
            if len(ahead) > file.at.ahead_bytes:
                file.at.note_ahead(ahead)
                self._put_position(file)
            return
        now_us = self._now_us()
        if self._last.get(file.stream) is not file or (not file.at.position and file.at.encoding != Encoding.UTF_8):
            self._put_position(file)
        listener, tenant = file.stream
        self._out += [ReceivedMessage(listener, tenant, file.host, record, None, now_us) for record in records]
        file.at.advance(b"".join(records))
        file.at.note_ahead(ahead)
        self.account.received += len(records)
        self.account.received_bytes += sum(map(len, records))
        self._put_position(file)

    def _put_position(self, file: Followed) -> None:
        self._last[file.stream] = file
        self._out.append(position_message(file.stream, file.at, self._now_us()))

    def _close_surplus(self) -> None:
        """Close the files that have been quiet for longest, where too many are open."""
        surplus = len(self._opened) - OPEN_MOST
        if surplus > 0:
            for file in [each for each in self._opened if not each.is_out_of_sight][:surplus]:
                del self._opened[file]
                file.close()

    # telling

    def _tell(self, what: str, said: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._note(said)

    def _count(self) -> None:
        files = [file for file in self._all() if file.is_there]
        self.account.files = len(files)
        self.account.unread_bytes = sum(file.at.unread for file in files if not file.is_packed)
        self.account.copies = len(self._held)
        refused = self.account.refused
        refused.clear()
        for _, reason in self._refused.values():
            refused[reason.value] += 1


def _is_as_late(time_ns: int, other_ns: int) -> bool:
    """Return whether a time of change is that of another file or later, as far as it is kept: who packs a file gives the
    copy its time, some in whole seconds, others in microseconds.
    """
    unit_ns = next(each for each in (1_000_000_000, 1_000, 1) if time_ns % each == 0)
    return time_ns // unit_ns >= other_ns // unit_ns


def _names(folder: str) -> Iterator[str]:
    """Yield the paths of what lies in a folder."""
    try:
        with os.scandir(folder or "/") as entries:
            for entry in entries:
                yield f"{folder}/{entry.name}"
    except OSError:
        return


def _identities(folder: str) -> dict[Identity, str]:
    """Return the paths of the files in a folder by device and inode."""
    found: dict[Identity, str] = {}
    status = status_of(folder or "/")
    if status is None:
        return found
    try:
        with os.scandir(folder or "/") as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    found[status.st_dev, entry.inode()] = f"{folder}/{entry.name}"
    except OSError:
        pass
    return found


def _beginning(path: str) -> bytes:
    """Return the first bytes of a file, none where it cannot be opened."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as in `status_of`
            return file.read(END_BYTES)
    except OSError:
        return b""


def _compression(path: str) -> Compression:
    try:
        return compression_at(Path(path))
    except OSError:
        return Compression.NONE
