"""`brainstem memory`: what outlives the runs, shown, exported and imported."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from connectors.base import ConfigurationError, InputError
from flows.cli.console import notes
from flows.cli.options import DisplayZones


class Action(StrEnum):
    """What is done with a memory."""

    SHOW = "show"
    EXPORT = "export"
    IMPORT = "import"


What = Annotated[
    Action,
    typer.Argument(
        help="show: what it holds; export: all of it as JSON lines; import: add such lines, from standard input."
    ),
]
MemoryFileArgument = Annotated[Path, typer.Argument(help="File that runs were given with --memory.", metavar="FILE")]
Share = Annotated[
    list[str] | None,
    typer.Option(
        help=(
            "With export: only what may be given to others of this tenant, which has agreed to it: templates without names,"
            " and what became of them. May be repeated."
        ),
        metavar="TENANT",
    ),
]


def memory(what: What, file: MemoryFileArgument, share: Share = None, zones: DisplayZones = None) -> None:
    """Show, export or import what runs have learned: what was shown, incidents, verdicts, and the state that the next run
    continues.

    An export holds all of it, with names, unless `--share` is given. Examples: `brainstem memory show var/memory.sqlite3`,
    `brainstem memory export var/memory.sqlite3 > memory.jsonl`.
    """
    from brainstem.text.phrases import Zones
    from flows.config.settings import Settings, parse_zones
    from flows.memory.exchange import exported, imported, shared
    from flows.memory.memory_text import memory_text
    from state.store.memory_file import MemoryFile

    kept = MemoryFile(file)
    shown_in: Zones = Settings(Path(), *parse_zones(zones or ())).display_zones
    if share and what is not Action.EXPORT:
        raise ConfigurationError("--share belongs to `brainstem memory export`.")
    if what is Action.IMPORT:
        count, has_state = imported(kept, sys.stdin.buffer)
        notes.print(
            f"imported {count:,} records into {file}{', and the state that the next run continues' * has_state}"
        )
        return
    if file.is_dir():
        files = sorted(str(each) for each in file.glob("*.sqlite3"))
        held = f" It holds {', '.join(files)}." if files else ""
        raise InputError(
            f"{file} is a folder. A memory is one file beside the runs that share it: the one they were given with"
            f" --memory.{held} What a run itself remembers, `brainstem recall WORDS {file}` tells."
        )
    if not kept.exists:
        raise InputError(f"{file} is not there. Give the file that runs were given with --memory.")
    if what is Action.SHOW:
        typer.echo(memory_text(kept, shown_in))
        return
    for line in shared(kept, share) if share else exported(kept):
        sys.stdout.buffer.write(line)
