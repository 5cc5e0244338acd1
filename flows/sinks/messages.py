"""Items, decisions and rejects as CloudEvents for Kafka topics. Ids depend on the content alone, so a replay repeats them.

Binary mode puts the attributes into headers and the data into the value, structured mode the whole event into the value
(CloudEvents Kafka protocol binding 1.0.2).
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pyarrow as pa

from brainstem.contracts.decision import DECISION_VERSION
from brainstem.contracts.finding import family_id
from brainstem.explain.redaction.redact import clean, display
from brainstem.signature.signing import signature_id
from connectors.kafka.writer import OutgoingMessage

STRUCTURED_TYPE: Final = b"application/cloudevents+json; charset=utf-8"
BINARY_TYPE: Final = b"application/json"
DECISION_TYPE: Final = f"io.brainstem.decision.v{DECISION_VERSION}"
REJECT_TYPE: Final = "io.brainstem.reject.v1"
"""versioned apart from the stored contract: bytes and headers stay in the store, so it changes only with what is sent"""
SHOWN_CHARACTERS: Final = 1024
"""characters of a rejected record that are sent, redacted; the whole record is in the store"""


def message_of(event: dict[str, Any], structured: bool) -> OutgoingMessage:
    """Return a CloudEvent as a message; its id is the key and, in both modes, the header `ce_id`."""
    identity = str(event["id"])
    if structured:
        value = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
        return OutgoingMessage(identity, value, [("content-type", STRUCTURED_TYPE), ("ce_id", identity.encode())])
    attributes = [(name, value) for name, value in sorted(event.items()) if name not in ("data", "datacontenttype")]
    headers = [("content-type", BINARY_TYPE), *((f"ce_{name}", str(value).encode()) for name, value in attributes)]
    return OutgoingMessage(identity, orjson.dumps(event["data"], option=orjson.OPT_SORT_KEYS), headers)


def item_events(line: bytes) -> Iterator[dict[str, Any]]:
    """Return the item as it is: its JSON is a CloudEvent already."""
    yield orjson.loads(line)


def decision_events(batch: pa.RecordBatch | None) -> Iterator[dict[str, Any]]:
    """Return decisions as CloudEvents; the id is a digest of what was decided."""
    for row in batch.to_pylist() if batch is not None else []:
        tick = row.pop("tick").isoformat()
        row["family"] = family_id(row["family"])
        row["signature"] = signature_id(row["signature"])
        for other in ("joined_family", "teller_family"):
            if row[other] is not None:
                row[other] = family_id(row[other])
        identifying = [row["tenant"], row["family"], tick, row["cause"], row["from_band"], row["to_band"], row["score"]]
        yield {
            "specversion": "1.0",
            "id": f"d1-{_digest(identifying)}",
            "source": "brainstem",
            "type": DECISION_TYPE,
            "subject": row["family"],
            "time": tick,
            "datacontenttype": "application/json",
            "data": {"tick": tick, **row, **_cleaned(row, "tenant", "service", "template")},
        }


def reject_events(batch: pa.RecordBatch | None) -> Iterator[dict[str, Any]]:
    """Return rejected records as CloudEvents; the id is a digest of source and position."""
    for row in batch.to_pylist() if batch is not None else []:
        raw, _ = row.pop("raw"), row.pop("headers")
        received_at = row.pop("received_at").isoformat()
        yield {
            "specversion": "1.0",
            "id": f"r1-{_digest([row['source'], row['position']])}",
            "source": "brainstem",
            "type": REJECT_TYPE,
            "subject": f"{clean(row['source'], SHOWN_CHARACTERS)} {row['position']}",
            "time": received_at,
            "datacontenttype": "application/json",
            "data": {
                **row,
                **_cleaned(row, "tenant", "source"),
                "received_at": received_at,
                "text": display(raw, SHOWN_CHARACTERS),
            },
        }


def _cleaned(row: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: clean(row[name], SHOWN_CHARACTERS) for name in names}


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(orjson.dumps(values)).hexdigest()[:24]
