"""Run over a week of a hundred tenants in one live run, and see day by day what memory it takes.

Run: `python -m benchmarks.week [LINES_A_DAY] [DAYS]`. Writes `benchmarks/results/week.md`; ends with 1 where memory is not
bounded: where the last day ends with more than a tenth above the highest of the days before it, from the third on.

A live run reads a spool. The lines of a day are written into it at once; when all of them are stored, resident memory is
read, and the next day follows. So a week passes in minutes, with as many snapshots as there is time for.

Needs the `test` extra.
"""

import json
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.lines import HOSTS
from benchmarks.throughput.scenarios import START, Spread, spread_lines
from connectors.received import ReceivedMessage
from connectors.spool.folder import Folder
from connectors.spool.writer import SpoolWriter, groups_of
from flows.config.settings import PARTITIONS
from tests.support.beside import consumed
from tests.support.killing import start, stop_live, wait_until

RESULTS: Final = Path(__file__).parent / "results" / "week.md"
TENANTS: Final = 100
DAYS: Final = 7
LINES_A_DAY: Final = 200_000
SNAPSHOT_SECONDS: Final = 5
SETTLED_DAYS: Final = 2
"""days in which tenants say most of what they ever say for the first time"""
DAYS_LEAST: Final = SETTLED_DAYS + 2
MORE_MOST: Final = 0.1
DAY_SECONDS_MOST: Final = 1800
IDLE_SECONDS: Final = 3600


def messages(lines_a_day: int, days: int) -> Iterator[ReceivedMessage]:
    """Yield the messages of all days in order of time, each received a second after its own time."""
    for tenant, line, _ in spread_lines(Spread(tenants=TENANTS, days=days), lines_a_day * days):
        said_at = datetime.fromisoformat(line.partition(" ")[0])
        received_at_us = int(said_at.timestamp() * 1_000_000) + 1_000_000
        yield ReceivedMessage("office", f"tenant-{tenant:04d}", "127.0.0.1", line.encode(), None, received_at_us)


def memory_bytes(process_id: int) -> tuple[int, int]:
    """Return the resident memory of a process as it is, and at its highest so far (proc(5))."""
    fields = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{process_id}/status").read_text().splitlines()
        if line.startswith("Vm")
    )
    return int(fields["VmRSS"].split()[0]) * 1024, int(fields["VmHWM"].split()[0]) * 1024


def has_consumed(spool: Path, messages: int) -> bool:
    """Return whether a run has stored so many messages of a spool."""
    return consumed(spool) >= messages


def main() -> None:
    """Run, measure after each day, and write what came of it."""
    lines_a_day = int(sys.argv[1]) if len(sys.argv) > 1 else LINES_A_DAY
    days = max(DAYS_LEAST, int(sys.argv[2])) if len(sys.argv) > 2 else DAYS
    rows: list[tuple[str, int, float, int, int]] = []
    with tempfile.TemporaryDirectory(prefix="week-") as name:
        folder, spool = Path(name), Path(name) / "spool"
        spool.mkdir()
        path = folder / "brainstem.toml"
        path.write_text(
            f"[run]\nout = {json.dumps(str(folder / 'out'))}\nsnapshot_seconds = {SNAPSHOT_SECONDS}\n"
            f"[kafka]\nidle_seconds = {IDLE_SECONDS}\n[spool]\nfolder = {json.dumps(str(spool))}\n"
        )
        writer = SpoolWriter(Folder(spool), PARTITIONS)
        stream = messages(lines_a_day, days)
        process, written = None, 0
        for day in range(days):
            began = time.monotonic()
            today = list(islice(stream, lines_a_day))
            for group in groups_of(today):
                writer.append(group)
            writer.sync()
            written += len(today)
            if process is None:
                process = start(["run", "--config", str(path)])
            wait_until(process, partial(has_consumed, spool, written), DAY_SECONDS_MOST)
            resident, highest = memory_bytes(process.pid)
            rows.append(
                (f"{START + timedelta(days=day):%a %d %b}", written, time.monotonic() - began, resident, highest)
            )
            print(rows[-1], flush=True)  # noqa: T201 - progress
        if process is not None:
            stop_live(process)
    before = max(row[3] for row in rows[SETTLED_DAYS:-1])
    is_bounded = rows[-1][3] <= before * (1 + MORE_MOST)
    table = "\n".join(
        f"| {day} | {count:,} | {seconds:,.0f} | {resident >> 20:,} | {highest >> 20:,} |"
        for day, count, seconds, resident, highest in rows
    )
    RESULTS.write_text(
        f"""# Memory of a live run over a week

{TENANTS} tenants who say {lines_a_day:,} lines a day together, of 600 kinds each; one live run over a spool with a snapshot
every {SNAPSHOT_SECONDS} s; a day's lines come at once, and memory is read when all of them are stored.
CPython {platform.python_version()}, {platform.machine()}; `python -m benchmarks.week {lines_a_day} {days}`.

| after | lines | s for the day | resident MiB | highest so far MiB |
|---|---|---|---|---|
{table}

The last day added {(rows[-1][3] - rows[-2][3]) >> 20} MiB. What grows is what is new: tenants of {HOSTS} hosts
each, on which each kind is heard for the first time sooner or later, and numbers that were never said before, which are
forgotten after three days.
"""
    )
    sys.exit(0 if is_bounded else 1)


if __name__ == "__main__":
    main()
