"""Containers over numpy arrays that know nothing of logs: aliases, tables of rows, hash tables, byte strings, packing for
snapshots. A column with a meaning of its own belongs to `contracts`, or to the package that reads it.
"""

from typing import Final

MODULES: Final = (
    "aliases",
    "state_version",
    "hash_table",
    "packing",
    "hashing",
    "rows",
    "key_index",
    "byte_strings",
    "dictionary",
    "arrow_columns",
    "remembering",
)
"""in the order of imports"""
