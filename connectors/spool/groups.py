"""The bytes of a segment: a head, and behind it groups of messages, each with its checksums.

    head     "BSPOOL1\n", id of the spool (16 bytes), number of the first message u64, crc32 of these u32
    group    "\xb1SG1", bytes of the payload u32, messages u32, number of the first u64, time of writing i64 (microseconds
             since the epoch, UTC), crc32 of the payload u32, crc32 of the head of the group up to here u32
    payload  number of origins u16; of each: listener, tenant, peer, fault, as u16 length and UTF-8; then by message: time of
             arrival i64 (microseconds), length u32, number of its origin u16, each as an array; then all contents

Integers are little-endian. Messages have consecutive numbers. A group is whole or it is nothing: both checksums agree. Both
begin from the id of the spool, which no sender knows: a log line that holds the bytes of a group is not taken for one.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from brainstem.arrays.aliases import Int64s
from connectors.received import ReceivedMessage

HEAD: Final = struct.Struct("<8s16sQ")
HEAD_MAGIC: Final = b"BSPOOL1\n"
HEAD_BYTES: Final = HEAD.size + 4
GROUP: Final = struct.Struct("<4sIIQqI")
GROUP_MAGIC: Final = b"\xb1SG1"
GROUP_BYTES: Final = GROUP.size + 4
CRC: Final = struct.Struct("<I")
SHORT: Final = struct.Struct("<H")
ROW_BYTES: Final = 14
"""of a message in a payload, beside its content"""
GROUP_MESSAGES_MOST: Final = 4096
GROUP_CONTENT_MOST: Final = 1 << 20
"""bytes of content, above which a group gets no further message"""
PAYLOAD_BYTES_MOST: Final = 1 << 30
"""what a head may claim; more is taken for damage before anything is read"""


class Origin(NamedTuple):
    """Where messages of a group came from. `fault` is empty for messages."""

    listener: str
    tenant: str
    peer: str
    fault: str


class GroupHead(NamedTuple):
    """What the head of a group says."""

    payload_bytes: int
    messages: int
    first: int
    written_at_us: int
    crc: int

    @property
    def end(self) -> int:
        """Return the number after the last message."""
        return self.first + self.messages


@dataclass(frozen=True, slots=True)
class Group:
    """The messages of a group as columns; `origin` is an index into `origins`."""

    first: int
    origins: list[Origin]
    received_at_us: Int64s
    length: Int64s
    origin: Int64s
    contents: bytes

    def __len__(self) -> int:
        return len(self.length)


def segment_head(spool_id: bytes, first: int) -> bytes:
    """Return the head of a segment."""
    head = HEAD.pack(HEAD_MAGIC, spool_id, first)
    return head + CRC.pack(zlib.crc32(head))


def read_segment_head(head: bytes) -> tuple[bytes, int] | None:
    """Return the id of the spool and the number of the first message; None where the head is damaged."""
    if len(head) < HEAD_BYTES or zlib.crc32(head[: HEAD.size]) != CRC.unpack_from(head, HEAD.size)[0]:
        return None
    magic, spool_id, first = HEAD.unpack_from(head)
    return (spool_id, first) if magic == HEAD_MAGIC else None


def encode(messages: Sequence[ReceivedMessage], spool_id: bytes, first: int, now_us: int) -> list[bytes]:
    """Return a group of messages, in pieces to be written one after the other."""
    codes: dict[tuple[str, str, str, str | None], int] = {}
    code = [codes.setdefault((each.listener, each.tenant, each.peer, each.fault), len(codes)) for each in messages]
    contents = [each.content for each in messages]
    payload = [
        SHORT.pack(len(codes)),
        *(_packed(part or "") for origin in codes for part in origin),
        np.array([each.received_at_us for each in messages], "<i8").tobytes(),
        np.fromiter(map(len, contents), "<u4", len(contents)).tobytes(),
        np.array(code, "<u2").tobytes(),
        *contents,
    ]
    joined = b"".join(payload)
    seed = zlib.crc32(spool_id)
    head = GROUP.pack(GROUP_MAGIC, len(joined), len(messages), first, now_us, zlib.crc32(joined, seed))
    return [head + CRC.pack(zlib.crc32(head, seed)), joined]


def _packed(text: str) -> bytes:
    # what no head of a group can hold was made up by a sender, a certificate's name for example
    encoded = text.encode(errors="replace")[:65535]
    return SHORT.pack(len(encoded)) + encoded


def read_group_head(head: bytes, spool_id: bytes) -> GroupHead | None:
    """Return what the head of a group says; None where these bytes are none."""
    if len(head) < GROUP_BYTES or not head.startswith(GROUP_MAGIC):
        return None
    if zlib.crc32(head[: GROUP.size], zlib.crc32(spool_id)) != CRC.unpack_from(head, GROUP.size)[0]:
        return None
    _, *values = GROUP.unpack_from(head)
    found = GroupHead(*values)
    return found if found.payload_bytes <= PAYLOAD_BYTES_MOST else None


def is_whole(head: GroupHead, payload: bytes, spool_id: bytes) -> bool:
    """Return whether a payload is that of its head."""
    return len(payload) == head.payload_bytes and zlib.crc32(payload, zlib.crc32(spool_id)) == head.crc


def decode(head: GroupHead, payload: bytes) -> Group:
    """Return the messages of a whole group."""
    (number,) = SHORT.unpack_from(payload)
    at = SHORT.size
    origins = []
    for _ in range(number):
        parts = []
        for _ in range(len(Origin._fields)):
            (length,) = SHORT.unpack_from(payload, at)
            parts.append(payload[at + SHORT.size : at + SHORT.size + length].decode(errors="replace"))
            at += SHORT.size + length
        origins.append(Origin(*parts))
    count = head.messages
    received = np.frombuffer(payload, "<i8", count, at)
    lengths = np.frombuffer(payload, "<u4", count, at + 8 * count)
    codes = np.frombuffer(payload, "<u2", count, at + 12 * count)
    contents = payload[at + ROW_BYTES * count :]
    return Group(head.first, origins, received, lengths.astype(np.int64), codes.astype(np.int64), contents)


def find_group(body: bytes, at: int, spool_id: bytes) -> tuple[int, GroupHead] | None:
    """Return where the next whole group begins, at `at` or behind; None where there is none."""
    while (at := body.find(GROUP_MAGIC, at)) >= 0:
        head = read_group_head(body[at : at + GROUP_BYTES], spool_id)
        if head is not None and is_whole(
            head, body[at + GROUP_BYTES : at + GROUP_BYTES + head.payload_bytes], spool_id
        ):
            return at, head
        at += 1
    return None
