"""Edges that read or write bytes and do nothing else: they return bytes with their provenance, and never decode, drop, judge
or wait. One folder for each connector; `base` has the contract that every source fulfils, each folder names its sources, and
`registry` lists them all.
They import `brainstem` and nothing else of the product.
"""

from typing import Final

CONNECTORS: Final = ("files", "kafka", "syslog", "journal", "http", "spool", "tail")
"""a new connector is a new folder, named here"""

MODULES: Final = ("base", "kept_requests", "received", *CONNECTORS, "registry")
"""in the order of imports"""
