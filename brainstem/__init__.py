"""The pure core: from raw bytes to items a person reads. No I/O, no clock, no engine.

Packages stand in `MODULES` in the order in which a record meets them, and each package lists its own modules in the
same way. A module imports only what stands before it, so these tuples are the architecture in one look. What reads a
file, asks for the time, opens a connection or knows Bytewax belongs to `state`, `connectors` or `flows`.
"""

from typing import Final

__version__ = "0.1.0"

MODULES: Final = (
    "parameters",
    "jit",
    "arrays",
    "text",
    "contracts",
    "parse",
    "signature",
    "stored_rows",
    "aggregate",
    "evidence",
    "attention",
    "discovery",
    "explain",
)
"""in the order of imports"""
