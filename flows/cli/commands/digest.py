"""`brainstem digest`: the digest of a run, printed again, or that of a period of a finished or a live run."""

from typing import Annotated, Literal

import typer

from connectors.base import ConfigurationError
from flows.cli.console import parse_moment_us
from flows.cli.finished_run import reading, settings_for
from flows.cli.options import DisplayZones, OneTenant, RunFolder
from flows.cli.pages import show_markdown, show_text

Since = Annotated[
    str | None, typer.Option(help="Only what happened from this moment or date on (ISO 8601).", metavar="MOMENT")
]
Until = Annotated[
    str | None,
    typer.Option(
        help="Only what happened before this moment or date (ISO 8601), and nothing that was known later.",
        metavar="MOMENT",
    ),
]
Output = Annotated[
    Literal["text", "markdown", "json"] | None,
    typer.Option(
        help="Text for a person, Markdown, or one JSON document; text on a terminal unless given, else Markdown."
    ),
]


def digest(
    out: RunFolder,
    since: Since = None,
    until: Until = None,
    tenant: OneTenant = None,
    output: Output = None,
    zones: DisplayZones = None,
) -> None:
    """Print the digest of a run again, or that of a day, a week or any other period of it, of all tenants or one.

    A run may be finished or live: of a live one it tells what its last snapshot has made durable. Times are in your zone, or
    those of a tenant in its own. Example: `brainstem digest var/monday --since 2026-03-17 --until 2026-03-18 --tenant acme
    --zone Europe/Berlin`.
    """
    from flows.reports.digest import digest_json, digest_of
    from flows.reports.window import Window
    from flows.runs.finish import current_ledger
    from flows.sinks.output_folder import OutputFolder
    from state.store.readers import reading as reading_lines

    settings = settings_for(out, zones)
    zone = settings.zone_of(tenant or "")
    since_us, until_us = parse_moment_us("--since", since, zone), parse_moment_us("--until", until, zone)
    if since_us is not None and until_us is not None and since_us >= until_us:
        raise ConfigurationError(f"--until {until} is not after --since {since}. Give a later moment.")
    folder, window = OutputFolder(out), Window(tenant, since_us, until_us)
    with reading(out), reading_lines(folder.evidence):
        ledger = current_ledger(folder)
        if output == "json":
            typer.echo(digest_json(folder, window, ledger))
            return
        made = digest_of(folder, settings.display_zones, window=window, ledger=ledger)
    if output == "text":
        show_text(made)
    elif output == "markdown":
        typer.echo(made)
    else:
        show_markdown(made)
