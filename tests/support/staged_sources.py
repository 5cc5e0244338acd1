"""Every registered source over records of a test's own: how they are put where it reads them, and how it is opened there.

Kafka is librdkafka's own mock cluster, which lives inside a producer and speaks the protocol over a loopback port; so the
reader is the real one, and no broker is needed.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import pytest
from confluent_kafka import Producer
from typing_extensions import override

from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import Kind
from connectors.base import Source
from connectors.files import FILES, PIPES, STATEMENTS
from connectors.files.cursor import FileCursor, FileInput
from connectors.files.discovery import Argument, discover
from connectors.files.statements import statement_input
from connectors.kafka import TOPICS
from connectors.kafka.client import ClientSettings
from connectors.kafka.reader import KafkaReader, Messages, Place
from connectors.received import ReceivedMessage
from connectors.spool import SPOOL
from connectors.spool.folder import Folder
from connectors.spool.places import place_of
from connectors.spool.reader import SpoolReader
from connectors.spool.writer import SpoolWriter, groups_of
from connectors.tail import TAIL
from connectors.tail.file_set import FileSet
from connectors.tail.follower import Follower
from flows.config.subscription import headers_of
from flows.sources.readers import Reader

ANSWER_SECONDS: Final = 30
NOW_US: Final = 1_772_409_600_000_000


class Stage(Protocol):
    """The place that a source reads from. `long_bytes` is the length of an input that is long for it."""

    long_bytes: int

    def put(self, written: Iterable[bytes], *, ended: bool = True) -> None:
        """Put records there; not `ended` means that more may come."""

    def open(self, position: int = 0) -> Source:
        """Return the source, opened at a position."""


class FileStage:
    """A file, read as logs or as statements."""

    long_bytes = 32 << 20

    def __init__(self, folder: Path, describe: Callable[[Path], FileInput]) -> None:
        self._path = folder / "records.log"
        self._describe = describe

    def put(self, written: Iterable[bytes], *, ended: bool = True) -> None:
        """Write the file. One that may grow is read to its present end all the same, so `ended` makes no difference."""
        del ended
        with self._path.open("wb") as file:
            file.writelines(written)

    def open(self, position: int = 0) -> Source:
        """Return a cursor over the file."""
        return FileCursor(self._describe(self._path), position)


class PipeStage:
    """Standard input, with a thread that writes into it."""

    long_bytes = 32 << 20

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        reading, self._writing = os.pipe()
        self.stdin = os.fdopen(reading)
        monkeypatch.setattr(sys, "stdin", self.stdin)
        self._writer = threading.Thread()

    def put(self, written: Iterable[bytes], *, ended: bool = True) -> None:
        """Begin to write, and close the pipe at the end if it is one."""
        self._writer = threading.Thread(target=self._write, args=(written, ended))
        self._writer.start()

    def _write(self, written: Iterable[bytes], ended: bool) -> None:
        for each in written:
            os.write(self._writing, each)
        if ended:
            self.end()

    def end(self) -> None:
        """Close the end that is written to."""
        if self._writing >= 0:
            os.close(self._writing)
            self._writing = -1

    def open(self, position: int = 0) -> Source:
        """Return a cursor over standard input."""
        (file,) = discover([Argument("acme", None)]).files
        return FileCursor(file, position)

    def close(self) -> None:
        """Wait for the writer and give back both ends."""
        if self._writer.ident is not None:
            self._writer.join()
        self.end()
        self.stdin.close()


class PartitionSource(Source):
    """One partition of a topic or spool by itself: what the real reader polls, cut and made envelopes as in a run."""

    def __init__(self, reader: Reader, place: Place, position: int, end: int | None) -> None:
        self._place, self._position, self._end = place, position, end
        self._pending = Messages()
        self._reader = reader
        self._reader.assign({place: position})

    @property
    @override
    def position(self) -> int:
        return self._position

    @override
    def read(self, max_records: int) -> Envelopes | None:
        if not len(self._pending):
            polled = self._reader.poll()
            assert not polled.lost
            pieces = [messages for place, messages in polled.messages if place == self._place]
            self._pending = Messages.joined(pieces) if pieces else Messages()
        if self._position == self._end:
            return None
        given, self._pending = self._pending.cut(0, max_records), self._pending.cut(max_records, len(self._pending))
        if len(given):
            self._position = int(given.offsets[-1]) + 1
        return given.to_envelopes("kafka:records/0", "acme", NOW_US)

    @override
    def close(self) -> None:
        self._reader.close()


class TopicStage:
    """A partition of a topic at a mock cluster."""

    long_bytes = 4 << 20
    """of a partition it keeps the last 5 MiB"""

    def __init__(self) -> None:
        # the cluster is there as long as this producer
        self._producer = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 2})
        self._place = Place("records", 0)
        (broker,) = self._producer.list_topics(self._place.topic, ANSWER_SECONDS).brokers.values()
        self._settings = ClientSettings(f"{broker.host}:{broker.port}")
        self._end: int | None = None

    def put(self, written: Iterable[bytes], *, ended: bool = True) -> None:
        """Send a message for each record, and wait until all are there."""
        count = 0
        for count, each in enumerate(written, 1):  # noqa: B007 - how many there were is wanted behind the loop
            self._producer.produce(self._place.topic, each, partition=self._place.partition)
            self._producer.poll(0)
        assert self._producer.flush(ANSWER_SECONDS) == 0
        self._end = count if ended else None

    def open(self, position: int = 0) -> Source:
        """Return a consumer of the partition."""
        reader = KafkaReader(self._settings, "contract", "contract", lambda _: None)
        return PartitionSource(reader, self._place, position, self._end)


class SpoolStage:
    """The messages of one listener in a spool, with those of another between them."""

    long_bytes = 32 << 20

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._end: int | None = None

    def put(self, written: Iterable[bytes], *, ended: bool = True) -> None:
        """Write each record, and behind each tenth one somebody else's."""
        messages = []
        for number, each in enumerate(written):
            messages.append(ReceivedMessage("office", "acme", "127.0.0.1", each, None, NOW_US))
            if number % 10 == 0:
                messages.append(ReceivedMessage("office", "globex", "127.0.0.1", b"of others", None, NOW_US))
        self._folder.mkdir()
        writer = SpoolWriter(Folder(self._folder), 1)
        for group in groups_of(messages):
            writer.append(group)
        end = writer.sync()
        while messages and messages[-1].tenant != "acme":
            messages.pop()
            end -= 1
        self._end = end if ended else None

    def open(self, position: int = 0) -> Source:
        """Return a reader of the listener's messages."""
        reader = SpoolReader(Folder(self._folder), 0, headers_of)
        return PartitionSource(reader, place_of("office", "acme"), position, self._end)


class TailedSource(PartitionSource):
    """A file that is followed into a spool, and read from there as a run reads it."""

    def __init__(self, stage: "TailStage", position: int) -> None:
        super().__init__(SpoolReader(stage.files, 0, headers_of), stage.place, position, None)
        self._stage = stage

    @override
    def read(self, max_records: int) -> Envelopes | None:
        if not len(self._pending):
            self._stage.follow()
        if self._stage.is_done and self._position >= self._stage.end:
            return None
        return super().read(max_records)


class TailStage:
    """A file that is followed, and the spool that it is followed into. Once it has ended, time goes by with each look."""

    long_bytes = 32 << 20

    def __init__(self, folder: Path) -> None:
        self._log = folder / "records.log"
        (folder / "spool").mkdir()
        self.files = Folder(folder / "spool")
        self.place = place_of(f"file:{self._log}", "acme")
        self.end = 1
        """the number after that of the last record"""
        self.is_done = False
        self._writer = SpoolWriter(self.files, 1)
        self._follower = Follower([FileSet((str(self._log),), "acme", host="anvil")])
        self._seconds_at_once = 0.0
        self._now = 0.0

    def put(self, written: Iterable[bytes], *, ended: bool = True) -> None:
        """Write the file."""
        with self._log.open("wb") as file:
            file.writelines(written)
        self._seconds_at_once = 30.0 if ended else 0.0

    def follow(self) -> None:
        """Look at the file, and make durable what it has gained."""
        self._now += self._seconds_at_once
        messages = self._follower.poll(self._now)
        for group in groups_of(messages):
            before = self._writer.next
            self._writer.append(group)
            records = [number for number, each in enumerate(group, before) if each.fault is None]
            self.end = max([self.end, *(number + 1 for number in records)])
        self._writer.sync()
        self.is_done = self._now > 300 and not messages

    def open(self, position: int = 0) -> Source:
        """Return a reader of what was followed."""
        return TailedSource(self, position)


@contextmanager
def _files(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    yield FileStage(folder, lambda path: discover([Argument("acme", path)]).files[0])


@contextmanager
def _statements(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    yield FileStage(folder, lambda path: statement_input(path, Kind.INCIDENT, "acme"))


@contextmanager
def _pipes(_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = PipeStage(monkeypatch)
    try:
        yield stage
    finally:
        stage.close()


@contextmanager
def _topics(_folder: Path, _monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    yield TopicStage()


@contextmanager
def _spool(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    yield SpoolStage(folder / "spool")


@contextmanager
def _tail(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    yield TailStage(folder)


STAGES: Final = {
    FILES.name: _files,
    PIPES.name: _pipes,
    STATEMENTS.name: _statements,
    TOPICS.name: _topics,
    SPOOL.name: _spool,
    TAIL.name: _tail,
}
"""by the name of the source"""
