"""Hosts that have gone quiet for their rhythm, from the evidence of a run.

What came over the network has a moment at which it was received, and goes by that: the clock of a host may be wrong. What
was read from files goes by the times of its records, and a host in a file is silent only as long as others go on in that
file: where the file ends, nothing is known.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import polars as pl

from brainstem.contracts.slots import SLOT_SECONDS
from brainstem.evidence.silence.rhythm import Quiet, gone_quiet
from state.store.atomic_files import write_file
from state.store.listing import rereading
from state.store.parquet_store import read_evidence, read_evidence_since

SLOT_US: Final = SLOT_SECONDS * 1_000_000
LOOK_SECONDS: Final = 300.0
"""how often the evidence of a live run is looked through; what was found is kept in a file in between"""
_OF_FILES: Final = "file:"


@dataclass(slots=True)
class _Heard:
    """What was heard of one host of a tenant over sources of one sort."""

    slots: set[int] = field(default_factory=set)
    events: int = 0
    last_us: int = 0
    end_us: int = 0
    """up to when its sources are known"""


@rereading
def quiet_hosts(
    out: Path,
    now_us: int | None = None,
    since_us: int = 0,
    tenant: str | None = None,
    before_us: int | None = None,
) -> list[Quiet]:
    """Return the hosts of a run that have gone quiet, by tenant and host.

    `now_us` is the present for what comes over the network, in microseconds since the epoch, UTC; without it, that is when
    the last record came from anybody. What was silent before `since_us` may have had nobody who listened. Only files of
    `tenant` are opened where one is given, and only what came before `before_us` counts.
    """
    source = pl.col("source").cast(pl.String)
    is_live = ~source.str.starts_with(_OF_FILES)
    moment = pl.when(is_live).then(pl.col("received_at")).otherwise(pl.col("event_time")).dt.epoch("us")
    rows = (
        (read_evidence(out) if tenant is None else read_evidence_since(out, [tenant], 0))
        .filter(pl.lit(value=True) if before_us is None else moment < before_us)
        .select(
            pl.col("tenant").cast(pl.String),
            pl.col("host").cast(pl.String),
            source,
            is_live.alias("is_live"),
            moment.alias("moment"),
        )
        .group_by("tenant", "host", "source", "is_live")
        .agg((pl.col("moment") // SLOT_US).unique().alias("slots"), pl.col("moment").max().alias("last"), pl.len())
        .collect()
    )
    if rows.is_empty():
        return []
    ends = dict(rows.group_by("tenant", "source").agg(pl.col("last").max()).select("source", "last").iter_rows())
    live_end = max(rows.filter("is_live")["last"].to_list(), default=0) if now_us is None else now_us
    heard: defaultdict[tuple[str, str, bool], _Heard] = defaultdict(_Heard)
    for tenant, host, name, live, slots, last, events in rows.iter_rows():
        if host:
            each = heard[tenant, host, live]
            each.slots.update(slots)
            each.events += events
            each.last_us = max(each.last_us, last)
            each.end_us = max(each.end_us, live_end if live else ends[name])
    found = (
        gone_quiet(
            tenant,
            host,
            np.array(sorted(each.slots), np.int64),
            each.events,
            each.last_us,
            each.end_us - max(0, since_us - each.last_us if live else 0),
        )
        for (tenant, host, live), each in sorted(heard.items())
    )
    return [each for each in found if each is not None]


def quiet_in_live_run(out: Path, statuses: Sequence[Mapping[str, Any]], unread: int) -> list[Quiet]:
    """Return the hosts that are quiet in a run that goes on, from the statuses of its processes, as of some minutes ago.

    `unread` is the number of messages that wait to be read: while there are any, the present is the last one that was read.
    """
    if not statuses or not all(each["ready_at"] and each["state"] == "reading" for each in statuses):
        return []
    kept = out / "_accounts" / "quiet.json"
    now = datetime.now(UTC).timestamp()
    started = max(datetime.fromisoformat(each["ready_at"]).timestamp() for each in statuses)
    with suppress(OSError, ValueError, KeyError, TypeError):
        document = orjson.loads(kept.read_bytes())
        if started <= document["written"] <= now < document["written"] + LOOK_SECONDS:
            return [Quiet(*each) for each in document["hosts"]]
    last = [time_us for each in statuses for time_us in each.get("last_received_us", {}).values()]
    now_us = max(last, default=0) if unread else int(now * 1e6)
    try:
        found = quiet_hosts(out, now_us, int(started * 1e6))
    except (OSError, pl.exceptions.PolarsError):
        # evidence that is damaged is told by those who need it; the status has much else to say
        return []
    # another container may see the folder and not be allowed to write there
    with suppress(OSError):
        write_file(kept, orjson.dumps({"written": now, "hosts": [list(each) for each in found]}))
    return found
