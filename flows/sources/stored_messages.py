"""Stored messages as a source: what a run has stored of topics and a spool is read again, without brokers and spool.

Takes the stores of a run and how far it has read each partition; returns messages as a client of brokers does, so that
`topic_merge` parses and judges them as it did. Evidence and rejects of a partition together are its messages, each with its
bytes, its headers, its time of receipt and its offset. What was only counted, as what an intake has dropped, is not among
them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import polars as pl

from brainstem.contracts.ledger import Ledger
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.slots import SLOT_US
from connectors.base import InputError
from connectors.kafka.client import ClientSettings
from connectors.kafka.reader import Headers, Messages, OffsetLostError, Place, Polled, byte_counts
from connectors.spool.places import is_of_spool
from connectors.tail.file_set import FileSet
from flows.config.subscription import Subscription, TenantRule
from state.store.listing import rereading
from state.store.parquet_store import read_evidence, read_rejects

TENANT_KEY: Final = "brainstem-stored-tenant"
"""the header that tells the tenant of a stored message whose own headers have told it to the run"""
WINDOW_OFFSETS: Final = 1 << 18
"""of a partition whose messages are read at once"""
AT_ONCE_BYTES: Final = 256 << 20
"""of all partitions together up to which their messages are read in one go"""
POLLED_MESSAGES: Final = 4096
"""that one poll returns at most; all are of one partition"""
_TOPIC: Final = "kafka:"
_NO_TENANT: Final = RejectReason.NO_TENANT.name.lower()
_TOMBSTONE: Final = RejectReason.TOMBSTONE.name.lower()


class MadeAnewError(InputError):
    """A topic, or the spool, was deleted and made anew while the run read it."""


def place_of_source(source: str) -> Place:
    """Return the partition of a source of the ledger. Raises `MadeAnewError` for one of a topic that was made anew."""
    if is_of_spool(source):
        return Place(source, 0)
    topic, _, number = source.removeprefix(_TOPIC).partition("@")[0].rpartition("/")
    if not number.isdecimal():
        raise MadeAnewError(
            f"{source}: the topic was made anew while the run read it, and what is stored of it is not judged again. Give"
            " the topics as kafka://HOST:PORT/TOPIC."
        )
    return Place(topic, int(number))


@dataclass(frozen=True, slots=True)
class StoredReading:
    """How what is stored of partitions is read. `judged_before` is the slot before which the run has judged, None for one
    that has come to its end; a run `is_live` where receipt counts for the time of records without one.
    """

    open_reader: Callable[[], "StoredReader"]
    judged_before: int | None
    is_live: bool


class StoredMessages:
    """The messages that a run has stored or rejected, by partition. Those of small stores are all read when the first of
    them are asked for.
    """

    def __init__(self, out: Path, sources: Mapping[Place, tuple[str, ...]], read_before: Mapping[Place, int]) -> None:
        """`sources` are those of each partition, `read_before` the offsets that the run had not read yet."""
        self._out, self._sources, self._read_before = out, sources, read_before
        self._places = {source: place for place, named in sources.items() for source in named}
        self._lock = Lock()
        self._held: dict[Place, pl.DataFrame] | None = None
        self._extents: dict[Place, tuple[int, int]] = {}
        self._begun = False

    def extent(self, place: Place) -> tuple[int, int]:
        """Return the first offset of a partition that is stored and was read, and the one after the last; 0 for none."""
        with self._lock:
            self._begin()
        first, end = self._extents.get(place, (0, 0))
        return first, min(end, self._read_before[place])

    @rereading
    def window(self, place: Place, begin: int, end: int) -> pl.DataFrame:
        """Return the messages of a partition whose offsets are in a window, in order: `source`, `position`, `received_at` in
        microseconds, `reason` of rejects, `raw` and `headers`.
        """
        end = min(end, self._read_before[place])
        is_inside = (pl.col("position") >= begin) & (pl.col("position") < end)
        with self._lock:
            self._begin()
        if self._held is None:
            rows = self._rows(self._sources[place]).filter(is_inside).collect()
        elif place in self._held:
            rows = self._held[place].filter(is_inside)
        else:
            return pl.DataFrame()
        return rows.sort("position", maintain_order=True).unique("position", keep="first", maintain_order=True)

    @rereading
    def counts(self) -> dict[str, int]:
        """Return how many messages of each source are stored or rejected, of those that the run has read."""
        rows = self._rows(tuple(self._places)).select("source", "position").collect()
        before = {source: self._read_before[place] for source, place in self._places.items()}
        is_read = pl.col("position") < pl.col("source").replace_strict(before, return_dtype=pl.Int64)
        counted = rows.filter(is_read).group_by("source").agg(pl.col("position").n_unique()) if before else rows
        return dict(counted.iter_rows())

    @rereading
    def _begin(self) -> None:
        """Read all messages where they are few."""
        if self._begun:
            return
        size = 0
        for store in (read_evidence(self._out), read_rejects(self._out)):
            found = (
                store.filter(pl.col("source").cast(pl.String).is_in(tuple(self._places)))
                .group_by(pl.col("source").cast(pl.String))
                .agg(
                    pl.col("position").min().alias("first"),
                    pl.col("position").max().alias("last"),
                    pl.col("length").cast(pl.Int64).sum().alias("bytes"),
                )
                .collect()
            )
            for source, first, last, held_bytes in found.iter_rows():
                before = self._extents.get(self._places[source], (first, 0))
                self._extents[self._places[source]] = min(before[0], first), max(before[1], last + 1)
                size += held_bytes
        if size <= AT_ONCE_BYTES:
            rows = self._rows(tuple(self._places)).collect()
            parts: dict[Place, list[pl.DataFrame]] = {}
            for (source,), part in rows.partition_by("source", as_dict=True).items():
                parts.setdefault(self._places[str(source)], []).append(part)
            self._held = {place: pl.concat(of_place) for place, of_place in parts.items()}
        self._begun = True

    def _rows(self, sources: tuple[str, ...]) -> pl.LazyFrame:
        """Return the messages of some sources, those of evidence first."""
        source = pl.col("source").cast(pl.String)
        columns = (source, pl.col("position"), pl.col("received_at").dt.epoch("us"))
        is_wanted = source.is_in(sources)
        stored = read_evidence(self._out).filter(is_wanted)
        rejected = read_rejects(self._out).filter(is_wanted)
        no_reason = pl.lit(None, pl.String).alias("reason")
        return pl.concat(
            [
                stored.select(*columns, no_reason, pl.col("message_raw").alias("raw"), "headers"),
                rejected.select(*columns, pl.col("reason").cast(pl.String), "raw", "headers"),
            ]
        )


def _headers_of(given: list[dict[str, object]] | None, tenant: str | None) -> Headers:
    """Return the headers of a stored message, with its tenant before them where that is told."""
    headers = [(str(each["key"]), each["value"]) for each in given or ()]
    named = [] if tenant is None else [(TENANT_KEY, tenant.encode())]
    return [*named, *headers]  # type: ignore[list-item]  # the column holds bytes or null


def messages_of(rows: pl.DataFrame) -> Messages:
    """Return stored rows as the messages that they were. One of a source that has its tenant in its name tells it by a
    header, unless it was rejected for having none.
    """
    tenants = [
        None if is_of_spool(source) or "@" not in source or reason == _NO_TENANT else source.partition("@")[2]
        for source, reason in zip(rows["source"], rows["reason"], strict=True)
    ]
    values = [None if reason == _TOMBSTONE else raw for reason, raw in zip(rows["reason"], rows["raw"], strict=True)]
    return Messages(
        values,
        rows["position"].to_numpy(),
        rows["received_at"].to_numpy() // 1000,
        [_headers_of(given, tenant) for given, tenant in zip(rows["headers"].to_list(), tenants, strict=True)],
        byte_counts(values),
    )


@rereading
def came_behind(out: Path, lateness_us: int) -> int:
    """Return how many stored events came when the event time of others had passed their slot, by the slots in which they
    were received: a live run may have counted them in a later slot, since it does not wait for a silent source for ever.

    Events that are late in their own source count in a later slot whenever they are judged, and are not among them.
    """
    slots = [(pl.col(name).dt.epoch("us") // SLOT_US).alias(name) for name in ("received_at", "event_time")]
    counted = (
        read_evidence(out)
        .filter(~pl.col("late"))
        .select(*slots)
        .group_by("received_at", "event_time")
        .agg(pl.len().alias("events"))
        .collect()
    )
    reached = counted.group_by("received_at").agg(pl.col("event_time").max()).sort("received_at")
    passed = reached.select(
        "received_at", (pl.col("event_time").cum_max().shift(1) - lateness_us // SLOT_US).alias("passed")
    )
    behind = counted.join(passed, on="received_at").filter(pl.col("event_time") < pl.col("passed"))
    return int(behind["events"].sum())


class StoredReader:
    """The stored messages of the partitions that are assigned, in the place of a client of brokers."""

    is_caught_up: Final = True

    def __init__(self, stored: StoredMessages, read_before: Mapping[Place, int]) -> None:
        self._stored, self._read_before = stored, read_before
        self._next: dict[Place, int] = {}
        self._rows: dict[Place, pl.DataFrame] = {}
        self._paused: set[Place] = set()

    def partitions(self) -> list[Place]:
        """Return all partitions of which something was read."""
        return list(self._read_before)

    def topic_ids(self, topics: Iterable[str]) -> dict[str, str]:
        """Return no id: a topic that is stored is not made anew."""
        del topics
        return {}

    def bounds(self, place: Place) -> tuple[int, int]:
        """Return the least offset that there can be, and the one after the last that was read."""
        return 0, self._read_before[place]

    def offsets_at(self, places: Iterable[Place], time_ms: int) -> dict[Place, int]:
        """Return the first offset of each: nothing is left out."""
        del time_ms
        return dict.fromkeys(places, 0)

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Begin to read further partitions."""
        self._next.update(offsets)

    def seek(self, place: Place, offset: int) -> None:
        """Continue at another offset."""
        self._next[place] = offset
        self._rows.pop(place, None)

    def drop(self, place: Place) -> None:
        """End the reading of a partition."""
        self._next.pop(place, None)
        self._rows.pop(place, None)

    def pause(self, place: Place) -> None:
        """Return nothing of a partition."""
        self._paused.add(place)

    def resume(self, place: Place) -> None:
        """Return messages of a paused partition again."""
        self._paused.discard(place)

    def poll(self) -> Polled:
        """Return the next messages of one partition; the partitions take turns."""
        polled = Polled()
        for place in list(self._next):
            if place in self._paused:
                continue
            # the next turn is that of another one
            first, end = self._stored.extent(place)
            begin = self._next[place] = max(first, self._next.pop(place))
            rows = self._rows.pop(place, None)
            if rows is None or not len(rows):
                if begin >= end:
                    self._next.pop(place)
                    polled.ended[place] = self._read_before[place]
                    polled.came = True
                    break
                rows = self._stored.window(place, begin, begin + WINDOW_OFFSETS)
                self._next[place] = begin + WINDOW_OFFSETS
            if len(rows):
                polled.messages.append((place, messages_of(rows.head(POLLED_MESSAGES))))
                self._rows[place] = rows.slice(POLLED_MESSAGES)
            polled.came = True
            break
        return polled

    def commit(self, offsets: Mapping[Place, int]) -> None:
        """Note nothing: nobody else reads on from here."""

    def lost(self, place: Place, wanted: int) -> InputError:
        """Return the error for an offset that is not there, which no stored partition has."""
        return OffsetLostError(f"offset {wanted} of {place.topic}/{place.partition} is not stored.")

    def made_anew(self, place: Place, wanted: int) -> InputError:
        """Return the error for a topic that was made anew, which no stored one is."""
        return self.lost(place, wanted)

    def close(self) -> None:
        """Forget what was read ahead."""
        self._rows.clear()


@dataclass(frozen=True, slots=True)
class StoredPlaces:
    """The partitions that a run has read, and how far. `tenants` are those of the sources of its ledger."""

    out: Path
    read_before: Mapping[Place, int]
    tenants: Mapping[str, str]
    received: Mapping[str, int]
    """by source, how many of its messages are to be stored or rejected: those received and not dropped"""

    @classmethod
    def of(cls, out: Path, read_before: Mapping[Place, int], ledger: Ledger) -> "StoredPlaces":
        """Return the partitions that a run has read up to some offsets. Raises `MadeAnewError`."""
        received = {
            description.source: account.received.records
            - sum(tally.records for tally in account.dropped.values())
            - account.duplicate.records
            for description, account in ledger
        }
        held = {source: count for source, count in received.items() if count}
        tenants = {description.source: description.tenant for description, _ in ledger}
        found = {place_of_source(source) for source in held}
        if unread := sorted(found - read_before.keys()):
            raise MadeAnewError(
                f"{unread[0].topic}: the spool was made anew while the run read it, and what is stored of it is not judged"
                " again."
            )
        return cls(out, {place: read_before[place] for place in sorted(found)}, tenants, held)

    @property
    def sources(self) -> dict[Place, tuple[str, ...]]:
        """Return the sources of each partition: one, or one for each tenant that a header has named."""
        found: dict[Place, list[str]] = {place: [] for place in self.read_before}
        for source in sorted(self.received):
            found[place_of_source(source)].append(source)
        return {place: tuple(named) for place, named in found.items()}

    def messages(self) -> StoredMessages:
        """Return what is stored of them."""
        return StoredMessages(self.out, self.sources, self.read_before)

    def missing(self) -> tuple[str, int, int] | None:
        """Return the first source of which another number of messages is stored than was received, with both numbers."""
        counts = self.messages().counts()
        return next(
            (
                (source, count, counts.get(source, 0))
                for source, count in sorted(self.received.items())
                if counts.get(source, 0) != count
            ),
            None,
        )

    def subscription(self, files: tuple[FileSet, ...] = ()) -> Subscription:
        """Return what is to be read, between offsets. `files` are the files that were followed."""
        topics = {place.topic for place in self.read_before if not is_of_spool(place.topic)}
        of_topic = {
            place.topic: self.tenants[source]
            for place, named in self.sources.items()
            for source in named
            if not is_of_spool(source) and "@" not in source
        }
        has_header = any("@" in source for source in self.received if not is_of_spool(source))
        return Subscription(
            client=ClientSettings(""),
            topics=tuple(sorted(topics)),
            tenant=TenantRule(header=TENANT_KEY) if has_header else TenantRule(topics=of_topic),
            # a spool is stored under the run like everything else, and is not opened
            spool=self.out,
            files=files,
            bounds={place: (0, end) for place, end in self.read_before.items()},
        )

    def reading(self, judged_before: int | None, is_live: bool) -> StoredReading:
        """Return how they are read; all partitions share what is held of the stores."""
        stored = self.messages()
        return StoredReading(lambda: StoredReader(stored, self.read_before), judged_before, is_live)
