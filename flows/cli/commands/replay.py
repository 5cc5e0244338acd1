"""`brainstem replay`: logs that are there already, read in the order of event time."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from brainstem.attention.daily_budget import ITEMS_A_DAY
from connectors.files.discovery import DEFAULT_TENANT
from connectors.registry import input_forms
from flows.cli.console import FINDINGS, parse_moment_us
from flows.cli.finished_run import note_root, reading
from flows.cli.options import (
    AdviceFile,
    DateOrders,
    Formats,
    HostsFrom,
    ParametersFile,
    ServicesFrom,
    WorkerAddresses,
    WorkerNumber,
    Years,
    Zones,
)
from flows.cli.pages import show_markdown
from flows.config.input_options import InputOptions
from flows.config.settings import BATCH_RECORDS, SNAPSHOT_SECONDS, Settings, parse_zones

Inputs = Annotated[list[str], typer.Argument(help=input_forms())]
NewOut = Annotated[Path, typer.Option("--out", help="New folder for the results.", metavar="DIR")]
Tenant = Annotated[str, typer.Option(help="Tenant of inputs that name none.")]
ReferenceDate = Annotated[
    str | None,
    typer.Option(help="A moment the logs were surely written by (ISO 8601); it settles years that stamps leave out."),
]
Incidents = Annotated[
    Path | None,
    typer.Option(
        help="Beside files: tickets, JSON lines with id, tenant, time, title and, if known, service.", metavar="FILE"
    ),
]
Feedback = Annotated[
    Path | None,
    typer.Option(help="Beside files: verdicts of people, the JSON lines of `brainstem feedback`.", metavar="FILE"),
]
SharePrecedents = Annotated[
    bool, typer.Option(help="Let what stood before one tenant's incident speak at another, without naming it.")
]
Apart = Annotated[
    list[str] | None, typer.Option(help="A tenant that neither gives nor takes precedents; may be repeated.")
]
ItemsADay = Annotated[int, typer.Option(help="Most items of a tenant and UTC day; what goes beyond is held back.")]
Processes = Annotated[int, typer.Option(min=1, help="Worker processes on this machine.")]
BatchRecords = Annotated[int, typer.Option(help="Records of a batch; the results do not depend on it.")]
FailOn = Annotated[
    str | None,
    typer.Option(
        help="Exit with 1 when there are `items` or `rejects` (blank lines are none), or times that were `unread`."
    ),
]
MemoryOption = Annotated[
    Path | None,
    typer.Option(
        "--memory",
        help=(
            "File of what earlier runs have learned, which this one continues and adds to: known messages, habits,"
            " precedents, verdicts. Made where it is missing. What lies before its end is stored and not counted again."
        ),
        metavar="FILE",
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with a run that was cut short; the other arguments stay the same.")
]
SnapshotSeconds = Annotated[float, typer.Option(help="Time between snapshots: how much a crash makes it read again.")]
WithoutEvidence = Annotated[
    bool, typer.Option("--without-evidence", hidden=True, help="Of a run's folder: write items and decisions alone.")
]
OffsetsOf = Annotated[
    Path | None, typer.Option("--offsets-of", hidden=True, help="Run over the same topics whose offsets to read.")
]
TopicConfig = Annotated[
    Path | None,
    typer.Option("--config", help="For topics: a file with [kafka.client], and perhaps kafka.tenant.", metavar="FILE"),
]


def replay(
    context: typer.Context,
    inputs: Inputs,
    out: NewOut,
    tenant: Tenant = DEFAULT_TENANT,
    zones: Zones = None,
    reference_date: ReferenceDate = None,
    date_orders: DateOrders = None,
    years: Years = None,
    hosts_from: HostsFrom = None,
    services_from: ServicesFrom = None,
    formats: Formats = None,
    incidents: Incidents = None,
    feedback: Feedback = None,
    share_precedents: SharePrecedents = True,
    apart: Apart = None,
    items_a_day: ItemsADay = ITEMS_A_DAY,
    memory: MemoryOption = None,
    advice: AdviceFile = None,
    parameters: ParametersFile = None,
    processes: Processes = 1,
    batch_records: BatchRecords = BATCH_RECORDS,
    fail_on: FailOn = None,
    resume: Resume = False,
    snapshot_seconds: SnapshotSeconds = SNAPSHOT_SECONDS,
    config: TopicConfig = None,
    without_evidence: WithoutEvidence = False,
    offsets_of: OffsetsOf = None,
    process_id: WorkerNumber = None,
    addresses: WorkerAddresses = "",
) -> None:
    """Read logs in the order of their event time and show what earns your eyes.

    Files and folders (recursively), plain or .gz, .bz2, .xz, .zst; syslog, journal, application logs, JSON lines, mixed as
    they are. Example: `brainstem replay acme=/var/log bolt=/srv/bolt/logs --out var/monday`. Writes items.jsonl, digest.md,
    ledger.json and the folders evidence, decisions and rejects.

    Topics: `brainstem replay "acme=kafka://127.0.0.1:9092/logs?from=2026-03-01&to=end" --out var/march` reads what is there
    now and commits nothing. Bounds are offsets or moments.

    The folder of a run over files: what it has stored is judged again, with its own options and other --parameters, without
    its inputs.
    """
    from connectors.files.discovery import run_in
    from flows.cli.replay_request import ReplayRequest, replay_run, topics_of
    from flows.config.parameter_file import load_parameters
    from flows.process.bound_parameters import require_parameters

    zone, tenant_zones = parse_zones(zones or ())
    options = InputOptions.of(date_orders or (), years or (), hosts_from or (), services_from or (), formats or ())
    values = load_parameters("--parameters", parameters) if parameters else load_parameters("--config", config)
    settings = Settings(
        out,
        zone,
        tenant_zones,
        options.date_order,
        options.date_orders,
        batch_records=batch_records,
        snapshot_seconds=snapshot_seconds,
        tenant=tenant,
        incidents=incidents,
        feedback=feedback,
        share_precedents=share_precedents,
        apart=tuple(apart or ()),
        items_a_day=items_a_day,
        memory=memory,
        advice=advice,
        parameters=tuple(values.items()),
    )
    require_parameters(values)
    if (run := run_in(inputs, tenant)) is not None:
        replay_run(context, run, settings, keeps_all=not without_evidence)
        if not without_evidence:
            with reading(out):
                show_markdown((out / "digest.md").read_text(encoding="utf-8"))
                note_root(out)
        return
    # after Settings has refused a zone that does not exist, because a date without an offset is read in it
    settings = replace(settings, reference_time_us=parse_moment_us("--reference-date", reference_date, zone))
    topics = topics_of(inputs, tenant, zone, config)
    request = ReplayRequest(
        inputs, settings, reference_date, topics, processes, resume, fail_on, options, offsets_of=offsets_of
    )
    if process_id is not None:
        request.run_as_worker(process_id, addresses.split(";"))
        return
    ledger = request.run()
    with reading(out):
        digest = (out / "digest.md").read_text(encoding="utf-8")
        show_markdown(digest)
        request.note_what_was_not_read(ledger)
        note_root(out)
    if request.has_what_it_fails_on(ledger):
        raise typer.Exit(FINDINGS)
