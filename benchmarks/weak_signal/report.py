"""The table: mean over seeds, and the lowest and highest of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from benchmarks.weak_signal.scorer import Score

COLUMNS: Final[tuple[tuple[str, Callable[[Score], float | None]], ...]] = (
    ("recall", Score.recall),
    ("info-worded", lambda score: score.recall(error_worded=False)),
    ("error-worded", lambda score: score.recall(error_worded=True)),
    ("precision", lambda score: score.precision),
    ("lead share", lambda score: score.lead),
    ("items a day", lambda score: score.items_a_day),
    ("decoy items a day", lambda score: score.decoys_a_day),
)

SCORE_EDGES: Final = (0, 1, 2, 4, 7, 10, 15)


def table(scores: Mapping[str, Sequence[Score]], snr: float, seeds: Sequence[int], *, held_out: bool) -> str:
    """Return two Markdown tables: the figures, and recall by kind."""
    kinds = sorted({signal.kind for of_name in scores.values() for score in of_name for signal in score.signals})
    first, last = seeds[0], seeds[-1]
    lines = [
        f"# Weak signals: SNR {snr:g}, seeds {first} to {last}{', kinds held out included' if held_out else ''}",
        "",
        "Mean over seeds (lowest to highest). Items are counted per tenant and day; precision is strict.",
        "",
        *_rows("", [name for name, _ in COLUMNS], scores, [figure for _, figure in COLUMNS]),
        "",
        "Recall by kind:",
        "",
        *_rows("", kinds, scores, [_of_kind(kind) for kind in kinds], spread=False),
    ]
    return "\n".join(lines) + "\n"


def calibration(scores: Sequence[Score]) -> str:
    """Return a Markdown table: of the items of a score, how many mattered, over all seeds."""
    counted = [
        (verdict.item.decibans, verdict.outcome == "relevant")
        for score in scores
        for verdict in score.verdicts
        if verdict.item.decibans is not None and verdict.outcome != "neutral"
    ]
    lines = [
        "Of the items of a score, how many mattered:",
        "",
        "| score, decibans | items | mattered |",
        "|---|---|---|",
    ]
    for low, high in zip(SCORE_EDGES, [*SCORE_EDGES[1:], None], strict=True):
        right = [mattered for decibans, mattered in counted if decibans >= low and (high is None or decibans < high)]
        named = f"{low} and more" if high is None else f"{low} to {high}"
        lines.append(f"| {named} | {len(right)} | {sum(right) / len(right):.2f} |" if right else f"| {named} | 0 | - |")
    return "\n".join(lines) + "\n"


def _of_kind(kind: str) -> Callable[[Score], float | None]:
    return lambda score: score.recall(kind=kind)


def _rows(
    corner: str,
    titles: Sequence[str],
    scores: Mapping[str, Sequence[Score]],
    figures: Sequence[Callable[[Score], float | None]],
    *,
    spread: bool = True,
) -> list[str]:
    rows = [f"| {corner} | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for name, of_name in scores.items():
        cells = [_cell([figure(score) for score in of_name], spread=spread) for figure in figures]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def _cell(values: Sequence[float | None], *, spread: bool) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    mean = f"{sum(known) / len(known):.2f}"
    return f"{mean} ({min(known):.2f} to {max(known):.2f})" if spread and len(known) > 1 else mean
