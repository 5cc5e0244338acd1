"""The status of a live run as one document of JSON (`status.schema.json`), for programs.

It has what `brainstem status` says in words, with the account of each source and of the intake.

It is put together from files that the run writes anyway: the statuses of its processes, the accounts of its sources, and the
account of its intake where one is configured.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from brainstem.attention.bands import Band
from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import rfc3339, to_json
from brainstem.evidence.silence.rhythm import Quiet
from brainstem.explain.misreading import misread
from flows.process.quiet_hosts import quiet_in_live_run
from flows.process.status import is_healthy, ledger_so_far, read_status, state_of
from state.store.atomic_files import write_file
from state.store.layouts import DECISIONS
from state.store.listing import rereading
from state.store.parquet_store import scan

COUNT_SECONDS: Final = 60.0
"""how often the decisions of a live run are counted; what was found is kept in a file in between"""

OF_A_SOURCE: Final = ("source", "tenant", "received", "stored", "duplicate", "rejected", "dropped", "faults", "unread")
"""what the report says of a source, with the names of the ledger"""


def status_report(out: Path) -> dict[str, Any]:
    """Return the status of a live run as JSON takes it. Raises `InputError` where no process has written a status."""
    statuses = read_status(out)
    ledger = ledger_so_far(out)
    intake = intake_of(statuses)
    return {
        "healthy": all(map(is_healthy, statuses)),
        "ready": is_ready(statuses),
        "unhealthy": unhealthy(statuses),
        "processes": [_process(number, status) for number, status in enumerate(statuses)],
        "sources": _sources(ledger),
        "not_understood": list(misread(ledger)),
        "forgotten": dict(sorted(ledger.forgotten.items())),
        "families": families_by_band(out),
        "quiet_hosts": [_quiet(each) for each in quiet_of(out, statuses, intake)],
        "intake": intake,
    }


def quiet_of(out: Path, statuses: Sequence[dict[str, Any]], intake: dict[str, Any] | None) -> list[Quiet]:
    """Return the hosts that have gone quiet; none of a run that does not read, since it would not know."""
    if not is_ready(statuses):
        return []
    return quiet_in_live_run(out, statuses, (intake or {}).get("unread", 0))


def _quiet(quiet: Quiet) -> dict[str, Any]:
    return {
        "tenant": quiet.tenant,
        "host": quiet.host,
        "since": rfc3339(quiet.last_us),
        "usual_seconds": quiet.usual_seconds,
        "usual": "longest_silence" if quiet.is_longest else "interval",
    }


def is_ready(statuses: Sequence[dict[str, Any]]) -> bool:
    """Return whether each process is healthy and has begun to read; one that waits for a broker since is ready too."""
    return all(is_healthy(each) and each["ready_at"] and each["state"] != "starting" for each in statuses)


def unhealthy(statuses: Sequence[dict[str, Any]]) -> list[str]:
    """Return a sentence for each process that has stopped or is silent."""
    return [
        f"process {number} has stopped"
        if status["state"] == "stopped"
        else f"process {number} has written no status since {status['written_at']}"
        for number, status in enumerate(statuses)
        if not is_healthy(status)
    ]


def _process(number: int, status: dict[str, Any]) -> dict[str, Any]:
    return {
        "process": number,
        "pid": status["pid"],
        "healthy": is_healthy(status),
        "state": state_of(status),
        "started_at": status["started_at"],
        "ready_at": status["ready_at"] or None,
        "written_at": status["written_at"],
        "received": status["received"],
        "last_received": {
            source: rfc3339(time_us) for source, time_us in sorted(status.get("last_received_us", {}).items())
        },
        "snapshots": status["snapshots"],
        # files of an earlier version lack what follows
        "waited_seconds": dict(sorted(status.get("waited_seconds", {}).items())),
        "a_second": dict(sorted(status.get("a_second", {}).items())),
        "late": dict(sorted(status.get("late", {}).items())),
        "judged_before": rfc3339(judged) if (judged := status.get("judged_before_us")) else None,
        "memory_bytes": status.get("memory_bytes", 0),
        "stall_seconds": status.get("stall_seconds", 0.0),
        "longest_stall_seconds": status.get("longest_stall_seconds", 0.0),
        "durable_offsets": dict(sorted(status["durable_offsets"].items())),
        "troubles": status["troubles"],
        "missing_topics": status.get("missing_topics", []),
        "failures": status.get("failures", {}),
    }


def _sources(ledger: Ledger) -> list[dict[str, Any]]:
    return [{name: source[name] for name in OF_A_SOURCE} for source in orjson.loads(to_json(ledger))["sources"]]


def families_by_band(out: Path) -> dict[str, int]:
    """Return how many families are in each band by their last decision, from the least band; as of a minute ago."""
    kept = out / "_accounts" / "families.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        document = orjson.loads(kept.read_bytes())
        if 0 <= time.time() - document["written"] < COUNT_SECONDS:
            return dict(document["families"])
    try:
        found = _count_families(out)
    except (OSError, pl.exceptions.PolarsError):
        # decisions that are damaged are told by those who need them
        return {}
    # another container may see the folder and not be allowed to write there
    with suppress(OSError):
        write_file(kept, orjson.dumps({"written": time.time(), "families": found}))
    return found


@rereading
def _count_families(out: Path) -> dict[str, int]:
    last = (
        scan(out / DECISIONS.folder, DECISIONS.schema)
        .select(pl.col("tenant").cast(pl.String), "family", "tick", pl.col("to_band").cast(pl.String))
        .group_by("tenant", "family")
        .agg(pl.col("to_band").sort_by("tick").last())
        .group_by("to_band")
        .len()
        .collect()
    )
    counts = dict(last.iter_rows())
    return {band.name: counts[band.name] for band in Band if band.name in counts}


def intake_of(statuses: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the account of the intake with the time at which it was written; None where the run knows of none.

    An account that is not there yet, or is damaged, has no time and no listeners: nothing else depends on it.
    """
    named = next(filter(None, (status.get("intake_account", "") for status in statuses)), "")
    if not named:
        return None
    try:
        content = Path(named).read_bytes()
        written_at = datetime.fromtimestamp(Path(named).stat().st_mtime, UTC).isoformat(timespec="milliseconds")
        account = orjson.loads(content)
        if not isinstance(account["listeners"], dict):
            raise TypeError(f"{named} holds no account")
    except (OSError, ValueError, KeyError, TypeError):
        return {"account": named, "written_at": None, "listeners": {}}
    return {"account": named, "written_at": written_at, **account}
