"""Verdicts of people about what was shown to them, appended to a file that a later run is told with `--feedback`."""

import os
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from brainstem.ledger_report import rfc3339
from brainstem.signature import parse_signature_id
from brainstem.statement import VERDICTS
from connectors.base import ConfigurationError, InputError
from flows.output import OutputFolder
from flows.recorded import read_items, scan_decisions

FEEDBACK_NAME: Final = "feedback.jsonl"


def give_feedback(folder: OutputFolder, about: str, verdict: str, note: str, time_us: int, file: Path | None) -> Path:
    """Append a verdict about an item or a signature of a run; gives the file.

    Raises `ConfigurationError` for an unknown verdict, and `InputError` when the run knows no such item or signature, or
    knows the signature of several tenants.
    """
    if verdict not in VERDICTS:
        raise ConfigurationError(
            f"verdict = {verdict!r} is unknown. Give {', '.join(VERDICTS[:-1])} or {VERDICTS[-1]}."
        )
    member, tenant = _about(folder, about)
    said = {
        "kind": "feedback",
        "tenant": tenant,
        "time": rfc3339(time_us),
        member: about,
        "verdict": verdict,
        "note": note,
    }
    target = file or folder.root / FEEDBACK_NAME
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(descriptor, orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return target


def _about(folder: OutputFolder, about: str) -> tuple[str, str]:
    """Tell whether something is an item or a signature, and whose it is."""
    for item in read_items(folder):
        if item["id"] == about:
            return "item", item["data"]["tenant"]
    try:
        signature = parse_signature_id(about)
    except ValueError as error:
        raise InputError(f"{about}: no such item in {folder.items}, and no signature (s1-...).") from error
    rows = scan_decisions(folder).filter(pl.col("signature") == signature).select(pl.col("tenant").cast(pl.String))
    tenants = rows.unique().collect()["tenant"].sort().to_list()
    if len(tenants) != 1:
        known = f"is known of {', '.join(tenants)}: give an item of one of them" if tenants else "is not known there"
        raise InputError(f"{about} {known}.")
    return "signature", tenants[0]
