"""Verdicts of people about what was shown to them, appended to a file that a later run is told with `--feedback`."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import polars as pl

from brainstem.contracts.ledger_json import from_json, rfc3339
from brainstem.contracts.statement import VERDICTS
from brainstem.explain.item import Item, parse_family_id
from brainstem.signature.signing import parse_signature_id
from brainstem.text.phrases import microseconds
from connectors.base import ConfigurationError, InputError
from flows.recovery.store import Recovery
from flows.reports.recorded import log_sources, read_items, scan_decisions
from flows.sinks.output_folder import OutputFolder
from state.store.parquet_store import last_event_us

FEEDBACK_NAME: Final = "feedback.jsonl"
LATER_US: Final = 1_000_000
"""a verdict that is dated by what it is about comes this much later"""


class Verdict(NamedTuple):
    """A verdict that was given: its file, what it is about, and its moment in microseconds since the epoch, UTC."""

    file: Path
    about: str
    tenant: str
    time_us: int
    last_event_us: int | None
    """of the tenant in a finished replay; None where more is to come"""

    @property
    def comes_too_late(self) -> bool:
        """Return whether a replay of the same logs ends before the verdict weighs."""
        return self.last_event_us is not None and self.time_us > self.last_event_us


class _About(NamedTuple):
    """What a verdict is about: the member that names it, its name and tenant, and from when on it can be said."""

    member: str
    name: str
    tenant: str
    shown_us: int


def record_feedback(
    folder: OutputFolder, asked: str, verdict: str, note: str, time_us: int | None, now_us: int, file: Path | None
) -> Verdict:
    """Append a verdict about an item, the latest item of a family, or a signature of a run.

    Where no `time_us` is given it is dated just after what it is about, if a finished replay is looked at: logs of last
    month end before `now_us`. Raises `ConfigurationError` for an unknown verdict, and `InputError` when the run knows no
    such thing, showed nothing of a family, or knows the signature of several tenants.
    """
    if verdict not in VERDICTS:
        raise ConfigurationError(
            f"verdict = {verdict!r} is unknown. Give {', '.join(VERDICTS[:-1])} or {VERDICTS[-1]}."
        )
    about = _about(folder, asked)
    # a live run keeps its recovery store, for it goes on
    is_over = folder.is_finished and not Recovery(folder.root).exists
    if time_us is None:
        time_us = about.shown_us + LATER_US if is_over else now_us
    said = {
        "kind": "feedback",
        "tenant": about.tenant,
        "time": rfc3339(time_us),
        about.member: about.name,
        "verdict": verdict,
        "note": note,
    }
    target = file or folder.root / FEEDBACK_NAME
    _append(target, said)
    return Verdict(target, about.name, about.tenant, time_us, _last_event_us(folder, about.tenant) if is_over else None)


def _append(target: Path, said: dict[str, Any]) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(descriptor, orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _last_event_us(folder: OutputFolder, tenant: str) -> int | None:
    """Return the last moment of a tenant's logs; tickets and verdicts may be younger, and nothing is judged after it."""
    return last_event_us(folder.root, tenant, log_sources(from_json(folder.ledger.read_bytes())))


def _about(folder: OutputFolder, asked: str) -> _About:
    """Find what a verdict is about."""
    items = read_items(folder)
    shown = [item for item in items if asked in (item["id"], item["subject"])]
    if shown:
        latest = max(shown, key=lambda item: (item["time"], item["id"]))
        return _About("item", latest["id"], latest["data"]["tenant"], microseconds(latest["time"]))
    if re.match(r"f\d", asked):
        raise InputError(_nothing_shown(folder, asked))
    try:
        signature = parse_signature_id(asked)
    except ValueError as error:
        raise InputError(f"{asked}: no such item or family in {folder.items}, and no signature (s1-...).") from error
    return _about_signature(folder, asked, signature, items)


def _nothing_shown(folder: OutputFolder, asked: str) -> str:
    try:
        family = parse_family_id(asked)
    except ValueError:
        return f"{asked} is no family: a name such as f1-0123456789abcdef is expected."
    known = scan_decisions(folder).filter(pl.col("family") == family).select(pl.len()).collect().item()
    if not known:
        return f"{asked} is not known in {folder.root}."
    return f"{asked}: nothing of it was shown. Give its signature (s1-...), which `brainstem explain {asked}` names."


def _about_signature(folder: OutputFolder, asked: str, signature: int, items: Sequence[Item]) -> _About:
    """Find whose a signature is, and when it was shown last or, if it never was, first judged."""
    rows = scan_decisions(folder).filter(pl.col("signature") == signature)
    firsts = rows.group_by(pl.col("tenant").cast(pl.String)).agg(pl.col("tick").dt.epoch("us").min()).collect()
    first_of = dict(firsts.sort("tenant").iter_rows())
    if len(first_of) != 1:
        known = f"is known of {', '.join(first_of)}: give an item of one of them" if first_of else "is not known there"
        raise InputError(f"{asked} {known}.")
    ((tenant, first_us),) = first_of.items()
    shown = [item["time"] for item in items if asked in item["data"]["signatures"] and item["data"]["tenant"] == tenant]
    return _About("signature", asked, tenant, max(map(microseconds, shown), default=first_us))
