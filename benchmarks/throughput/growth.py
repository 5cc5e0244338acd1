"""What a line costs as there are more of them, of more tenants, or of more kinds: a table and a plot.

Each size is replayed once, and its cost is seconds of a processor without start-up. A series is flat where the cost of a
line stays within a fifth of that of its first size.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.throughput.replays import replays
from benchmarks.throughput.scenarios import Spread, Written, write_days, write_spread

FLAT: Final = 0.2
SHORT_POINTS: Final = 2
"""sizes of a series in a short run"""


@dataclass(frozen=True, slots=True)
class Series:
    """One thing that grows."""

    name: str
    what: str
    sizes: tuple[int, ...]
    far: tuple[int, ...]
    """sizes that are measured on demand only, for they take long"""
    is_divided: bool
    """whether a short run has smaller sizes, not only fewer lines"""
    write: Callable[[int, int, Path], Written]
    """makes the logs of a size; the number that divides how many lines there are, and the folder"""


@dataclass(frozen=True, slots=True)
class Point:
    """What one size took."""

    size: int
    lines: int
    microseconds: float
    """of a processor, a line"""
    peak_bytes: int
    files: int


SERIES: Final = (
    Series(
        "lines",
        "lines of one tenant, a million a day",
        (1_000_000, 3_000_000, 10_000_000),
        (30_000_000, 100_000_000),
        True,
        lambda size, divisor, folder: write_days(size // divisor, folder, 1_000_000 // divisor),
    ),
    Series(
        "tenants",
        "tenants who say 200,000 lines of one day together",
        (1, 10, 100, 1_000),
        (),
        False,
        lambda size, divisor, folder: write_spread(Spread(tenants=size), 200_000 // divisor, folder),
    ),
    Series(
        "kinds",
        "kinds of message among 300,000 lines of one day (1,000,000 among twice as many)",
        (1_000, 10_000, 100_000),
        (1_000_000,),
        True,
        lambda size, divisor, folder: write_spread(
            Spread(kinds=size // divisor), max(300_000, 2 * size) // divisor, folder
        ),
    ),
)


def measure(series: Series, divisor: int, far: bool) -> Iterator[Point]:
    """Yield the points of a series in order of size. In a short run (`divisor` above 1) these are its first ones."""
    sizes = series.sizes[:SHORT_POINTS] if divisor > 1 else series.sizes + (series.far if far else ())
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="growth-") as name:
            folder = Path(name)
            written = series.write(size, divisor, folder)
            (cost,) = replays(written, folder, 1)
        spent = cost.cpu_seconds - cost.stages["start-up"]
        yield Point(
            size // divisor if series.is_divided else size,
            written.lines,
            spent * 1e6 / written.lines,
            cost.peak_bytes,
            cost.files,
        )


def rows(measured: dict[str, list[Point]]) -> Iterator[str]:
    """Return the table of all series."""
    yield "| grows | size | lines | µs of a processor a line | of the first size | peak MiB | Parquet files |"
    yield "|---|---|---|---|---|---|---|"
    for series in SERIES:
        for point in measured.get(series.name, []):
            ratio = point.microseconds / measured[series.name][0].microseconds
            yield (
                f"| {series.name} | {point.size:,} | {point.lines:,} | {point.microseconds:.2f} | {ratio:.2f}"
                f" | {point.peak_bytes / 2**20:,.0f} | {point.files:,} |"
            )


def judged(measured: dict[str, list[Point]]) -> Iterator[str]:
    """Return for each series whether the cost of a line is flat."""
    for series in SERIES:
        points = measured.get(series.name, [])
        if len(points) > 1:
            costs = [point.microseconds for point in points]
            most = max(costs) / costs[0]
            flat = "flat within 20 %" if max(abs(cost / costs[0] - 1) for cost in costs) <= FLAT else "not flat"
            yield f"- {series.name} ({series.what}): {flat}, at most {most:.2f} times the first size"


def plot(measured: dict[str, list[Point]], path: Path) -> str:
    """Draw all series into an SVG file; return why that is not possible, nothing where it was."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        return "matplotlib is not installed (the `benchmark` extra)"
    # the same figures give the same bytes
    mpl.rcParams["svg.hashsalt"] = "growth"
    drawn = [series for series in SERIES if measured.get(series.name)]
    figure = Figure(figsize=(3.6 * len(drawn), 3.0), layout="constrained")
    for number, series in enumerate(drawn, 1):
        axes = figure.add_subplot(1, len(drawn), number)
        points = measured[series.name]
        axes.plot([point.size for point in points], [point.microseconds for point in points], marker="o")
        axes.axhspan(points[0].microseconds * (1 - FLAT), points[0].microseconds * (1 + FLAT), alpha=0.15)
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel(series.name)
        axes.set_ylabel("µs of a processor a line")
    figure.savefig(path, format="svg", metadata={"Date": None})
    return ""
