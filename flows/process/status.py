"""The status of a live run: what each process says of itself once a second, and what a person or a health check makes of it.

One small file a process in the output folder; a reader sees the old one or the new one.
"""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import from_json, printable
from brainstem.text.phrases import counted
from connectors.base import InputError
from connectors.kafka.reader import Place
from flows.process.record_failures import Failures

WRITE_SECONDS: Final = 1.0
OUTPUT: Final = -1
"""stands for the output among the partitions that have trouble"""
STALE_SECONDS: Final = 30.0
"""A process that has not written for so long hangs or is gone."""


class StatusBoard:
    """What one process has to say."""

    def __init__(self, out: Path, process: int) -> None:
        self._path = out / f"status-{process}.json"
        self._started_at = _now()
        self._ready_at = ""
        self._received = 0
        self._durable: dict[str, int] = {}
        self._snapshots = 0
        self._stalls: dict[int, float] = {}
        self._longest_stall = 0.0
        self._troubles: dict[int, str] = {}
        self.failures = Failures()
        self._written = 0.0
        self._state = "starting"

    def received(self, records: int) -> None:
        """Count records that came in since the process began."""
        self._received += records

    def ready(self) -> None:
        """Note that brokers have answered and reading has begun."""
        self._ready_at = self._ready_at or _now()

    def durable(self, partition: int, offsets: dict[Place, int], stall_seconds: float = 0.0) -> None:
        """Note how far reading is durable, and how long a partition gave nothing until it was."""
        self._snapshots += 1
        self._stalls[partition] = stall_seconds
        self._longest_stall = max(self._longest_stall, stall_seconds)
        self._durable.update({f"{place.topic}/{place.partition}": offset for place, offset in offsets.items()})

    def trouble(self, partition: int, told: str) -> None:
        """Note what keeps a partition from being read; an empty text says that it is over."""
        if told:
            self._troubles[partition] = told
        else:
            self._troubles.pop(partition, None)

    def output_trouble(self, told: str) -> None:
        """Note what keeps results from going out, and write at once: nothing else goes on meanwhile."""
        self._troubles[OUTPUT] = told
        self.write()
        del self._troubles[OUTPUT]

    def write(self, state: str = "", *, now: bool = False) -> None:
        """Write the file, if it is time to."""
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
            "snapshots": self._snapshots,
            "stall_seconds": round(max(self._stalls.values(), default=0.0), 3),
            "longest_stall_seconds": round(self._longest_stall, 3),
            "durable_offsets": self._durable,
            "troubles": sorted(set(self._troubles.values())),
            "failures": self.failures.by_cause(),
        }
        aside = self._path.with_suffix(".aside")
        aside.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        aside.rename(self._path)


def read_status(out: Path) -> list[dict[str, Any]]:
    """Return what the processes of a run last said. Raises `InputError` where none has said anything."""
    files = sorted(out.glob("status-*.json"))
    if not files:
        raise InputError(f"{out} holds no status. Give the folder of a run that was started with `brainstem run`.")
    return [orjson.loads(file.read_bytes()) for file in files]


def is_healthy(said: dict[str, Any]) -> bool:
    """Return whether a process works: it has written lately, also while it waits for a broker."""
    written = datetime.fromisoformat(said["written_at"])
    return said["state"] != "stopped" and (datetime.now(UTC) - written).total_seconds() < STALE_SECONDS


def status_text(said: list[dict[str, Any]]) -> str:
    """Put the status of all processes into words."""
    lines = []
    for number, each in enumerate(said):
        state = each["state"] if each["state"] == "stopped" or is_healthy(each) else "silent"
        lines.append(
            f"process {number} (pid {each['pid']}): {state}; {each['received']:,} received since {each['started_at']},"
            f" {each['snapshots']:,} snapshots{_stalls(each)}"
        )
        lines += [f"  waiting: {trouble}" for trouble in each["troubles"]]
        lines += [
            f"  fault of this program, {counted(records, 'record', 'records')} set aside: {cause}"
            for cause, records in each.get("failures", {}).items()
        ]
        lines += [f"  {place}: durable up to {offset:,}" for place, offset in sorted(each["durable_offsets"].items())]
    return "\n".join(lines)


def _stalls(said: dict[str, Any]) -> str:
    """Say how long reading stood still for snapshots."""
    if not said["snapshots"] or "stall_seconds" not in said:
        return ""
    return f", the last in {said['stall_seconds']:.2f} s, the longest in {said['longest_stall_seconds']:.2f} s"


def forgotten_text(out: Path) -> str:
    """Say how many families tenants have let go for want of room; empty for none."""
    ledger = Ledger()
    for document in sorted((out / "_accounts").glob("t*.json")):
        ledger.merge(from_json(document.read_bytes()))
    told = sorted(ledger.forgotten.items())
    return "\n".join(f"{printable(tenant)}: forgot {counted(number, 'family', 'families')}" for tenant, number in told)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
