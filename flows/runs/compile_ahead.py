"""Compile every loop ahead of the first real run: replay the formats' own samples, and events made up for it, once.

Run `python -m flows.runs.compile_ahead` after an installation; a container image does so when it is built.
"""

import os
import sys
import tempfile
from pathlib import Path

import brainstem
from brainstem.parameters import bound, version_of
from brainstem.parse.formats.registry import FORMATS
from connectors.files.discovery import Argument, discover
from flows.config.settings import Settings
from flows.runs.compile_progress import tell_progress
from flows.runs.replay import replay

REPEATS = 12
"""days of made-up events: enough that every loop is called, also those of windows, hosts, numbers and outages"""


def is_compiled() -> bool:
    """Return whether machine code lies beside the modules; also True where the folder is not writable and it lies
    elsewhere."""
    return _has_files("*.nbi")


def is_compiled_for_parameters() -> bool:
    """Return whether machine code lies there that was made from the bound parameters; True without any."""
    return not bound() or _has_files(f"*-{version_of(bound())}.nbi")


def _has_files(pattern: str) -> bool:
    package = Path(brainstem.__file__).parent
    return not os.access(package, os.W_OK) or any(package.rglob(f"__pycache__/{pattern}"))


def compile_graph() -> None:
    """Compile every loop of the graph by a replay into a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples = [sample.line for each in FORMATS for sample in each.samples]
        stamped = [
            b"2026-03-%02dT0%d:00:%02d+00:00 host%d app: link eth%d is %s after %d tries"
            % (day, hour, second, second % 3, 1, word, 20 - day)
            for day in range(1, REPEATS)
            for hour in (1, 5)
            for second, word in ((1, b"down"), (31, b"up"))
        ]
        # signatures that differ in one word, so that families merge, on several hosts
        merging = [
            b"2026-03-%02dT02:%02d:00+00:00 host%d app: the queue of %s waits for a reader"
            % (day, minute, minute % 3, name)
            for day in range(1, REPEATS)
            for minute, name in enumerate((b"orders", b"letters", b"returns", b"payments", b"drawings"))
        ]
        for number, lines in enumerate((samples, stamped, merging)):
            (folder / f"{number}.log").write_bytes(b"".join(line + b"\n" for line in lines))
        replay(discover([Argument("warm", folder)]), Settings(folder / "out"))


if __name__ == "__main__":
    if not is_compiled():
        sys.stderr.write("compiling; this is done once\n")
        tell_progress(lambda line: sys.stderr.write(f"{line}\n"))
    compile_graph()
