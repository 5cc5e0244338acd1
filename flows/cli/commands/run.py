"""`brainstem run`: a live run over what an intake receives or Kafka has, as a configuration file describes it."""

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
LiveMemory = Annotated[
    Path | None,
    typer.Option(
        "--memory",
        help=(
            "File of what earlier runs have learned, in place of run.memory: a new run starts from it, and each adds to it."
            " Made where it is missing."
        ),
        metavar="FILE",
    ),
]
Process = Annotated[int | None, typer.Option(min=0, help="Which of cluster.addresses this process is, counted from 0.")]


def run(
    config: RunConfig,
    check: Check = False,
    items_a_day: ItemsADayOfFile = None,
    memory: LiveMemory = None,
    process: Process = None,
    process_id: WorkerNumber = None,
    addresses: WorkerAddresses = "",
) -> None:
    """Listen, buffer and judge until stopped, and go on where the last run into the same folder was, however that ended.

    The file says what is listened on, which Kafka topics are read, or both. SIGTERM and SIGINT stop it between two batches.
    Example: `brainstem run --config brainstem.toml`; docs/listen.md and docs/kafka.md have the keys of the file.
    """
    from flows.cli.live_memory import note_memory_of_live, settings_with_memory
    from flows.config.intake import check_intake
    from flows.config.intake import load as load_intake
    from flows.config.live_run import load
    from flows.process.bound_parameters import require_parameters
    from flows.runs.start_live import run_configured

    configuration = load(config)
    if items_a_day is not None:
        settings = replace(configuration.settings, items_a_day=items_a_day)
        configuration = replace(configuration, settings=settings)
    if configuration.kafka.topics:
        configuration.kafka.client.check()
    if configuration.has_intake and process_id is None:
        check_intake(load_intake(config))
    if check:
        notes.print(f"{config} is fine")
        return
    require_parameters(dict(configuration.settings.parameters))
    if process_id is None:
        if not process:
            configuration = replace(configuration, settings=settings_with_memory(configuration.settings, memory))
        note_first_compilation()
    run_configured(configuration, config, sys.argv[1:], process if process_id is None else process_id, addresses)
    if process_id is None and not process:
        note_memory_of_live(configuration.settings)
        note_root(configuration.settings.out)
