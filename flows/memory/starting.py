"""What a run starts from: a copy of the memory in its own folder, taken before anything is read.

So a run that is resumed continues what it began with, whatever became of the memory meanwhile, and the folder of a run holds
all that its items rest on: the same inputs with the same copy give the same items.
"""

import os
from pathlib import Path
from typing import Final

from flows.graph.memory import Memory
from flows.recovery.plan import state_versions
from flows.sinks.output_folder import OutputFolder
from state.store.memory_file import MemoryFile

STATE_VERSIONS: Final = ("bucket", "shard", "tenant", "buckets", "shards")
"""versions by which a state can be continued"""


def versions() -> dict[str, int]:
    """Return the versions of the states in a memory that this build can continue."""
    return {name: version for name, version in state_versions().items() if name in STATE_VERSIONS}


def start_from(memory: Path | None, folder: OutputFolder) -> str:
    """Copy a memory into the folder of a run, and return the digest of what the run starts from; empty for nothing.

    A state of another build is left out of the copy: then the run begins as over a new memory. Raises `MemoryFileError` for
    a file that is no memory.
    """
    if memory is None:
        return ""
    file = MemoryFile(memory)
    folder.started_from.unlink(missing_ok=True)
    if not file.exists:
        return ""
    file.copy_to(folder.started_from)
    copy = MemoryFile(folder.started_from)
    about = copy.about()
    if about and about["versions"] != versions():
        copy.forget_state()
    return copy.digest()


def why_unwritable(memory: Path, *, folder_is_made: bool = False) -> str:
    """Return why a memory could not be written; empty where it can. Its folder holds the journal too while it is written.

    `folder_is_made` says that a folder that is missing will be made.
    """
    folder = memory.absolute().parent
    while folder_is_made and not folder.exists():
        folder = folder.parent
    if memory.exists() and not os.access(memory, os.R_OK | os.W_OK):
        return "the file cannot be read and written"
    if not folder.is_dir():
        return f"{folder} is no folder"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written"


def memory_of(folder: OutputFolder, started_from: Path) -> Memory:
    """Return what the buckets and shards of a run continue, from a copy that need not be there, and where they leave it."""
    return Memory(started_from if started_from.is_file() else None, folder.accounts)
