"""`brainstem backtest`: what other parameters would have shown of the same logs."""

from pathlib import Path
from typing import Annotated, Final

import typer

from brainstem.attention.daily_budget import ITEMS_A_DAY
from connectors.base import ConfigurationError
from connectors.files.discovery import DEFAULT_TENANT
from flows.cli.console import FINDINGS, notes
from flows.cli.options import DateOrders, Formats, HostsFrom, ServicesFrom, Years, Zones
from flows.config.settings import Settings, parse_zones

FORMS: Final = ("table", "json", "junit")
DAY_US: Final = 86_400_000_000
WINDOW_DAYS: Final = 14.0

BacktestInputs = Annotated[
    list[str] | None,
    typer.Argument(
        help=(
            "Logs or topics as `brainstem replay` takes them, or the folder of a run, whose evidence is judged"
            " again; none where sides are folders of runs."
        )
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        help="File of parameters, or the folder of a run; the default parameters unless given.", metavar="FILE"
    ),
]
Candidate = Annotated[Path | None, typer.Option(help="The same for what is held against the baseline.", metavar="FILE")]
Tenant = Annotated[str, typer.Option(help="Tenant of inputs that name none.")]
ReferenceDate = Annotated[
    str | None,
    typer.Option(help="A moment the logs were surely written by (ISO 8601), as `brainstem replay` takes it."),
]
Incidents = Annotated[
    Path | None, typer.Option(help="Tickets as JSON lines: both runs learn from them and are measured.", metavar="FILE")
]
Feedback = Annotated[
    Path | None,
    typer.Option(help="Verdicts as JSON lines: both runs learn from them and are measured.", metavar="FILE"),
]
ItemsADay = Annotated[int, typer.Option(help="Most items of a tenant and UTC day, in both runs.")]
WindowDays = Annotated[float, typer.Option(help="Days before an incident within which an item warns of it.")]
Expect = Annotated[
    Path | None,
    typer.Option(
        help="Items that must and must not appear, TOML or JSON lines; exit with 1 if not so.", metavar="FILE"
    ),
]
OutputForm = Annotated[str, typer.Option("--output", help="Form of what is printed: `table`, `json` or `junit`.")]
KeptOut = Annotated[
    Path | None,
    typer.Option("--out", help="New folder that keeps both runs, as `baseline` and `candidate`.", metavar="DIR"),
]
TopicConfig = Annotated[
    Path | None,
    typer.Option("--config", help="For topics: a file with [kafka.client], and perhaps kafka.tenant.", metavar="FILE"),
]
WhatIfFamily = Annotated[
    str,
    typer.Option(
        "--what-if",
        help="Instead of --candidate: search the smallest change of one number that surfaces this family, or silences it.",
        metavar="FAMILY",
    ),
]
ShadowOf = Annotated[
    Path | None,
    typer.Option(
        "--shadow",
        help="Folder of a live run whose configuration has [shadow]: the run against its shadow, in place of both sides.",
        metavar="DIR",
    ),
]
Processes = Annotated[int, typer.Option(min=1, help="Worker processes of each run.")]


def backtest(
    inputs: BacktestInputs = None,
    baseline: Baseline = None,
    candidate: Candidate = None,
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
    items_a_day: ItemsADay = ITEMS_A_DAY,
    window_days: WindowDays = WINDOW_DAYS,
    expect: Expect = None,
    output: OutputForm = FORMS[0],
    out: KeptOut = None,
    processes: Processes = 1,
    config: TopicConfig = None,
    what_if: WhatIfFamily = "",
    shadow: ShadowOf = None,
) -> None:
    """Run the same logs with two sets of parameters and tell which items are gained, lost, earlier, later and the same.

    Recall, precision and lead time where incidents or verdicts are given. Example: `brainstem config > b.toml`, change a
    number under [parameters], then `brainstem backtest --candidate b.toml acme=/var/log --out var/try`.

    A run's own evidence, without its logs: `brainstem backtest --candidate b.toml var/monday`. What would have shown what
    was missed: `brainstem backtest --what-if f1-0123456789abcdef var/monday`; exit with 1 where nothing is found.

    A live run against its shadow, also while it goes on: `brainstem backtest --shadow /var/lib/brainstem/run`.
    """
    from flows.reports.backtest.expectations import load_expectations
    from flows.reports.backtest.output import writers
    from flows.runs.backtest import BacktestRequest, ReplayEndedError

    if output not in FORMS:
        raise ConfigurationError(f"--output = {output!r} is unknown. Give `table`, `json` or `junit`.")
    if not 0 < window_days <= 3650:
        raise ConfigurationError(
            f"--window-days = {window_days:g} cannot be used. Give more than 0, and 3650 at the most."
        )
    zone, tenant_zones = parse_zones(zones or ())
    # for its faults, before anything is read
    settings = Settings(Path(), zone, tenant_zones, items_a_day=items_a_day)
    options = ["--tenant", tenant] if tenant != DEFAULT_TENANT else []
    options += ["--items-a-day", str(items_a_day)] if items_a_day != ITEMS_A_DAY else []
    options += ["--processes", str(processes)] if processes != 1 else []
    options += ["--reference-date", reference_date] if reference_date else []
    for name, given in (
        ("--zone", zones),
        ("--date-order", date_orders),
        ("--year", years),
        ("--host-from", hosts_from),
        ("--service-from", services_from),
        ("--format", formats),
    ):
        for value in given or ():
            options += [name, value]
    request = BacktestRequest(
        inputs or (),
        baseline,
        candidate,
        options,
        config,
        incidents,
        feedback,
        tenant,
        zone,
        int(window_days * DAY_US),
        load_expectations(expect) if expect else (),
        out,
        what_if,
        shadow,
        notes.print,
    )
    try:
        result = request.run()
    except ReplayEndedError as ended:
        raise typer.Exit(ended.status) from ended
    typer.echo(writers(settings.display_zones)[output](result), nl=False)
    if not result.is_as_expected:
        raise typer.Exit(FINDINGS)
