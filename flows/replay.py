"""Replay: files through the graph into an output folder, and the folder brought to rest afterwards."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from bytewax.run import cli_main

from brainstem.ledger import Ledger
from connectors.files import Inventory
from flows.finish import finish
from flows.graph import build
from flows.output import OutputFolder
from flows.settings import Settings
from flows.sinks import folder_sinks
from flows.source import ReplaySource

EPOCH = timedelta(seconds=30)
"""Epochs only bound what a crash would repeat; a replay that writes fewer, larger files is the better one."""

SWITCH_SECONDS = 0.0005

Observer = Callable[[int, int], None]
"""called with the records and bytes of each batch read"""


def replay(inventory: Inventory, settings: Settings, observer: Observer | None = None) -> Ledger:
    """Run the graph over an inventory in this process and bring the output folder to rest; gives the ledger."""
    folder = OutputFolder(settings.out)
    folder.make()
    run_process(inventory, settings, observer=observer)
    return finish(folder, inventory, settings)


def run_process(
    inventory: Inventory,
    settings: Settings,
    process: int | None = None,
    addresses: Sequence[str] = (),
    observer: Observer | None = None,
) -> None:
    """Run this process's share of the graph; without addresses it is the only one. The output folder must be made."""
    # each process folds its own batches; threads of Polars would only take turns on the same cores
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    # the reading thread asks for the interpreter between its compiled loops; at the usual 5 ms it waits longer than it works
    sys.setswitchinterval(SWITCH_SECONDS)
    folder = OutputFolder(settings.out)
    source = ReplaySource(inventory.files, settings, observer)
    flow = build(source, folder_sinks(folder), ZoneInfo(settings.zone))
    run_flow: Callable[..., None] = cli_main  # Bytewax leaves its own function untyped
    run_flow(flow, process_id=process, addresses=list(addresses) or None, epoch_interval=EPOCH)
