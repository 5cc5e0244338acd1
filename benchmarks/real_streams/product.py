"""The product over one stream, through its command line: `brainstem replay`. Items come back through items.jsonl alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import polars as pl

from benchmarks.real_streams.stream import Stream, parse_time
from benchmarks.weak_signal.scorer import BenchItem
from brainstem.contracts.event import EVIDENCE_SCHEMA
from state.store.parquet_store import scan

ROOT: Final = Path(__file__).resolve().parents[2]
PACKED: Final = {"openstack-fi", "noisebench", "cisco-iosxr-bgp"}
"""streams that pack into hours what elsewhere takes weeks: a budget for a day says nothing of them"""


def replay(stream: Stream, folder: Path) -> None:
    """Replay what `save` wrote into `folder/out`. Raises RuntimeError when the product fails."""
    tenants = [f"{tenant}={folder / 'logs' / tenant}" for tenant in stream.case.tenants]
    options = ["--out", str(folder / "out"), "--zone", stream.zone]
    if stream.case.tickets:
        options += ["--incidents", str(folder / "incidents.jsonl")]
    if stream.name in PACKED:
        options += ["--items-a-day", "1000"]
    ended = _command("replay", *tenants, *options)
    if ended.returncode:
        raise RuntimeError(f"the replay of {stream.name} ended with {ended.returncode}:\n{ended.stderr[-3000:]}")


def read_items(folder: Path) -> list[BenchItem]:
    """Return the items of a run in the scorers' form; the note is all the sentences of an item."""
    root = f"file:{(folder / 'logs').resolve()}/"
    lines = (folder / "out" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return [_item(json.loads(line), root) for line in lines]


def _item(item: dict[str, Any], root: str) -> BenchItem:
    body = item["data"]
    evidence = tuple((line["source"].removeprefix(root), line["position"]) for line in body["evidence"])
    sentences = [body["what"], body["why"], body["why_now"], *(each["because"] for each in body["contributions"])]
    note = f"{item['id']} {'+'.join(body['kinds'])} {body['score']}: {' '.join(sentences)}"
    return BenchItem(body["tenant"], parse_time(item["time"]), evidence, note)


def shares_read(stream: Stream, folder: Path) -> str:
    """Return in what share of the lines the product read time, host and program as the corpus has them.

    Hosts count where the corpus names one, times to the millisecond.
    """
    root = f"file:{(folder / 'logs').resolve()}/"
    stored = scan(folder / "out" / "evidence", EVIDENCE_SCHEMA).select(
        pl.col("source").cast(pl.String).str.strip_prefix(root),
        "position",
        pl.col("event_time").dt.epoch("ms"),
        pl.col("host").cast(pl.String),
        pl.col("service").cast(pl.String),
    )
    events = {(path, position): read for path, position, *read in stored.collect().iter_rows()}
    right = {"time": 0, "host": 0, "program": 0}
    hosts = 0
    for record in stream.case.records:
        time_ms, host, service = events.get((record.path, record.position), (None, None, None))
        right["time"] += time_ms == record.line.time_us // 1000
        right["program"] += service == record.line.service
        hosts += bool(record.line.host)
        right["host"] += bool(record.line.host) and host == record.line.host
    total = len(stream.case.records)
    of_hosts = f"host {right['host'] / hosts:.1%}" if hosts else "no hosts in the corpus"
    return f"read as the corpus has it: time {right['time'] / total:.1%}, program {right['program'] / total:.1%}, {of_hosts}"


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - our own
