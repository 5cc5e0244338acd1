"""Runs a live run in one process, over Kafka topics, a spool or both: prepares the recovery store, runs the graph until a
signal asks it to stop, finishes the folder.
"""

from collections.abc import Callable
from typing import Any

from connectors.files.discovery import Inventory
from flows.config.advice import advice_of
from flows.config.live_run import Configuration
from flows.graph.dataflow import build
from flows.memory.learning import learn_live
from flows.memory.starting import memory_of, start_from
from flows.process.bound_parameters import parameters_argument, require_bound
from flows.process.status import StatusBoard, forget_statuses
from flows.process.stop_request import Stop, stopping_on_signals
from flows.recovery.last_start import note_start
from flows.recovery.plan import LIVE_KIND, Plan
from flows.recovery.run_record import write_record
from flows.recovery.store import Recovery
from flows.runs.finish import finish
from flows.runs.replay import Observer, execute
from flows.sinks.output_folder import OutputFolder, require_creatable
from flows.sinks.topic_sinks import live_sinks
from flows.sources.pace import Pace
from flows.sources.topic_source import TopicSource
from state.store.background import Background


def prepare_run(configuration: Configuration) -> None:
    """Create the recovery store and the folder of a new run, or check those of the run to resume."""
    out = configuration.settings.out
    folder, recovery = OutputFolder(out), Recovery(out)
    arguments: dict[str, Any] = {"kind": LIVE_KIND, **parameters_argument(configuration.settings.parameters)}
    if recovery.exists:
        plan = recovery.resume(arguments)
    else:
        recovery.discard_unbegun()
        # of a run that was killed before it had a plan, which has read nothing
        folder.forget_start()
        if not folder.is_finished:
            folder.require_no_output()
        folder.require_empty()
        cluster = configuration.cluster
        with require_creatable(out):
            out.mkdir(parents=True, exist_ok=True)
        plan = Plan(arguments, started_from=start_from(configuration.settings.memory, folder))
        recovery.create(plan, len(cluster.addresses) or cluster.processes)
    folder.open()
    # what is written from here on is in no manifest
    folder.put_manifest_aside()
    if not folder.run_record.is_file():
        write_record(folder.run_record, plan, configuration.settings)
    note_start(folder, configuration)
    forget_statuses(out, len(configuration.cluster.addresses) or configuration.cluster.processes)


def finish_live(configuration: Configuration) -> None:
    """Publish everything after an orderly stop, and write ledger, digest and memory as of now."""
    settings = configuration.settings
    folder = OutputFolder(settings.out)
    finish(folder, Inventory((), ()), settings)
    if settings.memory is not None:
        learn_live(folder, settings.memory)


def run_live(
    configuration: Configuration,
    process: int | None = None,
    addresses: tuple[str, ...] = (),
    when_to_stop: Callable[[Callable[[], None]], None] | None = None,
) -> None:
    """Run this process's share until a signal asks it to stop; without addresses it is the only process.

    `when_to_stop` is given the function that asks, to call it for reasons of its own.
    """
    board = StatusBoard(configuration.settings.out, process or 0, configuration.intake_account)
    with stopping_on_signals() as stop:
        if when_to_stop is not None:
            when_to_stop(stop.ask)
        board.write("starting", now=True)
        try:
            run_until_stopped(configuration, board, stop, process, addresses)
        finally:
            board.write("stopped", now=True)


def run_until_stopped(
    configuration: Configuration,
    board: StatusBoard,
    stop: Stop,
    process: int | None = None,
    addresses: tuple[str, ...] = (),
    observer: Observer | None = None,
) -> None:
    """Run the graph over the topics until `stop` is asked. `observer` is called with the records and bytes of each batch."""
    settings = configuration.settings
    folder = OutputFolder(settings.out)
    require_bound(dict(settings.parameters))
    pace = Pace()
    source = TopicSource(configuration.kafka, settings, board, stop, observer, pace=pace)
    zones, advice = settings.display_zones, advice_of(settings.advice)
    with Background() as background:
        sinks = live_sinks(configuration, board, stop, background)
        flow = build(
            source,
            sinks,
            zones,
            settings.consent,
            settings.items_a_day,
            advice=advice,
            pace=pace,
            parameter_version=settings.parameter_version,
            memory=memory_of(folder, folder.started_from) if folder.started_from.is_file() else None,
        )
        execute(flow, settings, process, addresses)
