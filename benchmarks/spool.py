"""What durability costs: commits of messages to segments of a spool and to SQLite, and the waits for the disk in both.

Run: `python -m benchmarks.spool [SECONDS]`. Writes `benchmarks/results/spool.md`. SQLite is measured where `apsw` is
installed: write-ahead log, synchronous=FULL, one row a commit that holds the group as the segments hold it. Each is given
groups of so many messages of 110 bytes, one after the other, for a few seconds, in turns; the median of three turns counts.
Reading is measured over the segments that the writing has left.
"""

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from connectors.received import ReceivedMessage
from connectors.spool.folder import Folder
from connectors.spool.groups import encode
from connectors.spool.places import place_of
from connectors.spool.reader import SpoolReader
from connectors.spool.writer import Limits, SpoolWriter

RESULTS: Final = Path(__file__).parent / "results" / "spool.md"
SIZES: Final = (1, 50, 500, 2000)
TURNS: Final = 3
SECONDS: Final = 3.0
LINE: Final = (
    b"<13>Mar 17 07:22:21 bw-rtr1 %LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel12, changed state to down"
)
CONTENT: Final = LINE.ljust(110, b".")


def messages(count: int) -> list[ReceivedMessage]:
    """Return a group of messages of one sender."""
    return [ReceivedMessage("office", "acme", "10.0.0.7", CONTENT, None, 1_772_409_600_000_000)] * count


def commits_a_second(commit: Callable[[], Any], seconds: float) -> float:
    """Return how often something can be committed in a second."""
    count, began = 0, time.monotonic()
    while (took := time.monotonic() - began) < seconds:
        commit()
        count += 1
    return count / took


def segments(folder: Path, size: int, seconds: float) -> float:
    """Return the commits a second of a spool."""
    writer = SpoolWriter(Folder(folder), 1, Limits(bytes_most=1 << 40))
    group = messages(size)

    def commit() -> None:
        writer.append(group)
        writer.sync()

    return commits_a_second(commit, seconds)


def sqlite(folder: Path, size: int, seconds: float) -> float:
    """Return the commits a second of SQLite, one row a group."""
    apsw = import_module("apsw")
    connection = apsw.Connection(str(folder / "spool.sqlite3"))
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("CREATE TABLE groups (first INTEGER PRIMARY KEY, count INTEGER, body BLOB)")
    group = messages(size)
    first = 0

    def commit() -> None:
        nonlocal first
        first += size
        body = b"".join(encode(group, b"\0" * 16, first, 0))
        cursor.execute("INSERT INTO groups VALUES (?, ?, ?)", (first, size, body))

    rate = commits_a_second(commit, seconds)
    connection.close()
    return rate


def bare_syncs(folder: Path, seconds: float) -> float:
    """Return how often a second the disk takes 110 bytes more of a file: what no way of storing can be faster than."""
    descriptor = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def commit() -> None:
        os.write(descriptor, CONTENT)
        os.fdatasync(descriptor)

    rate = commits_a_second(commit, seconds)
    os.close(descriptor)
    return rate


def reading(folder: Path) -> float:
    """Return the messages a second that a reader returns with their headers."""
    reader = SpoolReader(Folder(folder), 0, lambda _: [])
    reader.assign({place_of("office", "acme"): 1})
    count, began = 0, time.monotonic()
    while (polled := reader.poll()).came:
        count += sum(len(each) for _, each in polled.messages)
    took = time.monotonic() - began
    reader.close()
    return count / took


def measured(way: Callable[[Path, int, float], float], size: int, seconds: float) -> float:
    """Return the median of a few turns, each in a folder of its own."""
    rates = []
    for _ in range(TURNS):
        with tempfile.TemporaryDirectory(dir=RESULTS.parent) as name:
            rates.append(way(Path(name), size, seconds))
    return statistics.median(rates)


def main() -> None:
    """Measure, and write the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    try:
        apsw = import_module("apsw")
        version = f"apsw, SQLite {apsw.sqlite_lib_version()}"
    except ImportError:
        version = ""
    bare = measured(lambda folder, _, each: bare_syncs(folder, each), 0, seconds)
    lines = []
    for size in SIZES:
        own = measured(segments, size, seconds)
        other = measured(sqlite, size, seconds) if version else 0.0
        told = f"{other:,.0f} | {other * size:,.0f}" if version else "- | -"
        lines.append(f"| {size:,} | {own:,.0f} | {own * size:,.0f} | {told} |")
        print(lines[-1], flush=True)  # noqa: T201 - progress of a long run
    with tempfile.TemporaryDirectory(dir=RESULTS.parent) as name:
        segments(Path(name), 2000, seconds)
        read = reading(Path(name))
    load = os.getloadavg()[0]
    RESULTS.write_text(
        f"""# The spool: what durability costs

Messages of 110 bytes, groups committed one after the other, each synced; medians of {TURNS} turns of {seconds:g} s. The disk
alone takes {bare:,.0f} appends of 110 bytes a second, each synced ({1000 / bare:.1f} ms), which bounds every way. CPython
{platform.python_version()}, {platform.machine()}, load {load:.0f}; `python -m benchmarks.spool`.

| messages a commit | segments: commits/s | messages/s | {version or "apsw: not installed"}: commits/s | messages/s |
|---|---|---|---|---|
{chr(10).join(lines)}

A reader of the segments returns {read:,.0f} messages a second.
"""
    )


if __name__ == "__main__":
    main()
