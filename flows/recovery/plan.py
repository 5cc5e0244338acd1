"""The plan of a run: its arguments and its inputs, stored so that a resumed run does the same work.

Takes arguments and an inventory, returns JSON values, and the reverse. The inputs are listed once, before anything is read:
a resumed run must deal out the same files to the same partitions, also where a file has grown since.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from brainstem import __version__
from brainstem.aggregate.kernels import BUCKETS
from brainstem.arrays.state_version import StateVersionError, require_version
from brainstem.contracts.decision import DECISION_VERSION
from brainstem.contracts.event import EVIDENCE_VERSION, Kind
from brainstem.contracts.ledger import DateOrder, RefusalReason, RefusedInput
from brainstem.contracts.reject import REJECT_VERSION
from brainstem.discovery.tenant import DISCOVERY_STATE_VERSION
from brainstem.parse.source_context import CONTEXT_VERSION
from connectors.files.compression import Compression
from connectors.files.cursor import FileInput, ReferenceOrigin, path_of, source_of
from connectors.files.discovery import Inventory
from flows.config.settings import PARTITIONS, TOPICS_STATE_VERSION
from flows.graph.checked_snapshots import SEAL_VERSION
from flows.graph.pooled_attention import POOLED_STATE_VERSION
from flows.graph.steps import OrderLogic
from flows.sinks.folder_sinks import EVIDENCE_PARTS
from flows.sources.file_merge import MERGE_STATE_VERSION
from state.attention.bucket import BUCKET_STATE_VERSION
from state.discovery.tenant_shard import SHARD_STATE_VERSION, SHARDS
from state.store.layouts import STORE_VERSION

PLAN_VERSION: Final = 2
LIVE_KIND: Final = "live run beside Kafka"
"""the argument `kind` of a run that has no end; a replay has none"""
GRAPH_VERSION: Final = 1
"""Raised when a step of the graph is renamed or its state moves to another step: the engine finds state by step id."""


def state_versions() -> dict[str, int]:
    """Return the version of every stored layout, and the numbers that decide which key holds which state."""
    return {
        "graph": GRAPH_VERSION,
        "seal": SEAL_VERSION,
        "files": MERGE_STATE_VERSION,
        "topics": TOPICS_STATE_VERSION,
        "source": CONTEXT_VERSION,
        "bucket": BUCKET_STATE_VERSION,
        "beside": POOLED_STATE_VERSION,
        "shard": SHARD_STATE_VERSION,
        "tenant": DISCOVERY_STATE_VERSION,
        "order": OrderLogic.VERSION,
        "evidence": EVIDENCE_VERSION,
        "decisions": DECISION_VERSION,
        "rejects": REJECT_VERSION,
        "partitions": PARTITIONS,
        "buckets": BUCKETS,
        "shards": SHARDS,
        "stores": STORE_VERSION,
        "writers": EVIDENCE_PARTS,
    }


TopicBounds = tuple[tuple[str, int, int, int], ...]
"""topic, partition, the first offset to read and the one after the last"""


@dataclass(frozen=True, slots=True)
class Plan:
    """The arguments of a run, by name, and the files or the offsets of topics that it reads."""

    arguments: dict[str, Any]
    inventory: Inventory = field(default_factory=lambda: Inventory((), ()))
    topics: TopicBounds = ()
    started_from: str = ""
    """the digest of the memory that the run started from; empty for nothing"""

    def to_plain(self) -> dict[str, Any]:
        """Return the plan as JSON values, with the versions of everything stored.

        Without the time at which its inputs were looked at: only a run that goes on needs it (`Recovery.create`), and the
        record of a run over the same inputs is the same.
        """
        return {
            "version": PLAN_VERSION,
            "program": __version__,
            "states": state_versions(),
            "arguments": self.arguments,
            "files": [_file_to_plain(file) for file in self.inventory.files],
            "topics": self.topics,
            "refused": [asdict(refused) for refused in self.inventory.refused],
            # a run without a memory is what it was before there were any
            **({"started_from": self.started_from} if self.started_from else {}),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Plan":
        """Return the plan of `to_plain`. Raises `StateVersionError` where this build does not read what that run stored."""
        require_version("a run's plan", plain["version"], PLAN_VERSION)
        known = state_versions()
        was = plain["states"]
        differing = sorted({name for name in {*known, *was} if known.get(name) != was.get(name)})
        if differing:
            listed = ", ".join(f"{name} {was.get(name)} (here {known.get(name)})" for name in differing)
            raise StateVersionError(
                f"the run was begun by brainstem {plain['program']}, whose stored state this build ({__version__}) does not"
                f" read: {listed}."
                " Operator action: resume with the build that wrote it, or start anew with an empty folder and replay."
            )
        return cls.as_it_was(plain)

    @classmethod
    def as_it_was(cls, plain: dict[str, Any]) -> "Plan":
        """Return the plan of `to_plain` of any build that writes plans alike, to look at it and not to resume."""
        require_version("a run's plan", plain["version"], PLAN_VERSION)
        return cls(
            plain["arguments"],
            Inventory(
                tuple(_file_from_plain(each) for each in plain["files"]),
                tuple(
                    RefusedInput(each["path"], each["tenant"], RefusalReason(each["reason"]), each["size_bytes"])
                    for each in plain["refused"]
                ),
                plain.get("begun_at_us", 0),
            ),
            tuple((topic, number, low, high) for topic, number, low, high in plain["topics"]),
            plain.get("started_from", ""),
        )


def _file_to_plain(file: FileInput) -> dict[str, Any]:
    # a path may hold bytes that are no text; the name of its source never does
    plain = {**asdict(file), "path": source_of(file.path) if file.path else None}
    # a file whose format is not given is what it was before there were any
    return {name: value for name, value in plain.items() if value or name != "given_format"}


def _file_from_plain(plain: dict[str, Any]) -> FileInput:
    return FileInput(
        **{
            **plain,
            "path": path_of(plain["path"]) if plain["path"] else None,
            "compression": Compression(plain["compression"]),
            "reference_origin": ReferenceOrigin(plain["reference_origin"]),
            "kind": Kind(plain["kind"]),
            "date_order": DateOrder(plain["date_order"]),
        }
    )
