"""Repair of an output folder: ledger, decisions, items, digest and manifest made anew from what is stored of the inputs,
with the settings that its record or its plan says it had.

Takes the folder of a run that has ended, or that cannot be resumed; returns what it did in words. Evidence and rejects are
never changed: their records are parsed and judged again as `run.json` says that it was asked. What cannot be read of them is
put aside. May be interrupted and repeated: nothing is replaced before all has been judged, and without a manifest the folder
counts as not ended.

A live run whose snapshots are whole goes on afterwards (`repair_live`). One whose snapshots are lost has come to its end:
all that is stored of it is judged, also slots that it had left open, and a new run begins behind what is stored.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from brainstem.arrays.state_version import StateVersionError
from brainstem.contracts.ledger import FaultReason, Ledger
from brainstem.contracts.ledger_json import from_json, to_json
from brainstem.parameters import Number
from brainstem.text.phrases import counted, printable
from connectors.base import ConfigurationError, InputError
from flows.config.advice import advice_of
from flows.config.settings import PARTITIONS, Settings
from flows.graph.dataflow import build
from flows.graph.memory import LEARNED
from flows.memory.learning import learn
from flows.memory.starting import memory_of
from flows.process.accounts import account_files, merged_accounts
from flows.process.bound_parameters import require_bound
from flows.process.status import StatusBoard
from flows.process.stop_request import StoppedError, stopping_on_signals
from flows.recovery.plan import LIVE_KIND, Plan
from flows.recovery.run_record import RunRecord, asked_parameters, read_record
from flows.recovery.store import Recovery
from flows.runs.finish import finish
from flows.runs.repair_live import lost_of, repair_live
from flows.runs.replay import STRIDE_SLOTS, execute, remove_working_files
from flows.runs.stored_ends import StoredEnds, note_staged, noted_ends, require_stored
from flows.sinks.folder_sinks import Sinks, folder_sinks, nowhere
from flows.sinks.output_folder import OutputFolder
from flows.sources.stored_records import StoredSource
from state.store.atomic_files import make_folder, sync, write_file
from state.store.compaction import AT_THE_END
from state.store.forgotten_counts import counts_of
from state.store.layouts import EVIDENCE, REJECTS
from state.store.listing import finish_swaps, published_files
from state.store.parquet_files import unreadable
from state.store.parquet_store import publish_all

JUDGED_NAME: Final = "_repair"
"""folder in which the stored records are judged"""
ASIDE_NAME: Final = "_damaged"
"""folder to which files of evidence and rejects are moved that cannot be read"""
_LOST_SHOWN: Final = 20


def repair(out: Path, memory: Path | None = None) -> Iterator[str]:
    """Make anew what can be made from the evidence in `out`, and return a line for all that was done or is lost.

    The state in which what is stored ends is added to `memory`, where that is given. Raises `InputError` for a folder of
    which nothing can be made, `ConfigurationError` for one that a run is writing or can go on with; nothing is touched then.
    """
    folder = OutputFolder(out)
    if not (folder.evidence.is_dir() or folder.rejects.is_dir()):
        raise InputError(f"{out} holds no evidence, so nothing can be made anew of it. Give the --out folder of a run.")
    running = ConfigurationError(f"{out}: a run is writing there. Wait for it, or stop it first.")
    with Recovery(out).locked(running):
        record = _asked(folder)
        require_bound(dict(record.settings.parameters))
        is_live = record.plan.arguments.get("kind") == LIVE_KIND
        lost = lost_of(folder) if is_live else None
        if lost is not None and memory is None:
            if not lost <= {"ledger", "digest", "manifest"}:
                _require_whole(out)
            yield from repair_live(folder, record, lost, OutputFolder(out / JUDGED_NAME))
            shutil.rmtree(out / JUDGED_NAME, ignore_errors=True)
            return
        if lost is not None:
            raise ConfigurationError(
                f"{out}: the live run there can go on, and adds to its memory itself. Repair it without --memory."
            )
        if not is_live and Recovery(out).is_whole():
            raise ConfigurationError(
                f"{out}: the run there has not ended, and its recovery store is whole. Go on with it: replay with --resume."
            )
        _require_whole(out)
        has_files = bool(record.plan.inventory.files)
        if not has_files:
            require_stored(folder, record)
        before = _ledger_before(folder)
        staged = note_staged(folder) if is_live else []
        folder.forget_manifest()
        yield from _put_aside(folder)
        ends = None if has_files else StoredEnds.of(folder, record, staged)
        if ends is not None and is_live:
            ends = noted_ends(folder, ends)
        ledger = _judge(folder, record, ends, memory)
        yield from _shortened(_lost(ledger, before) if ends is None else ends.lost(ledger, before))
        _replace(folder, ledger)
        if not _is_readable(folder):
            # what was asked is known from the plan of the run alone
            Recovery(out).keep_plan_as(folder.run_record, record.settings)
        finish(folder, record.plan.inventory, record.settings, AT_THE_END, record.shown_out)
        if memory is not None:
            learn(folder, memory)
        remove_working_files(folder)
        shutil.rmtree(out / JUDGED_NAME)
        sync(out)
    if ends is not None and ends.is_live:
        yield from ends.how_to_go_on(memory)
    held = ledger.total().received
    yield f"judged again: {counted(held.records, 'record')}, {counted(held.bytes, 'byte')}"
    yield f"made anew: {', '.join(path.name for path in (folder.ledger, folder.decisions, folder.items, folder.digest))}"


def parameters_asked(out: Path) -> dict[str, Number]:
    """Return the parameters of the run in `out` that differ from the defaults; none where nothing says what was asked."""
    try:
        return dict(_asked(OutputFolder(out)).settings.parameters)
    except (InputError, StateVersionError):
        return {}


def _require_whole(out: Path) -> None:
    """Raise `InputError` where lines were forgotten: without them the same logs would be judged otherwise."""
    forgotten = int(counts_of(out)["events"].sum())
    if forgotten:
        raise InputError(
            f"{out}: {counted(forgotten, 'line')} were forgotten, so what is stored cannot be judged again. Nothing was"
            " touched. Operator action: restore what is damaged from a copy, or replay the inputs into a new folder."
        )


def _asked(folder: OutputFolder) -> RunRecord:
    """Return what was asked of the run. Raises `InputError` where that is known no more."""
    try:
        record = read_record(folder.run_record)
    except (InputError, StateVersionError) as error:
        recovery = Recovery(folder.root)
        if not recovery.exists:
            raise InputError(
                f"{error} Without it nothing can be judged again; what is stored was not touched. Operator action: restore"
                " it from a copy, or replay the inputs into a new folder."
            ) from error
        plan = recovery.plan()
        if plan.arguments.get("kind") == LIVE_KIND:
            raise InputError(
                f"{error} Nothing was touched. Operator action: where the live run can go on, its next start writes the file"
                " anew; else restore it from a copy, or begin with a new folder."
            ) from error
        return RunRecord(plan, _settings_of(folder, plan), str(folder.root), {})
    if not record.plan.inventory.files and not record.plan.topics and not record.plan.arguments.get("kind"):
        raise InputError(f"{folder.run_record} names no input, so nothing can be judged again. Nothing was touched.")
    return record


def _settings_of(folder: OutputFolder, plan: Plan) -> Settings:
    """Return the settings that the arguments of a plan name; how its files are read stands with the files."""
    from flows.config.settings import parse_zones

    arguments = plan.arguments
    zone, zones = parse_zones([each for each in str(arguments.get("--zone", "UTC")).split(", ") if each])
    return Settings(
        folder.root,
        zone,
        zones,
        tenant=str(arguments.get("--tenant", "default")),
        share_precedents=bool(arguments.get("--share-precedents", True)),
        apart=tuple(arguments.get("--apart", ())),
        items_a_day=int(arguments.get("--items-a-day", Settings(folder.root).items_a_day)),
        advice=Path(arguments["--advice"]) if arguments.get("--advice") else None,
        parameters=asked_parameters(arguments),
    )


def _is_readable(folder: OutputFolder) -> bool:
    try:
        read_record(folder.run_record)
    except (InputError, StateVersionError):
        return False
    return True


def _ledger_before(folder: OutputFolder) -> Ledger | None:
    """Return the ledger as it was, or the accounts of the run where it has none; None where neither can be read."""
    try:
        if not folder.ledger.is_file() and account_files(folder.accounts):
            return merged_accounts(folder.accounts)
        return from_json(folder.ledger.read_bytes())
    except (InputError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _put_aside(folder: OutputFolder) -> Iterator[str]:
    """Publish what is staged in evidence and rejects, and move what cannot be read out of them, with a line for each."""
    for layout in (EVIDENCE, REJECTS):
        root = folder.root / layout.folder
        root.mkdir(mode=0o750, exist_ok=True)
        finish_swaps(root)
        publish_all(root)
        for path in published_files(root):
            why = unreadable(path)
            if why:
                aside = folder.root / ASIDE_NAME / path.relative_to(folder.root)
                make_folder(aside.parent, folder.root)
                path.rename(aside)
                sync(aside.parent)
                sync(path.parent)
                yield printable(f"lost: the rows of {path.relative_to(folder.root)}, now in {ASIDE_NAME}: {why}")


def _judge(folder: OutputFolder, record: RunRecord, ends: StoredEnds | None, memory: Path | None) -> Ledger:
    """Parse and judge all stored records into the folder `JUDGED_NAME`, and return the ledger of that.

    `ends` are those of topics and a spool, None for files. The state in which they end is left beside the accounts where a
    `memory` is to have it.
    """
    judged = OutputFolder(folder.root / JUDGED_NAME)
    shutil.rmtree(judged.root, ignore_errors=True)
    settings = replace(record.settings, out=judged.root)
    files = record.plan.inventory.files
    judged.root.mkdir(mode=0o750)
    Recovery(judged.root).create(record.plan)
    judged.open()
    if record.plan.started_from and not folder.started_from.is_file():
        raise InputError(
            f"{folder.started_from} is missing, the memory that the run started from. Operator action: restore it from a"
            " copy; without it other items would come of the same records."
        )
    is_remembered = memory is not None or folder.started_from.is_file()
    started = memory_of(judged, folder.started_from) if is_remembered else None
    with stopping_on_signals() as stop:
        source = (
            StoredSource(folder.root, files, settings, None, stop)
            if ends is None
            else ends.source(settings, StatusBoard(Recovery(judged.root).folder, 0), stop)
        )
        usual = folder_sinks(judged)
        sinks = Sinks(usual.items, nowhere(), usual.decisions, nowhere(), usual.ledger)
        zones, advice = settings.display_zones, advice_of(settings.advice)
        flow = build(
            source,
            sinks,
            zones,
            settings.consent,
            settings.items_a_day,
            STRIDE_SLOTS,
            advice,
            parameter_version=settings.parameter_version,
            memory=started,
        )
        execute(flow, settings)
    if len(list(judged.accounts.glob("v*.json"))) < PARTITIONS:
        raise StoppedError("stopped before its end; nothing was replaced. Start the repair again.")
    ledger = merged_accounts(judged.accounts)
    for file in files:
        if file.duplicate_of:
            # nothing is stored of it: it holds what the input holds that it repeats
            held = ledger.account(file.duplicate_of).received
            ledger.receive(file.source, held.records, held.bytes)
            ledger.repeat(file.source, held.records, held.bytes)
    return ledger


def _lost(ledger: Ledger, before: Ledger | None) -> Iterator[str]:
    """Yield a line for each file of which the run had received more than is stored, and take over its faults.

    Without the ledger as it was, an input that is not packed must hold as many bytes as it had when it was found.
    """
    known = {description.source: account for description, account in before} if before is not None else {}
    lost = []
    for description, account in ledger:
        was = known.get(description.source)
        if was is not None:
            account.faults = dict(was.faults)
            missing = was.received.bytes - account.received.bytes
        else:
            is_plain = description.can_be_reread and not description.compression
            missing = description.size_bytes - account.received.bytes if is_plain else 0
        if missing > 0:
            account.faults.setdefault(FaultReason.CUT, 1)
            lost.append(printable(f"lost: {counted(missing, 'byte')} of {description.source}, which are not stored"))
    yield from lost
    if before is None:
        yield "lost: what had kept inputs from being read to their ends; the ledger could not be read"


def _shortened(lines: Iterator[str]) -> Iterator[str]:
    """Yield the first lines, and how many there were more."""
    left = 0
    for number, line in enumerate(lines):
        left += number >= _LOST_SHOWN
        if number < _LOST_SHOWN:
            yield line
    if left:
        yield f"lost: records of {left:,} more inputs"


def _replace(folder: OutputFolder, ledger: Ledger) -> None:
    """Put what was judged in the place of what was there."""
    judged = OutputFolder(folder.root / JUDGED_NAME)
    publish_all(judged.decisions)
    moves: list[tuple[Callable[[], None], Path, Path]] = [
        (lambda: shutil.rmtree(folder.decisions, ignore_errors=True), judged.decisions, folder.decisions),
        (lambda: folder.items.unlink(missing_ok=True), judged.items, folder.items),
    ]
    for remove, made, place in moves:
        remove()
        made.rename(place)
    folder.accounts.mkdir(mode=0o750, exist_ok=True)
    for path in folder.accounts.glob("[vt]*.json"):
        path.unlink()
    for path in judged.accounts.glob(f"{LEARNED}*"):
        path.replace(folder.accounts / path.name)
    write_file(folder.accounts / "v000.json", to_json(ledger))
    sync(folder.root)
