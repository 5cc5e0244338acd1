"""A journal of a test's own, and a program named journalctl that exports it: a script that speaks the format and knows the
options that are given to it. It follows a file `entries` in the folder of `--directory`, and ends when that is to be.
"""

import struct
import sys
from pathlib import Path
from typing import Final

SCRIPT: Final = """#!{python} -S
import os, sys, time
options = dict(each.partition("=")[::2] for each in sys.argv[1:])
folder = options["--directory"]
assert options["--output"] == "export" and "--follow" in options and "--no-tail" in options
with open(folder + "/calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if os.path.exists(folder + "/refusal"):
    sys.exit(open(folder + "/refusal").read())
parent, out = os.getppid(), sys.stdout.buffer
with open(folder + "/entries", "rb") as entries:
    if "--after-cursor" in options:
        cursor = b"__CURSOR=" + options["--after-cursor"].encode() + b"\\n"
        held = entries.read()
        at = held.index(cursor)
        end = held.find(b"__CURSOR=", at + 1)
        entries.seek(end if end >= 0 else len(held))
    while os.getppid() == parent and not os.path.exists(folder + "/end"):
        read = entries.read(int(options.get("PIECE", 65536)))
        out.write(read)
        out.flush()
        if not read:
            time.sleep(0.01)
try:
    os.unlink(folder + "/end")
except FileNotFoundError:
    pass
"""


def install(folder: Path) -> Path:
    """Write the program into a folder, and return that, which is to stand first on the PATH."""
    program = folder / "journalctl"
    program.write_text(SCRIPT.format(python=sys.executable))
    program.chmod(0o755)
    return folder


def entry(number: int, message: bytes | None = None) -> bytes:
    """Return an entry as journalctl exports it; a message that is no plain text stands with its length."""
    text = b"pump primed %d times" % number if message is None else message
    is_plain = text.isascii() and b"\n" not in text
    told = b"MESSAGE=" + text + b"\n" if is_plain else b"MESSAGE\n" + struct.pack("<Q", len(text)) + text + b"\n"
    return (
        b"__CURSOR=s=0f;i=%x;b=1b;m=%x;t=%x;x=7\n" % (number, number, number)
        + b"__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n" % (1_772_359_800_000_000 + number * 1000, number)
        + b"_BOOT_ID=1b\n_HOSTNAME=anvil\nPRIORITY=6\nSYSLOG_IDENTIFIER=pumpd\n"
        + told
        + b"\n"
    )


class ExportedJournal:
    """A journal in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "entries").touch()

    def append(self, begin: int, end: int) -> None:
        """Log entries with numbers of their own."""
        with (self.folder / "entries").open("ab") as file:
            file.write(b"".join(entry(number) for number in range(begin, end)))

    def end_program(self) -> None:
        """Let the program that exports it end."""
        (self.folder / "end").touch()

    @property
    def calls(self) -> list[str]:
        """Return the arguments of each start of the program."""
        calls = self.folder / "calls"
        return calls.read_text().splitlines() if calls.exists() else []
