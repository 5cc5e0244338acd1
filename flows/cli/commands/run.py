"""`brainstem run`: a live run beside Kafka, as a configuration file describes it."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.console import note_first_compilation, notes
from flows.cli.finished_run import note_root
from flows.cli.options import ItemsADayOfFile, WorkerAddresses, WorkerNumber

RunConfig = Annotated[Path, typer.Option("--config", help="TOML file of the run.", metavar="FILE")]
Check = Annotated[bool, typer.Option("--check", help="Only check the file; nothing is read or written.")]
Process = Annotated[int | None, typer.Option(min=0, help="Which of cluster.addresses this process is, counted from 0.")]


def run(
    config: RunConfig,
    check: Check = False,
    items_a_day: ItemsADayOfFile = None,
    process: Process = None,
    process_id: WorkerNumber = None,
    addresses: WorkerAddresses = "",
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
        note_first_compilation()
    run_configured(configuration, sys.argv[1:], process if process_id is None else process_id, addresses)
    if process_id is None and not process:
        note_root(configuration.settings.out)
