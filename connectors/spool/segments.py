"""The segments of a spool as files: their names, what a scan of one finds, and whose they are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from connectors.spool.folder import Files
from connectors.spool.groups import GROUP_BYTES, HEAD_BYTES, Group, GroupHead, decode, find_group, read_segment_head
from connectors.spool.marks import CONSUMED, DURABLE, read_mark

SUFFIX: Final = ".seg"
DAMAGED_SUFFIX: Final = ".damaged"
_DIGITS: Final = 20


def segment_name(first: int) -> str:
    """Return the name of the segment that begins with a message."""
    return f"{first:0{_DIGITS}d}{SUFFIX}"


def first_of(name: str) -> int:
    """Return the number in the name of a segment, the one of its first message."""
    return int(name.removesuffix(SUFFIX))


def segments_of(names: list[str]) -> list[str]:
    """Return the names that are segments, in the order of their messages."""
    return sorted(
        name
        for name in names
        if name.endswith(SUFFIX) and len(name) == _DIGITS + len(SUFFIX) and name[:_DIGITS].isdecimal()
    )


def spool_id_of(files: Files) -> bytes | None:
    """Return the id of the spool; None where nothing is left that has one.

    A segment that was put here from another spool must not make its messages those of this one. So it is the id of the mark
    of what is durable, written whenever a spool is opened, where a segment has it too, and else what most segments and marks
    have.
    """
    names = files.names()
    heads = []
    for name in segments_of(names):
        try:
            head = read_segment_head(files.read(name, 0, HEAD_BYTES))
        except FileNotFoundError:
            continue
        if head is not None:
            heads.append(head[0])
    durable = read_mark(files, DURABLE)
    if durable is not None and durable[0] in heads:
        return durable[0]
    consumed = [read_mark(files, name) for name in names if name.startswith(CONSUMED)]
    found = [*heads, *(mark[0] for mark in (durable, *consumed) if mark is not None)]
    # of equally many the first one counts
    return max(dict.fromkeys(found), key=found.count) if found else None


@dataclass(slots=True)
class Scan:
    """What a segment holds. `damaged` are ranges of bytes that belong to no whole group, the last of them up to the end of
    the file where `whole_bytes`, the end of the last whole group, is less than its size.
    """

    name: str
    size: int = 0
    whole_bytes: int = HEAD_BYTES
    has_head: bool = True
    groups: int = 0
    messages: int = 0
    next: int = 0
    """the number after the last message, that of the segment's name without any"""
    heads: list[tuple[int, GroupHead]] = field(default_factory=list)
    damaged: list[tuple[int, int]] = field(default_factory=list)


def scan(files: Files, name: str, spool_id: bytes) -> Scan:
    """Look through a whole segment."""
    size = files.size(name)
    body = files.read(name, 0, size)
    found = Scan(
        name, size, min(HEAD_BYTES, size), read_segment_head(body[:HEAD_BYTES]) is not None, next=first_of(name)
    )
    at = found.whole_bytes
    if not found.has_head:
        found.damaged.append((0, at))
    while (group := find_group(body, at, spool_id)) is not None:
        begin, head = group
        if begin > at:
            found.damaged.append((at, begin))
        at = begin + GROUP_BYTES + head.payload_bytes
        found.heads.append((begin, head))
        found.groups += 1
        found.messages += head.messages
        found.next = max(found.next, head.end)
        found.whole_bytes = at
    if at < size:
        found.damaged.append((at, size))
    return found


def groups_from(files: Files, spool_id: bytes, number: int) -> Iterator[Group]:
    """Yield the whole groups with messages from a number on, in order."""
    names = segments_of(files.names())
    begins = [name for name in names if first_of(name) <= number]
    for name in names[max(0, len(begins) - 1) :]:
        for begin, head in scan(files, name, spool_id).heads:
            if head.end > number:
                yield decode(head, files.read(name, begin + GROUP_BYTES, head.payload_bytes))
