"""`brainstem status`: what the processes of a live run are doing, for a person or a health check."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.console import FINDINGS

LiveRunFolder = Annotated[Path, typer.Argument(help="Folder of a live run.")]


def status(out: LiveRunFolder) -> None:
    """Show what the processes of a live run are doing: what they wait for, and how far reading is durable.

    Exit status 1 when one of them has stopped or has been silent for long, so that it serves as a health check. Example:
    `brainstem status /var/lib/brainstem/run`.
    """
    from flows.process.status import account_text, is_healthy, read_status, status_text

    statuses = read_status(out)
    typer.echo("\n".join(filter(None, [status_text(statuses), account_text(out)])))
    if not all(map(is_healthy, statuses)):
        raise typer.Exit(FINDINGS)
