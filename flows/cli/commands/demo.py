"""`brainstem demo`: logs made for the purpose, a run over them, and its digest."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.console import note_first_compilation, progress
from flows.cli.options import AdviceFile, Out, Zones
from flows.cli.pages import show_markdown
from flows.config.settings import Settings, parse_zones

Broker = Annotated[
    str, typer.Option(help="Send the logs through a topic of their own at this broker.", metavar="HOST:PORT")
]


def demo(
    out: Out = Path("var/demo"),
    zones: Zones = None,
    advice: AdviceFile = None,
    kafka: Broker = "",
) -> None:
    """Make three weeks of logs of four companies, run over them, and show what earns your eyes.

    Four tenants, eleven hosts, about 200,000 lines of ordinary noise, and three quiet troubles in them. After the digest
    it says what a count threshold and an error-word filter would have shown on the same lines.

    Example: `brainstem demo --out /tmp/demo`.
    """
    from flows.config.advice import advice_of
    from flows.demo.show import show, show_on_topic

    zone, tenant_zones = parse_zones(zones or ())
    settings = Settings(out / "run", zone, tenant_zones, advice=advice)
    # read here for its faults alone, before minutes are spent on making logs
    advice_of(advice)
    note_first_compilation()
    with progress() as observer:
        page, rest = show_on_topic(out, settings, kafka, observer) if kafka else show(out, settings, observer)
    show_markdown(page)
    typer.echo(rest)
