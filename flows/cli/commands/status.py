"""`brainstem status`: what the processes of a live run are doing, for a person or a health check."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.cli.console import FINDINGS

LiveRunFolder = Annotated[Path, typer.Argument(help="Folder of a live run.")]
StatusForm = Annotated[Literal["text", "json"], typer.Option("--output", help="Form of what is printed.")]


def status(out: LiveRunFolder, output: StatusForm = "text") -> None:
    """Show what a live run is doing: its processes, what came from each source and when, how far it is read and judged, what
    each listener took and refused, and what waits in the spool.

    Exit status 1 when one of them has stopped or has been silent for long, so that it serves as a health check. Example:
    `brainstem status /var/lib/brainstem/run`. With `--output json` it is a document for programs, with the accounts of
    sources and listeners; docs/status.md has its keys.
    """
    import orjson

    from brainstem.explain.input_gaps import quiet_sentences
    from brainstem.text.phrases import IN_UTC, printable
    from flows.process.status import account_text, is_healthy, read_status, status_text
    from flows.process.status_report import intake_of, quiet_of, status_report
    from flows.reports.live_status import live_status_text, now_us

    report = status_report(out)
    if output == "json":
        typer.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2))
        if not report["healthy"]:
            raise typer.Exit(FINDINGS)
        return
    statuses = read_status(out)
    quiet = quiet_sentences(quiet_of(out, statuses, intake_of(statuses)), IN_UTC)
    told = [
        status_text(statuses),
        live_status_text(report, now_us()),
        account_text(out),
        *(f"gone quiet: {printable(each)}" for each in quiet),
    ]
    typer.echo("\n".join(filter(None, told)))
    if not all(map(is_healthy, statuses)):
        raise typer.Exit(FINDINGS)
