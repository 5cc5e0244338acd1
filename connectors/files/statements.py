"""Files of statements as sources: incidents (tickets) and feedback (verdicts of people), one JSON object a line.

Takes a path and the kind of its records, returns a `FileInput`. Such a file is read whole before anything is judged, so its
lines may stand in any order; each counts from the time on that it states.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from brainstem.contracts.event import Kind
from connectors.base import ConfigurationError, InputError
from connectors.files.cursor import FileInput, ReferenceOrigin, source_of
from connectors.files.discovery import Inventory
from connectors.files.peek import peek


def with_statements(inventory: Inventory, statements: Sequence[tuple[Path, Kind]], tenant: str) -> Inventory:
    """Return an inventory with files of statements added; `tenant` is that of records that name none.

    A file that was found among the logs too, because it lies in a folder with them, is read as statements only. Raises
    `InputError` for what is no readable file, and `ConfigurationError` for a file that is given as two kinds.
    """
    added = [statement_input(path, kind, tenant) for path, kind in statements]
    sources = [file.source for file in added]
    if len(set(sources)) < len(sources):
        raise ConfigurationError(f"{', '.join(sorted(sources))}: give a file as incidents or as feedback, not as both")
    kept = [file for file in inventory.files if file.source not in sources]
    return replace(inventory, files=(*kept, *added))


def statement_input(path: Path, kind: Kind, tenant: str) -> FileInput:
    """Return a file of statements as an input. Raises `InputError` when it is no file that can be read."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - keeps links
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"no such file: {path}. Nothing was read or written.") from error
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is no regular file. Save the {kind.name.lower()} records to a file and give that.")
    seen = peek(path, UTC, both_ends=False)
    # an empty file is accepted whatever it looks like: nobody has given feedback yet
    if seen.refusal is not None and status.st_size:
        raise InputError(f"{path} cannot be read as JSON lines ({seen.refusal.value}).")
    return FileInput(
        path=path,
        tenant=tenant,
        source=source_of(path),
        compression=seen.compression,
        size_bytes=status.st_size,
        reference_time_us=status.st_mtime_ns // 1000,
        reference_origin=ReferenceOrigin.MODIFICATION_TIME,
        default_host="",
        default_service="",
        kind=kind,
    )
