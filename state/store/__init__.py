"""Files on disk: the Parquet store and its compaction, files that appear whole or not at all, and names that are safe as
path components."""

from typing import Final

MODULES: Final = (
    "atomic_files",
    "path_names",
    "file_names",
    "layouts",
    "listing",
    "parquet_files",
    "compaction",
    "parquet_store",
    "readers",
    "forgotten_counts",
    "forgetting",
    "rollups",
    "memory_file",
    "background",
)
"""in the order of imports"""
