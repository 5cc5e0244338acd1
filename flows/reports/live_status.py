"""The status of a live run in words, for a technician who has a minute: what came from each source and when, how far it is
read and judged, what each listener took and turned away, and what waits in the spool.

Takes a report of `flows.process.status_report`, returns lines. Sources are called by their listener or topic and their
tenants are summed up; files that are followed are one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from brainstem.text.phrases import IN_UTC, clock, counted, duration, printable
from flows.process.metrics import without_tenant

MEBIBYTE: Final = 1 << 20
WAIT_TOLD_SECONDS: Final = 10.0
"""a record that waited longer until it was read is told: reading lags"""
REASONS_OF: Final = (("rejected", "rejected"), ("dropped", "dropped"), ("faults", "of the source itself"))


@dataclass(slots=True)
class _Source:
    """What is known of one source, all its tenants together."""

    last: str = ""
    a_second: float = 0.0
    waited_seconds: float = 0.0
    late: int = 0
    stored: int = 0
    duplicate: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)


def live_status_text(report: Mapping[str, Any], now_us: int) -> str:
    """Return the lines; `now_us` is the present in microseconds since the epoch, UTC."""
    lines = list(_of_run(report))
    lines += [_source(name, each, now_us) for name, each in sorted(_by_source(report).items())]
    lines += _of_intake(report["intake"])
    return "\n".join(printable(line) for line in lines)


def _of_run(report: Mapping[str, Any]) -> Iterator[str]:
    processes = report["processes"]
    if judged := [each["judged_before"] for each in processes if each["judged_before"]]:
        yield f"judged up to {_when(min(judged))} by the times of the records"
    if report["families"]:
        yield "families: " + ", ".join(
            f"{number:,} {band.lower().replace('_', ' ')}" for band, number in report["families"].items()
        )
    if memory := sum(each["memory_bytes"] for each in processes):
        yield f"memory: {_mebibytes(memory)}"


def _by_source(report: Mapping[str, Any]) -> dict[str, _Source]:
    found: defaultdict[str, _Source] = defaultdict(_Source)
    for process in report["processes"]:
        for name, last in process["last_received"].items():
            each = found[without_tenant(name)]
            each.last = max(each.last, last)
            each.a_second += process["a_second"].get(name, 0.0)
            each.late += process["late"].get(name, 0)
            each.waited_seconds = max(each.waited_seconds, process["waited_seconds"].get(name, 0.0))
    for source in report["sources"]:
        each = found[without_tenant(source["source"])]
        each.stored += source["stored"]["records"]
        each.duplicate += source["duplicate"]["records"]
        for key, called in REASONS_OF:
            for reason, count in source[key].items():
                each.reasons[called, reason] += count["records"] if isinstance(count, dict) else count
    return dict(found)


def _source(name: str, source: _Source, now_us: int) -> str:
    parts = []
    if source.last:
        ago = max(0, now_us - int(datetime.fromisoformat(source.last).timestamp() * 1e6)) // 1_000_000
        parts += [f"last record {duration(ago)} ago", f"{source.a_second:,.1f} a second"]
    # of a source that is quiet by now, how long its last record waited is past
    if source.waited_seconds > WAIT_TOLD_SECONDS and source.a_second > 0:
        parts.append(f"read {duration(int(source.waited_seconds))} after it came")
    parts.append(f"{source.stored:,} stored")
    parts += [f"{number:,} {called} ({reason})" for (called, reason), number in sorted(source.reasons.items())]
    parts += [
        f"{number:,} {what}" for number, what in ((source.duplicate, "duplicate"), (source.late, "late")) if number
    ]
    return f"  {name}: {', '.join(parts)}"


def _of_intake(intake: Mapping[str, Any] | None) -> Iterator[str]:
    if intake is None:
        return
    if intake["written_at"] is None:
        yield f"intake: {intake['account']} is not there yet"
        return
    parts = []
    if "spooled" in intake:
        waits = f", the oldest for {duration(int(intake['oldest_seconds']))}" if intake["unread"] else ""
        parts += [f"{counted(intake['unread'], 'message', 'messages')} in the spool not read durably yet{waits}"]
        parts += [f"{_mebibytes(intake['spool_bytes'])} on disk"]
    elif "acknowledged" in intake:
        parts += [f"{intake['acknowledged']:,} acknowledged by the brokers"]
    if intake.get("waiting"):
        parts.append(f"{intake['waiting']:,} in memory and not durable yet")
    if intake.get("memory_bytes"):
        parts.append(f"memory {_mebibytes(intake['memory_bytes'])}")
    yield f"intake, as of {_when(intake['written_at'])}: {', '.join(parts)}"
    if intake.get("trouble"):
        yield f"  trouble: {intake['trouble']}"
    for name, counts in intake["listeners"].items():
        yield f"  {name}: {', '.join(_listener(counts))}"


def _listener(counts: Mapping[str, Any]) -> Sequence[str]:
    parts = [f"{counts['received']:,} received"]
    for key in ("rejected", "dropped"):
        parts += [f"{number:,} {key} ({reason})" for reason, number in counts[key].items()]
    if counts["kernel_dropped"]:
        parts.append(f"{counts['kernel_dropped']:,} dropped by the system for want of room")
    if "open_connections" in counts:
        parts.append(f"{counted(counts['open_connections'], 'connection', 'connections')} open")
    for key, one, several in (
        ("refused_connections", "connection", "connections"),
        ("refused_requests", "request", "requests"),
        ("refused_files", "file", "files"),
    ):
        parts += [
            f"{counted(number, one, several)} refused ({reason})" for reason, number in counts.get(key, {}).items()
        ]
    if "files" in counts:
        parts.append(f"{counted(counts['files'], 'file', 'files')} followed")
    return parts


def _when(written: str) -> str:
    return clock(int(datetime.fromisoformat(written).timestamp() * 1e6), IN_UTC.of("")) + " UTC"


def _mebibytes(size: int) -> str:
    return f"{size / MEBIBYTE:,.1f} MiB"


def now_us() -> int:
    """Return the present in microseconds since the epoch, UTC."""
    return int(datetime.now(UTC).timestamp() * 1e6)
