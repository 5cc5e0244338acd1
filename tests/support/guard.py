"""The process beside a test process that ends what the tests have left; see `tests.support.leftovers`, which starts it.

Takes a mark as its argument and the reading end of a pipe as standard input. Imports nothing that is not in the standard
library, for it is started by its path, without site packages.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
ROUNDS_MOST = 50
"""a process may start another while the list is read; more rounds than these mean that something cannot be killed"""


def carriers_of(mark: bytes) -> list[int]:
    """Return the processes that had a mark in their environment when their program was started."""
    carriers = []
    for folder in PROC.iterdir():
        # a process may be gone by now, or belong to somebody else
        with suppress(OSError):
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes():
                carriers.append(int(folder.name))
    return carriers


def kill_all(mark: bytes) -> None:
    """Kill what carries a mark, until nothing does."""
    for _ in range(ROUNDS_MOST):
        carriers = carriers_of(mark)
        for each in carriers:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        if not carriers:
            return


def main() -> None:
    """Wait until nobody holds the other end of the pipe any more, which is when the test process has ended."""
    while sys.stdin.buffer.read(1):
        pass
    kill_all(sys.argv[1].encode())


if __name__ == "__main__":
    main()
