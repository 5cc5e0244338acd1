"""Incidents and verdicts that a run rejected, in words. People wrote these lines, so each one that does not count is
reported.

Takes the settings and the ledger of a run that has ended, returns a sentence for each rejected line of its files of
statements.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from brainstem.contracts.event import Kind
from brainstem.contracts.ledger import Ledger, SourceDescription
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.statement import kind_of, what_is_wrong
from brainstem.explain.input_gaps import is_log
from brainstem.text.phrases import counted
from connectors.files.compression import Compression, PlainStream
from connectors.files.cursor import path_of
from flows.config.settings import Settings
from state.store.parquet_store import read_evidence, read_rejects

SHOWN: Final = 20
_BLOCK_BYTES: Final = 1 << 20
_EMPTY: Final = [reason.name.lower() for reason in (RejectReason.BLANK, RejectReason.NUL_PADDING)]


def refused_statements(settings: Settings, ledger: Ledger) -> list[str]:
    """Return a sentence for each rejected line, at most `SHOWN` and one that counts the rest."""
    kinds = {path.absolute(): kind for path, kind in settings.statements}
    sentences: list[str] = []
    for description, account in ledger:
        path = path_of(description.source)
        if path is None or is_log(description) or not account.rejected:
            continue
        refused = _refused(settings, description.source)
        lines = _line_numbers(description, path, [position for position, _, _ in refused])
        for line, (_, reason, raw) in zip(lines, refused, strict=True):
            sentences.append(
                f"{path} line {line} is not used: {_explain_refusal(raw, reason, kinds.get(path, Kind.INCIDENT))}"
            )
    more = (
        [f"... and {len(sentences) - SHOWN:,} more lines; the folder rejects has them"]
        if len(sentences) > SHOWN
        else []
    )
    return [*sentences[:SHOWN], *more]


def statements_of_nobody(settings: Settings, ledger: Ledger) -> list[str]:
    """Return a sentence for each tenant that tickets or verdicts name and of whom there are no logs: they count for nothing,
    and its name may be misspelt.
    """
    files = {description.source for description, _ in ledger if not is_log(description)}
    if not files:
        return []
    tenants = {description.tenant for description, _ in ledger if description.tenant}
    rows = read_evidence(settings.out).filter(pl.col("source").cast(pl.String).is_in(sorted(files)))
    counts = rows.group_by(pl.col("tenant").cast(pl.String)).len().sort("tenant").collect()
    known = ", ".join(sorted(tenants)) or "nobody"
    return [
        f"{counted(number, 'ticket or verdict', 'tickets and verdicts')} of tenant {name!r} without effect: there are no"
        f" logs of it. There are logs of {known}."
        for name, number in counts.iter_rows()
        if name not in tenants
    ]


def _refused(settings: Settings, source: str) -> list[tuple[int, str, bytes]]:
    """Return position, reason and bytes of the records of a source that are no statements, in order."""
    of_source = pl.col("source").cast(pl.String) == source
    rows = read_rejects(settings.out).filter(of_source).with_columns(pl.col("reason").cast(pl.String))
    wanted = rows.filter(~pl.col("reason").is_in(_EMPTY)).select("position", "reason", "raw").sort("position")
    return wanted.collect().rows()


def _line_numbers(description: SourceDescription, path: Path, positions: list[int]) -> Iterator[int]:
    """Return the number of the line that begins at each of some positions, which are in order."""
    with path.open("rb") as file:
        stream = PlainStream(file, Compression(description.compression))
        line, passed_bytes = 1, 0
        for position in positions:
            while passed_bytes < position and (block := stream.read(min(_BLOCK_BYTES, position - passed_bytes))):
                line += block.count(b"\n")
                passed_bytes += len(block)
            yield line


def _explain_refusal(raw: bytes, reason: str, expected_kind: Kind) -> str:
    """Return in words why a record is no valid statement of its kind."""
    if reason == RejectReason.IMPOSSIBLE_TIME.name.lower():
        return "its time names no moment between the years 1970 and 2200"
    try:
        members = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return f"it is no JSON object ({error})"
    if not isinstance(members, dict):
        return "it is no JSON object"
    return (
        what_is_wrong(members, kind_of(members, expected_kind))
        if reason == "invalid_statement"
        else reason.replace("_", " ")
    )
