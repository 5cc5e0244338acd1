"""Replay of what a run has stored: its evidence and rejects are judged again with other parameters, without its inputs.

Takes the folder of a run over files that has ended; writes another folder like it. The records are read from Parquet in the
order and with the settings of the run, so the outcome is what a replay of the inputs gives. Where lines were forgotten, or
are lost, that cannot be, and it is refused before anything is judged.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from brainstem.arrays.state_version import StateVersionError
from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import from_json, to_json
from brainstem.parameters import Number
from brainstem.text.phrases import counted
from connectors.base import InputError
from flows.audit.manifest import lost_file
from flows.config.advice import advice_of
from flows.config.settings import PARTITIONS, Settings
from flows.graph.dataflow import build
from flows.memory.starting import memory_of
from flows.process.bound_parameters import PARAMETERS_ARGUMENT, parameters_argument, require_bound
from flows.process.stop_request import StoppedError, stopping_on_signals
from flows.recovery.plan import LIVE_KIND
from flows.recovery.run_record import RunRecord, read_record
from flows.recovery.store import Recovery
from flows.reports.recorded import read_ledger
from flows.runs.finish import finish
from flows.runs.replay import STRIDE_SLOTS, Observer, execute, remove_working_files
from flows.sinks.folder_sinks import Sinks, folder_sinks, nowhere
from flows.sinks.output_folder import OutputFolder, require_creatable
from flows.sources.stored_records import StoredSource
from state.store.atomic_files import make_folder, sync, write_file
from state.store.forgotten import counts_of
from state.store.layouts import EVIDENCE, REJECTS
from state.store.listing import published_files
from state.store.readers import reading


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run whose evidence can be judged again."""

    folder: OutputFolder
    record: RunRecord
    ledger: Ledger

    @classmethod
    def of(cls, out: Path) -> "StoredRun":
        """Return the run in a folder. Raises `InputError` where its evidence is not whole, or where it is no run over files
        that has ended.
        """
        folder = OutputFolder(out)
        if not folder.is_finished or Recovery(out).is_of(LIVE_KIND):
            raise InputError(
                f"{out} holds no run that has ended, and what is stored is judged again as a whole. Wait for it, or replay"
                " the inputs."
            )
        forgotten = int(counts_of(out)["events"].sum())
        if forgotten:
            raise InputError(
                f"{out}: {counted(forgotten, 'line')} were forgotten, so what is stored would be judged otherwise than the"
                " inputs. Operator action: replay the inputs, or restore the evidence from a copy."
            )
        lost = lost_file(folder)
        if lost:
            raise InputError(
                f"{out}: the evidence is not whole: {lost}. Operator action: restore it from a copy, or replay the inputs;"
                f" `brainstem audit {out}` names all that is damaged."
            )
        try:
            record = read_record(folder.run_record)
        except StateVersionError as error:
            raise InputError(f"{out} cannot be judged again: {error} Replay the inputs instead.") from error
        if not record.plan.inventory.files:
            raise InputError(
                f"{out} is the output of a run over topics or a spool, which is not judged again. Give the topics as"
                " kafka://HOST:PORT/TOPIC, which are read for both sides."
            )
        if record.plan.started_from and not folder.started_from.is_file():
            raise InputError(
                f"{folder.started_from} is missing, the memory that the run started from. Operator action: restore it from"
                " a copy; without it other items would come of the same records."
            )
        return cls(folder, record, read_ledger(folder))

    def settings(self, out: Path, parameters: Sequence[tuple[str, Number]]) -> Settings:
        """Return the settings of the run for another folder and other parameters."""
        return replace(self.record.settings, out=out, parameters=tuple(parameters))


def replay_stored(run: StoredRun, settings: Settings, keeps_all: bool = True, observer: Observer | None = None) -> None:
    """Judge what a run has stored once more, into the new folder of `settings`, with the parameters of this process.

    The folder is one like that of the run, with the same files of evidence and rejects; without `keeps_all` it holds items
    and decisions alone. Raises `InputError` where the run had received more than is stored of it, and `StoppedError` where a
    signal ended it early; then nothing is left of the folder.
    """
    require_bound(dict(settings.parameters))
    folder = OutputFolder(settings.out)
    folder.require_empty()
    was_there = settings.out.exists()
    try:
        with Recovery(settings.out).locked(), ExitStack() as stack:
            for layout in (EVIDENCE, REJECTS):
                # nothing is forgotten meanwhile
                stack.enter_context(reading(run.folder.root / layout.folder))
            _judge(run, folder, settings, observer)
            if keeps_all:
                _complete(run, folder, settings)
            remove_working_files(folder)
    except BaseException:
        folder.remove()
        Recovery(settings.out).clear()
        if not was_there:
            shutil.rmtree(settings.out, ignore_errors=True)
        raise


def _judge(run: StoredRun, folder: OutputFolder, settings: Settings, observer: Observer | None) -> None:
    """Write items, decisions and accounts of what is stored."""
    with require_creatable(folder.root):
        folder.root.mkdir(parents=True, exist_ok=True)
    Recovery(folder.root).create(run.record.plan)
    folder.open()
    if run.record.plan.started_from:
        shutil.copyfile(run.folder.started_from, folder.started_from)
    memory = memory_of(folder, folder.started_from) if folder.started_from.is_file() else None
    with stopping_on_signals() as stop:
        source = StoredSource(run.folder.root, run.record.plan.inventory.files, settings, observer, stop)
        usual = folder_sinks(folder)
        flow = build(
            source,
            Sinks(usual.items, nowhere(), usual.decisions, nowhere(), usual.ledger),
            settings.display_zones,
            settings.consent,
            settings.items_a_day,
            STRIDE_SLOTS,
            advice_of(settings.advice),
            parameter_version=settings.parameter_version,
            memory=memory,
        )
        execute(flow, settings)
    accounts = sorted(folder.accounts.glob("v*.json"))
    if len(accounts) < PARTITIONS:
        raise StoppedError("stopped before its end; nothing is kept. Start it again.")
    held = Ledger()
    for path in accounts:
        held.merge(from_json(path.read_bytes()))
    _require_all(run, held)


def _require_all(run: StoredRun, held: Ledger) -> None:
    """Raise `InputError` where the run had received other records of an input than are stored of it."""
    for file in run.record.plan.inventory.files:
        was, found = run.ledger.account(file.source).received, held.account(file.source).received
        if not file.duplicate_of and was != found:
            raise InputError(
                f"{run.folder.root}: the evidence is not whole: {counted(was.records, 'record')} of {file.source} were"
                f" received, and {found.records:,} are stored. Operator action: `brainstem audit {run.folder.root}` names"
                " what is lost; restore it from a copy, or replay the inputs."
            )


def _complete(run: StoredRun, folder: OutputFolder, settings: Settings) -> None:
    """Make the folder one like that of the run: evidence, rejects, record, ledger, digest and manifest."""
    for layout in (EVIDENCE, REJECTS):
        for path in published_files(run.folder.root / layout.folder):
            _link(path, folder.root / path.relative_to(run.folder.root), folder.root)
    record: dict[str, Any] = orjson.loads(run.folder.run_record.read_bytes())
    record["out"] = str(settings.out)
    arguments = {name: value for name, value in record["plan"]["arguments"].items() if name != PARAMETERS_ARGUMENT}
    record["plan"]["arguments"] = arguments | parameters_argument(settings.parameters)
    write_file(folder.run_record, orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    # what was received, refused and repeated is what it was; which families were evicted may be another
    ledger = read_ledger(run.folder)
    ledger.forgotten = {}
    for path in folder.accounts.glob("v*.json"):
        path.unlink()
    write_file(folder.accounts / "v000.json", to_json(ledger))
    finish(folder, replace(run.record.plan.inventory, refused=()), settings)


def _link(path: Path, place: Path, root: Path) -> None:
    """Link a stored file, which never changes, to a second place; another file system takes a copy."""
    make_folder(place.parent, root)
    try:
        os.link(path, place)
    except OSError:
        shutil.copyfile(path, place)
    sync(place.parent)
