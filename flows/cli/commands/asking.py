"""The commands that ask about a run, or say something of it: status, digest, explain, feedback, config, audit."""

import time
from pathlib import Path
from typing import Annotated

import typer

from brainstem.text.phrases import clock
from connectors.base import ConfigurationError, InputError
from flows.cli.console import FINDINGS, moment, notes
from flows.cli.options import Out, ZonesRead
from flows.config.settings import Settings, parse_zones


def _require_tenants(settings: Settings) -> None:
    """Refuse a zone of a tenant that a finished run knows nothing of: a misspelt name would silently do nothing."""
    from brainstem.contracts.ledger_json import from_json
    from flows.sinks.output_folder import OutputFolder

    ledger = OutputFolder(settings.out).ledger
    if not settings.zones or not ledger.is_file():
        return
    tenants = sorted({description.tenant for description, _ in from_json(ledger.read_bytes()) if description.tenant})
    for name, zone in settings.zones:
        if name not in tenants:
            raise ConfigurationError(
                f"--zone {name}={zone}: this run has no such tenant. It has {', '.join(tenants) or 'none'}."
            )


def status(out: Annotated[Path, typer.Argument(help="Folder of a live run.")]) -> None:
    """Say what the processes of a live run are doing: what they wait for, and how far reading is durable.

    Exit status 1 when one of them has stopped or has been silent for long, so that it serves as a health check. Example:
    `brainstem status /var/lib/brainstem/run`.
    """
    from flows.process.status import forgotten_text, is_healthy, read_status, status_text

    said = read_status(out)
    typer.echo("\n".join(filter(None, [status_text(said), forgotten_text(out)])))
    if not all(map(is_healthy, said)):
        raise typer.Exit(FINDINGS)


def digest(out: Annotated[Path, typer.Argument(help="Folder of a run.")], zones: ZonesRead = None) -> None:
    """Print the digest of a run again, with times in your zone, or those of a tenant in its own.

    Example: `brainstem digest var/monday --zone Europe/Berlin --zone acme=Asia/Tokyo`.
    """
    from flows.reports.digest import digest_of
    from flows.sinks.output_folder import OutputFolder

    settings = Settings(out, *parse_zones(zones or ()))
    _require_tenants(settings)
    typer.echo(digest_of(OutputFolder(out), settings.told_in))


def explain(
    asked: Annotated[
        str, typer.Argument(help="An item (i1-...), family (f1-...), signature (s1-...), or words of its text.")
    ],
    out: Out = Path("var/demo/run"),
    at: Annotated[str | None, typer.Option(help="Explain what was known at this moment (ISO 8601).")] = None,
    zones: ZonesRead = None,
) -> None:
    """Say why something surfaced, why now and not earlier, or why it was ignored.

    Prints the history of its band, and each decision's score with the parts that add up to it. Example:
    `brainstem explain "tunnel" --out var/monday` lists what matches; name one of them to have it explained.
    """
    from flows.reports.explanation import explain as explain_asked
    from flows.sinks.output_folder import OutputFolder

    settings = Settings(out, *parse_zones(zones or ()))
    _require_tenants(settings)
    typer.echo(explain_asked(OutputFolder(out), asked, moment("--at", at, settings.zone), settings.told_in))


def feedback(
    about: Annotated[
        str,
        typer.Argument(help="A family (f1-...), as the digest names it, an item (i1-...) or a signature (s1-...)."),
    ],
    verdict: Annotated[str, typer.Argument(help="useful, useless or resolved.")],
    note: Annotated[str, typer.Option(help="What you found, for the next time it is shown.")] = "",
    out: Out = Path("var/demo/run"),
    file: Annotated[
        Path | None, typer.Option(help="File to append to; feedback.jsonl in the run's folder unless given.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="When it was found (ISO 8601). Unless given: just after the item of a finished replay, else now."
        ),
    ] = None,
    zones: ZonesRead = None,
) -> None:
    """Say whether an item was worth your eyes, or that its cause is resolved.

    Appends one line of JSON, which `brainstem replay --feedback FILE` takes up from its own time on. A verdict about an item
    weighs for its family, one about a signature for that message in every service of the tenant; a family stands for its
    latest item. `useful` and `useless` raise and lower its score, fading over months. `resolved` weighs nothing and hides
    nothing: if it comes back, its item says that it had been resolved, with your note. Example:
    `brainstem feedback f1-0123456789abcdef useless --note "cleaning staff" --out var/monday`.
    """
    from flows.reports.feedback import record_feedback
    from flows.sinks.output_folder import OutputFolder

    settings = Settings(out, *parse_zones(zones or ()))
    _require_tenants(settings)
    asked_us, now_us = moment("--at", at, settings.zone), time.time_ns() // 1000
    try:
        given = record_feedback(OutputFolder(out), about, verdict, note, asked_us, now_us, file)
    except (PermissionError, NotADirectoryError, IsADirectoryError, FileNotFoundError) as error:
        raise ConfigurationError(
            f"--file {error.filename} cannot be written: {error.strerror}. Give a file in a folder where you may write."
        ) from error
    zone = settings.told_in.of(given.tenant)
    typer.echo(f"appended to {given.file}: {given.about} is {verdict}, as of {clock(given.time_us, zone)}")
    if given.comes_too_late and given.last_event_us is not None:
        last = clock(given.last_event_us, zone)
        notes.print(
            f"warning: the logs of this run end at {last}, so a replay of the same logs does not take this up. Give --at"
            " with an earlier moment, or keep the file for a run over later logs."
        )


def show_config(
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file of a live run, merged over the defaults.", metavar="FILE")
    ] = None,
    items_a_day: Annotated[
        int | None, typer.Option(help="Most items of a tenant and UTC day, in place of what the file says.")
    ] = None,
) -> None:
    """Print every setting and every number that steers judgement, as commented TOML.

    Each with its unit, its meaning and where its value comes from; what is compiled in is called fixed. Example:
    `brainstem config --config brainstem.toml`.
    """
    from flows.config.printed import whole_configuration

    typer.echo(whole_configuration(config, items_a_day), nl=False)


def audit(out: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Read the inputs of a run again and prove that every byte is stored, rejected or a counted duplicate.

    Exit status 1 when anything is missing, doubled or different. Example: `brainstem audit var/monday`.
    """
    from flows.reports.audit import audit as run

    if not out.is_dir():
        raise InputError(f"{out} is no folder. Give the --out folder of a run.")
    report = run(out)
    typer.echo(report.to_text(), nl=False)
    if not report.ok:
        raise typer.Exit(FINDINGS)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (status, digest, explain, feedback):
        app.command()(command)
    app.command(name="config")(show_config)
    app.command()(audit)
