"""Wiring: the graph, its runs, what is reported from their output, and the command line. The only package that knows the
engine, the configuration and the process it runs in. A rule about logs, scores or words belongs to `brainstem`.
"""

import os
from typing import Final

# the linear algebra that numpy brings begins a thread for each core as soon as it is loaded, and these spin beside the first
# batches [measured: 1.6 % of a run's processor time]; nothing here multiplies matrices
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# what reads the command line would look through all installed packages for plugins, at each start
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

MODULES: Final = (
    "config",
    "process",
    "sources",
    "sinks",
    "graph",
    "recovery",
    "reports",
    "recall",
    "memory",
    "audit",
    "runs",
    "intake",
    "demo",
    "cli",
)
"""in the order of imports"""
