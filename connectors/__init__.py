"""Edges that read or write bytes and do nothing else: they return bytes with their provenance, and never decode, drop, judge
or wait. One folder for each connector; `base` has the contract that every source fulfils, and `registry` lists the sources.
They import `brainstem` and nothing else of the product.
"""

from typing import Final

MODULES: Final = (
    "base",
    "kept_requests",
    "received",
    "files",
    "kafka",
    "syslog",
    "journal",
    "http",
    "spool",
    "tail",
    "registry",
)
"""in the order of imports"""
