"""Run the bench: generate seeds, run the product and the baselines over them, print one table.

python -m benchmarks.weak_signal [--seeds 20] [--snr 1] [--baselines] [--held-out] [--jobs 1] [--out table.md]
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.weak_signal.baselines import BASELINES, at_random
from benchmarks.weak_signal.generate import generate, save
from benchmarks.weak_signal.misses import misses
from benchmarks.weak_signal.product import read_items, run
from benchmarks.weak_signal.report import calibration, table
from benchmarks.weak_signal.scorer import Score, Scorer

PRODUCT = "brAInstem"
EQUAL_BUDGET = "random, as many as brAInstem"


def run_seed(seed: int, arguments: argparse.Namespace) -> tuple[dict[str, Score], str]:
    """Return the scores of everything that ran over one seed, by name, and what the product missed and shouted."""
    case = generate(seed, arguments.snr)
    scorer = Scorer(case, held_out=arguments.held_out)
    scores, notes = {}, ""
    if arguments.baselines:
        scores = {name: scorer.score(baseline(case)) for name, baseline in BASELINES.items()}
    if not arguments.no_product:
        folder = Path(tempfile.mkdtemp(prefix=f"weak-signal-{seed}-")) if arguments.keep is None else arguments.keep
        try:
            save(case, folder)
            run(folder)
            scores[PRODUCT] = scorer.score(read_items(folder))
            if arguments.baselines:
                scores[EQUAL_BUDGET] = scorer.score(at_random(scores[PRODUCT].items_a_day)(case))
            if arguments.misses:
                notes = misses(case, folder, scores[PRODUCT])
        finally:
            if arguments.keep is None:
                shutil.rmtree(folder, ignore_errors=True)
    elif arguments.keep is not None:
        save(case, arguments.keep)
    return scores, notes


def main(argv: list[str] | None = None) -> None:
    """Run from the command line."""
    arguments = _arguments(argv)
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    scores: dict[str, list[Score]] = {}
    for seed, (of_seed, notes) in zip(seeds, _all(seeds, arguments), strict=True):
        print(f"seed {seed} done", file=sys.stderr, flush=True)  # noqa: T201 - progress
        if notes:
            print(notes, file=sys.stderr, flush=True)  # noqa: T201 - asked for
        for name, score in of_seed.items():
            scores.setdefault(name, []).append(score)
    text = table(scores, arguments.snr, list(seeds), held_out=arguments.held_out)
    if PRODUCT in scores:
        text += "\n" + calibration(scores[PRODUCT])
    print(text)  # noqa: T201 - the result
    if arguments.out is not None:
        arguments.out.write_text(text, encoding="utf-8")


def _all(seeds: range, arguments: argparse.Namespace) -> Iterable[tuple[dict[str, Score], str]]:
    one = partial(run_seed, arguments=arguments)
    if arguments.jobs == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(arguments.jobs) as pool:
        yield from pool.map(one, seeds)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weak_signal", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds (20)")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--snr", type=float, default=1.0, help="signal-to-noise ratio: 0.5, 1 or 2 (1)")
    parser.add_argument("--baselines", action="store_true", help="score the baselines too")
    parser.add_argument("--no-product", action="store_true", help="leave the product out")
    parser.add_argument("--held-out", action="store_true", help="count the kinds that are not for tuning as well")
    parser.add_argument("--misses", action="store_true", help="list what the product missed and shouted")
    parser.add_argument("--jobs", type=int, default=1, help="seeds at once (1)")
    parser.add_argument("--out", type=Path, help="write the table to a file as well")
    parser.add_argument("--keep", type=Path, help="keep one seed's files, and the product's output, in a new folder")
    arguments = parser.parse_args(argv)
    if arguments.keep is not None:
        if arguments.seeds != 1:
            parser.error("--keep keeps the files of one seed: give --seeds 1")
        if arguments.keep.exists() and any(arguments.keep.iterdir()):
            parser.error(f"--keep {arguments.keep} is not empty: name a new folder")
    return arguments


if __name__ == "__main__":
    main()
