"""What people say about an item, as several commands take it: their common options, and how it is written down and told."""

import getpass
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from brainstem.text.phrases import clock
from connectors.base import ConfigurationError
from flows.cli.console import notes, parse_moment_us
from flows.cli.finished_run import reading, settings_for

About = Annotated[
    str,
    typer.Argument(
        help="The number of an item in the digest, its name (f1-...), an item (i1-...) or a signature (s2-...)."
    ),
]
Note = Annotated[str, typer.Option(help="What you found, for the next time it is shown.")]
Why = Annotated[str, typer.Option("--note", help="Why; it is told wherever this is.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; your login name unless given.", metavar="NAME")]
FeedbackFile = Annotated[
    Path | None, typer.Option(help="File to append to; feedback.jsonl in the run's folder unless given.")
]
Found = Annotated[
    str | None,
    typer.Option(
        "--at",
        help="When it was found (ISO 8601). Unless given: just after the item of a finished replay, else now.",
    ),
]
Said = Annotated[
    str | None,
    typer.Option(
        "--at",
        help="When it is said (ISO 8601). Unless given: just after the last event of a finished replay, else now.",
    ),
]


def say(
    out: Path,
    about: str,
    verdict: str,
    note: str,
    by: str | None,
    at: str | None,
    file: Path | None,
    zones: Sequence[str] | None,
    until: str | None = None,
    *,
    after_all: bool = False,
) -> None:
    """Append a statement about an item, a family or a signature of the run in `out`, and say what was appended.

    `until` is a moment, None for none. With `after_all` it is dated after all that the run has read.
    """
    from flows.reports.feedback import record_feedback
    from flows.sinks.output_folder import OutputFolder

    settings = settings_for(out, zones)
    at_us, now_us = parse_moment_us("--at", at, settings.zone), time.time_ns() // 1000
    until_us = parse_moment_us("--until", until, settings.zone)
    folder, who = OutputFolder(out), _login_name() if by is None else by
    try:
        with reading(out):
            given = record_feedback(
                folder, about, verdict, note, at_us, now_us, file, who, until_us, after_all=after_all
            )
    except (PermissionError, NotADirectoryError, IsADirectoryError, FileNotFoundError) as error:
        raise ConfigurationError(
            f"--file {error.filename} cannot be written: {error.strerror}. Give a file in a folder where you may write."
        ) from error
    zone = settings.display_zones.of(given.tenant)
    what = f" ({given.what})" if given.what else ""
    end = "" if until_us is None else f" until {clock(until_us, zone)}"
    typer.echo(f"appended to {given.file}: {given.about}{what} is {verdict}{end}, as of {clock(given.time_us, zone)}")
    if given.comes_too_late and given.last_event_us is not None:
        last = clock(given.last_event_us, zone)
        notes.print(
            f"warning: the logs of this run end at {last}, so a replay of the same logs does not take this up. Give --at"
            " with an earlier moment, or keep the file for a run over later logs."
        )


def _login_name() -> str:
    """Return the name under which the person is logged in; empty where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
