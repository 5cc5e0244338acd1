"""Files that appear whole or not at all, also after a power cut.

The commit order, here and in `state/store`:

1. write aside, under another name in the same folder;
2. fsync the file, and the folder where the name aside must be found again;
3. rename into place;
4. fsync the folder, and the folders made for it;
5. only then report it: in a snapshot, or by an exit status.

A crash leaves either nothing in place or the whole file.
"""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ASIDE_ENDING: Final = ".aside"
"""of a small file that is being written; a process that was killed may leave it"""


def publish(staged: Path, destination: Path) -> None:
    """Do steps 3 and 4: move the file to `destination`, whose folder must exist (`make_folder`)."""
    staged.rename(destination)
    # a rename is durable only once the folder that holds the new name is
    sync(destination.parent)


def sync_folders(paths: Iterable[Path]) -> None:
    """Do step 4 for files that were moved or removed; each folder is synced once, which is what takes time."""
    for folder in sorted({path.parent for path in paths}):
        sync(folder)


def write_file(path: Path, content: bytes) -> None:
    """Write a small file in steps 1 to 4; its folder must exist. A reader sees the old content or the new, never a part."""
    aside = path.with_name(f".{path.name}{ASIDE_ENDING}")
    aside.write_bytes(content)
    sync(aside)
    publish(aside, path)


def make_folder(folder: Path, root: Path) -> None:
    """Make `folder` below `root` durably: the entry of each new folder in its parent is on disk.

    Raises `FileNotFoundError` where `root` is not there: whoever has removed it under a run must not find a new one.
    """
    if folder.is_dir():
        return
    if not root.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(root))
    folder.mkdir(parents=True, exist_ok=True)
    for made in (folder, *folder.parents):
        sync(made)
        if made == root:
            break


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
