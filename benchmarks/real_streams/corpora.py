"""How the files of the corpora are read."""

import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.real_streams.stream import CorpusMissingError


def lines_of(path: Path) -> Iterator[str]:
    """Return the lines of a text file, plain or xz, without their ends. Raises `CorpusMissingError`."""
    require(path)
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace", newline="\n") as rows:
        for row in rows:
            yield row.rstrip("\r\n")


def members_of(path: Path) -> dict[str, bytes]:
    """Return the files of a tar archive by name. Raises `CorpusMissingError`."""
    require(path)
    with tarfile.open(path) as archive:
        opened = [(each.name, archive.extractfile(each)) for each in archive.getmembers() if each.isfile()]
        return {name: file.read() for name, file in opened if file is not None}


def require(path: Path) -> None:
    """Raise `CorpusMissingError` unless a file is there."""
    if not path.is_file():
        raise CorpusMissingError(f"no {path}")
