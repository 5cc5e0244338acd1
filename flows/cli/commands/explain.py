"""`brainstem explain`: why something surfaced or did not."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.console import parse_moment_us
from flows.cli.finished_run import reading, settings_for
from flows.cli.options import DisplayZones, Out

Asked = Annotated[
    str,
    typer.Argument(
        help="The number of an item in the digest, an item (i1-...), a family (f1-...), a signature (s2-...), or words:"
        " of the message, its service or any of its lines."
    ),
]
At = Annotated[str | None, typer.Option(help="Explain what was known at this moment (ISO 8601).")]


def explain(asked: Asked, out: Out = Path("var/demo/run"), at: At = None, zones: DisplayZones = None) -> None:
    """Explain why something surfaced, why now and not earlier, or why it was ignored.

    Prints the history of its band, each decision's score with the parts that add up to it, and what there is of it when the
    log ends. Example: `brainstem explain 3 --out var/monday` for the third item of the digest; `brainstem explain "tunnel"
    --out var/monday` lists what matches, and explains it where it is one.
    """
    from flows.reports.explanation import explain as explanation_of
    from flows.sinks.output_folder import OutputFolder

    settings = settings_for(out, zones)
    at_us = parse_moment_us("--at", at, settings.zone)
    with reading(out):
        explained = explanation_of(OutputFolder(out), asked, at_us, settings.display_zones)
    typer.echo(explained)
