"""Output folders of a test's own making: lines, one item and its decisions, as a run writes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from brainstem.contracts.decision import NO_FACTS, Decision, decisions_to_arrow
from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.finding import Finding
from brainstem.explain.item import compose
from flows.sinks.output_folder import OutputFolder
from state.store.layouts import DECISIONS, EVIDENCE
from state.store.parquet_store import PartitionedParquet
from tests.support.findings import NOON_US

HOUR_US = 3_600_000_000
LAST_US = NOON_US - 7_000_000


def decision(found: Finding, **changes: Any) -> Decision:
    """Return the decision that led to a finding."""
    fields: dict[str, Any] = {
        "tenant": found.tenant,
        "tick_us": found.tick_us,
        "family": found.family,
        "signature": 0x1111,
        "service": found.service,
        "template": found.template,
        "from_band": "promote",
        "to_band": "promote",
        "cause": "surfaced",
        "blocker": "none",
        "score": found.score,
        "prior": found.prior,
        "contributions": tuple((each.factor, each.points) for each in found.contributions),
        "facts": {**NO_FACTS, **found.facts},
    }
    return Decision(**(fields | changes))


def line(time_us: int, text: str = "link wan7 went away", host: str = "edge4", **changes: Any) -> dict[str, Any]:
    """Return a row of the event store."""
    when = datetime.fromtimestamp(time_us / 1e6, UTC)
    row: dict[str, Any] = dict.fromkeys(EVIDENCE_SCHEMA.names)
    row |= {"tenant": "north", "source": "file:/a", "position": time_us, "length": len(text), "event_time": when}
    row |= {"event_time_origin": "parsed", "received_at": when, "host": host, "service": "linkd", "severity_number": 9}
    return row | {"signature": 0x1111, "late": False, "message_raw": text.encode()} | changes


def folder_of(
    root: Path, lines: Sequence[dict[str, Any]], found: Finding, joined: Sequence[Decision] = ()
) -> OutputFolder:
    """Write lines, an item and decisions as a run writes them."""
    out = OutputFolder(root / "out")
    out.open()
    kept = PartitionedParquet(out.evidence, EVIDENCE, "p0")
    decided = PartitionedParquet(out.decisions, DECISIONS, "p0")
    for store, batch in (
        (kept, pa.RecordBatch.from_pylist(list(lines), EVIDENCE_SCHEMA)),
        (decided, decisions_to_arrow([decision(found), *joined])),
    ):
        store.recover(0)
        store.add(batch)
        store.publish(store.stage())
    out.items.write_bytes(orjson.dumps(compose(found, UTC)) + b"\n")
    return out
