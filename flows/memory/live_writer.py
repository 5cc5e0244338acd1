"""Writes the memory of a live run now and then while it goes on, each time by a process of its own.

The engine's snapshots lie in SQLite files that the process of the run holds open. Locks of POSIX belong to a process: were
such a file opened and closed in it by another copy of SQLite, those of the engine would be gone. So `python -m
flows.memory.live_writer OUT MEMORY` reads them, and ends.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.memory.learning import learn_live
from flows.sinks.output_folder import OutputFolder


@contextmanager
def memory_kept(out: Path, memory: Path | None, minutes: float) -> Iterator[None]:
    """Write the memory of the live run in a folder every so many minutes while a block runs; never where there is none.

    What goes wrong is said on standard error by the process that writes, and does not end the run: its state is in its own
    folder.
    """
    if memory is None:
        yield
        return
    has_ended = threading.Event()
    command = [sys.executable, "-P", "-m", "flows.memory.live_writer", str(out), str(memory)]

    def keep() -> None:
        while not has_ended.wait(minutes * 60):
            try:
                # what a person types at a terminal reaches the run alone
                process = subprocess.Popen(  # noqa: S603 - our own program
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, process_group=0
                )
            except OSError as error:
                sys.stderr.write(f"brainstem: the memory is not written now ({error.strerror}); it is tried again\n")
                continue
            while process.poll() is None:
                if has_ended.wait(0.1):
                    # the memory is written once more at the end, and a writer that is killed leaves the old one
                    process.kill()
                    process.wait()

    thread = threading.Thread(target=keep, name="memory", daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()


def main(arguments: list[str]) -> None:
    """Write the memory of a live run once."""
    out, memory = map(Path, arguments)
    # the run and its listeners come first
    os.nice(10)
    learn_live(OutputFolder(out), memory)


if __name__ == "__main__":
    main(sys.argv[1:])
