"""Reading what files have gained: a block of each in turn, growing or packed, with a bounded number of them open."""

import os
from pathlib import Path
from typing import Final

from connectors.files.cursor import InputChangedError
from connectors.tail.file_set import shown
from connectors.tail.followed import Followed, Times, status_of
from connectors.tail.followed_files import FollowedFiles
from connectors.tail.growing import Ending, ReplacedError, read_records
from connectors.tail.lifecycle import Lifecycle
from connectors.tail.output import Output

BLOCK_BYTES: Final = 256 << 10
RECORDS_MOST: Final = 8192
POLL_BYTES: Final = 2 << 20
"""of records that one poll returns, about"""
OPEN_MOST: Final = 512


class Reader:
    """Reads files, and passes their records on."""

    def __init__(self, files: FollowedFiles, lifecycle: Lifecycle, output: Output, times: Times) -> None:
        self._files = files
        self._lifecycle = lifecycle
        self._output = output
        self._times = times
        self.has_more = False
        """whether the next call would read more at once"""

    def read(self, now: float) -> None:
        """Read what files have, a block of each in turn."""
        waiting = set(self._files.turn)
        self._files.turn += [
            file
            for file in self._files.active
            if file.is_there and file not in waiting and self._may_have_more(file, now)
        ]
        left, has_read = POLL_BYTES, True
        while self._files.turn and left > 0 and has_read:
            round_of_files, self._files.turn, has_read = self._files.turn, [], False
            for file in round_of_files:
                if not file.is_there:
                    continue
                if left <= 0 or self._waits_for_earlier(file):
                    self._files.turn.append(file)
                    continue
                has_read, before = True, file.at.position
                if self._read_packed(file) if file.is_packed else self._read_growing(file, now):
                    self._files.turn.append(file)
                left -= file.at.position - before
        self.has_more = left <= 0
        for file in [each for each in self._files.active if not self._holds_back(each)]:
            del self._files.active[file]
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
            for other in self._files.of(file.stream)
        )

    def _ending(self, file: Followed, now: float) -> Ending:
        quiet = now - file.changed_at
        wait = self._times.ended if file.at.is_ended else self._times.line
        return Ending(lines=quiet >= self._times.record, all=quiet >= wait)

    def _read_growing(self, file: Followed, now: float) -> bool:
        """Read a block of a file; return whether it has more."""
        try:
            descriptor = file.open()
            self._files.opened.pop(file, None)
            self._files.opened[file] = None
            ending = self._ending(file, now)
            read = read_records(descriptor, file.at, BLOCK_BYTES, RECORDS_MOST, ending)
        except ReplacedError:
            status = status_of(file.path)
            if file.is_out_of_sight:
                file.may_have_lost = True
                self._lifecycle.seek(file, now)
            elif status is None or not file.is_at(status):
                file.look_at = now
            else:
                self._lifecycle.replace(file, status, now)
            return False
        except FileNotFoundError:
            file.look_at = now
            return False
        except OSError as error:
            if error.strerror != file.trouble:
                file.trouble = error.strerror or str(error)
                self._output.tell(file.path, f"{shown(Path(file.path))} cannot be read: {file.trouble}")
            file.has_news = False
            return False
        self._output.put(file, read.records, read.ahead)
        file.has_news = read.has_more
        is_done = file.is_out_of_sight and not read.has_more and ending.all
        if is_done and (not os.fstat(descriptor).st_nlink or now - file.changed_at >= self._times.line):
            self._lifecycle.seek(file, now)
        return read.has_more

    def _read_packed(self, file: Followed) -> bool:
        """Read a block of a compressed file; return whether it has more."""
        try:
            cursor = file.open_packed()
        except InputChangedError:
            # something else lies there, which is found as a new file
            self._lifecycle.seek(file, 0.0)
            return False
        envelopes = cursor.read(1024)
        if envelopes is not None:
            self._output.put(file, [envelopes.raw(row) for row in range(len(envelopes))])
            return True
        file.has_news, file.at.is_closed = False, True
        fault = cursor.fault
        file.close()
        if fault is None:
            self._output.put_position(file)
        else:
            self._output.put_gap(file, fault, None)
        return False

    def _close_surplus(self) -> None:
        """Close the files that have been quiet for longest, where too many are open."""
        surplus = len(self._files.opened) - OPEN_MOST
        if surplus > 0:
            for file in [each for each in self._files.opened if not each.is_out_of_sight][:surplus]:
                del self._files.opened[file]
                file.close()
