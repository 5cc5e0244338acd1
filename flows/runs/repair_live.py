"""Repair of a live run that can go on: items, decisions and accounts made anew as of its last snapshot, and ledger, digest
and manifest as a stop writes them.

Takes the folder of a live run that stands still and whose snapshots and stored records are whole; returns what it did in
words. The records are judged again up to the slot before which the run had judged, and the snapshots of the sinks are told
what they find: so the run goes on behind what is stored, and stores nothing twice. May be interrupted and repeated: until
the snapshots fit again the run does not start.
"""

import shutil
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Final

from brainstem.contracts.ledger import Ledger, SourceDescription, account_from_plain
from brainstem.contracts.ledger_json import to_json
from brainstem.text.phrases import counted
from connectors.base import ConfigurationError
from connectors.files.discovery import Inventory
from flows.audit.manifest import ManifestError, differences, read_manifest
from flows.process.accounts import read_account
from flows.recovery.run_record import RunRecord
from flows.recovery.store import Recovery
from flows.runs.finish import finish
from flows.runs.stored_replay import StoredRun, judge
from flows.sinks.folder_sinks import EVIDENCE_PARTS
from flows.sinks.output_folder import OutputFolder
from flows.sources.topic_merge import MergedTopics
from state.store import file_names
from state.store.atomic_files import sync, write_file
from state.store.layouts import DECISIONS, EVIDENCE, REJECTS
from state.store.listing import published_files
from state.store.parquet_files import unreadable
from state.store.parquet_store import PartitionedParquet, publish_all

RECORDS: Final = frozenset({EVIDENCE.folder, REJECTS.folder})
"""the stores without which nothing is judged again"""


def lost_of(folder: OutputFolder) -> set[str] | None:
    """Return which parts of the output of a live run are damaged; None where its snapshots are, or stored records are lost.

    Parts are `items`, `decisions`, `accounts`, `ledger`, `digest` and `manifest`.
    """
    lost = Recovery(folder.root).lost_parts()
    if lost is None or lost & RECORDS or any(unreadable(path) for path in _files_of_records(folder)):
        return None
    try:
        changed = {name for _, name, _ in differences(folder, read_manifest(folder))}
    except ManifestError:
        # lost, or the run was killed: it is left as a stop leaves it
        return lost | {"ledger", "digest", "manifest"}
    parts = {folder.items.name: "items", folder.ledger.name: "ledger", folder.digest.name: "digest"}
    lost |= {part for name, part in parts.items() if name in changed}
    if any(name.startswith(f"{DECISIONS.folder}/") for name in changed):
        lost.add(DECISIONS.folder)
    return lost


def repair_live(folder: OutputFolder, record: RunRecord, lost: Set[str], judged: OutputFolder) -> Iterator[str]:
    """Make `lost` anew, and return a line for all that was done. `judged` is the folder in which stored records are judged.

    The lock of the folder is held. Raises `ConfigurationError` where nothing is lost, `InputError` where what the run had
    received is not stored.
    """
    recovery, settings = Recovery(folder.root), record.settings
    go_on = "Go on with it: `brainstem run` with its configuration"
    if not lost:
        raise ConfigurationError(
            f"{folder.root}: the live run there stands still, and its recovery store and its output are whole. {go_on}."
        )
    recovery.recover_stores(RECORDS)
    if lost & {"items", DECISIONS.folder, "accounts"}:
        run = StoredRun.of_live(folder, recovery, record)
        shutil.rmtree(judged.root, ignore_errors=True)
        judge(run, judged, run.settings(judged.root, settings.parameters))
        publish_all(judged.decisions)
        yield from (f"may differ from what was shown: {caveat}" for caveat in run.caveats)
        folder.forget_manifest()
        _replace(folder, judged)
    else:
        recovery.recover_stores({DECISIONS.folder})
        folder.forget_manifest()
    _write_accounts(folder, recovery)
    ledger = finish(folder, Inventory((), ()), settings, shown_out=record.shown_out)
    held = ledger.total().received
    yield f"made anew: {', '.join(sorted({*lost, 'ledger', 'digest', 'manifest'}))}, of {counted(held.records, 'record')}"
    yield f"The run can go on, behind what is stored. {go_on}."


def _files_of_records(folder: OutputFolder) -> Iterator[Path]:
    for layout in (EVIDENCE, REJECTS):
        yield from published_files(folder.root / layout.folder)


def _replace(folder: OutputFolder, judged: OutputFolder) -> None:
    """Put items, decisions and the accounts of shards that were judged in the place of those of the run, and say so in its
    snapshots.
    """
    shutil.rmtree(folder.decisions, ignore_errors=True)
    judged.decisions.rename(folder.decisions)
    folder.items.unlink(missing_ok=True)
    judged.items.rename(folder.items)
    folder.accounts.mkdir(mode=0o750, exist_ok=True)
    for path in judged.accounts.glob("t*.json"):
        # a shard that has evicted nothing writes its account at the end of a run alone
        if read_account(path).forgotten:
            path.replace(folder.accounts / path.name)
    sync(folder.accounts)
    sync(folder.root)
    states: dict[tuple[str, str], int] = {("items", "0"): folder.items.stat().st_size}
    names = [file_names.parse(path.name) for path in published_files(folder.decisions)]
    for part in map(str, range(EVIDENCE_PARTS)):
        writer = PartitionedParquet(folder.decisions, DECISIONS, part).writer
        numbers = [name.last + 1 for name in names if name is not None and name.writer == writer]
        states[DECISIONS.folder, part] = max(numbers, default=0)
    Recovery(folder.root).put_states(states)


def _write_accounts(folder: OutputFolder, recovery: Recovery) -> None:
    """Write the accounts of all partitions of the input as of their last snapshot."""
    folder.accounts.mkdir(mode=0o750, exist_ok=True)
    for (_, key), state in recovery.states_of({"read"}).items():
        held = Ledger()
        for source, tenant, account in MergedTopics.accounts(state):
            held.describe(SourceDescription(source, tenant, can_be_reread=False))
            held.account(source).add(account_from_plain(account))
        write_file(folder.accounts / f"{key}.json", to_json(held))
