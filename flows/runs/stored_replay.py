"""Replay of what a run has stored: its evidence and rejects are judged again with other parameters, without its inputs.

Takes the folder of a run; writes another folder like it. The records are read from Parquet in the order and with the
settings of the run, so the outcome is what a replay of the inputs gives. Where lines were forgotten, or are lost, that
cannot be, and it is refused before anything is judged.

A run over files, or a replay of topics, has ended. A live run is judged as far as it has judged itself by its last snapshot,
whether it was stopped or goes on: the offsets that it had read then are read, and no slot is sealed that it had not sealed.
One thing about it is in nothing that it stores: which source it did not wait for, because that had been silent. So what came
of such a source afterwards counts in its own slot here, and counted in a later one there.
"""

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import orjson

from brainstem.arrays.state_version import StateVersionError
from brainstem.contracts.ledger import Ledger, SourceDescription, account_from_plain
from brainstem.contracts.ledger_json import from_json, to_json
from brainstem.contracts.slots import SLOT_US
from brainstem.parameters import Number
from brainstem.text.phrases import counted
from connectors.base import InputError
from connectors.kafka.reader import Place
from flows.audit.manifest import lost_file
from flows.config.advice import advice_of
from flows.config.settings import PARTITIONS, Settings
from flows.graph.dataflow import build
from flows.memory.starting import memory_of
from flows.process.bound_parameters import PARAMETERS_ARGUMENT, parameters_argument, require_bound
from flows.process.status import StatusBoard
from flows.process.stop_request import Stop, StoppedError, stopping_on_signals
from flows.recovery.last_start import FILES, LastStart, read_last_start
from flows.recovery.plan import LIVE_KIND
from flows.recovery.run_record import RunRecord, read_record
from flows.recovery.store import Recovery
from flows.reports.recorded import read_ledger
from flows.runs.finish import finish
from flows.runs.replay import STRIDE_SLOTS, Observer, execute, remove_working_files
from flows.sinks.folder_sinks import Sinks, folder_sinks, nowhere
from flows.sinks.output_folder import OutputFolder, require_creatable
from flows.sources.file_source import VirtualSource
from flows.sources.stored_messages import StoredPlaces, came_behind
from flows.sources.stored_records import StoredSource
from flows.sources.topic_merge import MergedTopics
from flows.sources.topic_source import TopicSource
from state.discovery.tenant_shard import SHARDS, Shard
from state.frontier import NOT_YET
from state.store.atomic_files import make_folder, sync, write_file
from state.store.forgotten_counts import counts_of
from state.store.layouts import EVIDENCE, REJECTS
from state.store.listing import published_files
from state.store.readers import reading

PUBLISHED_SECONDS: Final = 30.0
"""how long a live run may take to store what its last snapshot has read"""
POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run whose evidence can be judged again."""

    folder: OutputFolder
    record: RunRecord
    ledger: Ledger
    """of a live run its sources alone, as of its last snapshot"""
    places: StoredPlaces | None = None
    """what was read of topics and a spool; None for files"""
    judged_before: int | None = None
    """of a live run the first slot that is not judged"""
    last_start: LastStart = field(default_factory=LastStart)

    @property
    def is_live(self) -> bool:
        """Return whether it has no end."""
        return self.judged_before is not None

    @property
    def parameters(self) -> dict[str, Number]:
        """Return the parameters that differ from the defaults."""
        return dict(self.record.settings.parameters)

    @property
    def judged_until_us(self) -> int | None:
        """Return the moment until which a live run is judged, in microseconds since the epoch, UTC; None for one that has
        ended.
        """
        return None if self.judged_before is None else self.judged_before * SLOT_US

    @property
    def caveats(self) -> tuple[str, ...]:
        """Return in words why items may differ from those of a live run though the parameters are the same."""
        if self.judged_before is None:
            return ()
        said = []
        behind = came_behind(self.folder.root, self.record.settings.lateness_us)
        if behind:
            said.append(
                f"{counted(behind, 'record')} came when others were past their time. A live run counts such a record later"
                " where its source had been silent; judged again, each counts at its own time, and items may differ by that"
            )
        if changed := [name for name in self.last_start.changed if name != FILES]:
            said.append(
                f"run.{', run.'.join(changed)}: changed since the run began; all records are read with what"
                " it began with"
            )
        if FILES in self.last_start.changed:
            said.append(
                "[[files]]: changed since the run began; records of followed files are read as its last start says"
            )
        return tuple(said)

    @classmethod
    def of(cls, out: Path) -> "StoredRun":
        """Return the run in a folder. Raises `InputError` where its evidence is not whole, and where it is a replay that has
        not ended.
        """
        folder, recovery = OutputFolder(out), Recovery(out)
        is_live = recovery.is_of(LIVE_KIND)
        if not folder.is_finished and not is_live:
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
        if record.plan.started_from and not folder.started_from.is_file():
            raise InputError(
                f"{folder.started_from} is missing, the memory that the run started from. Operator action: restore it from"
                " a copy; without it other items would come of the same records."
            )
        if is_live:
            try:
                return cls.of_live(folder, recovery, record)
            except StateVersionError as error:
                raise InputError(f"{out} cannot be judged again: {error}") from error
        ledger = read_ledger(folder)
        if record.plan.inventory.files:
            return cls(folder, record, ledger)
        if not record.plan.topics:
            raise InputError(
                f"{out} holds no snapshots of the live run whose records it has, so nothing says how far they were judged."
                " Give the folder of the run itself."
            )
        bounds = {Place(topic, number): high for topic, number, _, high in record.plan.topics}
        run = cls(folder, record, ledger, StoredPlaces.of(folder.root, bounds, ledger))
        run._require_stored()
        return run

    @classmethod
    def of_live(cls, folder: OutputFolder, recovery: Recovery, record: RunRecord) -> "StoredRun":
        """Return a live run as of its last snapshot, whatever has become of its items. Raises `InputError`."""
        states = recovery.states_of({"read", "discovery"})
        ledger, read_before = Ledger(), dict[Place, int]()
        for (step, _), state in sorted(states.items()):
            if step == "read":
                read_before |= MergedTopics.durable_offsets(state)
                for source, tenant, account in MergedTopics.accounts(state):
                    ledger.describe(SourceDescription(source, tenant, can_be_reread=False))
                    ledger.account(source).add(account_from_plain(account))
        judged = [Shard.judged_before(state) for (step, _), state in states.items() if step == "discovery"]
        judged_before = min(judged) if len(judged) == SHARDS else NOT_YET
        places = StoredPlaces.of(folder.root, read_before, ledger)
        run = cls(folder, record, ledger, places, judged_before, read_last_start(folder))
        run._require_stored()
        return run

    def _require_stored(self) -> None:
        """Wait until all that the last snapshot has read is stored: a run that goes on publishes it soon afterwards. Raises
        `InputError` where it is not.
        """
        if self.places is None:
            return
        waits_until = time.monotonic() + (0 if self.folder.is_finished else PUBLISHED_SECONDS)
        while missing := self.places.missing():
            if time.monotonic() >= waits_until:
                source, received, stored = missing
                raise InputError(
                    f"{self.folder.root}: the evidence is not whole: {counted(received, 'record')} of {source} were"
                    f" received, and {stored:,} are stored. Operator action: where the run was killed, start it again,"
                    f" which stores the rest; else `brainstem audit {self.folder.root}` names what is lost."
                )
            time.sleep(POLL_SECONDS)

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
    if keeps_all and not run.folder.is_finished:
        raise InputError(
            f"{run.folder.root} goes on, and a folder with its evidence is made of a run that stands still. Stop it first,"
            " or ask for items and decisions alone with --without-evidence."
        )
    folder = OutputFolder(settings.out)
    folder.require_empty()
    was_there = settings.out.exists()
    try:
        with Recovery(settings.out).locked(), ExitStack() as stack:
            for layout in (EVIDENCE, REJECTS):
                # nothing is forgotten meanwhile
                stack.enter_context(reading(run.folder.root / layout.folder))
            judge(run, folder, settings, observer)
            if keeps_all:
                _complete(run, folder, settings)
            remove_working_files(folder)
    except BaseException:
        folder.remove()
        Recovery(settings.out).clear()
        if not was_there:
            shutil.rmtree(settings.out, ignore_errors=True)
        raise


def judge(run: StoredRun, folder: OutputFolder, settings: Settings, observer: Observer | None = None) -> None:
    """Write items, decisions and accounts of what is stored into a new folder."""
    with require_creatable(folder.root):
        folder.root.mkdir(parents=True, exist_ok=True)
    Recovery(folder.root).create(run.record.plan)
    folder.open()
    if run.record.plan.started_from:
        shutil.copyfile(run.folder.started_from, folder.started_from)
    memory = memory_of(folder, folder.started_from) if folder.started_from.is_file() else None
    with stopping_on_signals() as stop:
        source = _source_of(run, settings, observer, stop)
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


def _source_of(run: StoredRun, settings: Settings, observer: Observer | None, stop: Stop) -> VirtualSource:
    """Return the source of what a run has stored."""
    if run.places is None:
        return StoredSource(run.folder.root, run.record.plan.inventory.files, settings, observer, stop)
    return TopicSource(
        run.places.subscription(run.last_start.files),
        settings,
        StatusBoard(Recovery(settings.out).folder, 0),
        stop,
        observer,
        stored=run.places.reading(run.judged_before, run.is_live),
    )


def _require_all(run: StoredRun, held: Ledger) -> None:
    """Raise `InputError` where the run had received other records of an input than are stored of it."""
    for source, count in run.places.received.items() if run.places is not None else ():
        if (read := held.account(source).received.records) != count:
            raise InputError(
                f"{run.folder.root}: {count:,} records of {source} are stored, and {read:,} could be read."
            )
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
