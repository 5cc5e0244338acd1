"""`brainstem queue`: what deserves eyes now, or did at a past moment."""

from typing import Annotated, Literal

import typer

from flows.cli.console import parse_moment_us
from flows.cli.options import DisplayZones, OneTenant, Outputs, RunFolders

LeastBand = Annotated[
    Literal["ignore-fast", "background", "watch", "investigate", "promote"],
    typer.Option("--band", help="The lowest band that is told."),
]
At = Annotated[
    str | None,
    typer.Option(help="What deserved eyes at this moment (ISO 8601); the end of what is stored unless given."),
]
Limit = Annotated[int, typer.Option(help="Most kinds of message that are told.", min=1)]


def queue(
    folders: RunFolders,
    band: LeastBand = "watch",
    tenant: OneTenant = None,
    at: At = None,
    limit: Limit = 20,
    output: Outputs = "table",
    zones: DisplayZones = None,
) -> None:
    """Show what deserves eyes, the most deserving first: what each lacks to be shown, what weighs against it, and when it
    fades.

    What a person has answered since it was shown stands behind the rest, what has fallen silent behind the rest of its band.
    What is acknowledged, snoozed or resolved stands apart with who said so and why, the longest ago first, until it comes
    back. An answer for a past moment uses nothing that came or was said later. Example:
    `brainstem queue var/monday --band investigate --at 2026-03-18T07:00`.
    """
    from brainstem.explain.answers.waiting import BAND_OF
    from flows.cli.finished_run import display_zones_for, reading_all
    from flows.recall.output import Output, queue_as
    from flows.recall.queue import queue_of

    with reading_all(folders):
        shown_in, zone = display_zones_for(folders, zones)
        at_us = parse_moment_us("--at", at, zone)
        typer.echo(queue_as(Output(output), queue_of(folders, BAND_OF[band], tenant, at_us, limit), shown_in))
