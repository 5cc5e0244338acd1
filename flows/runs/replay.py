"""Replay: files through the graph into an output folder.

A replay has three steps: `prepare` it (new or resumed), `run_process` in one process or several, `complete` it. Each may be
interrupted anywhere; `prepare` with `resume` goes on from there.
"""

import gc
import sys
from collections import Counter
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
from brainstem.contracts.slots import SLOTS_PER_HOUR
from connectors.base import ConfigurationError
from connectors.files.discovery import Inventory
from connectors.files.statements import with_statements
from flows.config.advice import advice_of
from flows.config.settings import PARTITIONS, Settings
from flows.graph.checked_snapshots import take_failure
from flows.graph.dataflow import build
from flows.graph.memory import LEARNED
from flows.memory.learning import learn
from flows.memory.starting import memory_of, start_from
from flows.process.accounts import account_files
from flows.process.bound_parameters import require_bound
from flows.process.clock_watch import ending_where_the_clock_goes_back
from flows.process.native_errors import without_known_panics
from flows.process.stop_request import Stop, StoppedError, stopping_on_signals
from flows.recovery.plan import LIVE_KIND, Plan
from flows.recovery.run_record import beginnings_of, write_record
from flows.recovery.store import Recovery
from flows.sinks.folder_sinks import folder_sinks
from flows.sinks.output_folder import OutputFolder, require_creatable
from flows.sources.batches import SourceItem
from flows.sources.date_order import with_date_orders
from flows.sources.file_source import ReplaySource
from flows.sources.pace import Pace
from state.discovery.tenant_shard import SHARDS
from state.store.atomic_files import ASIDE_ENDING

SWITCH_SECONDS = 0.0005
"""the interpreter's switch interval; see `execute`"""
STRIDE_SLOTS = 4 * SLOTS_PER_HOUR
"""slots that a replay seals at a time: nobody waits for the results of the first of them"""
GARBAGE_OBJECTS = 50_000
"""objects created between two collections of cyclic garbage: a batch is a few arrays, so there is little to find"""

TICK_US = 2_000_000
"""how long before a moment the time may lie that a file system gives to what is changed at it: its clock ticks"""

PEER_GONE = ("Send thread panic", "MergeQueue poisoned")
"""parts of the engine's panics when a peer has closed a connection: after all work is done, or because it has failed, which
it tells itself"""

Observer = Callable[[int, int], None]
"""called with the records and bytes of each batch read"""


def replay(inventory: Inventory, settings: Settings, observer: Observer | None = None) -> Ledger:
    """Run the graph over an inventory in this process, finish the output folder, and return the ledger.

    Raises `StoppedError` when a signal ended the run early.
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
    """Create the output folder and the recovery store of a new run, or check those of the run to resume; return its plan.

    `arguments` must be equal when a run is resumed, `processes` need not be; `discover` returns the plan of a new run.
    Raises `ConfigurationError` where the folder and `resume` do not fit.
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
            # interrupted before its plan was written: nothing has been read
            recovery.discard_unbegun()
            folder.forget_start()
            folder.require_no_output()
        folder.require_empty()
        plan = discover()
        if plan.topics and settings.statements:
            raise ConfigurationError(
                "--incidents and --feedback are files beside files of logs. With topics, send such records to a topic, each"
                ' with "kind": "incident" or "kind": "feedback".'
            )
        files = with_date_orders(plan.inventory.files, settings)
        inventory = replace(plan.inventory, files=files)
        with require_creatable(settings.out):
            settings.out.mkdir(parents=True, exist_ok=True)
        plan = replace(
            plan,
            inventory=with_statements(inventory, settings.statements, settings.tenant),
            started_from=start_from(settings.memory, folder),
        )
        recovery.create(plan, processes)
    folder.open()
    if not folder.run_record.is_file():
        write_record(folder.run_record, plan, settings)
    return plan


def complete(plan: Plan, settings: Settings) -> Ledger:
    """Finish the output of a run and return the ledger. Raises `StoppedError` where partitions or shards have not ended."""
    from flows.runs.finish import finish
    from state.store.compaction import AT_THE_END

    folder = OutputFolder(settings.out)
    written = Counter(path.name[0] for path in account_files(folder.accounts))
    if written["v"] < PARTITIONS or written["t"] < SHARDS:
        raise StoppedError(f"stopped before its end; all it has read is kept in {settings.out}. Go on with --resume.")
    ledger = finish(folder, plan.inventory, settings, AT_THE_END)
    if settings.memory is not None:
        learn(folder, settings.memory)
    remove_working_files(folder)
    return ledger


def ledger_if_finished(settings: Settings) -> Ledger | None:
    """Return the ledger of a folder whose run has finished; None where it has not.

    Raises `InputError` where its ledger is gone or damaged.
    """
    from flows.reports.recorded import read_ledger

    folder = OutputFolder(settings.out)
    # a live run writes a manifest whenever it stops, and goes on from its store
    if not folder.is_finished or Recovery(folder.root).is_of(LIVE_KIND):
        return None
    if settings.memory is not None:
        learn(folder, settings.memory)
    remove_working_files(folder)
    return read_ledger(folder)


def remove_working_files(folder: OutputFolder) -> None:
    """Remove the recovery store and the accounts of a finished run; its manifest exists by now."""
    Recovery(folder.root).clear()
    # of one that was killed while it wrote an account, the half of that lies there too
    patterns = ("[vt]*.json", f"{LEARNED}*", f".*{ASIDE_ENDING}")
    for left in [each for pattern in patterns for each in folder.accounts.glob(pattern)]:
        left.unlink()
    if folder.accounts.is_dir():
        folder.accounts.rmdir()


def run_process(
    plan: Plan,
    settings: Settings,
    process: int | None = None,
    addresses: Sequence[str] = (),
    observer: Observer | None = None,
    source_of: Callable[[Stop, Observer | None], Source[SourceItem]] | None = None,
) -> None:
    """Run this process's share of a prepared run; without addresses it is the only process. Returns early on a signal.

    It reads the files of the plan, or the source that `source_of` returns.
    """
    require_bound(dict(settings.parameters))
    with stopping_on_signals(answers=not addresses) as stop:
        folder = OutputFolder(settings.out)
        pace = Pace()
        source: Source[SourceItem] = (
            # what another process judges is not known here
            source_over(plan, settings, observer, stop, None if addresses else pace)
            if source_of is None
            else source_of(stop, observer)
        )
        sinks = folder_sinks(folder)
        zones, advice = settings.display_zones, advice_of(settings.advice)
        flow = build(
            source,
            sinks,
            zones,
            settings.consent,
            settings.items_a_day,
            STRIDE_SLOTS,
            advice,
            pace,
            parameter_version=settings.parameter_version,
            memory=None if settings.memory is None else memory_of(folder, folder.started_from),
        )
        try:
            execute(flow, settings, process, addresses)
        except BaseException as panic:
            # when all work is done the engine shuts down the connections to its peers, and panics where a faster peer has
            # closed one already. Whether all partitions have ended is checked by `complete`
            if not addresses or not any(told in str(panic) for told in PEER_GONE):
                raise


def source_over(
    plan: Plan,
    settings: Settings,
    observer: Observer | None = None,
    stop: Stop | None = None,
    pace: Pace | None = None,
) -> ReplaySource:
    """Return the files of a prepared run as a source, to be compared with what they were when they were found."""
    return ReplaySource(
        plan.inventory.files,
        settings,
        observer,
        stop,
        beginnings_of(OutputFolder(settings.out).run_record),
        pace,
        # which file repeats which is settled while they are looked at, and a file may change behind its own look
        plan.inventory.begun_at_us - TICK_US,
    )


def execute(flow: Dataflow, settings: Settings, process: int | None = None, addresses: Sequence[str] = ()) -> None:
    """Run a graph in the engine until its sources end."""
    # the modules that finish the folder (Polars) are loaded while the first batch is being read
    Thread(target=import_module, args=("flows.runs.finish",)).start()
    # the reading thread needs the interpreter between its compiled loops; at the default of 5 ms it waits more than it works
    sys.setswitchinterval(SWITCH_SECONDS)
    # objects that exist by now live until the end
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    gc.enable()
    run_flow: Callable[..., None] = cli_main  # Bytewax leaves its own function untyped
    panics: list[str] = []
    take_failure()
    try:
        with without_known_panics() as panics, ending_where_the_clock_goes_back():
            run_flow(
                flow,
                process_id=process,
                addresses=list(addresses) or None,
                epoch_interval=timedelta(seconds=settings.snapshot_seconds),
                recovery_config=Recovery(settings.out).config(),
            )
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # of a worker that fails beside others the engine may tell only that their connection has ended
        cause = take_failure() or (RuntimeError(panics[0]) if panics else None)
        if cause is None:
            raise
        raise cause from error
