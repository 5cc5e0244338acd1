"""Who reads a store while its lines may be forgotten: readers hold it together, forgetting holds it alone or leaves it be.

A lock (`flock`) on the folder of the store itself, so nothing has to be written to read. Where the file system has no such
locks nothing is forgotten, since nobody knows who reads.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def reading(root: Path) -> Iterator[None]:
    """Keep the lines of a store from being forgotten while the block runs; waits while some are. Does nothing where
    there is no store."""
    with _locked(root, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(root: Path) -> Iterator[bool]:
    """Keep others from beginning to read while the block runs. Yields whether nobody reads; does not wait."""
    with _locked(root, fcntl.LOCK_EX | fcntl.LOCK_NB) as held:
        yield held


@contextmanager
def _locked(root: Path, how: int) -> Iterator[bool]:
    descriptor = -1
    with suppress(OSError):
        descriptor = os.open(root, os.O_RDONLY)
    held = False
    try:
        if descriptor >= 0:
            with suppress(OSError):
                fcntl.flock(descriptor, how)
                held = True
        yield held
    finally:
        if descriptor >= 0:
            os.close(descriptor)
