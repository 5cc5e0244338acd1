"""How far each file has been read, kept where its records are kept: in the spool.

**Problem.** A position that is saved before its records are durable loses them, one that is saved after doubles them.

**Idea.** What has been read is said in messages between the records, in the order of both. A group of a spool is whole or it
is nothing, so after a crash the records that are there say themselves how far reading had come: a position message sets the
position of a file, and each record behind it advances that by its length. `Positions` does so for a buffer while it writes,
and for a spool that is opened. Of a journal each entry says its position itself, so one message in front of all is enough
(`connectors.journal.position`).

**Identity.** A file is known by device and inode while it lies there, by its first bytes (`head`) and the bytes before its
position (`tail`) where an inode may have been given to another one, and by the check sum of all that was read of it
(`check`) where it was copied or packed.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from brainstem.contracts.ledger import FaultReason
from connectors.files.encoding import Encoding
from connectors.journal.position import JournalPosition
from connectors.received import POSITION, UNREAD, ReceivedMessage

HEAD_BYTES: Final = 1024
TAIL_BYTES: Final = 64
AHEAD_BYTES: Final = 64 << 10

Stream = tuple[str, str]
"""the name of a source, and its tenant"""


@dataclass(slots=True)
class FilePosition:
    """What is known of one file: where it lies, and how much of it has been read.

    `position` counts the bytes of its text, uncompressed and in UTF-8; `offset` those of the file as it lies there, which is
    the same but for UTF-16 and for what is compressed.
    """

    source: str
    """the path at which it was seen last, as the name of a source"""
    device: int
    inode: int
    generation: int
    """the how manieth file under the name of its stream"""
    position: int = 0
    offset: int = 0
    check: int = 0
    """CRC-32 of the text before `position`"""
    head: int = 0
    """CRC-32 of the first `head_bytes` of the file"""
    head_bytes: int = 0
    tail: bytes = b""
    """the last bytes of the file before `offset`"""
    ahead: int = 0
    """CRC-32 of the first `ahead_bytes` behind `offset`, which were seen and are no record yet"""
    ahead_bytes: int = 0
    size: int = 0
    """of the file when it was looked at last"""
    modified_ns: int = 0
    encoding: str = Encoding.UTF_8.value
    is_ended: bool = False
    """its stream goes on in another file"""
    is_closed: bool = False
    """nothing more is expected of it"""

    def advance(self, text: bytes) -> None:
        """Note that the next bytes of the text have been read."""
        self.check = zlib.crc32(text, self.check)
        self.position += len(text)
        text = encoded(text, self.encoding)
        if self.head_bytes == self.offset and self.head_bytes < HEAD_BYTES:
            first = text[: HEAD_BYTES - self.head_bytes]
            self.head = zlib.crc32(first, self.head)
            self.head_bytes += len(first)
        self.offset += len(text)
        self.tail = (self.tail + text[-TAIL_BYTES:])[-TAIL_BYTES:]
        self.ahead = self.ahead_bytes = 0

    def goes_on_with(self, text: bytes) -> bool:
        """Return whether bytes of the file from `offset` on are those that were seen there."""
        return len(text) >= self.ahead_bytes and zlib.crc32(text[: self.ahead_bytes]) == self.ahead

    def note_ahead(self, text: bytes) -> None:
        """Note the bytes of the file from `offset` on."""
        first = text[:AHEAD_BYTES]
        self.ahead, self.ahead_bytes = zlib.crc32(first), len(first)

    @property
    def is_blank(self) -> bool:
        """Return whether nothing of its text is known, so that no other file can be told from it."""
        return not self.position and not self.ahead_bytes

    @property
    def unread(self) -> int:
        """Return how many bytes were there, when it was looked at last, and have not been read."""
        return max(0, self.size - self.offset)

    def to_plain(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["tail"] = self.tail.hex()
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "FilePosition":
        """Return the position that `to_plain` has made. Raises `TypeError` or `ValueError` for anything else."""
        return cls(**plain | {"tail": bytes.fromhex(plain["tail"])})


def encoded(text: bytes, encoding: str) -> bytes:
    """Return the bytes of a file that text in UTF-8 was read from."""
    if encoding == Encoding.UTF_8:
        return text
    return text.decode("utf-8", "surrogatepass").encode(encoding, "surrogatepass")


def position_message(stream: Stream, at: FilePosition, now_us: int) -> ReceivedMessage:
    """Return the message that says how far a file has been read."""
    content = orjson.dumps({"file": at.to_plain()})
    return ReceivedMessage(*stream, "", content, POSITION, now_us)


def unread_message(
    stream: Stream, at: FilePosition, reason: FaultReason, byte_count: int | None, now_us: int
) -> ReceivedMessage:
    """Return the message that says that some of a file could not be read; `byte_count` is None where it is not known."""
    content = orjson.dumps({"reason": reason.value, "bytes": byte_count, "file": at.to_plain()})
    return ReceivedMessage(*stream, "", content, UNREAD, now_us)


def forget_message(stream: Stream, generation: int, now_us: int) -> ReceivedMessage:
    """Return the message that says that a file is gone, and nobody will ask for it again."""
    return ReceivedMessage(*stream, "", orjson.dumps({"forget": generation}), POSITION, now_us)


class Positions:
    """The positions of all files and journals that the messages of a buffer, in their order, amount to."""

    def __init__(self) -> None:
        self.journals: dict[Stream, JournalPosition] = {}
        self._files: dict[Stream, dict[int, FilePosition]] = {}
        self._current: dict[Stream, FilePosition] = {}

    def __bool__(self) -> bool:
        return bool(self._files or self.journals)

    def __iter__(self) -> Iterator[tuple[Stream, FilePosition]]:
        """Yield copies of all positions of files, by stream and generation."""
        for stream, files in self._files.items():
            for generation in sorted(files):
                yield stream, replace(files[generation])

    def note(self, listener: str, tenant: str, fault: str | None, content: bytes) -> None:
        """Take over what the next message says."""
        stream = (listener, tenant)
        if fault in (POSITION, UNREAD):
            said = orjson.loads(content)
            if "journal" in said:
                self._set_journal(stream, said["journal"])
            elif "forget" in said:
                self._forget(stream, said["forget"])
            else:
                self.set(stream, FilePosition.from_plain(said["file"]))
        elif (journal := self.journals.get(stream)) is not None:
            # one that is too long has been read, too
            journal.advance(content)
        elif not fault and (at := self._current.get(stream)) is not None:
            at.advance(content)

    def set(self, stream: Stream, at: FilePosition) -> None:
        """Set the position of a file; records that follow are of this file."""
        self._files.setdefault(stream, {})[at.generation] = at
        self._current[stream] = at

    def _set_journal(self, stream: Stream, cursor: str | None) -> None:
        if cursor is None:
            self.journals.pop(stream, None)
        else:
            self.journals[stream] = JournalPosition(cursor)

    def _forget(self, stream: Stream, generation: int) -> None:
        files = self._files.get(stream, {})
        gone = files.pop(generation, None)
        if self._current.get(stream) is gone:
            self._current.pop(stream, None)
        if not files:
            self._files.pop(stream, None)

    def to_plain(self) -> list[Any]:
        """Return those of all files as JSON takes it; the file whose records come next is the last of its stream."""
        plain = []
        for stream, files in self._files.items():
            current = self._current.get(stream)
            ordered = sorted(files.values(), key=lambda each: (each is current, each.generation))
            plain += [[*stream, at.to_plain(), at is current] for at in ordered]
        return plain

    def journals_to_plain(self) -> list[Any]:
        """Return those of all journals as JSON takes it."""
        return [[*stream, at.cursor] for stream, at in self.journals.items()]

    @classmethod
    def from_plain(cls, plain: list[Any], journals: Iterable[Any] = ()) -> "Positions":
        """Return the positions that `to_plain` and `journals_to_plain` have made. Raises `TypeError` or `ValueError` for
        anything else.
        """
        positions = cls()
        for listener, tenant, cursor in journals:
            positions.journals[listener, tenant] = JournalPosition(str(cursor))
        for listener, tenant, file, is_current in plain:
            positions.set((listener, tenant), FilePosition.from_plain(file))
            if not is_current:
                del positions._current[listener, tenant]
        return positions
