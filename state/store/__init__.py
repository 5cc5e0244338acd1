"""Files on disk: the Parquet store, files that appear whole or not at all, and names that are safe as path components."""

from typing import Final

MODULES: Final = (
    "atomic_files",
    "path_names",
    "parquet_store",
)
"""in the order of imports"""
