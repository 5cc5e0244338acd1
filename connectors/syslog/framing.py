"""Syslog messages cut out of a TCP or TLS connection (RFC 6587, RFC 5425).

**Problem.** TCP carries bytes, not messages, and senders mark messages in two ways. *Octet counting* (RFC 6587, 3.4.1)
writes the length first: `11 <13>message`. *Non-transparent framing* (3.4.2) writes a line feed behind each message, or NUL,
or CR LF. Nothing says which one a sender uses, and relays mix both in one connection.

**Idea.** Each frame is told by how it begins: a number without a leading zero, one space and `<` begin an octet count, and
anything else is a message up to the next line feed or NUL. A message that itself begins with digits and a space (`2 disks
failed`) has no `<` there, and a message cannot begin with `<` behind a count by chance, since a priority must follow.

**What breaks a connection.** Behind a wrong count no later frame can be found again, and guessing makes messages of hosts
that do not exist. So a count above the limit, a line above the limit, and bytes that no frame can begin with directly behind
an octet-counted one are faults: all that was received and not yet returned is one rejected frame, and the connection ends.

**Invariant.** The frames depend on the bytes alone, not on how the network has cut them.

**Traps.** A line feed behind an octet-counted frame is a habit of some senders and belongs to neither frame. Others
count a carriage return, line feed or NUL at the end of the message in, and as in a datagram it is no part of it; a
message of these alone is none, as an empty line is none. A sender that closes in the middle of an octet-counted frame has
sent a part of a message, which is rejected; an unfinished line before an orderly close is a message, since many senders
leave the last line feed out.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

COUNT_DIGITS_MOST: Final = 10
_ENDS: Final = re.compile(rb"[\n\x00]")
_COUNT: Final = re.compile(rb"([1-9][0-9]{0,%d}) <" % (COUNT_DIGITS_MOST - 1))
_MAY_BECOME_COUNT: Final = re.compile(rb"(?:[1-9][0-9]{0,%d})? ?\Z" % (COUNT_DIGITS_MOST - 1))
_TOO_MANY_DIGITS: Final = re.compile(rb"[1-9][0-9]{%d,} ?<" % COUNT_DIGITS_MOST)
_GAP: Final = b"\r\n\x00"
NO_COUNT, WAITS, BROKEN = -1, -2, -3
"""in place of where a frame ends: it has no octet count, more of it has to come, no frame can be found any more"""


class FrameFault(StrEnum):
    """Why bytes are no message."""

    OVERSIZE = "oversize"
    """longer than the largest message"""
    WRONG_COUNT = "wrong_count"
    """what follows an octet-counted message cannot begin one, so its count was wrong"""
    CUT_OFF = "cut_off"
    """the connection ended within an octet-counted message, or was reset within a line"""


class Frame(NamedTuple):
    """A message without count or end mark; with a fault, bytes that are none."""

    content: bytes
    fault: FrameFault | None = None


class FrameDecoder:
    """The frames of one connection. Once `is_broken`, the connection is to be closed; nothing more is returned."""

    def __init__(self, message_bytes_most: int) -> None:
        self._most = message_bytes_most
        self._held = bytearray()
        self._searched = 0
        """bytes of `_held` in which no end of the first line stands"""
        self._behind_counted = False
        self.is_broken = False

    def feed(self, received: bytes) -> list[Frame]:
        """Return the messages that end within `received`; empty lines are none."""
        if self.is_broken:
            return []
        self._held += received
        frames: list[Frame] = []
        at = 0
        while at < len(self._held):
            if self._behind_counted and self._held[at] in _GAP:
                at += 1
                continue
            end = self._counted(at, frames) if b"1" <= self._held[at : at + 1] <= b"9" else NO_COUNT
            if end == NO_COUNT:
                end = self._line(at, frames)
            if end == BROKEN:
                self.is_broken = True
                at = len(self._held)
            if end < 0:
                break
            at = end
        del self._held[:at]
        self._searched = max(0, self._searched - at)
        return frames

    def end(self, *, in_order: bool) -> list[Frame]:
        """Return what was left when the connection ended: orderly, or by a reset."""
        rest, self._held = bytes(self._held), bytearray()
        if not rest.strip(_GAP) or self.is_broken:
            return []
        is_part = not in_order or _COUNT.match(rest) is not None
        return [Frame(rest, FrameFault.CUT_OFF) if is_part else Frame(rest.rstrip(b"\r"))]

    def _counted(self, at: int, frames: list[Frame]) -> int:
        """Add the octet-counted message that begins at `at`; return its end, or one of the marks above."""
        head = bytes(self._held[at : at + COUNT_DIGITS_MOST + 2])
        found = _COUNT.match(head)
        if found is None:
            if _TOO_MANY_DIGITS.match(bytes(self._held[at : at + 64])):
                return self._break(at, FrameFault.OVERSIZE, frames)
            waits = at + len(head) == len(self._held) and _MAY_BECOME_COUNT.match(head)
            return WAITS if waits else NO_COUNT
        length, begin = int(found[1]), at + found.end() - 1
        if length > self._most:
            return self._break(at, FrameFault.OVERSIZE, frames)
        if begin + length > len(self._held):
            return WAITS
        message = bytes(self._held[begin : begin + length]).rstrip(_GAP)
        if message:
            frames.append(Frame(message))
        self._behind_counted = True
        return begin + length

    def _line(self, at: int, frames: list[Frame]) -> int:
        """Add the line that begins at `at`; return where it ends, or one of the marks above."""
        if self._behind_counted and self._held[at : at + 1] != b"<":
            return self._break(at, FrameFault.WRONG_COUNT, frames)
        found = _ENDS.search(self._held, max(at, self._searched))
        if found is None:
            self._searched = len(self._held)
            return self._break(at, FrameFault.OVERSIZE, frames) if len(self._held) - at > self._most else WAITS
        if found.start() - at > self._most:
            return self._break(at, FrameFault.OVERSIZE, frames)
        line = bytes(self._held[at : found.start()]).rstrip(b"\r")
        if line:
            frames.append(Frame(line))
        self._behind_counted = False
        self._searched = 0
        return found.end()

    def _break(self, at: int, fault: FrameFault, frames: list[Frame]) -> int:
        """Reject all that was received and not returned; no frame can be found behind it."""
        frames.append(Frame(bytes(self._held[at:]), fault))
        return BROKEN
