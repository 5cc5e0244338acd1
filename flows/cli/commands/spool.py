"""`brainstem spool`: what the buffer between an intake and a run holds, and what of it is damaged."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from connectors.base import InputError
from flows.cli.console import notes


class Action(StrEnum):
    """What is done with a spool."""

    CHECK = "check"
    REPAIR = "repair"


What = Annotated[
    Action, typer.Argument(help="check: look through it; repair: move what is damaged to files of its own.")
]
SpoolFolder = Annotated[Path, typer.Argument(help="Folder of the spool.", metavar="DIR")]


def spool(action: What, folder: SpoolFolder) -> None:
    """Show what a spool holds and what of it is damaged; `repair` moves damaged bytes aside, and deletes nothing.

    Exit status 1 where `check` finds damage. A run works with a damaged spool too: it passes over the damage and counts it.
    `check` may run beside an intake, `repair` may not. Example: `brainstem spool check /var/lib/brainstem/run-spool`.
    """
    from connectors.spool.check import check, repair
    from connectors.spool.folder import Folder
    from connectors.spool.segments import segments_of
    from flows.config.settings import PARTITIONS
    from flows.intake.spool import lock_spool
    from flows.reports.spool_report import spool_text

    files = Folder(folder)
    if not segments_of(files.names()):
        raise InputError(
            f"{folder} holds no spool. Give the folder of one: spool.folder, or that of the run and -spool."
        )
    if action is Action.REPAIR:
        lock_spool(folder)
        for each in repair(files):
            notes.print(f"{each.segment}: {each.byte_count:,} bytes from {each.offset:,} on moved to {each.file}")
    report = check(files, PARTITIONS)
    typer.echo(spool_text(report))
    if report.damaged_bytes:
        raise typer.Exit(1)
