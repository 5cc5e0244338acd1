"""Files that appear whole or not at all, also after a power cut.

The commit order, here and in `state/store/parquet_store.py`:

1. write aside, into `_staging` of the same file system;
2. fsync the file and `_staging`;
3. rename into place;
4. fsync the folder it stands in now, and the folders made for it;
5. only then report it: in a snapshot, or by an exit status.

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
    """Do steps 1 and 2 for one Parquet file: afterwards it is complete at `path`, which nobody reads yet.

    Dictionary columns stay dictionary encoded, integers with a sign and times are stored as differences; the schema's
    metadata is kept.
    """
    coded = [column.name for column in table.schema if pa.types.is_dictionary(column.type)]
    # differences shrink positions and times to almost nothing; a 64 bit hash would only grow
    stepping = [
        column.name
        for column in table.schema
        if pa.types.is_signed_integer(column.type) or pa.types.is_timestamp(column.type)
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
    # step 2: the file's bytes, then its name in the folder
    sync(path)
    sync(path.parent)


def publish(staged: Path, destination: Path) -> None:
    """Do steps 3 and 4: move the file to `destination`, whose folder must exist (`make_folder`)."""
    staged.rename(destination)
    # a rename is durable only once the folder that holds the new name is
    sync(destination.parent)


def publish_together(moves: Sequence[tuple[Path, Path]]) -> None:
    """Do steps 3 and 4 for files that are staged; each folder is synced once, which is what takes time."""
    for staged, destination in moves:
        staged.rename(destination)
    for folder in sorted({destination.parent for _, destination in moves}):
        sync(folder)


def write_file(path: Path, content: bytes) -> None:
    """Write a small file in steps 1 to 4; its folder must exist. A reader sees the old content or the new, never a part."""
    aside = path.with_name(f".{path.name}.aside")
    aside.write_bytes(content)
    sync(aside)
    publish(aside, path)


def make_folder(folder: Path, root: Path) -> None:
    """Make `folder` below `root` durably: the entry of each new folder in its parent is on disk."""
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
