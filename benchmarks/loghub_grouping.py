"""How well signatures and families group the lines of 16 systems, beside drain3 with its defaults.

    python -m benchmarks.loghub_grouping [FOLDER] [--write]

FOLDER holds the evaluation data (default: that of `BRAINSTEM_CORPORA`), and in `loghub-2k` the files
`*_2k.log_structured.csv.xz` of loghub. Three figures a system: grouping accuracy GA (share of lines whose group is
exactly that of its event), FGA (F1 over groups instead of lines), both as in Jiang et al., "A Large-Scale Evaluation
for Log Parsing Techniques" (ISSTA 2024), and purity (share of lines whose event is the most frequent one of their
group). "moved" says whether the groups change when the lines come in another order. The message is the `Content`
column; nothing knows which system it reads.
"""

import argparse
import csv
import io
import lzma
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.corpora import folder_of_corpora
from brainstem.signature.families import Families
from brainstem.signature.signing import sign, template

ROOT: Final = Path(__file__).resolve().parents[1]
REPORT: Final = ROOT / "benchmarks" / "results" / "loghub_grouping.md"
SHUFFLES: Final = 3

Grouper = Callable[[Sequence[str]], list[Hashable]]


@dataclass(frozen=True, slots=True)
class Score:
    """What one grouper made of one system; shares are 0 to 1."""

    accuracy: float
    f1: float
    purity: float
    groups: int
    moved: bool


def read_system(path: Path) -> tuple[list[str], list[str]]:
    """Return the messages of one system and the event of each."""
    with lzma.open(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    return [row["Content"] for row in rows], [row["EventId"] for row in rows]


def systems(folder: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Read every system in `folder`, by name."""
    return {path.name.split("_")[0]: read_system(path) for path in sorted(folder.glob("*_2k.log_structured.csv.xz"))}


def columns(messages: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lay messages end to end: text uint8[any], start and end int64[n]."""
    raw = [message.encode() for message in messages]
    end = np.cumsum([len(message) for message in raw], dtype=np.int64)
    return np.frombuffer(b"".join(raw), np.uint8), end - [len(message) for message in raw], end


def group_by_family(messages: Sequence[str]) -> list[Hashable]:
    """Return the family of every message."""
    signed = sign(*columns(messages))
    rows = list(zip(signed.token_count.tolist(), signed.signature.tolist(), strict=True))
    families = Families()
    entered: set[int] = set()
    for slot, (message, (token_count, signature)) in enumerate(zip(messages, rows, strict=True)):
        if signature not in entered:
            entered.add(signature)
            families.add(token_count, signature, template(message.encode()).tokens, slot)
    return [families.family_of(token_count, signature) for token_count, signature in rows]


def group_by_drain3(messages: Sequence[str]) -> list[Hashable]:
    """Return the drain3 cluster of every message, as drain3 names it while it learns."""
    from drain3 import TemplateMiner
    from drain3.template_miner_config import TemplateMinerConfig

    miner = TemplateMiner(config=TemplateMinerConfig())
    return [miner.add_log_message(message)["cluster_id"] for message in messages]


def members(groups: Sequence[Hashable]) -> dict[Hashable, frozenset[int]]:
    """Return the lines of every group."""
    found: dict[Hashable, set[int]] = defaultdict(set)
    for line, group in enumerate(groups):
        found[group].add(line)
    return {group: frozenset(lines) for group, lines in found.items()}


def is_moved(messages: Sequence[str], straight: Sequence[Hashable], grouper: Grouper) -> bool:
    """Return whether some order of the lines groups them otherwise."""
    expected = set(members(straight).values())
    for seed in range(SHUFFLES):
        order = list(range(len(messages)))
        random.Random(seed).shuffle(order)  # noqa: S311  # no secret
        shuffled = members(grouper([messages[line] for line in order]))
        if {frozenset(order[place] for place in places) for places in shuffled.values()} != expected:
            return True
    return False


def judge(messages: Sequence[str], events: Sequence[str], grouper: Grouper) -> Score:
    """Group one system's lines and compare with its events."""
    groups = grouper(messages)
    truth = set(members(events).values())
    ours = members(groups)
    right = [lines for lines in ours.values() if lines in truth]
    precision, recall = len(right) / len(ours), len(right) / len(truth)
    majority = sum(Counter(events[line] for line in lines).most_common(1)[0][1] for lines in ours.values())
    return Score(
        accuracy=sum(map(len, right)) / len(messages),
        f1=2 * precision * recall / (precision + recall) if right else 0.0,
        purity=majority / len(messages),
        groups=len(ours),
        moved=is_moved(messages, groups, grouper),
    )


def run(folder: Path, grouper: Grouper) -> dict[str, Score]:
    """Judge every system in `folder`."""
    return {name: judge(messages, events, grouper) for name, (messages, events) in systems(folder).items()}


def mean(scores: Sequence[float]) -> float:
    """Return the arithmetic mean."""
    return sum(scores) / len(scores)


def signing_rate(folder: Path, repeats: int = 40) -> tuple[float, float]:
    """Return messages a second of `sign` over all systems together (best of `repeats`), and their mean length in bytes."""
    text, start, end = columns([message for messages, _ in systems(folder).values() for message in messages])
    sign(text, start, end)
    best = float("inf")
    for _ in range(repeats):
        before = time.perf_counter()
        sign(text, start, end)
        best = min(best, time.perf_counter() - before)
    return len(start) / best, len(text) / len(start)


def table(ours: dict[str, Score], theirs: dict[str, Score]) -> list[str]:
    """Return the figures side by side, in Markdown."""
    lines = [
        "| system | GA | FGA | purity | groups | moved | drain3 GA | FGA | purity | groups | moved |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, score in ours.items():
        cells = [
            f"{s.accuracy:.3f} | {s.f1:.3f} | {s.purity:.3f} | {s.groups} | {'yes' if s.moved else 'no'}"
            for s in (score, theirs[name])
        ]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    means = [
        f"{mean([s.accuracy for s in side]):.3f} | {mean([s.f1 for s in side]):.3f} | {mean([s.purity for s in side]):.3f}"
        f" | {sum(s.groups for s in side)} | {sum(s.moved for s in side)} of {len(side)}"
        for side in (list(ours.values()), list(theirs.values()))
    ]
    lines.append(f"| **all** | {means[0]} | {means[1]} |")
    return lines


def main() -> int:
    """Run both groupers and print or write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.relative_to(ROOT)}")
    arguments = parser.parse_args()
    folder = folder_of_corpora(arguments.folder, parser) / "loghub-2k"
    if not any(folder.glob("*_2k.log_structured.csv.xz")):
        sys.stderr.write(f"no loghub files in {folder}\n")
        return 2
    rate, width = signing_rate(folder)
    report = [
        "# Grouping the lines of 16 systems",
        "",
        "Made by `python -m benchmarks.loghub_grouping --write`; what the columns say stands in that file. drain3 0.9.11",
        "runs with its defaults. No mask and no list knows a system.",
        "",
        *table(run(folder, group_by_family), run(folder, group_by_drain3)),
        "",
        f"Signing all lines together: {rate / 1e6:.2f} million messages a second on one core, {width:.0f} bytes each.",
        "",
    ]
    text = "\n".join(report)
    if arguments.write:
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
