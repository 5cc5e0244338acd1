"""The page of results: tables of what was measured in one run, the machine and its load."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.throughput import growth as growing
from benchmarks.throughput.child import ORDER
from benchmarks.throughput.peers import Peer
from benchmarks.throughput.replays import Cost, median

MIB = 2**20


@dataclass(slots=True)
class Outcome:
    """What one scenario gave."""

    name: str
    what: str
    lines: int
    size_bytes: int
    costs: list[Cost]
    peers: dict[str, Peer] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    """what takes most, where it was profiled"""
    note: str = ""


@dataclass(slots=True)
class Results:
    """What one run of the benchmark gave."""

    command: str
    runs: int
    load_before: float
    outcomes: list[Outcome] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """scenarios and peers that were not measured, with the reason"""
    growth: dict[str, list[growing.Point]] = field(default_factory=dict)
    plot: str = ""
    """file name of the plot"""


def machine() -> str:
    """Return what measured: processor, cores, memory, system, Python."""
    names = [line.partition(": ")[2] for line in _lines_of("/proc/cpuinfo") if line.startswith("model name")]
    total = [int(line.split()[1]) for line in _lines_of("/proc/meminfo") if line.startswith("MemTotal")]
    memory = f", {total[0] / MIB:.0f} GiB" if total else ""
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores{memory}, {platform.system()}"
        f" {platform.release()}, CPython {platform.python_version()}"
    )


def _lines_of(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def ranged(values: Sequence[float], digits: int = 0) -> str:
    """Return the median with the range of the runs."""
    middle = f"{median(values):,.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def read_seconds(cost: Cost) -> float:
    """Return seconds without start-up."""
    return max(cost.seconds - cost.startup_seconds, 1e-9)


def read_cpu_seconds(outcome: Outcome) -> float:
    """Return seconds of a processor without start-up, the median."""
    return median([cost.cpu_seconds - cost.stages["start-up"] for cost in outcome.costs])


def scenario_rows(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Return the table of what the product takes."""
    yield (
        "| scenario | lines | lines a second | without start-up | MB a second | CPU s a million lines | the same without"
        " start-up | peak MiB | Parquet files | bytes stored a line | waits for the disk |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for each in outcomes:
        million = 1e6 / each.lines
        rate = ranged([each.lines / cost.seconds for cost in each.costs])
        cells = [
            each.name,
            f"{each.lines:,}",
            rate,
            ranged([each.lines / read_seconds(cost) for cost in each.costs]),
            f"{median([each.size_bytes / 1e6 / read_seconds(cost) for cost in each.costs]):,.1f}",
            ranged([cost.cpu_seconds * million for cost in each.costs], 1),
            f"{read_cpu_seconds(each) * million:,.1f}",
            ranged([cost.peak_bytes / MIB for cost in each.costs]),
            f"{median([cost.files for cost in each.costs]):,.0f}",
            f"{median([cost.stored_bytes / each.lines for cost in each.costs]):,.0f}",
            f"{median([cost.syncs for cost in each.costs]):,.0f}",
        ]
        yield f"| {' | '.join(cells)} |"


def peer_rows(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Return the table of what others take, in lines a second, and how far the product is from bare writing."""
    yield (
        "| scenario | brainstem, without start-up | drain3 | logdrain, 1 core | brainstem to logdrain | bare read"
        " | bare Parquet write | CPU of brainstem to that of the write |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for each in outcomes:
        ours = median([each.lines / read_seconds(cost) for cost in each.costs])
        mined, write = each.peers.get("logdrain", Peer()), each.peers.get("write", Peer())
        written = write.cpu_seconds * each.lines / write.lines if write.lines else 0.0
        cells = [
            each.name,
            f"{ours:,.0f}",
            _mined(each.peers.get("drain3", Peer())),
            _mined(mined),
            f"{ours / mined.rate:.2f}" if mined.rate else "-",
            _rate(each.peers.get("read", Peer())),
            _rate(write),
            f"{read_cpu_seconds(each) / written:,.1f}" if written else "-",
        ]
        yield f"| {' | '.join(cells)} |"


def _rate(peer: Peer) -> str:
    return f"{peer.rate:,.0f}" if peer.rate else "-"


def _mined(peer: Peer) -> str:
    return f"{peer.rate:,.0f} ({peer.lines:,} lines, {peer.clusters:,} clusters)" if peer.rate else "-"


def stage_rows(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Return the table of seconds of a processor for a million lines, by stage."""
    stages = ("start-up", *ORDER, "rest")
    yield f"| scenario | {' | '.join(stages)} |"
    yield f"|---|{'---|' * len(stages)}"
    for each in outcomes:
        spent = [median([cost.stages[stage] for cost in each.costs]) * 1e6 / each.lines for stage in stages]
        yield f"| {each.name} | {' | '.join(f'{seconds:,.2f}' for seconds in spent)} |"


def page(results: Results) -> str:
    """Return the page."""
    outcomes = results.outcomes
    rows = [
        "# Throughput",
        "",
        f"{machine()}.",
        f"Load average {results.load_before:.1f} before and {os.getloadavg()[0]:.1f} after; the benchmark itself is about"
        f" {os.cpu_count()} of the latter. What is more was other work on the same",
        "cores: then seconds on the clock say little, and seconds of a processor (CPU s) are a third too high or so.",
        f"{f'Medians of {results.runs} processes with their range' if results.runs > 1 else 'One process each'};"
        f" `{results.command}`.",
        "",
        "Each run is a process from files, or a topic, to items, evidence on. Start-up lasts until the graph begins to"
        " read; in `live` until the first message.",
        "Waits for the disk are calls of `fsync` by the product; those of the engine's recovery store are not seen.",
        "",
        *(f"- {each.name}: {each.what}{each.note}" for each in outcomes),
        "",
        *scenario_rows(outcomes),
        "",
        "## Beside others, on the same lines",
        "",
        "Lines a second. drain3 and logdrain, with their defaults, get messages in memory and do nothing but mine templates;"
        " logdrain forgets beyond 100 clusters a leaf.",
        "A bare read counts line ends; a bare write puts the rows of evidence that the run has stored, in memory by then,"
        " into one Parquet file with Zstandard.",
        "",
        *peer_rows(outcomes),
        "",
        "## Time by stage",
        "",
        "Seconds of a processor for a million lines, medians. *rest* is the engine, threads of Arrow and Polars, and what no"
        " stage counts.",
        "",
        *stage_rows(outcomes),
        "",
    ]
    if any(each.parts for each in outcomes):
        rows += [
            "## What takes most",
            "",
            "One more run of each, sampled a hundred times a second: share of all samples.",
            "",
        ]
        for each in outcomes:
            if each.parts:
                rows += [f"{each.name}:", "", *(f"- {part}" for part in each.parts), ""]
    if results.growth:
        rows += ["## Growth", "", "One run of each size, without start-up.", "", *growing.rows(results.growth), ""]
        rows += [*growing.judged(results.growth), ""]
        if results.plot:
            rows += [f"![cost of a line]({results.plot})", ""]
    if results.left_out:
        rows += ["## Left out", "", *(f"- {each}" for each in results.left_out), ""]
    return "\n".join(rows)
