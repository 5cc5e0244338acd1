"""The inputs of a run read again, as memory maps, to compare stored records with them.

Takes descriptions of the ledger, returns arrays of bytes. Compressed inputs, and those in UTF-16, are unpacked into a
temporary folder by the reader that the run used, so that what the run could not read of a damaged file is not expected of
it.
"""

import stat
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
from connectors.files.encoding import ENCODING_BYTES, Encoding, encoding_of
from flows.audit.input_places import Located, locate
from flows.recovery.run_record import RunRecord

_BLOCK_BYTES: Final = 1 << 20


class Originals:
    """The uncompressed bytes of each input, kept until the context ends. `record` knows them under other names, too."""

    def __init__(self, record: RunRecord | None = None) -> None:
        self._record = record
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._known: dict[str, Bytes | None] = {}
        self.located: dict[str, Located] = {}
        """where each input that was asked for was looked for"""
        self.no_room: dict[str, str] = {}
        """inputs that are there, and could not be unpacked to be compared, with the reason"""

    def __enter__(self) -> "Originals":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._known.clear()
        if self._folder is not None:
            self._folder.cleanup()

    def bytes_of(self, description: SourceDescription) -> Bytes | None:
        """Return all bytes of an input; None when it is gone, can be read only once, or could not be unpacked."""
        if description.source not in self._known:
            self._known[description.source] = self._read(description)
        return self._known[description.source]

    def _read(self, description: SourceDescription) -> Bytes | None:
        located = locate(description, self._record)
        if located is None:
            return None
        self.located[description.source] = located
        path, compression = located.path, located.compression
        try:
            # whatever the ledger says: only a regular file can be read again, and reading a device would not end
            if not stat.S_ISREG(path.stat().st_mode):
                return None
            if compression is not Compression.NONE or _encoding(path) is not Encoding.UTF_8:
                unpacked = self._unpacked(description.source, path, compression)
                if unpacked is None:
                    return None
                path = unpacked
            # the operating system refuses to map an empty file
            return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)
        except OSError:
            return None

    def _unpacked(self, source: str, path: Path, compression: Compression) -> Path | None:
        """Unpack an input; None, and the reason in `no_room`, where the temporary folder does not take it."""
        with path.open("rb") as packed:
            try:
                self._folder = self._folder or tempfile.TemporaryDirectory(prefix="brainstem-audit-")
                unpacked = Path(self._folder.name) / str(len(self._known))
                with unpacked.open("wb") as plain:
                    # an error of reading ends the stream with a fault, so what is raised here is of writing
                    stream = PlainStream(packed, compression)
                    while block := stream.read(_BLOCK_BYTES):
                        plain.write(block)
            except OSError as error:
                self.no_room[source] = f"the temporary folder takes no copy of it ({error.strerror}); set TMPDIR"
                return None
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
