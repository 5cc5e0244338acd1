"""The memory that outlives runs: what a run starts from, what it leaves, and the memory as JSON lines. How the file is made
belongs to `state.store.memory_file`, what buckets and shards continue to `flows.graph.memory`.
"""

from typing import Final

MODULES: Final = ("starting", "learning", "live_writer", "exchange", "memory_text")
"""in the order of imports"""
