"""What a run has stored of topics and a spool without snapshots that say how far it has read: all of it, and where a new run
begins behind it.

Takes the folder of a run; returns its partitions as `stored_messages` reads them, each up to its last stored message or to
the bound that the run was given.

**Where a new run begins.** What is published is covered by a snapshot. What was staged when the run was killed may be: the
files of one snapshot, of all writers, or those of a snapshot that was not completed, where one writer has stored messages
and another has not. So offsets are looked through behind the last message that is published, and the first that no writer
has stored is where reading goes on: nothing is lost, and what was stored behind it comes twice, which is told. Once staged
files are published, nothing tells them from others; so which ones they were, and what followed from them, is noted
beforehand, and a repair that is repeated says the same.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from brainstem.contracts.ledger import Ledger, LedgerConflictError
from brainstem.text.phrases import counted, printable
from connectors.base import InputError
from connectors.kafka.reader import Place
from connectors.spool.places import is_of_spool, tenant_of
from connectors.tail.file_set import FileSet
from flows.config.settings import Settings
from flows.process.status import StatusBoard
from flows.process.stop_request import Stop
from flows.recovery.last_start import read_last_start
from flows.recovery.plan import LIVE_KIND
from flows.recovery.run_record import RunRecord
from flows.sinks.output_folder import OutputFolder
from flows.sources.stored_messages import MadeAnewError, StoredPlaces, place_of_source
from flows.sources.topic_source import TopicSource
from state.store.atomic_files import write_file
from state.store.file_names import published
from state.store.layouts import EVIDENCE, REJECTS
from state.store.listing import published_files, staged_files
from state.store.parquet_files import unreadable
from state.store.parquet_store import scan_files


@dataclass(frozen=True, slots=True)
class StoredEnds:
    """All that is stored of topics and a spool. `next_offsets` are those with which a new run begins, `repeated` how many
    messages behind them are stored already.
    """

    places: StoredPlaces
    is_live: bool
    files: tuple[FileSet, ...]
    """the followed files as the last start of a live run read them"""
    next_offsets: dict[Place, int] = field(default_factory=dict)
    repeated: int = 0

    @classmethod
    def of(cls, folder: OutputFolder, record: RunRecord, were_staged: Collection[Path] = ()) -> "StoredEnds":
        """Return what is stored in the folder of a run, in files that can be read, of which some `were_staged` until now.

        Raises `MadeAnewError` where a topic or the spool was made anew meanwhile, so that offsets repeat.
        """
        rows, covered = _rows_of(folder), _rows_of(folder, without=set(were_staged))
        by_source = (
            rows.group_by("source", "tenant")
            .agg(pl.col("position").max().alias("last"), pl.col("position").n_unique().alias("messages"))
            .sort("source", "tenant")
            .collect()
        )
        read_before = {
            Place(topic, number): end for topic, number, _, end in record.plan.topics if not is_of_spool(topic)
        }
        received: dict[str, int] = {}
        tenants: dict[str, str] = {}
        ends: dict[Place, int] = {}
        for source, tenant, last, messages in by_source.iter_rows():
            place = place_of_source(source)
            if is_of_spool(source) and tenant_of(source) not in ("", tenant):
                raise MadeAnewError(
                    f"{source}: the spool was made anew while the run read it, and what is stored of it is not judged"
                    " again. Nothing was touched."
                )
            received[source] = received.get(source, 0) + messages
            tenants[source] = tenant
            ends[place] = max(ends.get(place, 0), last + 1)
        places = StoredPlaces(
            folder.root, {place: read_before.get(place, end) for place, end in sorted(ends.items())}, tenants, received
        )
        is_live = record.plan.arguments.get("kind") == LIVE_KIND
        readable = [each for each in were_staged if each.is_file() and not unreadable(each)]
        next_offsets, repeated = first_missing(rows, covered, readable, ends)
        return cls(
            places, is_live, read_last_start(folder).files if is_live else (), next_offsets, repeated if is_live else 0
        )

    def source(self, settings: Settings, board: StatusBoard, stop: Stop) -> TopicSource:
        """Return the source that reads all of it, to its end."""
        subscription = self.places.subscription(self.files)
        return TopicSource(subscription, settings, board, stop, stored=self.places.reading(None, self.is_live))

    def lost(self, ledger: Ledger, before: Ledger | None) -> Iterator[str]:
        """Yield a line for each source of which more was received than is stored, and take over what `ledger` cannot tell:
        faults, and what was dropped before it could be stored.
        """
        if before is None:
            yield "lost: how much an intake had dropped, and faults of what was read; the ledger could not be read"
            return
        for description, was in before:
            try:
                ledger.describe(description)
            except LedgerConflictError as error:
                yield printable(
                    f"lost: the account of {description.source}, which the ledger describes otherwise: {error}"
                )
                continue
            account = ledger.account(description.source)
            dropped = sum(tally.records for tally in was.dropped.values())
            missing = was.received.records - dropped - was.duplicate.records - account.received.records
            account.faults = dict(was.faults)
            for reason, tally in was.dropped.items():
                ledger.receive(description.source, tally.records, tally.bytes)
                ledger.drop(description.source, reason, tally.records, tally.bytes)
            if missing > 0:
                yield printable(f"lost: {counted(missing, 'record')} of {description.source}, which are not stored")

    def how_to_go_on(self, memory: Path | None) -> Iterator[str]:
        """Yield what a person does to go on behind what is stored of a live run, line by line."""
        yield (
            "The live run has come to its end here: all that is stored is judged, also slots that it had left open. Go on"
            " with a new run in a new folder; the old one stays readable, and recall and queue take both."
        )
        if self.repeated:
            yield (
                f"{counted(self.repeated, 'message')} stored here will be stored there once more, as others before them are"
                " not stored"
            )
        topics: dict[str, list[tuple[int, int]]] = {}
        for place, offset in sorted(self.next_offsets.items()):
            if not is_of_spool(place.topic):
                topics.setdefault(place.topic, []).append((place.partition, offset))
        if topics:
            yield "So that it reads on behind what is stored, its configuration takes these lines:"
            yield "[kafka.start]"
            for topic, starts in topics.items():
                listed = ", ".join(f'"{number}" = {offset}' for number, offset in starts)
                yield printable(f'"{topic}" = {{ {listed} }}')
        if any(is_of_spool(place.topic) for place in self.next_offsets):
            yield (
                "Over the same spool it begins behind what this run has noted there as stored; messages of the last"
                " snapshots before the damage may be stored in both folders."
            )
        yield (
            "Without a memory it knows nothing of what was judged here; `brainstem repair` with --memory FILE leaves that in"
            " a file for it."
            if memory is None
            else f"Give it --memory {memory}: it continues what was judged here, and what it reads again counts once."
        )


def note_staged(folder: OutputFolder) -> list[Path]:
    """Note durably which files of evidence and rejects wait for their snapshot, beside those of an earlier repair.

    Returns the names that they get. Raises `InputError` for a damaged note.
    """
    noted = _noted(folder)
    waiting = [
        str(published(path).relative_to(folder.root))
        for layout in (EVIDENCE, REJECTS)
        for path in staged_files(folder.root / layout.folder)
    ]
    names = sorted({*noted.get("staged", []), *waiting})
    if waiting:
        write_file(folder.repaired_ends, orjson.dumps({**noted, "staged": names}))
    return [folder.root / name for name in names]


def noted_ends(folder: OutputFolder, ends: StoredEnds) -> StoredEnds:
    """Return `ends` with where a new run begins as the first repair has found it; where none has, it is noted."""
    noted = _noted(folder)
    if "next_offsets" not in noted:
        offsets = [[place.topic, place.partition, offset] for place, offset in sorted(ends.next_offsets.items())]
        found = {**noted, "next_offsets": offsets, "repeated": ends.repeated}
        write_file(folder.repaired_ends, orjson.dumps(found))
        return ends
    return replace(
        ends,
        next_offsets={Place(topic, partition): offset for topic, partition, offset in noted["next_offsets"]},
        repeated=noted["repeated"],
    )


def _noted(folder: OutputFolder) -> dict[str, Any]:
    """Return what an earlier repair has noted of this folder, nothing where there was none."""
    try:
        noted: dict[str, Any] = orjson.loads(folder.repaired_ends.read_bytes())
        places = [(str(topic), int(number), int(at)) for topic, number, at in noted.get("next_offsets", [])]
        is_sound = all(isinstance(name, str) for name in noted.get("staged", [])) and isinstance(
            noted.get("repeated", 0), int
        )
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(folder, error) from error
    if not is_sound or len(places) != len(noted.get("next_offsets", [])):
        raise _damaged(folder, ValueError("another layout"))
    return noted


def _damaged(folder: OutputFolder, error: Exception) -> InputError:
    return InputError(
        f"{folder.repaired_ends} is damaged ({type(error).__name__}: {error}). Operator action: remove it; where a new run"
        " begins is then told as if all that is stored were covered by snapshots, so compare it with what the first repair"
        " has printed."
    )


def require_stored(folder: OutputFolder, record: RunRecord) -> None:
    """Raise `InputError` where what is stored of topics and a spool cannot be judged again, before anything is touched."""
    if record.plan.started_from and not folder.started_from.is_file():
        raise InputError(
            f"{folder.started_from} is missing, the memory that the run started from. Nothing was touched. Operator action:"
            " restore it from a copy; without it other items would come of the same records."
        )
    StoredEnds.of(folder, record)


def _rows_of(folder: OutputFolder, without: Collection[Path] = ()) -> pl.LazyFrame:
    """Return source, tenant and position of all messages in files that can be read, `without` those of some files."""
    return pl.concat(
        [
            _narrow(
                scan_files(
                    [path for path in published_files(root) if path not in without and not unreadable(path)],
                    layout.schema,
                )
            )
            for layout in (EVIDENCE, REJECTS)
            if (root := folder.root / layout.folder)
        ]
    )


def _narrow(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(pl.col("source", "tenant").cast(pl.String), "position")


def first_missing(
    rows: pl.LazyFrame, covered: pl.LazyFrame, were_staged: Collection[Path], ends: dict[Place, int]
) -> tuple[dict[Place, int], int]:
    """Return the first offset of each partition from which on a message is missing, and how many behind these are stored.

    Of `rows` those that are `covered` by a snapshot miss none before their last one. Evidence and rejects are written at
    moments of their own, so what is looked through begins behind that, and not with the first message that was staged.
    """
    next_offsets, repeated = dict(ends), 0
    if not were_staged:
        return next_offsets, repeated
    staged = pl.concat([_narrow(scan_files([path], EVIDENCE.schema)) for path in were_staged])
    first = _by_place(staged, pl.col("position").min(), min)
    behind = _by_place(covered, pl.col("position").max() + 1, max)
    first = {place: min(least, behind.get(place, least)) for place, least in first.items()}
    held: dict[Place, set[int]] = {}
    places = {
        source: place_of_source(source) for source in rows.select("source").unique().collect()["source"].to_list()
    }
    wanted = [source for source, place in places.items() if place in first]
    within = pl.col("source").is_in(wanted) & (pl.col("position") >= min(first.values()))
    for source, position in rows.filter(within).select("source", "position").collect().iter_rows():
        place = places[source]
        if position >= first[place]:
            held.setdefault(place, set()).add(position)
    for place, positions in held.items():
        missing = first[place]
        while missing in positions:
            missing += 1
        next_offsets[place] = missing
        repeated += sum(position > missing for position in positions)
    return next_offsets, repeated


def _by_place(rows: pl.LazyFrame, of_source: pl.Expr, of_both: Callable[[int, int], int]) -> dict[Place, int]:
    """Return a number of each partition, of which several sources may have a part."""
    found: dict[Place, int] = {}
    for source, number in rows.group_by("source").agg(of_source.alias("number")).sort("source").collect().iter_rows():
        place = place_of_source(source)
        found[place] = of_both(found.get(place, number), number)
    return found
