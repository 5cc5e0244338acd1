"""What others take for the same lines, and what reading and writing alone take: drain3, logdrain, bytes, Parquet rows.

drain3 and logdrain, with their defaults, get the messages in memory, without stamp, host and program, and only their own
loop is timed: no parsing, no memory of time, no evidence, no writing. drain3 stops after `PATIENCE_SECONDS`, and its rate is
that of the lines before. logdrain is the Rust crate, built here by cargo with the versions of `logdrain/Cargo.lock`; each of
both uses one core.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from state.store.layouts import EVIDENCE
from state.store.listing import published_files
from state.store.parquet_files import coded_columns

PACKAGE: Final = Path(__file__).parent / "logdrain"
TARGET: Final = Path(os.environ.get("CARGO_TARGET_DIR", PACKAGE / "target"))
PROGRAM: Final = TARGET / "release" / "mine"
PATIENCE_SECONDS: Final = 8.0
BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Peer:
    """What a peer took for how much; `missing` says why it could not be measured."""

    lines: int = 0
    seconds: float = 0.0
    clusters: int = 0
    cpu_seconds: float = 0.0
    missing: str = ""

    @property
    def rate(self) -> float:
        """Lines a second."""
        return self.lines / self.seconds if self.seconds else 0.0


def build_logdrain() -> str:
    """Build the program, unless it is there; return why that is not possible, nothing where it is."""
    if PROGRAM.is_file():
        return ""
    cargo = shutil.which("cargo")
    if cargo is None:
        return "no cargo on this machine"
    command = [cargo, "build", "--release", "--locked", "--quiet", "--target-dir", str(TARGET)]
    done = subprocess.run(  # noqa: S603 - a tool of this machine
        command, cwd=PACKAGE, capture_output=True, text=True, check=False
    )
    return "" if not done.returncode else f"cargo failed: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}"


def logdrain(messages: Sequence[str], folder: Path) -> Peer:
    """Mine the messages with logdrain."""
    missing = build_logdrain()
    if missing:
        return Peer(missing=missing)
    path = folder / "messages.txt"
    path.write_text("".join(f"{message}\n" for message in messages), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - built above
        [PROGRAM, path], capture_output=True, text=True, check=True
    )
    seconds, lines, clusters = done.stdout.split()
    return Peer(int(lines), float(seconds), int(clusters))


def drain3(messages: Sequence[str]) -> Peer:
    """Mine the messages with drain3 until they end, or patience does."""
    try:
        from drain3 import TemplateMiner
    except ImportError:
        return Peer(missing="drain3 is not installed (the `benchmark` extra)")
    miner, mined = TemplateMiner(), 0
    began = time.perf_counter()
    for message in messages:
        miner.add_log_message(message)
        mined += 1
        if mined % 1000 == 0 and time.perf_counter() - began > PATIENCE_SECONDS:
            break
    return Peer(mined, time.perf_counter() - began, len(miner.drain.clusters))


def bare_read(paths: Sequence[Path], lines: int) -> Peer:
    """Read the bytes and count line ends."""
    began, cpu, ends = time.perf_counter(), time.process_time(), 0
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                ends += block.count(b"\n")
    return Peer(lines, time.perf_counter() - began, ends, time.process_time() - cpu)


def bare_write(out: Path, folder: Path) -> Peer:
    """Write the rows of evidence that a run has stored, in memory by now, to one Parquet file as the product does: with
    Zstandard, synced once."""
    tables = [pq.read_table(path, partitioning=None) for path in published_files(out / EVIDENCE.folder)]
    if not tables:
        return Peer(missing="no evidence")
    rows = pa.concat_tables(tables)
    path = folder / "bare.parquet"
    coded = coded_columns(rows.schema)
    began, cpu = time.perf_counter(), time.process_time()
    with path.open("wb") as file:
        pq.write_table(rows, file, compression="zstd", use_dictionary=coded)  # type: ignore[arg-type]  # a list is taken
        file.flush()
        os.fsync(file.fileno())
    return Peer(rows.num_rows, time.perf_counter() - began, 0, time.process_time() - cpu)
