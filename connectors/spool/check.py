"""What a spool holds and what of it is damaged, and how the damage is taken out of it.

A spool works with damage in it: readers pass over what is no whole group, and count it. A repair moves those bytes to files
of their own (`*.damaged`), so that they are not looked at again and can be examined. Nothing is deleted.
"""

from dataclasses import dataclass, field
from typing import Final

from connectors.spool.folder import Files
from connectors.spool.groups import GROUP_BYTES, segment_head
from connectors.spool.marks import CONSUMED, DURABLE, read_number
from connectors.spool.segments import DAMAGED_SUFFIX, Scan, first_of, scan, segments_of, spool_id_of
from connectors.spool.writer import SetAside, set_aside

ASIDE: Final = ".aside"


@dataclass(slots=True)
class SpoolReport:
    """What was found. `lost` counts numbers between the first message and the last that no whole group has."""

    segments: list[Scan] = field(default_factory=list)
    messages: int = 0
    byte_count: int = 0
    first: int = 0
    next: int = 0
    durable: int = 0
    consumed: int = 0
    lost: int = 0
    set_aside_before: list[str] = field(default_factory=list)

    @property
    def damaged_bytes(self) -> int:
        """Return how many bytes belong to no whole group."""
        return sum(end - begin for each in self.segments for begin, end in each.damaged)


def check(files: Files, readers: int) -> SpoolReport:
    """Look through all segments."""
    report = SpoolReport()
    spool_id = spool_id_of(files) or b""
    names = files.names()
    report.set_aside_before = [name for name in names if name.endswith(DAMAGED_SUFFIX)]
    expected = 0
    for name in segments_of(names):
        found = scan(files, name, spool_id)
        report.segments.append(found)
        report.messages += found.messages
        report.byte_count += found.size
        report.first = report.first or first_of(name)
        for _, head in found.heads:
            report.lost += max(0, head.first - expected) if expected else 0
            expected = max(expected, head.end)
        report.next = max(report.next, found.next)
    if spool_id:
        report.durable = read_number(files, DURABLE, spool_id)
        marks = [read_number(files, f"{CONSUMED}{number}", spool_id) for number in range(readers)]
        report.consumed = min(marks, default=0)
    return report


def repair(files: Files) -> list[SetAside]:
    """Move what is damaged out of all segments, durably; return what was moved. Nobody may write the spool meanwhile.

    Interrupted at any moment, it leaves each segment as it was or repaired, and may be repeated.
    """
    moved: list[SetAside] = []
    spool_id = spool_id_of(files) or b""
    for name in files.names():
        if name.endswith(ASIDE):
            files.remove(name)
    for name in segments_of(files.names()):
        found = scan(files, name, spool_id)
        if not found.damaged:
            continue
        moved += [set_aside(files, name, begin, end) for begin, end in found.damaged if end > begin]
        if not found.groups:
            # nothing of it is left; its number is not given again, since those of the marks are kept
            files.remove(name)
            files.sync_names()
            continue
        whole = [files.read(name, begin, GROUP_BYTES + head.payload_bytes) for begin, head in found.heads]
        files.append(f"{name}{ASIDE}", [segment_head(spool_id, first_of(name)), *whole])
        files.sync(f"{name}{ASIDE}")
        files.rename(f"{name}{ASIDE}", name)
        files.sync_names()
    return moved
