"""What a line costs from a file, or a topic, to items, in scenarios from one busy tenant to a hundred quiet ones.

    python -m benchmarks.throughput [NAME ...] [--write] [--short] [--profile] [--growth] [--far]

Without names all scenarios are measured, profiled, and repeated in growing sizes. Each scenario is some runs of a whole
process (5 unless `--runs` says otherwise), and beside them in the same run drain3, logdrain, a bare read and a bare Parquet
write of the same rows. With names only these are, `--profile` and `--growth` add the rest. `--lines` sets how many lines
each scenario has, `--short` takes a twentieth, one run, and two sizes of growth. `--far` adds the sizes of growth that take
long.

`--write` writes `results/throughput.md` and `results/growth.svg`. `real` needs `BRAINSTEM_CORPORA`, `live` a broker as
`benchmarks.kafka` does, logdrain cargo, and all the `benchmark` and `test` extras; what is missing is left out with its
reason.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import new_words
from benchmarks.corpora import VARIABLE
from benchmarks.throughput import growth, live, peers, profiles
from benchmarks.throughput.replays import replay_arguments, replays, warm
from benchmarks.throughput.report import Outcome, Results, page
from benchmarks.throughput.scenarios import SCENARIOS, Written

RESULTS: Final = Path(__file__).resolve().parents[1] / "results"
PAGE: Final = "throughput.md"
PLOT: Final = "growth.svg"
RUNS: Final = 5
SHORT: Final = 20
"""by how much a short run has fewer lines"""
LIVE: Final = "live"


def progress(text: str) -> None:
    """Print how far it is."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress


def run_peers(outcome: Outcome, written: Written, out: Path, folder: Path, results: Results) -> None:
    """Measure the others on the lines of a scenario."""
    outcome.peers["drain3"] = peers.drain3(written.messages)
    outcome.peers["logdrain"] = peers.logdrain(written.messages, folder)
    if written.paths:
        outcome.peers["read"] = peers.bare_read(written.paths, written.lines)
    outcome.peers["write"] = peers.bare_write(out, folder)
    for name, peer in outcome.peers.items():
        reason = f"{name}: {peer.missing}"
        if peer.missing and reason not in results.left_out:
            results.left_out.append(reason)


def profile(outcome: Outcome, arguments: Sequence[str], out: Path, results: Results) -> None:
    """Note what takes most of a scenario."""
    try:
        outcome.parts = profiles.top_parts(profiles.profiled(arguments, out))
    except RuntimeError as error:
        results.left_out.append(f"profile of {outcome.name}: {error}")
    for part in outcome.parts:
        progress(f"  {part}")


def surfaced(out: Path) -> str:
    """Return which of the signals among ever new lines became an item."""
    items = (out / "items.jsonl").read_text(encoding="utf-8")
    found = {"the countdown": new_words.OIL in items, "the flapping link": new_words.LINK in items}
    return "; " + ", ".join(
        f"{what} {'surfaced' if is_there else 'did not surface'}" for what, is_there in found.items()
    )


def run_files(name: str, asked: argparse.Namespace, results: Results, profiling: bool) -> Outcome | None:
    """Measure a scenario of files; None where it is left out."""
    scenario = SCENARIOS[name]
    corpora = Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None
    count = asked.lines or scenario.lines // (SHORT if asked.short else 1)
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder_name:
        folder = Path(folder_name)
        try:
            written = scenario.write(count, folder, corpora)
        except FileNotFoundError as error:
            results.left_out.append(f"{name}: {error} ({VARIABLE})")
            return None
        costs = replays(written, folder, asked.runs, scenario.cores)
        outcome = Outcome(name, scenario.what, written.lines, written.size_bytes, costs)
        run_peers(outcome, written, folder / "out", folder, results)
        if name == "hostile":
            outcome.note = surfaced(folder / "out")
        if profiling and not scenario.cores:
            sampled = folder / "sampled"
            profile(outcome, replay_arguments(written.inputs, sampled), sampled, results)
    return outcome


def run_live(asked: argparse.Namespace, results: Results, profiling: bool) -> Outcome | None:
    """Measure the live run; None where there is no broker."""
    reason = live.missing()
    if reason:
        results.left_out.append(f"{LIVE}: {reason}")
        return None
    count = asked.lines or live.LINES // (SHORT if asked.short else 1)
    with (
        tempfile.TemporaryDirectory(prefix="throughput-") as name,
        live.filled(Path(name), count) as (address, written),
    ):
        folder = Path(name)
        costs = live.live_runs(address, written, folder, asked.runs)
        outcome = Outcome(LIVE, live.WHAT, written.lines, written.size_bytes, costs)
        run_peers(outcome, written, folder / "out", folder, results)
        if profiling:
            sampled = folder / "sampled"
            profile(outcome, live.live_arguments(address, count, sampled), sampled, results)
    return outcome


def run_growth(asked: argparse.Namespace, results: Results) -> None:
    """Measure all series of growth."""
    for series in growth.SERIES:
        points = results.growth.setdefault(series.name, [])
        for point in growth.measure(series, SHORT if asked.short else 1, asked.far):
            points.append(point)
            progress(f"growth of {series.name}: {point}")


def arguments_of(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*SCENARIOS, LIVE]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument(
        "--lines", type=int, default=0, help="lines of each scenario; each has its own number otherwise"
    )
    parser.add_argument("--runs", type=int, default=0, help=f"of each scenario, {RUNS} unless given, 1 with --short")
    parser.add_argument("--short", action="store_true", help=f"one run of {SHORT} times fewer lines")
    parser.add_argument("--profile", action="store_true", help="name what takes most of each scenario")
    parser.add_argument("--growth", action="store_true", help="repeat in growing sizes")
    parser.add_argument("--far", action="store_true", help="also 100 million lines and a million kinds of message")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE} and {PLOT}")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="where --write writes")
    asked = parser.parse_args(argv)
    unknown = sorted({*asked.names} - {*names})
    if unknown:
        parser.error(f"no scenario {', '.join(unknown)}; there are {', '.join(names)}")
    asked.runs = asked.runs or (1 if asked.short else RUNS)
    return asked


def main(argv: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    asked = arguments_of(argv)
    everything = not asked.names
    command = " ".join(["python -m benchmarks.throughput", *(sys.argv[1:] if argv is None else argv)])
    results = Results(command, asked.runs, os.getloadavg()[0])
    # what takes long to build is built before anything is measured
    peers.build_logdrain()
    warm()
    for name in asked.names or [*SCENARIOS, LIVE]:
        progress(name)
        profiling = asked.profile or everything
        outcome = run_live(asked, results, profiling) if name == LIVE else run_files(name, asked, results, profiling)
        if outcome is not None:
            results.outcomes.append(outcome)
            progress(f"  {', '.join(f'{cost.seconds:.1f} s' for cost in outcome.costs)}")
    if asked.growth or asked.far or everything:
        run_growth(asked, results)
        if asked.write:
            reason = growth.plot(results.growth, asked.results / PLOT)
            results.plot = "" if reason else PLOT
            if reason:
                results.left_out.append(f"the plot: {reason}")
    text = page(results)
    if asked.write:
        (asked.results / PAGE).write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
