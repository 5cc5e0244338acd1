"""How soon files that are there already are taken up: all their lines in the spool.

Run: `python -m benchmarks.tail [FILES]`. Writes `benchmarks/results/tail.md`; ends with 1 where a line is missing. The files
have 20 lines each, 100 files a folder, and lie on the disk of this folder. The tail of an intake follows them into a spool
that nobody reads; the time is from the start of following to the last line, which waits a second for one that continues it.
"""

import asyncio
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from connectors.tail.file_set import FileSet
from flows.config.spool import SpoolSettings
from flows.intake.spool import SpoolBuffer
from flows.intake.tail import Tail

RESULTS: Final = Path(__file__).parent / "results" / "tail.md"
FILES: Final = 10_000
LINES: Final = 20
LONGEST_SECONDS: Final = 600.0


def write(folder: Path, files: int) -> None:
    """Write the files."""
    for number in range(files):
        path = folder / f"{number // 100:03d}" / f"app{number}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"2026-03-01T10:00:{each:02d}Z pump primed {each} times\n" for each in range(LINES)))


async def followed(folder: Path, lines: int) -> tuple[float, int]:
    """Follow the files until so many lines are durable; return the seconds that it took, and how many are."""
    buffer = SpoolBuffer(SpoolSettings(folder / "spool"), print, 5, follows_files=True)
    tail = Tail([FileSet((str(folder / "logs"),), "acme", host="anvil")], buffer, print, ())
    buffer.start()
    tail.start()
    began = time.monotonic()
    while buffer.counts()["spooled"] < lines and time.monotonic() - began < LONGEST_SECONDS:
        await asyncio.sleep(0.02)
    took = time.monotonic() - began
    await tail.close()
    buffer.end()
    await asyncio.to_thread(buffer.wait)
    return took, int(buffer.counts()["spooled"])


def main() -> None:
    """Measure, and write the page."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    load, lines = os.getloadavg()[0], files * LINES
    with tempfile.TemporaryDirectory(dir=RESULTS.parent) as name:
        folder = Path(name)
        write(folder / "logs", files)
        cpu = time.process_time()
        took, durable = asyncio.run(followed(folder, lines))
        cpu = time.process_time() - cpu
    RESULTS.write_text(
        f"""# Files that are taken up

{files:,} files of {LINES} lines each are in the spool after {took:.1f} s, durable, for {cpu:.1f} s of a core;
{lines - durable:,} lines are missing. {os.cpu_count()} cores, load {load:.0f}: more than 1 was other work. CPython
{platform.python_version()}, {platform.machine()}; `python -m benchmarks.tail {files}`.
"""
    )
    sys.exit(0 if durable == lines else 1)


if __name__ == "__main__":
    main()
