"""The file of the memory: all of an update is there or nothing of it, whenever the process dies."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from state.store.memory_file import MEMORY_VERSION, Continued, MemoryFile, MemoryFileError, Record

WRITER = """
import sys
from pathlib import Path
from state.store.memory_file import Continued, MemoryFile, Record
memory, number = MemoryFile(Path(sys.argv[1])), int(sys.argv[2])
print("ready", flush=True)
while True:
    number += 1
    states = {f"b{key:02}": number.to_bytes(4, "big") * 50_000 for key in range(16)}
    memory.update([Record("run", "last", number, "", {"number": number})], Continued(number, {"bucket": number}, states))
"""


def numbers_in(memory: MemoryFile) -> set[int]:
    """Return the numbers of the updates that a memory holds parts of."""
    continued = memory.continued()
    if continued is None:
        return set()
    found = {continued.judged_before, *continued.versions.values()}
    found |= {int.from_bytes(state[:4], "big") for state in continued.states.values()}
    assert all(state == state[:4] * 50_000 for state in continued.states.values())
    return found | {each.content["number"] for each in memory.records()}


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that another process does all the time."""
    latest = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < latest


def test_whenever_a_writer_is_killed_the_old_memory_is_there_or_the_new_one(tmp_path: Path) -> None:
    """Never a part of both; the next writer goes on from it."""
    memory, number = MemoryFile(tmp_path / "memory"), 0
    journal = tmp_path / "memory-journal"
    for turn in range(12):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(memory.path), str(number)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        # the journal is there while an update is being written
        wait_until(journal.exists)
        if turn % 3:
            wait_until(lambda: not journal.exists())
        if turn % 3 == 2:
            wait_until(journal.exists)
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        held = numbers_in(memory)
        assert len(held) <= 1
        number = max(held, default=number)
    assert number


def test_the_digest_is_of_the_content_and_not_of_the_bytes(tmp_path: Path) -> None:
    """In whichever order it was written; and any change of it is another digest."""
    records = [Record("item", f"i1-{number}", number, "north", {"b": 1, "a": number}) for number in range(9)]
    one, other = MemoryFile(tmp_path / "one"), MemoryFile(tmp_path / "other")
    assert one.digest() == ""
    one.update(records)
    for each in reversed(records):
        other.update([each])
    assert one.digest() == other.digest()
    one.copy_to(tmp_path / "copy")
    assert MemoryFile(tmp_path / "copy").digest() == one.digest()
    digests = {one.digest()}
    one.update([], Continued(7, {"bucket": 8}, {"b00": b"x"}))
    digests.add(one.digest())
    one.update([], Continued(7, {"bucket": 8}, {"b00": b"y"}))
    digests.add(one.digest())
    one.forget_state()
    digests.add(one.digest())
    assert len(digests) == 3
    assert one.continued() is None


def test_what_is_no_memory_is_left_alone(tmp_path: Path) -> None:
    """A text, another database, and a memory of another version; each with what to do about it."""
    text, foreign, later = (tmp_path / name for name in ("text", "foreign", "later"))
    text.write_text("no database, and long enough to have a header of one" * 9)
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE mine (it TEXT)")
    MemoryFile(later).update([])
    with sqlite3.connect(later) as connection:
        connection.execute(f"PRAGMA user_version = {MEMORY_VERSION + 1}")
    for path in (text, foreign, later):
        before = path.read_bytes()
        for ask in (lambda path=path: list(MemoryFile(path).records()), lambda path=path: MemoryFile(path).update([])):
            with pytest.raises(MemoryFileError, match="Operator action"):
                ask()
        assert path.read_bytes() == before
