"""What becomes of a file: it begins, goes on in another one, is cut, sought, given up and forgotten."""

import os
from pathlib import Path

from brainstem.contracts.ledger import FaultReason
from connectors.files.compression import Compression
from connectors.files.cursor import source_of
from connectors.tail.candidates import Candidates
from connectors.tail.file_set import FileSet
from connectors.tail.followed import Followed, Times, beginning_of, identity_of, path_text, status_of
from connectors.tail.followed_files import FollowedFiles
from connectors.tail.output import Output
from connectors.tail.positions import FilePosition, Stream


class Lifecycle:
    """The changes that a file goes through; each keeps what is known of it in step, and passes its position on."""

    def __init__(self, files: FollowedFiles, candidates: Candidates, output: Output, times: Times) -> None:
        self._files = files
        self._candidates = candidates
        self._output = output
        self._times = times

    def begin(
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
        """Follow a file from its beginning, of which the first `AHEAD_BYTES`, or more, are given."""
        named = Path(path)
        source = source_of(named)
        if stream is None:
            stream = source, of_set.tenant_of(named)
        files = self._files.of(stream)
        at = FilePosition(source, *identity_of(status), max((f.at.generation for f in files), default=0) + 1)
        at.size, at.modified_ns, at.is_ended = status.st_size, status.st_mtime_ns, is_ended
        for file in files:
            file.at.is_ended = True
        file = Followed(stream, of_set, of_set.host_of(named), path, at, compression, changed_at=now)
        self._files.add(file)
        if not file.is_packed:
            at.note_ahead(beginning)
        self._files.by_identity[file.identity] = file
        self._files.turn.append(file)
        if at.generation > 1:
            self._output.account.rotated += 1
        self._output.put_position(file)
        return True

    def continue_in(
        self, file: Followed, path: str, status: os.stat_result, compression: Compression, now: float
    ) -> None:
        """Go on with a file in another one that holds the same, and perhaps the rest."""
        self._files.drop_identity(file)
        self._files.missing.pop(file, None)
        self._files.active[file] = None
        file.move_to(path, status, compression)
        file.at.is_ended, file.at.is_closed = True, False
        # nobody writes to a copy
        file.changed_at = now - self._times.ended
        self._files.by_identity[file.identity] = file
        self._candidates.release(path)
        self._output.put_position(file)

    def replace(self, file: Followed, status: os.stat_result, now: float) -> None:
        """Take note that a file was cut: what was read of it is sought, and it begins anew."""
        self._files.drop_identity(file)
        path, of_set = file.path, file.set
        file.may_have_lost = True
        self.seek(file, now)
        self.begin(path, status, of_set, Compression.NONE, beginning_of(path), now, file.stream)

    def seek(self, file: Followed, now: float) -> None:
        """Seek a file, or what holds the rest of it."""
        self._files.drop_identity(file)
        file.close()
        self._files.missing[file] = None
        file.is_out_of_sight = False
        file.sought_until = now + self._times.seek
        # what was taken for a copy of it may be the rest of it
        self._candidates.release_below(file.log[0] + "/")

    def give_up(self, file: Followed, now: float, *, is_gap: bool) -> None:
        """Seek a file no more, and tell what is lost with it."""
        file.sought_until, file.gone_at = 0.0, max(now, 1e-9)
        file.at.is_closed = True
        if not is_gap:
            self._output.put_position(file)
            return
        lost = file.at.unread or None
        self._output.put_gap(file, FaultReason.CUT, lost)

    def forget(self, file: Followed) -> None:
        """Forget a file that is gone for long."""
        is_only_one = len(self._files.of(file.stream)) == 1
        if not is_only_one or file.at.is_ended or status_of(path_text(file.stream[0])) is None:
            self._files.remove(file)
            self._output.put_forgotten(file)
