"""Forgets raw lines that have been kept as long as their band says: chooses them by the band of the family that each is of
by now, removes them, and writes the tables that stand in their place, whose layout, sums and reading are those of
`forgotten_counts`.

Takes the output folder of a run and the name of a writer, whose files alone are written anew, as in `compaction`. How long a
line is kept follows from the highest band that its family, or one that it has become part of, ever had; a line of no family,
such as a ticket, is kept for ever. Days are counted back from the tenant's latest stored day, never from a clock.

One swap for each tenant (`listing`): new files without the lines, the tenant's counts and places with them, in the place of
the old ones. So a line is at every moment either stored or counted as forgotten, and never both, also after a crash. Nothing
is forgotten while somebody reads (`readers`).

Only files of a tenant of its own are looked at: what has just arrived lies in files of all tenants for a day at most.
"""

import zlib
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from brainstem.attention.bands import BEHAVIOURS
from state.store import file_names, path_names
from state.store.atomic_files import sync
from state.store.compaction import INPUTS_MOST, WRITING
from state.store.file_names import FORGOTTEN_ENDING, PLACES_ENDING, FileName
from state.store.forgotten_counts import (
    FORGOTTEN_SCHEMA,
    PLACES_SCHEMA,
    Place,
    counts_bytes,
    joined_places,
    read_counts,
    read_places,
    summed,
)
from state.store.layouts import DECISIONS, EVIDENCE
from state.store.listing import Step, Swap, finish_swap, published_files
from state.store.parquet_files import DAY_US, ROW_GROUP_ROWS, FileWriting, coded_columns
from state.store.parquet_store import files_of, scan_files
from state.store.readers import alone

LEAST_SHARE: Final = 0.25
"""of a file's rows that a live run forgets at a time: a file is not written anew for a few"""
_READ_ROWS: Final = 65_536
_JUDGED: Final = ["service", "signature", "event_time"]


@dataclass(slots=True)
class Forgot:
    """What has been forgotten: lines, kinds of message, and tenants that were left be because somebody reads."""

    lines: int = 0
    kinds: int = 0
    busy: int = 0
    left: dict[Path, str] = field(default_factory=dict)


class _Held(NamedTuple):
    """A file of the writer in the folder of a tenant."""

    path: Path
    name: FileName


def forget(
    out: Path,
    writer: str,
    least_share: float = 0.0,
    checked: MutableMapping[str, int] | None = None,
    reach: Step = lambda _: None,
) -> Forgot:
    """Forget what is due in the files of a writer of events. No one else may join or publish files of it meanwhile.

    `checked` keeps between calls up to which day each tenant was looked through: it is looked through once for each. Raises
    `OSError` where an output cannot be written, as on a full disk; all files are then as before.
    """
    root = out / EVIDENCE.folder
    checked = {} if checked is None else checked
    forgot = Forgot()
    finish_swap(root, writer)
    for folder, (last_day, files) in _by_tenant(root, writer).items():
        raw_least = min(each.evidence_days for each in BEHAVIOURS)
        old = [held for held in files if held.name.days and held.name.days[0] < last_day - raw_least + 1]
        if not old or checked.get(folder) == last_day:
            continue
        keeping = _keeping(out, path_names.decode(folder), last_day)
        due = [held for held in old if _is_due(held.path, keeping, least_share, forgot)]
        for start in range(0, len(due), INPUTS_MOST):
            with alone(root) as nobody_reads:
                if not nobody_reads:
                    forgot.busy += 1
                    break
                _swap(root, writer, due[start : start + INPUTS_MOST], keeping, forgot, reach)
        else:
            checked[folder] = last_day
    return forgot


def due_of(out: Path) -> pl.DataFrame:
    """Return what `forget` would forget of all writers once files of all tenants are split, and touch nothing.

    A row for each service and signature with `tenant`, `service`, `signature`, `lines` and the `first_day` and `last_day`
    since the epoch.
    """
    day = (pl.col("event_time").dt.epoch("us") // DAY_US).alias("day")
    keys = [pl.col(name).cast(pl.String) for name in ("tenant", "service")]
    stored = (
        scan_files(published_files(out / EVIDENCE.folder), EVIDENCE.schema)
        .group_by(*keys, "signature", day)
        .agg(pl.len().cast(pl.Int64).alias("lines"))
        .collect(engine="streaming")
    )
    parts = []
    for (tenant,), rows in stored.group_by("tenant"):
        last_day = max(rows["day"].to_list())
        kept_from = rows.join(_keeping(out, str(tenant), last_day), on=["service", "signature"])
        parts.append(kept_from.filter(pl.col("day") < pl.col("raw_day")).select(stored.columns))
    return (
        pl.concat([stored.clear(), *parts])
        .group_by("tenant", "service", "signature")
        .agg(pl.col("lines").sum(), pl.col("day").min().alias("first_day"), pl.col("day").max().alias("last_day"))
        .sort("tenant", "service", "signature")
    )


def writers_of(out: Path) -> list[str]:
    """Return the writers of the stored events of an output folder."""
    names = (file_names.parse(path.name) for path in published_files(out / EVIDENCE.folder))
    return sorted({name.writer for name in names if name is not None})


def _by_tenant(root: Path, writer: str) -> dict[str, tuple[int, list[_Held]]]:
    """Return the latest day of each tenant and the files that the writer has of it, by the tenant's encoded name."""
    found: dict[str, tuple[int, list[_Held]]] = {}
    for path in published_files(root):
        tenant, name = file_names.tenant_in(path.parent.name), file_names.parse(path.name)
        if tenant is None or name is None or name.days is None or path.parent.parent != root:
            continue
        last_day, files = found.get(tenant, (name.days[1], []))
        if name.writer == writer:
            files.append(_Held(path, name))
        found[tenant] = max(last_day, name.days[1]), files
    return dict(sorted(found.items()))


def _keeping(out: Path, tenant: str, last_day: int) -> pl.DataFrame:
    """Return by service and signature the first day of which lines are kept, and the first of which counts by host are."""
    rank = {each.title: each.band.value for each in BEHAVIOURS}
    texts = [pl.col(name).cast(pl.String) for name in ("tenant", "service", "from_band", "to_band")]
    rows = (
        scan_files([path for path, _ in files_of(out, DECISIONS, [tenant])], DECISIONS.schema)
        .select(*texts, "family", "signature", "joined_family")
        .filter(pl.col("tenant") == tenant)
        .with_columns(
            pl.max_horizontal(
                pl.col(name).replace_strict(rank, return_dtype=pl.Int8) for name in ("from_band", "to_band")
            ).alias("rank")
        )
        .select("service", "family", "signature", "joined_family", "rank")
        .unique()
        .collect()
    )
    into = dict(rows.drop_nulls("joined_family").select("family", "joined_family").sort("family").iter_rows())
    head: dict[int, int] = {}
    for family in rows["family"].unique().to_list():
        last, seen = family, {family}
        while last in into and into[last] not in seen:
            last = into[last]
            seen.add(last)
        head[family] = last
    raw_days = {each.band.value: last_day - each.evidence_days + 1 for each in BEHAVIOURS}
    count_days = {each.band.value: last_day - each.rollup_days + 1 for each in BEHAVIOURS}
    return (
        rows.with_columns(pl.col("family").replace_strict(head, return_dtype=pl.UInt64).alias("head"))
        .with_columns(pl.col("rank").max().over("head"))
        .group_by("service", "signature")
        .agg(pl.col("rank").max())
        .with_columns(
            pl.col("rank").replace_strict(raw_days, return_dtype=pl.Int64).alias("raw_day"),
            pl.col("rank").replace_strict(count_days, return_dtype=pl.Int64).alias("count_day"),
        )
        .drop("rank")
    )


def _is_due(path: Path, keeping: pl.DataFrame, least_share: float, forgot: Forgot) -> bool:
    """Return whether a file holds lines to forget, and these are so many of it."""
    rows = lines = 0
    try:
        for batch in _batches(path, _JUDGED):
            rows += batch.num_rows
            lines += int(_is_old(batch, keeping).sum())
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        forgot.left[path] = f"{type(error).__name__}: {error}"
        return False
    return lines > 0 and lines >= least_share * rows


def _batches(path: Path, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path, read_dictionary=coded_columns(EVIDENCE.schema), pre_buffer=False) as file:
        yield from file.iter_batches(_READ_ROWS, columns=columns, use_threads=False)


def _is_old(batch: pa.RecordBatch, keeping: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which rows of a batch are not to be kept."""
    day = pl.col("event_time").dt.epoch("us") // DAY_US
    rows = _frame(batch, _JUDGED).with_columns(day.alias("day"))
    kept_from = rows.join(keeping, on=["service", "signature"], how="left", maintain_order="left")
    return kept_from.select((pl.col("day") < pl.col("raw_day")).fill_null(value=False)).to_series().to_numpy()


def _frame(batch: pa.RecordBatch, columns: list[str]) -> pl.DataFrame:
    """Return some columns of a batch, names as text."""
    found = pl.from_arrow(batch.select(columns))
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a batch becomes a frame
    coded = [name for name in coded_columns(EVIDENCE.schema) if name in columns]
    return found.with_columns(pl.col(coded).cast(pl.String))


def _swap(root: Path, writer: str, held: list[_Held], keeping: pl.DataFrame, forgot: Forgot, reach: Step) -> None:
    """Put files without the lines, and counts and places with them, in the place of some files of one tenant."""
    folder = held[0].path.parent
    beside = [
        [path for path in published_files(root, ending) if path.parent == folder and _writer_of(path) == writer]
        for ending in (FORGOTTEN_ENDING, PLACES_ENDING)
    ]
    asides: list[Path] = []
    outputs: list[tuple[Path, Path]] = []
    counts = [read_counts(path) for path in beside[0]]
    places = [place for path in beside[1] for place in read_places(path)]
    known = {path for path in folder.iterdir() if path.is_file()}
    lines = 0
    kinds = set[tuple[str, int]]()
    try:
        for number, each in enumerate(held):
            reach(WRITING)
            aside = folder / f"_{writer}-{each.name.first:010d}.{number}{file_names.PUBLISHED_ENDING}{file_names.ASIDE}"
            asides.append(aside)
            days = _write_kept(each.path, aside, keeping, counts, places)
            if days is None:
                aside.unlink(missing_ok=True)
            else:
                outputs.append(
                    (aside, _free(folder, each.name._replace(days=days, round=each.name.round + 1), "", known))
                )
        new = counts[len(beside[0]) :]
        lines = sum(int(part["events"].sum()) for part in new)
        kinds = {key for part in new for key in part.select("service", "signature").iter_rows()}
        tables = (
            (FORGOTTEN_ENDING, FORGOTTEN_SCHEMA, _coarser(summed(counts), keeping)),
            (PLACES_ENDING, PLACES_SCHEMA, _table(places)),
        )
        name = _covering([each.name for each in held], [path for paths in beside for path in paths])
        for ending, schema, frame in tables:
            aside = folder / f"_{writer}-{name.first:010d}.0{ending}{file_names.ASIDE}"
            asides.append(aside)
            _write_beside(aside, frame, schema)
            outputs.append((aside, _free(folder, name, ending, known)))
        sync(folder)
        reach("after writing outputs")
    except BaseException:
        for aside in asides:
            aside.unlink(missing_ok=True)
        raise
    inputs = [*(each.path for each in held), *beside[0], *beside[1]]
    swap = Swap(
        tuple((str(aside.relative_to(root)), str(path.relative_to(root))) for aside, path in outputs),
        tuple(str(path.relative_to(root)) for path in inputs),
    )
    swap.begin(root, writer)
    reach("after beginning the swap")
    swap.rename_outputs(root, reach)
    swap.remove_inputs(root, reach)
    swap.end(root, writer)
    reach("after ending the swap")
    forgot.lines += lines
    forgot.kinds += len(kinds)


def _writer_of(path: Path) -> str:
    name = file_names.parse(path.name.removesuffix(file_names.ASIDE))
    return "" if name is None else name.writer


def _covering(names: list[FileName], beside: list[Path]) -> FileName:
    """Return the name of counts and places of some files, and of those that were there."""
    names = [*names, *(name for path in beside if (name := file_names.parse(path.name)) is not None)]
    days = [day for name in names for day in name.days or ()]
    return FileName(
        names[0].writer,
        min(name.first for name in names),
        max(name.last for name in names),
        (min(days), max(days)),
        max(name.round for name in names) + 1,
    )


def _free(folder: Path, name: FileName, ending: str, known: set[Path]) -> Path:
    """Return the path of a name that no other file has, and take it."""
    while True:
        path = folder / str(name)
        path = file_names.with_ending(path, ending) if ending else path
        if path not in known:
            known.add(path)
            return path
        name = name._replace(round=name.round + 1)


def _write_kept(
    path: Path, aside: Path, keeping: pl.DataFrame, counts: list[pl.DataFrame], places: list[Place]
) -> tuple[int, int] | None:
    """Write the rows of a file that are kept, add what is forgotten to counts and places, and return the first and the last
    day of the rows that are kept; None where there are none."""
    writing = FileWriting(aside, EVIDENCE.schema)
    waiting: list[pa.RecordBatch] = []
    days: list[int] = []
    try:
        for batch in _batches(path):
            old = _is_old(batch, keeping)
            if old.any():
                gone = batch.filter(pa.array(old))
                counts.append(_counted(gone))
                places += _placed(gone)
            kept = batch.filter(pa.array(~old))
            if kept.num_rows:
                times = kept.column(EVIDENCE.time_column).view(pa.int64()).to_numpy(zero_copy_only=False) // DAY_US
                days += [int(times.min()), int(times.max())]
                waiting.append(kept)
            if sum(each.num_rows for each in waiting) >= ROW_GROUP_ROWS:
                _write_group(writing, waiting)
        _write_group(writing, waiting)
    except BaseException:
        writing.abandon()
        raise
    writing.close()
    return (min(days), max(days)) if days else None


def _write_group(writing: FileWriting, waiting: list[pa.RecordBatch]) -> None:
    if waiting:
        # one dictionary for all pieces, as the writer expects it
        writing.write(pa.Table.from_batches(waiting, EVIDENCE.schema).unify_dictionaries())
        waiting.clear()


def _counted(gone: pa.RecordBatch) -> pl.DataFrame:
    """Return the counts of rows that are forgotten."""
    time_us = pl.col("event_time").dt.epoch("us")
    hour = (time_us % DAY_US) // 3_600_000_000
    rows = _frame(gone, ["tenant", "source", "service", "signature", "host", "event_time", "length"])
    return (
        rows.with_columns(
            (time_us // DAY_US).cast(pl.Int32).alias("day"),
            time_us.alias("time_us"),
            pl.lit(2).pow(hour).cast(pl.UInt32).alias("hour"),
        )
        .group_by("tenant", "source", "service", "signature", "host", "day")
        .agg(
            pl.len().cast(pl.Int64).alias("events"),
            pl.col("length").cast(pl.Int64).sum().alias("bytes"),
            pl.col("time_us").min().alias("first_us"),
            pl.col("time_us").max().alias("last_us"),
            pl.col("hour").bitwise_or().alias("hours"),
        )
        .select(FORGOTTEN_SCHEMA.names)
    )


def _placed(gone: pa.RecordBatch) -> list[Place]:
    """Return where rows that are forgotten stood; records that follow one another are one place."""
    rows = _frame(gone, ["tenant", "source", "position", "length", "message_raw"]).sort("tenant", "source", "position")
    found: list[Place] = []
    tenant = source = ""
    begin = last = end = records = bytes_held = crc = 0
    for row_tenant, row_source, position, length, raw in rows.iter_rows():
        follows = (
            records
            and (tenant, source) == (row_tenant, row_source)
            and position == (end if counts_bytes(source) else last + 1)
        )
        if not follows:
            if records:
                found.append(Place(tenant, source, begin, last, end, records, bytes_held, crc))
            tenant, source, begin, records, bytes_held, crc = row_tenant, row_source, position, 0, 0, 0
        last, end = position, position + length
        records, bytes_held, crc = records + 1, bytes_held + length, zlib.crc32(raw, crc)
    if records:
        found.append(Place(tenant, source, begin, last, end, records, bytes_held, crc))
    return found


def _coarser(counts: pl.DataFrame, keeping: pl.DataFrame) -> pl.DataFrame:
    """Return counts in which those that are older than their band keeps them are told by source and day only."""
    known = counts.join(keeping, on=["service", "signature"], how="left")
    is_old = (pl.col("day") < pl.col("count_day")).fill_null(value=False)
    empty = pl.when(is_old).then(pl.lit(""))
    return summed(
        [
            known.with_columns(
                empty.otherwise(pl.col("service")).alias("service"),
                empty.otherwise(pl.col("host")).alias("host"),
                pl.when(is_old).then(pl.lit(0, pl.UInt64)).otherwise(pl.col("signature")).alias("signature"),
            ).select(FORGOTTEN_SCHEMA.names)
        ]
    )


def _table(places: list[Place]) -> pl.DataFrame:
    schema = {
        "tenant": pl.String,
        "source": pl.String,
        **dict.fromkeys(("begin", "last", "end", "records", "bytes"), pl.Int64),
        "crc32": pl.UInt32,
    }
    return pl.DataFrame(joined_places(places), schema=schema, orient="row")


def _write_beside(aside: Path, frame: pl.DataFrame, schema: pa.Schema) -> None:
    """Write counts or places."""
    writing = FileWriting(aside, schema)
    try:
        writing.write(frame.to_arrow().cast(pa.schema(list(schema))).replace_schema_metadata(schema.metadata))
    except BaseException:
        writing.abandon()
        raise
    writing.close()
