"""The inputs of a run read again, as memory maps, to compare stored records with them.

Takes descriptions of the ledger, returns arrays of bytes. Compressed inputs, and those in UTF-16, are unpacked into a
temporary folder by the reader that the run used, so that what the run could not read of a damaged file is not expected of
it.
"""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.contracts.ledger import SourceDescription
from brainstem.jit.decorators import compiled
from connectors.files.compression import Compression, PlainStream
from connectors.files.cursor import path_of
from connectors.files.encoding import ENCODING_BYTES, Encoding, encoding_of

_BLOCK_BYTES: Final = 1 << 20


class Originals:
    """The uncompressed bytes of each input, kept until the context ends."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="brainstem-audit-")
        self._known: dict[str, Bytes | None] = {}

    def __enter__(self) -> "Originals":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._known.clear()
        self._folder.cleanup()

    def bytes_of(self, description: SourceDescription) -> Bytes | None:
        """Return all bytes of an input; None when it is gone or can be read only once."""
        if description.source not in self._known:
            self._known[description.source] = self._read(description)
        return self._known[description.source]

    def _read(self, description: SourceDescription) -> Bytes | None:
        path = path_of(description.source)
        if path is None or not description.can_be_reread:
            return None
        try:
            if description.compression or _encoding(path) is not Encoding.UTF_8:
                path = self._unpacked(path, Compression(description.compression))
            # the operating system refuses to map an empty file
            return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)
        except OSError:
            return None

    def _unpacked(self, path: Path, compression: Compression) -> Path:
        unpacked = Path(self._folder.name) / str(len(self._known))
        with path.open("rb") as packed, unpacked.open("wb") as plain:
            stream = PlainStream(packed, compression)
            while block := stream.read(_BLOCK_BYTES):
                plain.write(block)
        return unpacked


def _encoding(path: Path) -> Encoding:
    """Return how the text of a file that is not compressed is encoded."""
    with path.open("rb") as file:
        return encoding_of(file.read(ENCODING_BYTES))


@compiled
def differing(
    rows: Int64s, body: Bytes, offsets: Int32s, position: Int64s, length: Int32s, original: Bytes
) -> npt.NDArray[np.bool_]:
    """Return for each of `rows` whether `body[offsets[row]:offsets[row + 1]]` is not `length` bytes of the original.

    Rows that reach beyond the original's end differ from it.
    """
    differs = np.zeros(len(rows), np.bool_)
    for index in range(len(rows)):
        row = rows[index]
        begin, size, place = offsets[row], offsets[row + 1] - offsets[row], position[row]
        if size != length[row] or size <= 0 or place < 0 or place + size > len(original):
            differs[index] = True
            continue
        for step in range(size):
            if body[begin + step] != original[place + step]:
                differs[index] = True
                break
    return differs
