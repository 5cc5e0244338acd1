"""Replay: files through the graph into an output folder, and the folder brought to rest afterwards.

A run is prepared (or taken up again), run by one process or several, and finished. Each step may be cut short anywhere;
`prepare` with `resume` goes on from there.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from threading import Thread
from typing import Any

from bytewax.dataflow import Dataflow
from bytewax.inputs import Source
from bytewax.run import cli_main

from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import from_json
from brainstem.contracts.slots import SLOTS_PER_HOUR
from connectors.base import ConfigurationError
from connectors.files.discovery import Inventory
from connectors.files.statements import with_statements
from flows.config.advice import advice_of
from flows.config.settings import PARTITIONS, Settings
from flows.graph.dataflow import build
from flows.process.stop_request import Stop, StoppedError, stopping_on_signals
from flows.recovery.plan import Plan
from flows.recovery.store import Recovery
from flows.sinks.folder_sinks import folder_sinks
from flows.sinks.output_folder import OutputFolder
from flows.sources.file_source import Read, ReplaySource

SWITCH_SECONDS = 0.0005
STRIDE_SLOTS = 4 * SLOTS_PER_HOUR
"""slots that a replay seals at a time: nobody waits for what the first of them says"""
GARBAGE_OBJECTS = 50_000
"""objects made between two looks for garbage in cycles: a batch is a few arrays, so there is little to find"""

SHUT_DOWN_LATE = "Send thread panic"
"""what the engine says of a connection that was gone when it wanted to shut it down, after all work is done"""

Observer = Callable[[int, int], None]
"""called with the records and bytes of each batch read"""


def replay(inventory: Inventory, settings: Settings, observer: Observer | None = None) -> Ledger:
    """Run the graph over an inventory in this process and bring the output folder to rest; gives the ledger.

    Raises `StoppedError` when a signal ended it before its time.
    """
    with Recovery(settings.out).locked():
        plan = prepare(settings, {}, lambda: Plan({}, inventory))
        run_process(plan, settings, observer=observer)
        return complete(plan, settings)


def prepare(
    settings: Settings,
    arguments: dict[str, Any],
    discover: Callable[[], Plan],
    resume: bool = False,
    processes: int = 1,
) -> Plan:
    """Make the output folder and the recovery store of a new run, or check those of the one to go on with.

    `arguments` must be the same when a run is resumed, `processes` need not; `discover` is asked for the plan of a new one.
    """
    folder, recovery = OutputFolder(settings.out), Recovery(settings.out)
    if recovery.exists:
        if not resume:
            raise ConfigurationError(
                f"--out {settings.out}: a run that is not finished lies there. Add --resume to go on with it, or give a"
                " new folder."
            )
        plan = recovery.resume(arguments)
    else:
        if resume:
            # cut short before its plan was written: nothing has been read
            recovery.clear()
        folder.require_empty()
        plan = discover()
        if plan.topics and settings.statements:
            raise ConfigurationError(
                "--incidents and --feedback are files beside files of logs. With topics, send such records to a topic, each"
                ' with "kind": "incident" or "kind": "feedback".'
            )
        plan = replace(plan, inventory=with_statements(plan.inventory, settings.statements, settings.tenant))
        recovery.make(plan, processes)
    folder.open()
    return plan


def complete(plan: Plan, settings: Settings) -> Ledger:
    """Bring the output of a run to rest once all its partitions have closed; gives the ledger. Raises `StoppedError`."""
    from flows.runs.finish import finish

    folder = OutputFolder(settings.out)
    if len(list(folder.accounts.glob("v*.json"))) < PARTITIONS:
        raise StoppedError(f"stopped before its end; all it has read is kept in {settings.out}. Go on with --resume.")
    ledger = finish(folder, plan.inventory, settings)
    sweep(folder)
    return ledger


def finished(settings: Settings) -> Ledger | None:
    """Return the ledger of a folder whose run has come to its end; None where it has not."""
    folder = OutputFolder(settings.out)
    if not folder.is_finished:
        return None
    sweep(folder)
    return from_json(folder.ledger.read_bytes())


def sweep(folder: OutputFolder) -> None:
    """Remove what was only needed on the way; the digest already says that the run is finished."""
    Recovery(folder.root).clear()
    for account in folder.accounts.glob("[vt]*.json"):
        account.unlink()
    if folder.accounts.is_dir():
        folder.accounts.rmdir()


def run_process(
    plan: Plan,
    settings: Settings,
    process: int | None = None,
    addresses: Sequence[str] = (),
    observer: Observer | None = None,
    source_of: Callable[[Stop, Observer | None], Source[Read]] | None = None,
) -> None:
    """Run this process's share of a prepared run; without addresses it is the only one. Returns early when asked to.

    It reads the files of the plan, or what `source_of` gives.
    """
    with stopping_on_signals() as stop:
        source: Source[Read] = ReplaySource(plan.inventory.files, settings, observer, stop)
        if source_of is not None:
            source = source_of(stop, observer)
        sinks = folder_sinks(OutputFolder(settings.out))
        zones, advice = settings.told_in, advice_of(settings.advice)
        flow = build(source, sinks, zones, settings.consent, settings.items_a_day, STRIDE_SLOTS, advice)
        try:
            execute(flow, settings, process, addresses)
        except BaseException as panic:
            # the engine shuts the connection to its peers down when all is said; a peer that was faster has closed it
            # already, which the engine takes for a fault. Whether all partitions have ended, `complete` sees.
            if not addresses or SHUT_DOWN_LATE not in str(panic):
                raise


def execute(flow: Dataflow, settings: Settings, process: int | None = None, addresses: Sequence[str] = ()) -> None:
    """Return a graph to the engine until its sources end."""
    # what brings the folder to rest in the end is loaded while the first batch is being read
    Thread(target=import_module, args=("flows.runs.finish",)).start()
    # the reading thread asks for the interpreter between its compiled loops; at the usual 5 ms it waits longer than it works
    sys.setswitchinterval(SWITCH_SECONDS)
    # what is there by now stays
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    gc.enable()
    run_flow: Callable[..., None] = cli_main  # Bytewax leaves its own function untyped
    run_flow(
        flow,
        process_id=process,
        addresses=list(addresses) or None,
        epoch_interval=timedelta(seconds=settings.snapshot_seconds),
        recovery_config=Recovery(settings.out).config(),
    )
