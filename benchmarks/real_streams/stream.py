"""A stream: log files as they would lie in a folder, and for every line of them what it was.

Lines and baselines are those of the weak-signal bench; what a mark means is each corpus's own.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.weak_signal.clock import DAY_US, moment
from benchmarks.weak_signal.generate import Case
from benchmarks.weak_signal.scorer import BenchItem
from benchmarks.weak_signal.world import Line
from benchmarks.weak_signal.writing import Record

SLOT_US: Final = 600 * 1_000_000
"""What an item may come after the line it rests on, because the product judges every ten minutes."""

INFORMATION: Final = 6
"""the syslog severity of lines that state none"""

Figures = Mapping[str, str]
"""What a scorer says, ready to print, in the order of its columns."""

Method = Callable[[Case], Iterable[BenchItem]]
"""A way to make items of a case: the product, or one of its opponents."""


class CorpusMissingError(Exception):
    """A corpus is not where it should be; the text says which file."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What is replayed: a case without planted signals, the zone of its stamps, and what was left out of the corpus."""

    name: str
    question: str
    case: Case
    zone: str = "UTC"
    notes: tuple[str, ...] = ()

    @property
    def tenant_days(self) -> float:
        """Days from the first to the last line of each tenant, all tenants together; at least one slot each."""
        ends: dict[str, tuple[int, int]] = {}
        for record in self.case.records:
            first, last = ends.get(record.tenant, (record.line.time_us, record.line.time_us))
            ends[record.tenant] = min(first, record.line.time_us), max(last, record.line.time_us)
        return sum(max(last - first, SLOT_US) for first, last in ends.values()) / DAY_US


class Writer:
    """Collects the lines of a stream, file by file; every line is added after those that stand before it."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytearray] = {}
        self._records: list[Record] = []

    def add(self, tenant: str, file: str, text: str, line: Line | None) -> None:
        """Append a line to a file of a tenant; one without a `Line` is only written, such as the head of a report."""
        path = f"{tenant}/{file}"
        body = self._bodies.setdefault(path, bytearray())
        if line is not None:
            self._records.append(Record(tenant, line, path, len(body), line.time_us))
        body += text.encode() + b"\n"

    def syslog(self, tenant: str, file: str, line: Line) -> None:
        """Append a line as a plain syslog file with ISO stamps has it."""
        stamp = moment(line.time_us).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.add(tenant, file, f"{stamp} {line.host} {line.service}: {line.message}", line)

    def case(self, tickets: Iterable[dict[str, str]] = ()) -> Case:
        """Return all of it, records in order of time."""
        records = sorted(self._records, key=lambda record: (record.line.time_us, record.path, record.position))
        files = {path: bytes(body) for path, body in self._bodies.items()}
        start_us, end_us = records[0].line.time_us, records[-1].line.time_us
        tenants = sorted({record.tenant for record in records})
        ordered = sorted(tickets, key=lambda ticket: (parse_time(ticket["time"]), ticket["id"]))
        return Case(0, 0.0, start_us, end_us, tenants, files, records, [], ordered)


def microseconds(when: datetime) -> int:
    """Return a moment as microseconds since the epoch; one without a zone is taken as UTC."""
    known = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (known - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def parse_time(text: str) -> int:
    """Read an ISO 8601 moment as microseconds since the epoch."""
    return microseconds(datetime.fromisoformat(text.replace("Z", "+00:00")))


def rfc3339(time_us: int) -> str:
    """Write a moment as tickets have it."""
    return moment(time_us).isoformat().replace("+00:00", "Z")


def save(stream: Stream, folder: Path) -> None:
    """Write `logs/TENANT/...`, `incidents.jsonl` where there are tickets, and `truth.jsonl` below a folder.

    A log was last modified when its last line came, as real ones are: stamps without a year may rest on that.
    """
    last_us: dict[str, int] = {}
    for record in stream.case.records:
        last_us[record.path] = max(record.line.time_us, last_us.get(record.path, record.line.time_us))
    for path, body in stream.case.files.items():
        target = folder / "logs" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        modified_ns = 1000 * last_us.get(path, stream.case.end_us)
        os.utime(target, ns=(modified_ns, modified_ns))
    if stream.case.tickets:
        tickets = "".join(json.dumps(ticket) + "\n" for ticket in stream.case.tickets)
        (folder / "incidents.jsonl").write_text(tickets, encoding="utf-8")
    with (folder / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for record in stream.case.records:
            if record.line.mark:
                place = {"path": record.path, "position": record.position, "mark": record.line.mark}
                truth.write(json.dumps(place) + "\n")
