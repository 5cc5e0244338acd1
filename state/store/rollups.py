"""Rollups of evidence: what each stored file holds of each kind of message, host and day, and the statements in it.

Takes the published files of an event store, which never change, and returns two tables about them: counts by tenant,
service, signature, host and UTC day, those of forgotten lines too, and the records that may be statements. What is known of
a file is kept in the folder `rollups` beside the stores, so a file is read once, when the first question comes after it was
published. It may be removed at any time: it is made anew. Where it cannot be written, as on a disk that is read-only, it is
made for each question.

A segment holds what is known of several files: `ID.days.parquet` and `ID.statements.parquet`, whose metadata names the files
by path and size. Several readers may write segments at once, also of the same file; its rows are taken from one of them.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from brainstem.contracts.event import EVIDENCE_SCHEMA, Kind
from brainstem.contracts.statement import Stated, kind_of, stated_by
from state.store.file_names import PUBLISHED_ENDING, ROLLUPS
from state.store.forgotten_counts import counts_of
from state.store.layouts import EVIDENCE
from state.store.listing import published_files
from state.store.parquet_store import scan_files

ROLLUP_VERSION: Final = 2
ROW_GROUP_ROWS: Final = 65_536
NO_FILE: Final = ""
"""stands for the file of lines that are not kept any more: only their counts are there"""
SMALL_BYTES: Final = 8 << 20
SMALL_SEGMENTS_MOST: Final = 8
"""segments smaller than that, from which on they are written anew as one"""
SEGMENT_ROWS: Final = 2_000_000
"""rows after which a segment is written, which bounds the memory of making many"""
_DAYS_ENDING: Final = f".v{ROLLUP_VERSION}.days.parquet"
_STATEMENTS_ENDING: Final = f".v{ROLLUP_VERSION}.statements.parquet"
_FILES: Final = b"files"
_DAY_US: Final = 86_400_000_000

_ROLLUP_FIELDS: "Final[list[pa.Field[Any]]]" = [
    pa.field("file", pa.string(), nullable=False),
    pa.field("tenant", pa.string(), nullable=False),
    pa.field("service", pa.string(), nullable=False),
    pa.field("signature", pa.uint64(), nullable=False),
    pa.field("host", pa.string(), nullable=False),
    pa.field("day", pa.int32(), nullable=False),
    pa.field("events", pa.int64(), nullable=False),
    pa.field("first_us", pa.int64(), nullable=False),
    pa.field("last_us", pa.int64(), nullable=False),
    pa.field("hours", pa.uint32(), nullable=False),
]
ROLLUP_SCHEMA: Final = pa.schema(
    _ROLLUP_FIELDS, metadata={"contract": "brainstem.rollup", "version": str(ROLLUP_VERSION)}
)
"""`day` is in days since the epoch, `first_us` and `last_us` are event times in microseconds since the epoch, UTC, and bit n
of `hours` says that an event came in hour n of the day."""

_STATED_FIELDS: "Final[list[pa.Field[Any]]]" = [
    pa.field("file", pa.string(), nullable=False),
    pa.field("tenant", pa.string(), nullable=False),
    pa.field("time_us", pa.int64(), nullable=False),
    pa.field("kind", pa.string(), nullable=False),
    pa.field("named", pa.bool_(), nullable=False),
    pa.field("about", pa.string(), nullable=False),
    pa.field("service", pa.string(), nullable=False),
    pa.field("text", pa.string(), nullable=False),
    pa.field("verdict", pa.string(), nullable=False),
    pa.field("by", pa.string(), nullable=False),
    pa.field("until_us", pa.int64(), nullable=False),
    pa.field("event_service", pa.string(), nullable=False),
    pa.field("signature", pa.uint64(), nullable=False),
]
STATED_SCHEMA: Final = pa.schema(
    _STATED_FIELDS, metadata={"contract": "brainstem.stated", "version": str(ROLLUP_VERSION)}
)
"""Records that have the form of a statement. `named` tells that the record itself says that it is one; without that it is
one only where its source holds statements: then no decision is about its service and signature."""

_KEYS: Final = ("tenant", "service", "signature", "host", "day")
_DAYS_ORDER: Final = ("tenant", "signature", "service", "day", "host", "file")
"""so that a reader of one signature of a tenant skips most row groups"""
_STATED_ORDER: Final = ("tenant", "time_us", "file", "about")


class Rollups(NamedTuple):
    """What is known of all visible files of an event store."""

    days: pl.LazyFrame
    """columns of `ROLLUP_SCHEMA`"""
    stated: pl.LazyFrame
    """columns of `STATED_SCHEMA`"""
    files: Mapping[str, Path]
    """the evidence by the names that the column `file` has"""


class _Segment(NamedTuple):
    """A stored segment and the files whose rows it holds."""

    path: Path
    files: frozenset[str]
    size_bytes: int


class _Rows(NamedTuple):
    """What is known of some files, in memory."""

    files: frozenset[str]
    days: pl.DataFrame
    stated: pl.DataFrame


def rollups_of(out: Path, tenants: Sequence[str] | None = None) -> Rollups:
    """Return the rollups of the evidence in an output folder, of some tenants or of all, after making what is missing.

    Raises FileNotFoundError where a file is swapped out meanwhile (`listing.rereading`).
    """
    root = out / EVIDENCE.folder
    files = {_identity(path, root): path for path in published_files(root)}
    folder = out / ROLLUPS
    stored = _segments(folder)
    taken, missing = _cover(stored, files)
    small = [each for each in taken if each[0].size_bytes < SMALL_BYTES] if missing else []
    joined = small if len(small) >= SMALL_SEGMENTS_MOST else []
    parts = [_scanned(segment, names) for segment, names in taken if (segment, names) not in joined]
    written: set[Path] = set()
    for rows in _batches([_collected(*each) for each in joined], {name: files[name] for name in missing}):
        path = _written(folder, rows)
        if path is None or not all(map(_is_lasting, rows.files)):
            parts.append((rows.days.lazy(), rows.stated.lazy()))
        else:
            parts.append((pl.scan_parquet(path), pl.scan_parquet(_statements_of(path))))
        written |= {path} if path is not None else set()
    if written:
        gone = [each for each in stored if not each.files & files.keys()]
        _remove(each for each in (*gone, *(segment for segment, _ in joined)) if each.path not in written)
    all_days, all_stated = _concat([*parts, _forgotten(out, tenants)])
    if tenants is not None:
        is_wanted = pl.col("tenant").is_in(tenants)
        all_days, all_stated = all_days.filter(is_wanted), all_stated.filter(is_wanted)
    return Rollups(all_days, all_stated, files)


def _forgotten(out: Path, tenants: Sequence[str] | None) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return the counts of lines that were forgotten, as rows of no file."""
    counts = counts_of(out, tenants).with_columns(pl.lit(NO_FILE).alias("file")).select(ROLLUP_SCHEMA.names)
    return counts.lazy(), _empty(STATED_SCHEMA).lazy()


def day_rows(evidence: pl.LazyFrame, file: str = "") -> pl.LazyFrame:
    """Return events as rows of `ROLLUP_SCHEMA`."""
    time_us = pl.col("event_time").dt.epoch("us")
    hour = (time_us % _DAY_US) // 3_600_000_000
    return (
        evidence.select(
            *(pl.col(name).cast(pl.String) for name in ("tenant", "service", "host")),
            "signature",
            (time_us // _DAY_US).cast(pl.Int32).alias("day"),
            time_us.alias("time_us"),
            pl.lit(2).pow(hour).cast(pl.UInt32).alias("hour"),
        )
        .group_by(_KEYS)
        .agg(
            pl.len().cast(pl.Int64).alias("events"),
            pl.col("time_us").min().alias("first_us"),
            pl.col("time_us").max().alias("last_us"),
            pl.col("hour").bitwise_or().alias("hours"),
        )
        .with_columns(pl.lit(file).alias("file"))
        .select(ROLLUP_SCHEMA.names)
    )


def _identity(path: Path, root: Path) -> str:
    """Return what tells a file from any other of the store: its path and its size."""
    return f"{path.relative_to(root)} {path.stat().st_size}"


def _is_lasting(name: str) -> bool:
    """Return whether a file has the name under which it stays."""
    return name.rpartition(" ")[0].endswith(PUBLISHED_ENDING)


def _segments(folder: Path) -> list[_Segment]:
    """Return the stored segments, those of most files first."""
    found = []
    for path in sorted(folder.glob(f"*{_DAYS_ENDING}")):
        try:
            metadata = pq.read_metadata(path).metadata or {}
            named = orjson.loads(metadata.get(_FILES, b"[]"))
        except (OSError, pa.ArrowInvalid, orjson.JSONDecodeError):
            # another reader has just removed it, or it was damaged: what it held is made anew
            continue
        if _statements_of(path).exists():
            found.append(_Segment(path, frozenset(named), path.stat().st_size))
    return sorted(found, key=lambda each: (-len(each.files), each.path.name))


def _cover(
    segments: Sequence[_Segment], files: Iterable[str]
) -> tuple[list[tuple[_Segment, frozenset[str]]], list[str]]:
    """Return which files are taken from which segment, and the files that no segment has."""
    left = set(files)
    taken = []
    for segment in segments:
        names = segment.files & left
        if names:
            taken.append((segment, frozenset(names)))
            left -= names
    return taken, sorted(left)


def _scanned(segment: _Segment, names: frozenset[str]) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return the rows of some files of a segment."""
    days, stated = pl.scan_parquet(segment.path), pl.scan_parquet(_statements_of(segment.path))
    if names == segment.files:
        return days, stated
    is_taken = pl.col("file").is_in(sorted(names))
    return days.filter(is_taken), stated.filter(is_taken)


def _concat(parts: Sequence[tuple[pl.LazyFrame, pl.LazyFrame]]) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    if not parts:
        return _empty(ROLLUP_SCHEMA).lazy(), _empty(STATED_SCHEMA).lazy()
    return pl.concat([days for days, _ in parts]), pl.concat([stated for _, stated in parts])


def _empty(schema: pa.Schema) -> pl.DataFrame:
    found = pl.from_arrow(schema.empty_table())
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table becomes a frame
    return found


def _collected(segment: _Segment, names: frozenset[str]) -> _Rows:
    """Return the rows of some files of a segment."""
    days, stated = _scanned(segment, names)
    return _Rows(names, days.collect(), stated.collect())


def _batches(known: Sequence[_Rows], files: Mapping[str, Path]) -> Iterator[_Rows]:
    """Yield what is known of some files and of others that are read now one after the other, as many together as are to be
    one segment.
    """
    held = list(known)
    for name, path in sorted(files.items()):
        evidence = scan_files([path], EVIDENCE_SCHEMA)
        days = day_rows(evidence, name).collect(engine="streaming")
        held.append(_Rows(frozenset([name]), days, _stated_rows(evidence, name)))
        if sum(len(each.days) for each in held) >= SEGMENT_ROWS:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(rows: Sequence[_Rows]) -> _Rows:
    """Return the rows of several as one, in order."""
    return _Rows(
        frozenset().union(*(each.files for each in rows)),
        pl.concat([each.days for each in rows]).sort(_DAYS_ORDER),
        pl.concat([each.stated for each in rows]).sort(_STATED_ORDER),
    )


def _stated_rows(evidence: pl.LazyFrame, file: str) -> pl.DataFrame:
    """Return the records of a file that have the form of a statement."""
    raw = pl.col("message_raw")
    may_state = raw.bin.starts_with(b"{") & (raw.bin.contains(b'"verdict"') | raw.bin.contains(b'"title"'))
    texts = [pl.col(name).cast(pl.String) for name in ("tenant", "service")]
    columns = [*texts, pl.col("event_time").dt.epoch("us").alias("time_us"), "signature", raw]
    found = []
    for row in evidence.filter(may_state).select(columns).collect(engine="streaming").iter_rows(named=True):
        stated = _stated(row["message_raw"])
        if stated is None:
            continue
        statement, named = stated
        found.append(
            {
                "file": file,
                "tenant": row["tenant"],
                "time_us": row["time_us"],
                "kind": Kind(statement.kind).name.lower(),
                "named": named,
                "about": statement.name,
                "service": statement.service,
                "text": statement.text,
                "verdict": statement.verdict,
                "by": statement.by,
                "until_us": statement.until_us,
                "event_service": row["service"],
                "signature": row["signature"],
            }
        )
    return pl.DataFrame(found, schema=_empty(STATED_SCHEMA).schema)


def _stated(raw: bytes) -> tuple[Stated, bool] | None:
    """Return what a record states, and whether it says itself that it is a statement; None where it has another form."""
    try:
        members = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(members, dict):
        return None
    usual = Kind.FEEDBACK if "verdict" in members else Kind.INCIDENT
    stated = stated_by(members, kind_of(members, usual))
    named = kind_of(members, Kind.LOG) != Kind.LOG
    return None if stated is None else (stated, named)


def _written(folder: Path, rows: _Rows) -> Path | None:
    """Write rows as a segment, and return its path; None where there is nothing to keep or the folder refuses it.

    A file that is being swapped in gets its name in a moment, so what is known of it is not kept under the name it has now.
    """
    names = {name for name in rows.files if _is_lasting(name)}
    if not names:
        return None
    stem = hashlib.sha256("\0".join(sorted(names)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    days = folder / f"{stem}{_DAYS_ENDING}"
    try:
        # it names hosts and holds titles of tickets, which are not for everybody on the machine
        folder.mkdir(mode=0o750, exist_ok=True)
        # the days last: their metadata say that both are there
        _write(_statements_of(days), rows.stated, STATED_SCHEMA, names)
        _write(days, rows.days, ROLLUP_SCHEMA, names)
    except OSError:
        return None
    return days


def _write(path: Path, rows: pl.DataFrame, schema: pa.Schema, names: set[str]) -> None:
    """Write a file that appears whole or not at all. It needs no care for a power cut, as a damaged one is made anew."""
    kept = rows.filter(pl.col("file").is_in(sorted(names)))
    table = kept.to_arrow().cast(pa.schema(list(schema)))
    metadata = {**(schema.metadata or {}), _FILES: orjson.dumps(sorted(names))}
    aside = path.with_name(f".{path.name}.{os.getpid()}.aside")
    try:
        pq.write_table(
            table.replace_schema_metadata(metadata), aside, row_group_size=ROW_GROUP_ROWS, compression="zstd"
        )
        aside.rename(path)
    finally:
        aside.unlink(missing_ok=True)


def _remove(segments: Iterable[_Segment]) -> None:
    for segment in segments:
        segment.path.unlink(missing_ok=True)
        _statements_of(segment.path).unlink(missing_ok=True)


def _statements_of(days: Path) -> Path:
    return days.with_name(days.name.removesuffix(_DAYS_ENDING) + _STATEMENTS_ENDING)
