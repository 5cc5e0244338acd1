"""The program that exports a journal, and with which arguments. Source: journalctl(1) of systemd 252."""

import shutil
from dataclasses import dataclass
from typing import Final

PROGRAM: Final = "journalctl"


@dataclass(frozen=True, slots=True)
class JournalSource:
    """A journal that is followed. `units` and `matches` are those of journalctl; all entries without either."""

    name: str
    tenant: str
    host: str
    """of entries that name none"""
    directory: str = ""
    """the folder of its files; empty for the journal of this machine"""
    units: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    hours_most: float = 0.0
    """how old entries may be that are read first; 0 for any age"""


def program_path() -> str | None:
    """Return where the program is; None where it is not installed."""
    return shutil.which(PROGRAM)


def arguments_of(source: JournalSource, cursor: str) -> list[str]:
    """Return the arguments with which the program exports what is there behind a cursor, and goes on with what comes."""
    arguments = ["--output=export", "--follow", "--no-tail", "--no-pager"]
    if source.directory:
        arguments.append(f"--directory={source.directory}")
    if cursor:
        arguments.append(f"--after-cursor={cursor}")
    elif source.hours_most:
        arguments.append(f"--since=-{round(source.hours_most * 3600)}s")
    return [*arguments, *(f"--unit={unit}" for unit in source.units), *source.matches]
