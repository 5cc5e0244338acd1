"""Rows on disk: the Parquet store, atomic files, and names that are safe as path components. Which rows there are
belongs to `brainstem.contracts`.
"""

from typing import Final

MODULES: Final = (
    "atomic_files",
    "path_names",
    "parquet_store",
)
"""in the order of imports"""
