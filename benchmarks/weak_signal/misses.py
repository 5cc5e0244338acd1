"""For whoever tunes: what the product made of each signal it missed, and what it showed instead."""

from collections import Counter
from pathlib import Path

import polars as pl

from benchmarks.weak_signal.generate import Case
from benchmarks.weak_signal.scorer import Score
from benchmarks.weak_signal.signals import Signal
from brainstem.contracts.decision import DECISION_SCHEMA
from brainstem.contracts.event import EVIDENCE_SCHEMA
from state.store.parquet_store import scan


def misses(case: Case, folder: Path, score: Score) -> str:
    """List missed signals with the best score of their families, false items by what they are, and by kind of item."""
    evidence = scan(folder / "out" / "evidence", EVIDENCE_SCHEMA).select("source", "position", "signature").collect()
    root = f"file:{(folder / 'logs').resolve()}/"
    signature_of = {
        (source.removeprefix(root), position): signature
        for source, position, signature in evidence.with_columns(pl.col("source").cast(pl.String)).iter_rows()
    }
    decisions = scan(folder / "out" / "decisions", DECISION_SCHEMA).collect()
    lines = [f"== seed {case.seed}: {len(score.found)} of {len(score.signals)} found"]
    lines += [
        _missed(case, signal, signature_of, decisions) for signal in score.signals if signal.id not in score.found
    ]
    false = [verdict for verdict in score.verdicts if verdict.outcome == "false"]
    lines.append(f"-- {len(false)} false of {len(score.verdicts)} items; by what they show:")
    lines += [f"   {count:4d} {mark}" for mark, count in Counter(each.mark for each in false).most_common(20)]
    lines.append("-- by kind of item:")
    kinds = Counter(each.item.note.partition(" ")[0] for each in false)
    lines += [f"   {count:4d} {kind}" for kind, count in kinds.most_common(20)]
    lines.append("-- all items that count:")
    lines += [
        f"   day {(each.item.time_us - case.start_us) / 86_400e6:5.2f} {each.outcome:8} {each.mark:24} {each.item.note}"
        for each in score.verdicts
        # kinds held out stay unseen here as well
        if each.outcome != "neutral"
    ]
    return "\n".join(lines)


def _missed(case: Case, signal: Signal, signature_of: dict[tuple[str, int], int], decisions: pl.DataFrame) -> str:
    """Describe a missed signal: its template and the highest-scored decision within its window."""
    window = next(window for window in signal.windows if window.scored)
    planted = [
        record for record in case.records if record.line.mark == f"s:{signal.id}" and record.tenant == window.tenant
    ]
    signatures = {
        signature_of[place] for record in planted if (place := (record.path, record.position)) in signature_of
    }
    own = decisions.filter(pl.col("signature").is_in(signatures))
    # a family that has joined another is spoken for by that one
    families = pl.concat([own["family"], own["joined_family"].drop_nulls()]).unique()
    known = decisions.filter(
        (pl.col("tenant").cast(pl.String) == window.tenant)
        & pl.col("family").is_in(families.implode())
        & (pl.col("tick").dt.epoch("us") <= window.incident_us)
    ).sort("tick")
    rows = known.filter(pl.col("tick").dt.epoch("us") >= window.onset_us).sort("score", descending=True)
    days = [(time - case.start_us) / 86_400e6 for time in (window.onset_us, window.incident_us)]
    worded = "error" if signal.error_worded else "info"
    example = planted[-1].line.message if planted else "-"
    text = f"missed {signal.id} ({worded}), {len(planted)} lines, days {days[0]:.1f} to {days[1]:.1f}: {example}"
    when = "best"
    if not len(rows):
        when, rows = "no decision within the window, the last before it", known.reverse()
    if not len(rows):
        return f"{text}\n   no decision at all; {len(signatures)} signatures"
    best = rows.row(0, named=True)
    parts = ", ".join(f"{each['factor']} {each['points']:g}" for each in best["contributions"])
    return (
        f"{text}\n   {when}: {best['score']:g} in {best['to_band']} (blocker: {best['blocker'] or 'none'}),"
        f" {len(signatures)} signatures: {parts}"
    )
