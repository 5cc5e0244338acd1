"""Decisions: every change of a family's band with all that it rested on, so that each can be explained later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from brainstem.reading import READING_DTYPE

DECISION_VERSION: Final = 3

FACTS: Final = tuple(name for name in READING_DTYPE.names or () if name not in ("family", "facet", "slot"))
"""the columns of a reading that a decision keeps"""

_CODED = pa.dictionary(pa.int32(), pa.string())

DECISION_SCHEMA: Final = pa.schema(
    [
        pa.field("tenant", _CODED, nullable=False),
        pa.field("tick", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("family", pa.uint64(), nullable=False),
        pa.field("signature", pa.uint64(), nullable=False),
        pa.field("service", _CODED, nullable=False),
        pa.field("template", _CODED, nullable=False),
        pa.field("from_band", _CODED, nullable=False),
        pa.field("to_band", _CODED, nullable=False),
        pa.field("cause", _CODED, nullable=False),
        pa.field("blocker", _CODED, nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("prior", pa.float64(), nullable=False),
        pa.field(
            "contributions",
            pa.list_(pa.struct([pa.field("factor", pa.string()), pa.field("points", pa.float64())])),
            nullable=False,
        ),
        pa.field("joined_family", pa.uint64(), nullable=True),
        pa.field("facts", pa.struct([pa.field(name, pa.int64()) for name in FACTS]), nullable=False),
    ],
    metadata={"contract": "brainstem.decision", "version": str(DECISION_VERSION)},
)
"""`tick` is the end of the sealed slot; points and scores are decibans, and prior + contributions = score exactly.
`joined_family` names the family that speaks for this one from a `joined` decision on."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of `DECISION_SCHEMA`."""

    tenant: str
    tick_us: int
    family: int
    signature: int
    service: str
    template: str
    from_band: str
    to_band: str
    cause: str
    blocker: str
    score: float
    prior: float
    contributions: tuple[tuple[str, float], ...]
    facts: dict[str, int]
    joined_family: int | None = None


def decisions_to_arrow(decisions: Sequence[Decision]) -> pa.RecordBatch:
    """Give decisions in `DECISION_SCHEMA`."""
    columns: list[Any] = []
    for name in DECISION_SCHEMA.names:
        if name == "tick":
            values: list[Any] = [decision.tick_us for decision in decisions]
        elif name == "contributions":
            values = [
                [{"factor": factor, "points": points} for factor, points in decision.contributions]
                for decision in decisions
            ]
        else:
            values = [getattr(decision, name) for decision in decisions]
        kind = DECISION_SCHEMA.field(name).type
        array = _coded(values) if kind == _CODED else pa.array(values, kind)
        columns.append(array)
    return pa.RecordBatch.from_arrays(columns, schema=DECISION_SCHEMA)


def _coded(values: list[str]) -> "pa.Array[Any]":
    """Give texts as codes of a dictionary. Arrow's own way loads all its functions, a tenth of a second [measured]."""
    codes: dict[str, int] = {}
    numbers = [codes.setdefault(value, len(codes)) for value in values]
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(list(codes), pa.string()))
