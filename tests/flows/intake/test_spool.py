"""The buffers of an intake: what is said to be durable is, what is full makes listeners wait, and drops are told."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typing_extensions import override

from connectors.base import InputError
from connectors.received import DROPPED, BufferFailedError, ReceivedMessage
from connectors.spool.check import check
from connectors.spool.folder import Folder
from connectors.spool.marks import CONSUMED, write_mark
from connectors.spool.segments import spool_id_of
from connectors.syslog.listener import Address, Listener
from flows.config.settings import PARTITIONS
from flows.config.spool import SpoolSettings
from flows.intake.buffer import QUEUE_BYTES, QueuedBuffer
from flows.intake.listen import Drops
from flows.intake.spool import SpoolBuffer

T = TypeVar("T")


def message(content: bytes) -> ReceivedMessage:
    """Return a message of the office."""
    return ReceivedMessage("office", "acme", "127.0.0.1", content, None, 1)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run something on an event loop, for a minute at the most."""

    async def bounded() -> T:
        async with asyncio.timeout(60):
            return await work()

    return asyncio.run(bounded())


async def ended(buffer: QueuedBuffer) -> None:
    """End a buffer in order."""
    buffer.end()
    await asyncio.to_thread(buffer.wait)


def consume(folder: Path, number: int) -> None:
    """Say for all readers that everything before a number is durable."""
    files = Folder(folder)
    for reader in range(PARTITIONS):
        write_mark(files, f"{CONSUMED}{reader}", spool_id_of(files) or b"", number)
    files.close()


def test_what_is_said_to_be_durable_is_in_the_spool(tmp_path: Path) -> None:
    """At the moment at which it is said, and whoever asks for the last gets an answer for all."""

    async def work() -> None:
        buffer = SpoolBuffer(SpoolSettings(tmp_path), lambda _: None, 5)
        buffer.start()
        numbers = [buffer.put(message(b"%d" % number)) for number in range(500)]
        assert numbers == list(range(1, 501))
        await asyncio.gather(*map(buffer.durable, (1, 500, 250)))
        assert check(Folder(tmp_path), PARTITIONS).durable == 501
        assert buffer.counts()["spooled"] == 500
        await ended(buffer)
        assert buffer.failure is None

    run(work)


def test_a_full_spool_gives_no_room_until_a_run_has_read_it(tmp_path: Path) -> None:
    """Here full by age; what was put all the same is kept."""
    told: list[str] = []

    async def work() -> None:
        buffer = SpoolBuffer(SpoolSettings(tmp_path, hours_most=1e-6), told.append, 5)
        buffer.start()
        assert buffer.has_room()
        await buffer.durable(buffer.put(message(b"one")))
        while buffer.has_room():
            await asyncio.sleep(0)
        await buffer.durable(buffer.put(message(b"two")))
        consume(tmp_path, 3)
        await buffer.room()
        assert buffer.has_room()
        await ended(buffer)

    run(work)
    assert told[0].startswith("the spool is full")
    assert told[1] == "the spool takes messages again"


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of a megabyte, or skip."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk: run the tests as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_waited_for_and_loses_nothing(tmp_path: Path) -> None:
    """Nothing is called durable that is not, listeners have no room, and all goes on once the disk has some."""
    told: list[str] = []

    async def work(disk: Path) -> None:
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 500_000)
        buffer = SpoolBuffer(SpoolSettings(disk / "spool"), told.append, 5)
        buffer.start()
        await buffer.durable(buffer.put(message(b"fits")))
        last = [buffer.put(message(b"%d" % number + b"y" * 100_000)) for number in range(6)][-1]
        waiting = asyncio.create_task(buffer.durable(last))
        while buffer.has_room():
            await asyncio.sleep(0)
        assert not waiting.done()
        ballast.unlink()
        await waiting
        await buffer.room()
        await ended(buffer)
        report = check(Folder(disk / "spool"), PARTITIONS)
        assert report.messages == 7
        assert report.damaged_bytes == report.lost == 0

    with small_disk(tmp_path / "disk") as disk:
        run(lambda: work(disk))
    assert told[0].startswith("the disk has no room")


def test_a_spool_has_one_writer(tmp_path: Path) -> None:
    """A second one is refused with what to do; a folder that cannot be made is, too."""

    async def work() -> None:
        buffer = SpoolBuffer(SpoolSettings(tmp_path / "spool"), lambda _: None, 5)
        buffer.start()
        with pytest.raises(InputError, match="written by another process"):
            SpoolBuffer(SpoolSettings(tmp_path / "spool"), lambda _: None, 5)
        await ended(buffer)
        SpoolBuffer(SpoolSettings(tmp_path / "spool"), lambda _: None, 5)
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="cannot be written"):
            SpoolBuffer(SpoolSettings(tmp_path / "file" / "spool"), lambda _: None, 5)

    run(work)


class BrokenBuffer(QueuedBuffer):
    """A buffer that makes two messages durable and fails."""

    @override
    def empty(self) -> None:
        taken = 0
        while taken < 3:
            taken += len(self.take(10, 0.1))
        self.note_durable(2)
        raise OSError(5, "Input/output error")

    @override
    def counts(self) -> dict[str, Any]:
        return {}


def test_whoever_waits_for_a_buffer_that_fails_hears_of_it() -> None:
    """What was durable before is; what was not raises, now and later, and nobody waits for room for ever."""

    async def work() -> None:
        buffer = BrokenBuffer()
        buffer.start()
        for each in range(3):
            buffer.put(message(b"%d" % each))
        await buffer.durable(2)
        with pytest.raises(BufferFailedError, match="Input/output error"):
            await buffer.durable(3)
        with pytest.raises(BufferFailedError):
            await buffer.durable(buffer.put(message(b"later")))
        buffer.put(message(b"x" * QUEUE_BYTES))
        assert not buffer.has_room()
        await buffer.room()
        assert isinstance(buffer.failure, OSError)

    run(work)


def test_drops_are_told_once_and_those_of_strangers_are_not() -> None:
    """What the system has dropped counts too."""
    listener = Listener("office", Address("127.0.0.1", 0), tenant="acme")
    told: list[ReceivedMessage] = []

    class Taking:
        def has_room(self) -> bool:
            return True

        def kept_requests(self) -> None:
            """Keep no requests."""

        async def room(self) -> None:
            """Return at once."""

        def put(self, message: ReceivedMessage) -> int:
            told.append(message)
            return len(told)

        async def durable(self, number: int) -> None:
            """Return at once."""

    drops, buffer = Drops([listener]), Taking()
    drops.put_into(buffer)
    listener.account.dropped["buffer_full"] = 3
    listener.account.dropped["network"] = 100
    listener.account.kernel_dropped = 4
    drops.put_into(buffer)
    drops.put_into(buffer)
    listener.account.kernel_dropped = 6
    drops.put_into(buffer)
    assert [(each.tenant, each.listener, each.content, each.fault) for each in told] == [
        ("acme", "office", b"7", DROPPED),
        ("acme", "office", b"2", DROPPED),
    ]
