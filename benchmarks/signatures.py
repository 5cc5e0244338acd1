"""Many kinds of message in memory: how long a snapshot stalls reading, how large its store is, how long resuming takes.

Run: `python -m benchmarks.signatures [KINDS ...]` (100000 and 1000000 unless given), with `BRAINSTEM_TEST_KAFKA=host:port`
or Java and Maven for a broker of one's own. Writes `benchmarks/results/signatures.md`. Each kind is said once, by one of 320
programs, on a topic of four partitions; a live run of one process reads them with a snapshot every five seconds, makes a
few more with nothing left to read, is killed, and is started again. What is remembered is bounded (16 buckets of 16,384
families), so of a million kinds only the last are.

A stall lasts from the moment a source is asked for its state until it may go on because all states are durable; it includes
what the flow still has to do with batches that were given before.
"""

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from confluent_kafka import Producer

from benchmarks.kafka import broker, make
from benchmarks.new_words import lines, memory_mib
from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import from_json
from flows.config.settings import PARTITIONS as VIRTUAL
from tests.support import killing

KINDS: Final = (100_000, 1_000_000)
PARTITIONS: Final = 4
PROGRAMS: Final = 320
SNAPSHOTS_AT_REST: Final = 4
PATIENCE_SECONDS: Final = 3600
RESULTS: Final = Path(__file__).parent / "results" / "signatures.md"


class Measured(NamedTuple):
    """What one number of kinds took."""

    kinds: int
    remembered: int
    longest_stall_seconds: float
    stall_at_rest_seconds: float
    stall_cpu_seconds: float
    store_mib: float
    ready_seconds: float
    durable_seconds: float
    durable_cpu_seconds: float
    resident_mib: float


def fill(address: str, topic: str, kinds: int) -> None:
    """Send each kind of message once."""
    make(address, topic, PARTITIONS)
    producer = Producer({"bootstrap.servers": address, "linger.ms": 50, "compression.type": "lz4"})
    for number, line in enumerate(line for block in lines(kinds, 1) for line in block.splitlines()):
        # what programs say is dealt out to buckets by program
        said = line.replace(b" babble[", b" babble%d[" % (number % PROGRAMS))
        while True:
            try:
                producer.produce(topic, said, partition=number % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def until(process: "subprocess.Popen[bytes]", holds: Callable[[], bool]) -> None:
    """Wait for something to hold while a run lives. Raises `RuntimeError`."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if process.poll() is not None or time.monotonic() > patience:
            raise RuntimeError(f"the run ended with {process.poll()}, or it takes too long")
        time.sleep(0.02)


def status(out: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Return the status that a run has written; nothing of an earlier process."""
    try:
        said: dict[str, Any] = json.loads((out / "status-0.json").read_bytes())
    except (OSError, json.JSONDecodeError):
        return {"snapshots": 0, "durable_offsets": {}, "ready_at": ""}
    return said if said["pid"] == process.pid else {"snapshots": 0, "durable_offsets": {}, "ready_at": ""}


def forgotten_of(out: Path) -> int:
    """Return how many families were let go."""
    ledger = Ledger()
    for account in (out / "_accounts").glob("t*.json"):
        ledger.merge(from_json(account.read_bytes()))
    return sum(ledger.forgotten.values())


def measure(address: str, kinds: int, folder: Path) -> Measured:
    """Read so many kinds, stay, be killed, and start again."""
    topic, out = f"kinds-{kinds}", folder / f"out-{kinds}"
    fill(address, topic, kinds)
    path = folder / f"{topic}.toml"
    path.write_text(
        f'[run]\nout = "{out}"\n[kafka]\nbrokers = "{address}"\ntopics = ["{topic}"]\ngroup = "{topic}"\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "flows.cli", "run", "--config", str(path)]

    def started() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own program

    process = started()
    until(process, lambda: sum(status(out, process)["durable_offsets"].values()) >= kinds)
    snapshots, cpu = status(out, process)["snapshots"], killing.cpu_seconds(process.pid)
    # the count is of all virtual partitions
    until(process, lambda: status(out, process)["snapshots"] >= snapshots + SNAPSHOTS_AT_REST * VIRTUAL)
    said = status(out, process)
    stall_cpu = (killing.cpu_seconds(process.pid) - cpu) / SNAPSHOTS_AT_REST
    resident = memory_mib(process.pid, "VmRSS")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    store = sum(each.stat().st_size for each in (out / "_recovery").iterdir())
    forgotten = forgotten_of(out)
    remembered = kinds - forgotten
    began = time.monotonic()
    process = started()
    until(process, lambda: bool(status(out, process)["ready_at"]))
    ready = time.monotonic() - began
    until(process, lambda: status(out, process)["snapshots"] >= 1)
    durable, cpu = time.monotonic() - began, killing.cpu_seconds(process.pid)
    process.terminate()
    process.wait()
    return Measured(
        kinds,
        remembered,
        said["longest_stall_seconds"],
        said["stall_seconds"],
        stall_cpu,
        store / (1 << 20),
        ready,
        durable,
        cpu,
        resident,
    )


def main() -> None:
    """Measure and write the results."""
    kinds = [int(each) for each in sys.argv[1:]] or list(KINDS)
    with tempfile.TemporaryDirectory() as name, broker(Path(name)) as address:
        measured = [measure(address, each, Path(name)) for each in kinds]
    rows = [
        f"| {each.kinds:,} | {each.remembered:,} | {each.longest_stall_seconds:.2f} | {each.stall_at_rest_seconds:.2f}"
        f" | {each.stall_cpu_seconds:.2f}"
        f" | {each.store_mib:.0f} | {each.ready_seconds:.1f} | {each.durable_seconds:.1f} | {each.durable_cpu_seconds:.1f}"
        f" | {each.resident_mib:.0f} |"
        for each in measured
    ]
    text = "\n".join(
        [
            "# Signatures",
            "",
            f"A live run of one process over a topic; CPython {platform.python_version()}, {platform.machine()},"
            f" {os.cpu_count()} cores shared with other programs. Measured with"
            f" `python -m benchmarks.signatures {' '.join(map(str, kinds))}`.",
            "",
            "| kinds heard | remembered | longest stall while reading, s | stall at rest, s | of a processor, s | store, MiB"
            " | resume: reading after, s | durable snapshot after, s | of a processor, s | resident, MiB |",
            "|---|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
    RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
