"""The entries of a stream in the journal's export format, in whatever pieces it is read.

A field is a line, NAME=VALUE; one that is no plain text is its name alone on a line, then its length in eight bytes, the
lowest first, then its bytes and a line feed. A blank line ends an entry. Source:
https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-export-format
"""

import re
from typing import Final, NamedTuple

OVERSIZE: Final = "oversize"
"""the fault of the beginning of an entry that is too long"""
_UNNAMED: Final = re.compile(rb"^[^=\n]+$", re.MULTILINE)
"""a line that is no field of plain text: the name of a binary field, or what stands within one"""
_LENGTH_BYTES: Final = 8
FIELD_BYTES_MOST: Final = 1 << 30
"""of a field; more cannot stand in a journal (`DATA_SIZE_MAX` of systemd is 768 MiB), so its line is no name of one"""


class Entry(NamedTuple):
    """An entry with its blank line, or the beginning of one that is too long."""

    content: bytes
    is_whole: bool


class Entries:
    """Cuts a stream into entries. What is held of one that has not ended is `bytes_most` and the last piece, at the most."""

    def __init__(self, bytes_most: int) -> None:
        self._most = bytes_most
        self._held = bytearray()
        self._field = 0
        """where the first field begins that is not known to be whole, in what is held"""
        self._is_too_long = False
        """the beginning of the entry that is held has been returned"""
        self._passed = 0
        """bytes of a field of such an entry that are still to come, and are not looked at"""
        self._in_line = False
        """the same for a line whose end has not come"""

    def cut(self, piece: bytes) -> list[Entry]:
        """Return the entries that end with the next bytes of the stream."""
        if self._passed:
            skipped = min(self._passed, len(piece))
            self._passed -= skipped
            piece = piece[skipped:]
        held = self._held
        held += piece
        entries: list[Entry] = []
        begin = 0
        while (end := self._end(begin)) is not None:
            if self._is_too_long:
                self._is_too_long = False
            else:
                content = bytes(held[begin:end])
                whole = len(content) <= self._most
                entries.append(Entry(content if whole else content[: self._most], whole))
            begin = self._field = end
        if len(held) - begin > self._most and not self._is_too_long:
            entries.append(Entry(bytes(held[begin : begin + self._most]), False))
            self._is_too_long = True
        if self._is_too_long:
            self._forget()
        else:
            del held[:begin]
            self._field -= begin
        return entries

    def _end(self, begin: int) -> int | None:
        """Return where the entry ends that begins at `begin`, with its blank line; None where that has not come."""
        held = self._held
        if self._in_line:
            line_end = held.find(b"\n", self._field)
            if line_end < 0:
                return None
            self._field, self._in_line = line_end + 1, False
        elif self._field == begin and not self._is_too_long:
            blank = held.find(b"\n\n", begin)
            if blank >= 0 and not held.startswith(b"\n", begin) and _UNNAMED.search(held, begin, blank) is None:
                return blank + 2
        while (line_end := held.find(b"\n", self._field)) >= 0:
            if line_end == self._field:
                return line_end + 1
            if held.find(b"=", self._field, line_end) < 0:
                value = line_end + 1 + _LENGTH_BYTES
                if len(held) < value:
                    return None
                length = int.from_bytes(held[line_end + 1 : value], "little")
                if length <= FIELD_BYTES_MOST:
                    if len(held) <= value + length:
                        return None
                    line_end = value + length
            self._field = line_end + 1
        return None

    def _forget(self) -> None:
        """Forget what is held of an entry that is too long, apart from what says where its next field begins."""
        held = self._held
        del held[: self._field]
        self._field = 0
        line_end = held.find(b"\n")
        if line_end < 0:
            # a name is short; a line that goes on is passed over to its end
            if b"=" in held or len(held) > self._most:
                held.clear()
                self._in_line = True
        elif len(held) >= line_end + 1 + _LENGTH_BYTES:
            # the name and the length of a binary field, of which some has come
            value = line_end + 1 + _LENGTH_BYTES
            length = int.from_bytes(held[line_end + 1 : value], "little")
            self._passed = value + length + 1 - len(held)
            held.clear()
