"""For whoever tunes: what the product made of each episode that it missed, and what it showed instead."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from benchmarks.real_streams.scoring import Episode, EpisodeScorer, duration
from benchmarks.real_streams.stream import Stream
from benchmarks.weak_signal.scorer import BenchItem
from brainstem.contracts.decision import DECISION_SCHEMA
from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.finding import family_id
from state.store.parquet_store import scan


def misses(stream: Stream, scorer: EpisodeScorer, items: Iterable[BenchItem], folder: Path) -> str:
    """List false items in full, and each missed episode with the best score of its families within its window."""
    score = scorer.score(items)
    decisions = scan(folder / "out" / "decisions", DECISION_SCHEMA).collect()
    decisions = decisions.with_columns(pl.col("tenant", "template", "to_band", "blocker").cast(pl.String))
    signatures = _signatures(scorer, stream, folder)
    lines = [f"false: {item.tenant} {item.note}" for item in score.false_items]
    missed = [episode for episode in score.episodes if episode not in score.found_us]
    lines += [
        _missed(episode, decisions, signatures.get((episode.tenant, episode.subject), set())) for episode in missed
    ]
    return "\n".join(lines)


def _signatures(scorer: EpisodeScorer, stream: Stream, folder: Path) -> dict[tuple[str, str], set[int]]:
    """Return the signatures of the lines of each mark, by tenant and mark."""
    root = f"file:{(folder / 'logs').resolve()}/"
    stored = scan(folder / "out" / "evidence", EVIDENCE_SCHEMA).select("source", "position", "signature").collect()
    tenants = {record.path: record.tenant for record in stream.case.records}
    found: dict[tuple[str, str], set[int]] = {}
    for source, position, signature in stored.with_columns(pl.col("source").cast(pl.String)).iter_rows():
        path = source.removeprefix(root)
        mark = scorer.marks.get((path, position), "")
        if mark:
            found.setdefault((tenants[path], mark), set()).add(signature)
    return found


def _missed(episode: Episode, decisions: pl.DataFrame, signatures: set[int]) -> str:
    """Describe a missed episode: the highest-scored decision on a family of its lines within its window."""
    text = (
        f"missed: {episode.kind} {episode.subject} of {episode.tenant}, {duration(episode.until_us - episode.onset_us)}"
    )
    own = decisions.filter((pl.col("tenant") == episode.tenant) & pl.col("signature").is_in(signatures))
    # decisions about a family that has joined another are those of that one
    families = pl.concat([own["family"], own["joined_family"].drop_nulls()]).unique()
    tick_us = pl.col("tick").dt.epoch("us")
    inside = decisions.filter(
        (pl.col("tenant") == episode.tenant)
        & pl.col("family").is_in(families.implode())
        & (tick_us >= episode.onset_us)
        & (tick_us <= episode.until_us)
    )
    if not len(inside):
        return f"{text}: {len(families)} families, no decision within its window"
    best = inside.sort(["score", "tick", "family"], descending=[True, False, False]).row(0, named=True)
    parts = ", ".join(f"{each['factor']} {each['points']:g}" for each in best["contributions"] if each["points"])
    return (
        f"{text}: best of {len(families)} families {best['score']:g} in {best['to_band']} (blocker: {best['blocker']}), "
        f"{family_id(best['family'])} at {best['tick']:%Y-%m-%d %H:%M}: {parts}: {best['template']}"
    )
