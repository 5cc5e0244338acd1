"""The command line. Results go to standard output, notes and progress to standard error.

Exit status: 0 fine, 1 findings that were asked for (`audit`, `--fail-on`), 2 unreadable input, 3 bad configuration, 70 a
fault of the program itself, 75 stopped on request before its end.
"""

import gc
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from brainstem import __version__
from brainstem.attention.daily_budget import ITEMS_A_DAY
from connectors.files.discovery import DEFAULT_TENANT
from flows.cli import options as opt
from flows.cli.commands import asking
from flows.cli.console import (
    BAD_CONFIGURATION,
    FINDINGS,
    UNREADABLE,
    moment,
    notes,
    progress,
    say_whether_it_compiles,
    status_of,
)
from flows.config.settings import BATCH_RECORDS, SNAPSHOT_SECONDS, Settings, parse_zones

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help=(
        "brAInstem remembers the weak operational signals that nobody has time to remember, and tells you what is quietly "
        "becoming important before it becomes an incident.\n\n"
        "Start with `brainstem demo`: it makes three weeks of logs of four companies, runs over them and shows its digest. "
        "Then `brainstem replay LOGS --out DIR` on your own. `brainstem explain` answers why something surfaced or did not, "
        "and `brainstem audit DIR` proves that nothing was lost."
    ),
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"brainstem {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


@app.command()
def demo(
    out: opt.Out = Path("var/demo"),
    zones: opt.Zones = None,
    advice: opt.AdviceFile = None,
    kafka: opt.Kafka = "",
) -> None:
    """Make three weeks of logs of four companies, run over them, and show what earns your eyes.

    Four tenants, eleven hosts, about 200,000 lines of ordinary noise, and three quiet troubles in them. After the digest
    it says what a count threshold and an error-word filter would have shown on the same lines.

    Example: `brainstem demo --out /tmp/demo`.
    """
    from flows.config.advice import advice_of
    from flows.demo.show import show, show_on_topic

    zone, own_zones = parse_zones(zones or ())
    settings = Settings(out / "run", zone, own_zones, advice=advice)
    advice_of(advice)
    say_whether_it_compiles()
    with progress() as observer:
        text = show_on_topic(out, settings, kafka, observer) if kafka else show(out, settings, observer)
    typer.echo(text)


@app.command()
def replay(
    inputs: opt.Inputs,
    out: opt.NewOut,
    tenant: opt.Tenant = DEFAULT_TENANT,
    zones: opt.Zones = None,
    reference_date: opt.ReferenceDate = None,
    incidents: opt.Incidents = None,
    feedback: opt.Feedback = None,
    share_precedents: opt.SharePrecedents = True,
    apart: opt.Apart = None,
    items_a_day: opt.ItemsADay = ITEMS_A_DAY,
    advice: opt.AdviceFile = None,
    processes: opt.Processes = 1,
    batch_records: opt.BatchRecords = BATCH_RECORDS,
    fail_on: opt.FailOn = None,
    resume: opt.Resume = False,
    snapshot_seconds: opt.SnapshotSeconds = SNAPSHOT_SECONDS,
    config: opt.TopicConfig = None,
    process_id: opt.HiddenNumber = None,
    addresses: opt.HiddenText = "",
) -> None:
    """Read logs in the order of their event time and show what earns your eyes.

    Files and folders (recursively), plain or .gz, .bz2, .xz, .zst; syslog, journal, application logs, JSON lines, mixed as
    they are. Example: `brainstem replay acme=/var/log bolt=/srv/bolt/logs --out var/monday`. Writes items.jsonl, digest.md,
    ledger.json and the folders evidence, decisions and rejects.

    Topics: `brainstem replay "acme=kafka://127.0.0.1:9092/logs?from=2026-03-01&to=end" --out var/march` reads what is there
    now and commits nothing. Bounds are offsets or moments.
    """
    from flows.cli.replay_request import AskedReplay, topics_of

    zone, own_zones = parse_zones(zones or ())
    settings = Settings(
        out,
        zone,
        own_zones,
        batch_records=batch_records,
        snapshot_seconds=snapshot_seconds,
        tenant=tenant,
        incidents=incidents,
        feedback=feedback,
        share_precedents=share_precedents,
        apart=tuple(apart or ()),
        items_a_day=items_a_day,
        advice=advice,
    )
    # a zone that is none has been refused by now
    settings = replace(settings, reference_time_us=moment("--reference-date", reference_date, zone))
    topics = topics_of(inputs, tenant, zone, config)
    asked = AskedReplay(inputs, settings, reference_date, topics, processes, resume, fail_on)
    if process_id is not None:
        asked.run_share(process_id, addresses.split(";"))
        return
    ledger = asked.carry_out()
    typer.echo((out / "digest.md").read_text(encoding="utf-8"))
    asked.say_what_was_not_read(ledger)
    if asked.has_what_it_fails_on(ledger):
        raise typer.Exit(FINDINGS)


@app.command()
def run(
    config: opt.RunConfig,
    check: opt.Check = False,
    items_a_day: opt.ItemsADayOfFile = None,
    process: opt.Process = None,
    process_id: opt.HiddenNumber = None,
    addresses: opt.HiddenText = "",
) -> None:
    """Run beside Kafka until stopped, and go on where the last run into the same folder was, however that ended.

    SIGTERM and SIGINT stop it between two batches. Example: `brainstem run --config brainstem.toml`; docs/kafka.md has the
    keys of the file.
    """
    from flows.config.live_run import load
    from flows.runs.start_live import run_configured

    configuration = load(config)
    if items_a_day is not None:
        settings = replace(configuration.settings, items_a_day=items_a_day)
        configuration = replace(configuration, settings=settings)
    configuration.kafka.client.check()
    if check:
        notes.print(f"{config} is fine")
        return
    if process_id is None:
        say_whether_it_compiles()
    run_configured(configuration, sys.argv[1:], process if process_id is None else process_id, addresses)


asking.add_to(app)


def main() -> None:
    """Run the command line and turn whose fault it is into an exit status."""
    # what imports make stays; a graph that runs collects garbage again, other commands do not live long
    gc.disable()
    try:
        app()
    except SystemExit as ended:
        # typer ends with 2 where the command line itself is wrong, which is our bad configuration
        _leave(BAD_CONFIGURATION if ended.code == UNREADABLE else ended.code)
    except Exception as error:  # noqa: BLE001 - the outermost edge: every fault gets its exit status here
        _leave(status_of(error))
    finally:
        gc.enable()


def _leave(status: str | int | None) -> NoReturn:
    """End the process: nothing is open any more, and taking apart what fills its memory would take a while."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # nobody reads any more, of which Python tells in its own way
        sys.exit(status)
    if isinstance(status, str):
        sys.exit(status)
    os._exit(status or 0)
