"""`brainstem feedback`: a person's verdict on an item, appended to a file of statements."""

import time
from pathlib import Path
from typing import Annotated

import typer

from brainstem.text.phrases import clock
from connectors.base import ConfigurationError
from flows.cli.console import notes, parse_moment_us
from flows.cli.finished_run import reading, settings_for
from flows.cli.options import DisplayZones, Out

About = Annotated[
    str,
    typer.Argument(
        help="The number of an item in the digest, its name (f1-...), an item (i1-...) or a signature (s2-...)."
    ),
]
Verdict = Annotated[str, typer.Argument(help="useful, useless or resolved.")]
Note = Annotated[str, typer.Option(help="What you found, for the next time it is shown.")]
FeedbackFile = Annotated[
    Path | None, typer.Option(help="File to append to; feedback.jsonl in the run's folder unless given.")
]
At = Annotated[
    str | None,
    typer.Option(
        help="When it was found (ISO 8601). Unless given: just after the item of a finished replay, else now."
    ),
]


def feedback(
    about: About,
    verdict: Verdict,
    note: Note = "",
    out: Out = Path("var/demo/run"),
    file: FeedbackFile = None,
    at: At = None,
    zones: DisplayZones = None,
) -> None:
    """Record whether an item was worth your eyes, or that its cause is resolved.

    Appends one line of JSON, which `brainstem replay --feedback FILE` takes up from its own time on. A verdict about an item
    weighs for its family, one about a signature for that message in every service of the tenant; a family stands for its
    latest item. `useful` and `useless` raise and lower its score, fading over months. `resolved` weighs nothing and hides
    nothing: if it comes back, its item says that it had been resolved, with your note. Example:
    `brainstem feedback 3 useless --note "cleaning staff" --out var/monday`.
    """
    from flows.reports.feedback import record_feedback
    from flows.sinks.output_folder import OutputFolder

    settings = settings_for(out, zones)
    at_us, now_us = parse_moment_us("--at", at, settings.zone), time.time_ns() // 1000
    try:
        with reading(out):
            given = record_feedback(OutputFolder(out), about, verdict, note, at_us, now_us, file)
    except (PermissionError, NotADirectoryError, IsADirectoryError, FileNotFoundError) as error:
        raise ConfigurationError(
            f"--file {error.filename} cannot be written: {error.strerror}. Give a file in a folder where you may write."
        ) from error
    zone = settings.display_zones.of(given.tenant)
    what = f" ({given.what})" if given.what else ""
    typer.echo(f"appended to {given.file}: {given.about}{what} is {verdict}, as of {clock(given.time_us, zone)}")
    if given.comes_too_late and given.last_event_us is not None:
        last = clock(given.last_event_us, zone)
        notes.print(
            f"warning: the logs of this run end at {last}, so a replay of the same logs does not take this up. Give --at"
            " with an earlier moment, or keep the file for a run over later logs."
        )
