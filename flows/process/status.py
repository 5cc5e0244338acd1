"""The status of a live run: written by each process once a second, read by `brainstem status` for people and health checks.

It is one small JSON file for each process in the output folder, replaced by renaming, so that a reader sees the old one or
the new one and never half of it.
"""

import os
import sys
import time
from collections import Counter, deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from brainstem.contracts.ledger import Ledger
from brainstem.explain.misreading import misread
from brainstem.text.phrases import counted, printable
from connectors.base import InputError
from connectors.kafka.reader import Place
from connectors.spool.places import is_of_spool
from flows.process.accounts import merged_accounts
from flows.process.record_failures import Failures

WRITE_SECONDS: Final = 1.0
"""time between two writes of a status"""
OUTPUT: Final = -1
"""number of the output among the partitions that have trouble"""
RATE_SECONDS: Final = 60.0
"""over which the rate of a source is taken"""
_RATE_STEP_SECONDS: Final = 5.0
STALE_SECONDS: Final = 30.0
"""a process that has written no status for this long hangs or is gone"""


class StatusBoard:
    """The status of one process, collected from its sources and sinks and written to `status-<process>.json`."""

    def __init__(self, out: Path, process: int, intake_account: Path | None = None) -> None:
        """`intake_account` is the file in which the intake of the run keeps its counts; None where none is known."""
        self._path = out / f"status-{process}.json"
        self._process = process
        # whoever reads the status may have another current folder
        self._intake_account = "" if intake_account is None else str(intake_account.absolute())
        self._started_at = _now()
        self._ready_at = ""
        self._received = 0
        self._last_received_us: dict[str, int] = {}
        self._waited_seconds: dict[str, float] = {}
        self._late: Counter[str] = Counter()
        self._recent: deque[tuple[float, Counter[str]]] = deque()
        self._judged_before: dict[int, int | None] = {}
        self._durable: dict[str, int] = {}
        self._snapshots = 0
        self._stalls: dict[int, float] = {}
        self._longest_stall = 0.0
        self._troubles: dict[int, str] = {}
        self._missing_topics: list[str] = []
        self.failures = Failures()
        self._written = 0.0
        self._began = time.monotonic()
        self._state = "starting"

    def received(self, records: int, source: str = "", last_us: int = 0, late: int = 0) -> None:
        """Count records that were received, since the process began, and note when the last one of a source came, and how
        long ago that was: so long it waited until it was read. `late` of them are behind the times of their source.

        `last_us` is in microseconds since the epoch, UTC.
        """
        self._received += records
        if source:
            self._last_received_us[source] = max(last_us, self._last_received_us.get(source, 0))
            self._waited_seconds[source] = round(max(0.0, time.time() - last_us / 1e6), 1)
            self._late[source] += late
            now = time.monotonic()
            if not self._recent or now - self._recent[-1][0] >= _RATE_STEP_SECONDS:
                self._recent.append((now, Counter()))
            self._recent[-1][1][source] += records

    def judged_before(self, partition: int, time_us: int | None) -> None:
        """Note up to which event time a partition is complete, in microseconds since the epoch; None while it is idle, so
        that nobody waits for it.
        """
        self._judged_before[partition] = time_us

    def ready(self) -> None:
        """Note the time at which brokers first answered and reading began."""
        self._ready_at = self._ready_at or _now()

    def durable(self, partition: int, offsets: dict[Place, int], stall_seconds: float = 0.0) -> None:
        """Note up to which offsets reading is durable, and for how long the partition stood still until it was."""
        self._snapshots += 1
        self._stalls[partition] = stall_seconds
        self._longest_stall = max(self._longest_stall, stall_seconds)
        self._durable.update({f"{place.topic}/{place.partition}": offset for place, offset in offsets.items()})

    def trouble(self, partition: int, reason: str) -> None:
        """Note what keeps a partition from being read; an empty reason means that nothing does any more."""
        if reason:
            self._troubles[partition] = reason
        else:
            self._troubles.pop(partition, None)

    def missing_topics(self, names: Collection[str]) -> None:
        """Note which topics are not at the brokers; the first process says so on standard error whenever they change."""
        missing = sorted(names)
        if missing == self._missing_topics:
            return
        self._missing_topics = missing
        if missing and self._process == 0:
            sys.stderr.write(f"brainstem: {_not_there(missing)}\n")

    def output_trouble(self, reason: str) -> None:
        """Write what keeps results from being sent; the caller waits meanwhile, and nobody else writes the status."""
        self._troubles[OUTPUT] = reason
        self.write()
        del self._troubles[OUTPUT]

    def write(self, state: str = "", *, now: bool = False) -> None:
        """Write the file, unless that was done less than `WRITE_SECONDS` ago and `now` is not set.

        `state` is a word for what the process does; without it, the process is waiting while there is trouble, and else
        reading.
        """
        self._state = state or ("waiting" if self._troubles else "reading")
        if not now and time.monotonic() - self._written < WRITE_SECONDS:
            return
        self._written = time.monotonic()
        document = {
            "pid": os.getpid(),
            "state": self._state,
            "started_at": self._started_at,
            "ready_at": self._ready_at,
            "written_at": _now(),
            "received": self._received,
            "last_received_us": self._last_received_us,
            "waited_seconds": self._waited_seconds,
            "a_second": self._rates(),
            "late": {source: late for source, late in self._late.items() if late},
            "judged_before_us": min((each for each in self._judged_before.values() if each is not None), default=None),
            "memory_bytes": memory_bytes(),
            "snapshots": self._snapshots,
            "stall_seconds": round(max(self._stalls.values(), default=0.0), 3),
            "longest_stall_seconds": round(self._longest_stall, 3),
            "durable_offsets": self._durable,
            "troubles": sorted(set(self._troubles.values())),
            "missing_topics": self._missing_topics,
            "failures": self.failures.by_cause(),
            "intake_account": self._intake_account,
        }
        aside = self._path.with_suffix(".aside")
        aside.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        aside.rename(self._path)

    def _rates(self) -> dict[str, float]:
        """Return how many records of each source came in a second, over the last minute."""
        now = time.monotonic()
        while self._recent and now - self._recent[0][0] > RATE_SECONDS:
            self._recent.popleft()
        total: Counter[str] = Counter()
        for _, records in self._recent:
            total.update(records)
        seconds = min(RATE_SECONDS, max(_RATE_STEP_SECONDS, now - self._began))
        return {source: round(total[source] / seconds, 2) for source in self._last_received_us}


def memory_bytes() -> int:
    """Return the resident memory of this process; 0 where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def forget_statuses(out: Path, processes: int) -> None:
    """Remove the statuses of an earlier run that had more processes than the one that begins."""
    for path in out.glob("status-*.json"):
        number = path.stem.removeprefix("status-")
        if number.isdecimal() and int(number) >= processes:
            path.unlink(missing_ok=True)


def read_status(out: Path) -> list[dict[str, Any]]:
    """Return the last status of each process of a run. Raises `InputError` where none has written any."""
    numbered = {path.stem.removeprefix("status-"): path for path in out.glob("status-*.json")}
    files = {int(number): path for number, path in numbered.items() if number.isdecimal()}
    if not files:
        raise InputError(f"{out} holds no status. Give the folder of a run that was started with `brainstem run`.")
    return [orjson.loads(path.read_bytes()) for _, path in sorted(files.items())]


def is_healthy(status: dict[str, Any]) -> bool:
    """Return whether a process runs: it has written lately. One that waits for a broker is healthy, as restarting it would
    not help.
    """
    age_seconds = (datetime.now(UTC) - datetime.fromisoformat(status["written_at"])).total_seconds()
    # a time ahead of the clock is no sign of life either: the clock was set back since
    return status["state"] != "stopped" and abs(age_seconds) < STALE_SECONDS


def state_of(status: dict[str, Any]) -> str:
    """Return the word for what a process does: what it wrote last, or `silent` where that was long ago."""
    return str(status["state"]) if status["state"] == "stopped" or is_healthy(status) else "silent"


def status_text(statuses: list[dict[str, Any]]) -> str:
    """Return the status of all processes in words, with a line for whatever keeps one waiting."""
    lines = []
    for number, status in enumerate(statuses):
        lines.append(
            f"process {number} (pid {status['pid']}): {state_of(status)}; {status['received']:,} received since"
            f" {status['started_at']}, {status['snapshots']:,} snapshots{_stalls(status)}"
        )
        lines += [f"  waiting: {trouble}" for trouble in status["troubles"]]
        if missing := status.get("missing_topics"):
            lines.append(f"  {_not_there(missing)}")
        lines += [
            f"  fault of this program, {counted(records, 'record', 'records')} set aside: {cause}"
            for cause, records in status.get("failures", {}).items()
        ]
        # received counts since this process began, an offset counts since the topic did; numbers in a spool tell nobody much
        lines += [
            f"  {place}: read durably up to offset {offset:,}"
            for place, offset in sorted(status["durable_offsets"].items())
            if not is_of_spool(place)
        ]
    return "\n".join(lines)


def _not_there(topics: Sequence[str]) -> str:
    """Return which topics are not at the brokers, and what becomes of that."""
    several = len(topics) > 1
    which = "these topics of kafka.topics do" if several else "this topic of kafka.topics does"
    return (
        f"{which} not exist: {printable(', '.join(topics))}. {'They are' if several else 'It is'} read as soon as"
        f" {'they do' if several else 'it does'}; correct the configuration if a name is misspelt."
    )


def _stalls(status: dict[str, Any]) -> str:
    """Return in words for how long reading stood still for snapshots; empty where there was none yet."""
    if not status["snapshots"] or "stall_seconds" not in status:
        return ""
    return f", the last in {status['stall_seconds']:.2f} s, the longest in {status['longest_stall_seconds']:.2f} s"


def ledger_so_far(out: Path) -> Ledger:
    """Return the accounts of a run that goes on as one ledger; they are as of its last snapshot.

    Raises `InputError` for one that is damaged.
    """
    return merged_accounts(out / "_accounts")


def account_text(out: Path) -> str:
    """Return in words what the accounts of a run so far have to say, a line for each: sources whose times or names could
    not be read, and tenants of which families were evicted for want of room; empty for none.
    """
    ledger = ledger_so_far(out)
    not_understood = [f"not understood: {printable(sentence)}" for sentence in misread(ledger)]
    forgotten = [
        f"{printable(tenant)}: forgot {counted(number, 'family', 'families')}"
        for tenant, number in sorted(ledger.forgotten.items())
    ]
    return "\n".join([*not_understood, *forgotten])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
