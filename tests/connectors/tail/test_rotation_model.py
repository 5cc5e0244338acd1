"""Random lives of a log, looked at now and then, against a model: every line comes once, or a gap is told."""

import gzip
import os
import re
import shutil
import time
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.received import POSITION, UNREAD, ReceivedMessage
from connectors.tail.file_set import FileSet
from connectors.tail.followed import Times
from connectors.tail.follower import Follower
from connectors.tail.positions import Positions

TOKEN = re.compile(rb"<[0-9]+:x*>")
BANNER = b"# the same first line in every file, so that heads are equal " + b"." * 1200 + b"\n"
ROTATED_MOST = 50


class Life:
    """A log named `app.log`, its rotated copies, and a tail that may be stopped or killed at any time."""

    def __init__(self, folder: Path, pattern: str, *, has_banner: bool) -> None:
        self.folder = folder
        self.log = folder / "app.log"
        self.pattern = pattern
        self.has_banner = has_banner
        self.now = 1000.0
        self.began_ns = time.time_ns()
        self.written: list[bytes] = []
        self.held_open: Path | None = None
        self.held_open_is_of_nobody = False
        self.partial = b""
        self.seen = b""
        """what a poll has found under the name of the log since that was made"""
        self.tokens_of_log: list[bytes] = []
        self.excused: set[bytes] = set()
        """of files that came and went between two looks, which nobody can know of"""
        self.at_risk: dict[bytes, int] = {}
        """lines that were destroyed, and how many gaps had been told before"""
        self.emitted: dict[str, bytes] = defaultdict(bytes)
        self.gaps = 0
        self.positions = Positions()
        self.tail: Follower | None = None
        self._make()
        self.start()

    # the tail

    def start(self) -> None:
        """Begin to follow, where durable positions say."""
        if self.tail is None:
            self.tail = Follower(
                [FileSet((str(self.folder / self.pattern),), "acme", host="h")],
                list(self.positions),
                times=Times(look=0.0),
                wall_ns=lambda: self.began_ns + int(self.now * 1e9),
            )

    def stop(self) -> None:
        """End following; everything that was returned is durable."""
        if self.tail is not None:
            self.tail.close()
            self.tail = None

    def poll(self, seconds: float) -> None:
        """Let time go by, and poll."""
        self.now += seconds
        if self.tail is not None:
            self.seen = self.log.read_bytes()
            self._take(self.tail.poll(self.now))

    def kill(self, share: float) -> None:
        """Poll, and lose what was returned behind some message of it, with the process."""
        self.now += 0.3
        if self.tail is not None:
            messages = self.tail.poll(self.now)
            self._take(messages[: int(len(messages) * share)])
            self.tail.close()
            self.tail = None

    def _take(self, messages: list[ReceivedMessage]) -> None:
        for each in messages:
            self.positions.note(each.listener, each.tenant, each.fault, each.content)
            if each.fault is None:
                self.emitted[each.listener] += each.content
            elif each.fault == UNREAD:
                self.gaps += 1
            else:
                assert each.fault == POSITION
        assert Positions.from_plain(self.positions.to_plain()).to_plain() == self.positions.to_plain()

    # the log

    def append(self, count: int) -> None:
        """Write whole lines."""
        self._write(self.log, b"".join(self._line() for _ in range(count)))

    def append_partly(self) -> None:
        """Write a line without its end, which the next one that is written completes."""
        line = self._line()
        self._write(self.log, line[:-3])
        self.partial = line[-3:]

    def append_to_renamed(self) -> None:
        """Write a line into the file that was renamed, as a writer does that holds it open."""
        if self.held_open is not None and self.held_open.exists():
            line = self._line(counts_for_log=False)
            if self.held_open_is_of_nobody:
                self.excused.add(line[:-1])
            with self.held_open.open("ab") as file:
                file.write(line)
            self._touch(self.held_open)

    def rename(self) -> None:
        """Rotate by renaming."""
        self._shift()
        self.log.rename(self.folder / "app.log.1")
        self.held_open = self.folder / "app.log.1"
        if self.pattern == "*.log":
            self.held_open_is_of_nobody = not self.seen or (self.has_banner and self.seen == BANNER)
            self._excuse_if_nothing_shows()
        self._excuse_unless_in_pattern()
        self._make()

    def copy_and_cut(self) -> None:
        """Rotate by copying and cutting."""
        self._shift()
        shutil.copyfile(self.log, self.folder / "app.log.1")
        self._touch(self.folder / "app.log.1")
        self._excuse_unless_in_pattern()
        if self.pattern == "*.log":
            self._excuse_if_nothing_shows()
        os.truncate(self.log, 0)
        self._made()

    def cut(self) -> None:
        """Truncate without a copy."""
        self._destroy()
        os.truncate(self.log, 0)
        self._made()

    def make_anew(self) -> None:
        """Remove the log, and make another one."""
        self._destroy()
        self.log.unlink()
        self._make()

    def compress(self) -> None:
        """Compress the newest rotated copy, as gzip does."""
        original = self.folder / "app.log.1"
        if original.exists():
            stamp = original.stat().st_mtime_ns
            packed = self.folder / "app.log.1.gz"
            packed.write_bytes(gzip.compress(original.read_bytes()))
            os.utime(packed, ns=(stamp, stamp))
            original.unlink()
            self.held_open = None

    def _line(self, *, counts_for_log: bool = True) -> bytes:
        token = b"<%d:%s>" % (len(self.written), b"x" * (len(self.written) % 37))
        self.written.append(token)
        if counts_for_log:
            self.tokens_of_log.append(token)
        return token + b"\n"

    def _write(self, path: Path, content: bytes) -> None:
        with path.open("ab") as file:
            file.write(self.partial + content)
        self.partial = b""
        self._touch(path)

    def _touch(self, path: Path) -> None:
        self.now += 0.001
        stamp = self.began_ns + int(self.now * 1e9)
        os.utime(path, ns=(stamp, stamp))

    def _make(self) -> None:
        self.log.write_bytes(b"")
        self._made()

    def _made(self) -> None:
        if self.partial:
            # what is missing of a line is never written
            self.written.remove(self.tokens_of_log[-1])
            self.written.insert(int(self.tokens_of_log[-1][1:].partition(b":")[0]), b"")
            self.partial = b""
        self.tokens_of_log, self.seen = [], b""
        if self.has_banner:
            self._write(self.log, BANNER)
        else:
            self._touch(self.log)

    def _shift(self) -> None:
        for number in range(ROTATED_MOST, 0, -1):
            for suffix in ("", ".gz"):
                path = self.folder / f"app.log.{number}{suffix}"
                if path.exists():
                    path.rename(self.folder / f"app.log.{number + 1}{suffix}")
                    if path == self.held_open:
                        self.held_open = self.folder / f"app.log.{number + 1}{suffix}"

    def _excuse_unless_in_pattern(self) -> None:
        """A file that no pattern has and that was renamed before anybody looked belongs to nobody."""
        if self.pattern == "*.log" and not self.seen:
            self.excused.update(self.tokens_of_log)

    def _excuse_if_nothing_shows(self) -> None:
        """A file that has become what it was when it was looked at last has not changed, as far as anybody can see."""
        if self.has_banner and self.seen in (b"", BANNER):
            self.excused.update(self.tokens_of_log)

    def _destroy(self) -> None:
        if not self.seen:
            self.excused.update(self.tokens_of_log)
        self._excuse_if_nothing_shows()
        self.at_risk.update(dict.fromkeys(self.tokens_of_log, self.gaps))


OPERATIONS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 4)),
    st.tuples(st.just("append"), st.integers(1, 4)),
    st.tuples(st.just("poll"), st.sampled_from([0.25, 0.25, 1.5, 7.0, 70.0])),
    st.tuples(st.just("poll"), st.sampled_from([0.25, 0.25, 1.5, 7.0, 70.0])),
    st.tuples(st.sampled_from(["append_partly", "append_to_renamed", "stop", "start"])),
    st.tuples(st.sampled_from(["rename", "copy_and_cut", "cut", "make_anew", "compress"])),
    st.tuples(st.just("kill"), st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0])),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(OPERATIONS, max_size=40), st.sampled_from(["app.log*", "*.log"]), st.booleans())
def test_every_line_comes_once_or_a_gap_is_told(
    operations: list[tuple[object, ...]], pattern: str, has_banner: bool
) -> None:
    """Whatever becomes of the files, and whenever the tail is stopped or killed; a gap only where lines were destroyed."""
    with TemporaryDirectory() as folder:
        life = Life(Path(folder), pattern, has_banner=has_banner)
        for name, *arguments in operations:
            getattr(life, str(name))(*arguments)
        life.start()
        for seconds in (0.3, 1.5, 6.0, 16.0, 6.0, 70.0, 70.0, 6.0):
            life.poll(seconds)
        life.stop()
        came = Counter(token for text in life.emitted.values() for token in TOKEN.findall(text))
        assert [token for token, count in came.items() if count > 1] == []
        missing = set(filter(None, life.written)) - set(came) - life.excused
        if life.partial:
            missing.discard(life.tokens_of_log[-1])
        assert missing <= set(life.at_risk)
        assert all(life.gaps > life.at_risk[token] for token in missing)
