"""When a file begins, and which hosts its first lines name at which times; so that no record is given the name of a host
that is named later.

Takes a `FileInput` and the zone of its tenant, returns the event times of its first records. Of a file that can be read only
once nothing is read.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from brainstem.contracts.event import TimeOrigin
from brainstem.contracts.reject import RejectReason
from connectors.files.cursor import FileCursor, FileInput
from connectors.files.peek import END_BYTES, syslog_hosts

_RECORDS: Final = 512
"""of the beginning that are looked at"""
_LONGEST_HEADER_BYTES: Final = 512
"""of a record in which its syslog header is looked for"""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the first records of a file say. Times are microseconds since the epoch, UTC.

    `first_us` is the earliest; a file whose records print no time has that of its reference, at which they count, and one
    that can be read only once has None. `named` are the hosts in syslog headers, in the order of the lines.
    """

    first_us: int | None
    named: tuple[tuple[int, str], ...] = ()


def beginning_of(file: FileInput, zone: tzinfo) -> Beginning:
    """Return when a file begins, and what its first lines name; times without a zone are in `zone`."""
    # loads the compiled readers, which those who list files alone need not wait for
    from brainstem.parse.parser import parse
    from brainstem.parse.source_context import SourceContext

    if file.is_pipe or file.path is None:
        return Beginning(None)
    context = SourceContext(
        reference_time_us=file.reference_time_us,
        zone=_zone_name(zone, file.reference_time_us),
        received_at_us=file.reference_time_us,
    )
    times: list[int] = []
    named: list[tuple[int, str]] = []
    cursor = FileCursor(file, received_at_us=file.reference_time_us, block_bytes=END_BYTES)
    try:
        left = _RECORDS
        # what one read returns also depends on what comes behind, as the last record of a file waits for its end
        while left > 0 and cursor.position < END_BYTES and (envelopes := cursor.read(left)) is not None:
            left -= len(envelopes)
            parsed = parse(envelopes, context)
            is_timed = (parsed.reject_reason == RejectReason.ACCEPTED) & (parsed.origin <= TimeOrigin.INFERRED_YEAR)
            is_timed &= envelopes.position < END_BYTES
            for row in is_timed.nonzero()[0].tolist():
                start, time_us = int(envelopes.start[row]), int(parsed.event_time[row])
                header = envelopes.buffer[start : start + min(int(envelopes.length[row]), _LONGEST_HEADER_BYTES)]
                times.append(time_us)
                named += [(time_us, host) for host in syslog_hosts(header.tobytes().partition(b"\n")[0])]
    finally:
        cursor.close()
    return Beginning(min(times, default=file.reference_time_us), tuple(named))


def hosts_named(beginnings: Mapping[str, Beginning]) -> dict[str, str]:
    """Return for each file of a machine, by source, the host that more than half of the lines name that are no later than
    its beginning; files for which there is none are left out.

    Where a collector keeps logs of many machines, no host has the majority, and none is assumed for the rest.
    """
    named = sorted(each for beginning in beginnings.values() for each in beginning.named)
    hosts: dict[str, str] = {}
    counts: Counter[str] = Counter()
    passed = 0
    for first_us, source in sorted((each.first_us, source) for source, each in beginnings.items() if each.first_us):
        while passed < len(named) and named[passed][0] <= first_us:
            counts[named[passed][1]] += 1
            passed += 1
        host, count = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if 2 * count > counts.total():
            hosts[source] = host
    return hosts


def _zone_name(zone: tzinfo, at_us: int) -> int | str:
    """Return a zone as the parser takes it: its name in the tz database, or its seconds east of UTC."""
    name = getattr(zone, "key", None)
    if isinstance(name, str):
        return name
    offset = datetime.fromtimestamp(at_us / 1e6, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
