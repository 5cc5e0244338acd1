"""Verdicts of people about what was shown to them, appended to a file for `--feedback` of a later run."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import polars as pl

from brainstem.contracts.event import Kind
from brainstem.contracts.finding import parse_family_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.contracts.statement import (
    ESCALATES,
    SNOOZED,
    VERDICTS,
    stated_by,
    what_is_wrong,
)
from brainstem.explain.digest import Verdict as Said
from brainstem.explain.headline import without_times
from brainstem.explain.item import Item
from brainstem.explain.redaction.redact import clean
from brainstem.signature.signing import parse_signature_id
from brainstem.text.phrases import microseconds
from connectors.base import ConfigurationError, InputError
from flows.recovery.store import Recovery
from flows.reports.recorded import log_sources, numbered_item, read_items, read_ledger, scan_decisions
from flows.reports.window import ALL, Window
from flows.sinks.output_folder import FEEDBACK_NAME, OutputFolder
from state.store.listing import rereading
from state.store.parquet_store import last_event_us

LATER_US: Final = 1_000_000
"""a verdict without a time of its own is dated this much after its item"""


class Verdict(NamedTuple):
    """A verdict that was recorded: its file, what it is about, and its time in microseconds since the epoch, UTC."""

    file: Path
    about: str
    tenant: str
    time_us: int
    what: str
    """headline of the item, empty for a signature"""
    last_event_us: int | None
    """time of the tenant's last event in a finished replay; None where more events may come, or none needs to"""

    @property
    def comes_too_late(self) -> bool:
        """Return whether a replay of the same logs would end before the verdict takes effect."""
        return self.last_event_us is not None and self.time_us > self.last_event_us


class _Subject(NamedTuple):
    """What a verdict is about: the JSON member that names it, its name, its tenant, and when it was shown."""

    member: str
    name: str
    tenant: str
    shown_us: int
    what: str = ""


def record_feedback(
    folder: OutputFolder,
    asked: str,
    verdict: str,
    note: str,
    time_us: int | None,
    now_us: int,
    file: Path | None,
    by: str = "",
    until_us: int | None = None,
    *,
    after_all: bool = False,
) -> Verdict:
    """Append a verdict about an item, a family or a signature of a run to a file, and return it.

    A family stands for its latest item, where it was shown. `until_us` ends what is snoozed; None stands for until it
    escalates. Without `time_us` it is dated `now_us`. In a finished replay, whose logs end before now, it is dated just
    after what it is about, so that it weighs from then on, or with `after_all` just after the tenant's last event: what came
    until then is known to whoever says so.

    Raises `ConfigurationError` for an unknown verdict, a text that no statement can have, and an end that is not later than
    the statement, and `InputError` when the run has no such name, or has the signature at several tenants.
    """
    if verdict not in VERDICTS:
        raise ConfigurationError(
            f"verdict = {verdict!r} is unknown. Give {', '.join(VERDICTS[:-1])} or {VERDICTS[-1]}."
        )
    subject = _subject_of(folder, asked, time_us)
    # a live run keeps its recovery store, since it can be resumed
    is_over = folder.is_finished and not Recovery(folder.root).exists
    last_us = _last_event_us(folder, subject.tenant) if is_over else None
    if time_us is None:
        known_us = max(subject.shown_us, last_us or 0) if after_all else subject.shown_us
        time_us = known_us + LATER_US if is_over else now_us
    if until_us is not None and until_us <= time_us:
        raise ConfigurationError(
            f"--until {rfc3339(until_us)} is not later than the statement, which is of {rfc3339(time_us)}."
            " Give a later time, or `escalates`."
        )
    statement: dict[str, Any] = {
        "kind": "feedback",
        "tenant": subject.tenant,
        "time": rfc3339(time_us),
        subject.member: subject.name,
        "verdict": verdict,
        "note": note,
    }
    if by:
        statement["by"] = by
    if verdict == SNOOZED:
        statement["until"] = ESCALATES if until_us is None else rfc3339(until_us)
    if stated_by(statement, Kind.FEEDBACK) is None:
        raise ConfigurationError(
            f"This is no statement that a run would take: {what_is_wrong(statement, Kind.FEEDBACK)}."
        )
    target = file or folder.root / FEEDBACK_NAME
    _append(target, statement)
    return Verdict(target, subject.name, subject.tenant, time_us, subject.what, None if after_all else last_us)


def latest_verdicts(folder: OutputFolder, items: Sequence[Item], window: Window = ALL) -> dict[str, Said]:
    """Return the latest verdict by the end of a window about each of some items, by the name of its family, from the file in
    the folder of the run.

    It may be about the item, an earlier one of the family, the family, or its signature. A line that is no verdict is left
    out: a run that takes the file says what is wrong with it.
    """
    path = folder.root / FEEDBACK_NAME
    if not path.is_file():
        return {}
    families = {item["id"]: item["subject"] for item in read_items(folder)}
    signatures = {
        (item["data"]["tenant"], name): item["subject"] for item in items for name in item["data"]["signatures"]
    }
    shown = {item["subject"] for item in items}
    said: dict[str, Said] = {}
    for line in path.read_bytes().splitlines():
        try:
            each = orjson.loads(line)
            about = families.get(each.get("item")) or each.get("family")
            about = about or signatures.get((each.get("tenant"), each.get("signature")))
            by = f" by {each['by']}" if each.get("by") else ""
            until = None if (ends := each.get("until")) in (None, ESCALATES) else microseconds(ends)
            told = Said(f"{each['verdict']}{by}", str(each.get("note", "")), microseconds(each["time"]), until)
        except (ValueError, KeyError, AttributeError, TypeError):
            continue
        # of two with one time the later line counts
        if not window.was_by_then(told.time_us):
            continue
        if about in shown and (about not in said or said[about].time_us <= told.time_us):
            said[about] = told
    return said


def _append(target: Path, statement: dict[str, Any]) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(descriptor, orjson.dumps(statement, option=orjson.OPT_APPEND_NEWLINE))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _last_event_us(folder: OutputFolder, tenant: str) -> int | None:
    """Return the time of a tenant's last log event: nothing is judged after it, though tickets and verdicts may be later."""
    return last_event_us(folder.root, tenant, log_sources(read_ledger(folder)))


@rereading
def _subject_of(folder: OutputFolder, asked: str, time_us: int | None) -> _Subject:
    """Return what a name stands for: an item, the latest item of a family, else the family, or a signature.

    At a time before that item was shown it is the latest one that had been shown, or the family where none had: a run knows
    no item before its time. Raises `InputError`.
    """
    items = read_items(folder)
    by_number = numbered_item(folder, asked)
    shown = [by_number] if by_number else [item for item in items if asked in (item["id"], item["subject"])]
    if shown:
        latest = max(shown, key=_shown_at)
        if time_us is not None and microseconds(latest["time"]) > time_us:
            own = [item for item in items if item["subject"] == latest["subject"]]
            before = [item for item in own if microseconds(item["time"]) <= time_us]
            if not before:
                return _subject_of_family(folder, latest["subject"])
            latest = max(before, key=_shown_at)
        about = latest["data"]
        what = f"{about['tenant']}: {without_times(about['what'])}"
        return _Subject("item", latest["id"], about["tenant"], microseconds(latest["time"]), what)
    if re.match(r"f\d", asked):
        return _subject_of_family(folder, asked)
    try:
        signature = parse_signature_id(asked)
    except ValueError as error:
        raise InputError(f"{asked}: no such item or family in {folder.items}, and no signature (s2-...).") from error
    return _subject_of_signature(folder, asked, signature, items)


def _shown_at(item: Item) -> tuple[str, str]:
    return item["time"], item["id"]


def _subject_of_family(folder: OutputFolder, asked: str) -> _Subject:
    """Return the tenant of a family of which nothing was shown, and when it was first judged. Raises `InputError`."""
    try:
        family = parse_family_id(asked)
    except ValueError as error:
        raise InputError(f"{asked} is no family: a name such as f1-0123456789abcdef is expected.") from error
    rows = scan_decisions(folder).filter(pl.col("family") == family).sort("tick", maintain_order=True).head(1)
    first = rows.select(pl.col("tenant").cast(pl.String), pl.col("tick").dt.epoch("us"), "template").collect()
    if not len(first):
        raise InputError(f"{asked} is not known in {folder.root}.")
    tenant, first_us, template = first.row(0)
    return _Subject("family", asked, tenant, first_us, f"{clean(tenant)}: {clean(template)}")


def _subject_of_signature(folder: OutputFolder, asked: str, signature: int, items: Sequence[Item]) -> _Subject:
    """Return the tenant of a signature, and when it was shown last or, if never, first judged. Raises `InputError`."""
    rows = scan_decisions(folder).filter(pl.col("signature") == signature)
    firsts = rows.group_by(pl.col("tenant").cast(pl.String)).agg(pl.col("tick").dt.epoch("us").min()).collect()
    first_of = dict(firsts.sort("tenant").iter_rows())
    if len(first_of) != 1:
        known = f"is known of {', '.join(first_of)}: give an item of one of them" if first_of else "is not known there"
        raise InputError(f"{asked} {known}.")
    ((tenant, first_us),) = first_of.items()
    shown = [item["time"] for item in items if asked in item["data"]["signatures"] and item["data"]["tenant"] == tenant]
    return _Subject("signature", asked, tenant, max(map(microseconds, shown), default=first_us))
