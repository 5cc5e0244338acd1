"""Which functions take the time of a scenario, by stage: stacks sampled by py-spy from outside, a hundred a second.

A sample counts where its thread was running and had work. It belongs to the innermost stage of `child.STAGES` on its stack,
and to the innermost function of the product: what numpy, Arrow or Polars do counts for the line that called them.
"""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.throughput.child import STAGES
from benchmarks.throughput.replays import ROOT, child_command, environment

RATE: Final = 100
PACKAGES: Final = ("brainstem/", "state/", "flows/", "connectors/")
PROGRAM: Final = "benchmarks/throughput/child.py"
"""the measured program, outermost on the stacks of its first thread"""
ELSEWHERE: Final = "start-up, engine, other"
TOP: Final = 6
"""parts of a scenario that are named"""


def sampler() -> str | None:
    """Return the program py-spy: of this environment, or of the machine."""
    own = Path(sys.executable).with_name("py-spy")
    return str(own) if own.is_file() else shutil.which("py-spy")


def stage_of(frames: Sequence[str]) -> str:
    """Return the innermost stage of a stack, outermost frame first."""
    for frame in reversed(frames):
        for stage, module, name in STAGES:
            if frame.startswith(f"{name} ({module.replace('.', '/')}.py"):
                return stage
    return ELSEWHERE


def part_of(frames: Sequence[str]) -> str:
    """Return the innermost function of the product with its file; the innermost one of all where there is none."""
    if any(frame.startswith("<module> (") and PROGRAM not in frame for frame in frames):
        return "importing modules"
    for frame in reversed(frames):
        function, _, place = frame.partition(" (")
        file = place.rpartition(":")[0]
        if file.startswith(PACKAGES):
            return f"`{function}` in {file}"
    return f"`{frames[-1].partition(' (')[0]}`" if frames else "?"


def folded(text: str) -> Counter[tuple[str, str]]:
    """Return samples by stage and part of a report in py-spy's `raw` format: frames, joined by `;`, and a count."""
    samples: Counter[tuple[str, str]] = Counter()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.replace(f"{ROOT}/", "") for frame in stack.split(";") if frame]
        samples[stage_of(frames), part_of(frames)] += int(count)
    return samples


def profiled(arguments: Sequence[str], out: Path) -> Counter[tuple[str, str]]:
    """Run the child once beside the sampler. Raises RuntimeError where either fails."""
    program = sampler()
    if program is None:
        raise RuntimeError("py-spy is not installed (the `benchmark` extra)")
    raw = out.with_name(f"{out.name}.raw")
    command = [program, "record", "--format", "raw", "--rate", str(RATE), "--nonblocking", "--full-filenames"]
    child = child_command(out.with_name(f"{out.name}.json"), 0, arguments)
    done = subprocess.run(  # noqa: S603 - a tool of this environment, and our own program
        [*command, "--output", str(raw), "--", *child],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if not raw.is_file():
        raise RuntimeError(f"py-spy ended with {done.returncode}: {done.stderr[-500:]}")
    return folded(raw.read_text(encoding="utf-8"))


def top_parts(samples: Counter[tuple[str, str]]) -> list[str]:
    """Return the parts that take most, each with its stage and its share of all samples."""
    total = sum(samples.values()) or 1
    return [f"{count / total:.0%} {stage}: {part}" for (stage, part), count in samples.most_common(TOP)]
