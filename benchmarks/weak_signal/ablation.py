"""What each kind of evidence is worth: the bench once with all of them, and once for each with that one left out.

python -m benchmarks.weak_signal.ablation [--seeds 3] [--first-seed 61] [--snr 1] [--jobs 1] [--out FILE]

One replay of a seed serves all variants: each has a discovery step of its own, which takes the same reports.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.weak_signal.generate import generate, save
from benchmarks.weak_signal.product import REPOSITORY, item_of, replay_folder
from benchmarks.weak_signal.report import table
from benchmarks.weak_signal.scorer import Score, Scorer
from brainstem.attention.weigh import weigh
from brainstem.contracts.finding import Finding
from brainstem.contracts.tenant_report import TenantReport
from brainstem.discovery import tenant
from brainstem.discovery.tenant import SlotOutcome
from brainstem.evidence.kinds import FACTOR_NAMED, KEYS
from brainstem.explain.item import compose
from flows.graph import steps
from state.discovery.tenant_shard import Shard

WHOLE_CONFIGURATION: Final = "all evidence"
VARIANTS: Final[Mapping[str, tuple[int, ...]]] = {
    WHOLE_CONFIGURATION: (),
    **{f"without {kind.name.replace('_', ' ')}": tuple(factor.column for factor in kind.factors) for kind in KEYS},
    "without lineage": (FACTOR_NAMED["lineage"].column,),
}
"""columns of factors that are left out, by the name of what runs without them"""

Weigh = Callable[[npt.NDArray[Any]], npt.NDArray[np.int32]]


def weigh_without(factors: tuple[int, ...]) -> Weigh:
    """Return a way of weighing in which some factors never have points."""

    def weighed(feature_rows: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        quarters = weigh(feature_rows)
        quarters[:, list(factors)] = 0
        return quarters

    return weighed


class Fan(Shard):
    """A discovery step that hands every report to one step for each variant, and keeps what each of them finds."""

    found: Final[dict[str, list[Finding]]] = {name: [] for name in VARIANTS}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._variants = {name: Shard(*arguments) for name in VARIANTS}
        for shard in self._variants.values():
            shard.frontier = self.frontier

    def take(self, report: TenantReport) -> None:
        """Hand a copy to each variant, for a step may write into what it takes."""
        for shard in self._variants.values():
            shard.add_report(replace(report, feature_rows=report.feature_rows.copy(), notices=report.notices.copy()))

    def seal(self) -> SlotOutcome:
        """Have each variant seal, weighing in its own way, and return what the whole found."""
        outcomes = {}
        for name, shard in self._variants.items():
            vars(tenant).update(weigh=weigh_without(VARIANTS[name]))
            outcomes[name] = shard.seal()
            self.found[name].extend(outcomes[name].findings)
        self.sealed_before = self._variants[WHOLE_CONFIGURATION].sealed_before
        return outcomes[WHOLE_CONFIGURATION]


def replay_all(folder: Path) -> None:
    """Replay a folder of the bench in this process; what each variant finds goes to `variants.json` in it."""
    # the one place at which the step's state is made
    vars(steps).update(Shard=Fan)
    replay_folder(folder)
    found = {name: [compose(finding, UTC) for finding in of_name] for name, of_name in Fan.found.items()}
    (folder / "variants.json").write_text(json.dumps(found), encoding="utf-8")


def run_seed(seed: int, snr: float) -> dict[str, Score]:
    """Return the score of each variant over one seed."""
    case = generate(seed, snr)
    folder = Path(tempfile.mkdtemp(prefix=f"ablation-{seed}-"))
    try:
        save(case, folder)
        command = [sys.executable, "-m", "benchmarks.weak_signal.ablation", "--folder", str(folder)]
        subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)  # noqa: S603 - our own
        root = f"file:{(folder / 'logs').resolve()}/"
        found = json.loads((folder / "variants.json").read_text(encoding="utf-8"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    scorer = Scorer(case, held_out=True)
    return {name: scorer.score(item_of(item, root) for item in items) for name, items in found.items()}


def _all(seeds: range, snr: float, jobs: int) -> Iterator[dict[str, Score]]:
    one = partial(run_seed, snr=snr)
    if jobs == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(one, seeds)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.weak_signal.ablation", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds (3)")
    parser.add_argument("--first-seed", type=int, default=61, help="the first of them (61)")
    parser.add_argument("--snr", type=float, default=1.0, help="signal-to-noise ratio (1)")
    parser.add_argument("--jobs", type=int, default=1, help="seeds at once (1)")
    parser.add_argument("--out", type=Path, help="write the table to a file as well")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.folder is not None:
        replay_all(arguments.folder)
        return
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    scores: dict[str, list[Score]] = {}
    for of_seed in _all(seeds, arguments.snr, arguments.jobs):
        for name, score in of_seed.items():
            scores.setdefault(name, []).append(score)
    text = table(scores, arguments.snr, list(seeds), held_out=True)
    print(text)  # noqa: T201 - the result
    if arguments.out is not None:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
