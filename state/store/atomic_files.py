"""Files that appear whole or not at all, also after a power cut.

The commit order, here and in `state/store/parquet_store.py`:

1. write aside, into `_staging` of the same file system;
2. fsync the file and `_staging`;
3. rename into place;
4. fsync the folder it stands in now, and the folders made for it;
5. report it (a snapshot, an exit status) only after that.

A crash leaves either nothing in place or the whole file.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

STAGING: Final = "_staging"
ROW_GROUP_ROWS: Final = 131_072
"""Large enough to compress well, small enough that a reader of one host skips most of a file."""


def write_table_aside(table: pa.Table, path: Path) -> None:
    """Steps 1 and 2 for one Parquet file: afterwards it stands complete at `path`, which nobody reads yet.

    Dictionary columns stay dictionary encoded, counts and times become differences; the schema's metadata goes along.
    """
    coded = [each.name for each in table.schema if pa.types.is_dictionary(each.type)]
    # differences shrink positions and times to almost nothing; a 64 bit hash would only grow
    stepping = [
        each.name for each in table.schema if pa.types.is_signed_integer(each.type) or pa.types.is_timestamp(each.type)
    ]
    with pq.ParquetWriter(
        path,
        table.schema,
        compression="zstd",
        use_dictionary=coded,  # type: ignore[arg-type]  # the stubs know only a bool, pyarrow takes names
        column_encoding=dict.fromkeys(stepping, "DELTA_BINARY_PACKED"),
        # plain Parquet types: every reader sees strings, whatever dictionaries the writer had
        store_schema=False,
    ) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
        writer.add_key_value_metadata(
            {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        )
    sync(path)
    sync(path.parent)


def publish(staged: Path, destination: Path) -> None:
    """Steps 3 and 4: the file moves to `destination`, whose folder must be there (`make_folder`)."""
    staged.rename(destination)
    sync(destination.parent)


def publish_together(moves: Sequence[tuple[Path, Path]]) -> None:
    """Steps 3 and 4 for files that are staged by now: each folder is waited for once."""
    for staged, destination in moves:
        staged.rename(destination)
    for folder in sorted({destination.parent for _, destination in moves}):
        sync(folder)


def write_file(path: Path, content: bytes) -> None:
    """Write a small file in steps 1 to 4; its folder must be there. A reader sees the old content or the new."""
    aside = path.with_name(f".{path.name}.aside")
    aside.write_bytes(content)
    sync(aside)
    publish(aside, path)


def make_folder(folder: Path, root: Path) -> None:
    """Make `folder` below `root` durably: each new folder is in its parent's list on disk."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for made in (folder, *folder.parents):
        sync(made)
        if made == root:
            break


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
