"""Everything that a run stores has a version: a changed layout asks for a raised version before it passes.

What is stored are rows of structured arrays and tuples in snapshots, Parquet files, and documents on topics. A build that
reads what another one wrote in another layout would go on with wrong numbers, without an error. So each layout is written
down in `stored_layouts.json`, beside the versions that cover it. After a change that is meant:

    1. raise the version that the failing test names (it stands where the constant is defined);
    2. python -m tests.contract.test_stored_layouts

The second step writes the file anew. It refuses while a layout has changed and one of its versions has not.

Shapes of snapshots are those of samples (`graph_samples`, `source_samples`) that fill every list. A sample that no longer
does so looks like a changed layout: mend the sample, not the file.
"""

import importlib
import json
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pytest

from brainstem.aggregate.deltas import Deltas
from brainstem.arrays.byte_strings import Spans, Texts
from brainstem.arrays.key_index import KeyTable
from brainstem.arrays.packing import packed_names, packed_rows
from brainstem.attention.bands import Band
from brainstem.attention.blockers import Blocker
from brainstem.contracts.event import Kind
from brainstem.contracts.ledger import FaultReason
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.statement import Stated, Statement
from brainstem.evidence.kinds import FACTORS, KEYS
from brainstem.parse.source_context import SourceContext
from brainstem.signature.signing import signature_id
from connectors.files.discovery import discover, parse_argument
from connectors.kafka.reader import Place
from connectors.tail.file_set import FileSet
from flows.audit.manifest import Entry, Manifest
from flows.config.live_run import from_values
from flows.config.settings import Settings
from flows.graph.checked_snapshots import seal
from flows.graph.dataflow import build
from flows.graph.pooled_attention import PooledAttention, Workers
from flows.graph.steps import AttentionLogic, Composed, DiscoveryLogic, OrderLogic, Share
from flows.recovery.last_start import note_start
from flows.recovery.plan import Plan
from flows.recovery.run_record import write_record
from flows.sinks.folder_sinks import folder_sinks
from flows.sinks.output_folder import OutputFolder
from flows.sources.batches import Progress
from flows.sources.file_merge import MergedFiles
from flows.sources.file_source import ReplaySource
from flows.sources.pace import BATCH_RECORDS_LEAST
from flows.sources.topic_partition import PartitionCursor, source_name
from state.attention.eviction import EvictionTraces
from state.snapshot_codec import LARGE_BYTES, slim
from state.store import memory_file
from state.store.file_names import ARRIVED, FileName, staged, tenant_folder
from state.store.layouts import STORES
from tests.contract.test_purity import PRODUCT, files_of, module_name
from tests.flows.sources.test_topic_partition import messages, partition
from tests.support.streams import EPOCH, START, Graph, Journal, deltas_of, last_slot, works

GOLDEN: Final = Path(__file__).with_name("stored_layouts.json")
COMMAND: Final = "python -m tests.contract.test_stored_layouts"

REPORTED: Final = ("SHARD_STATE_VERSION", "POOLED_STATE_VERSION")
"""Reports of buckets are stored where they wait: in a shard for other buckets, in a bucket for the flow."""

COVERED: Final[dict[str, tuple[str, ...]]] = {
    # rows of snapshots
    "DELTA_DTYPE": ("BUCKET_STATE_VERSION",),
    "SIGHTING_DTYPE": ("BUCKET_STATE_VERSION",),
    "NUMBER_DTYPE": ("BUCKET_STATE_VERSION",),
    "TRANSITION_DTYPE": ("BUCKET_STATE_VERSION",),
    "SERVICE_DTYPE": ("SERVICES_STATE_VERSION",),
    "FAMILY_DTYPE": ("FAMILY_STATE_VERSION", "FACETS_STATE_VERSION"),
    "HOST_DTYPE": ("FAMILY_STATE_VERSION", "FACETS_STATE_VERSION"),
    "LINE_DTYPE": ("LINES_STATE_VERSION",),
    "SCHEDULE_DTYPE": ("SCHEDULES_STATE_VERSION",),
    "GAUGE_DTYPE": ("GAUGES_STATE_VERSION",),
    "SUMS_DTYPE": ("GAUGES_STATE_VERSION",),
    "ATTENTION_STATE_DTYPE": ("DISCOVERY_STATE_VERSION",),
    "OCCURRENCES_DTYPE": ("DISCOVERY_STATE_VERSION",),
    "MET_DTYPE": ("DISCOVERY_STATE_VERSION",),
    "FOLLOWED_DTYPE": ("DISCOVERY_STATE_VERSION",),
    "PAIR_DTYPE": ("LIVENESS_STATE_VERSION",),
    "FEATURES_DTYPE": REPORTED,
    "NOTICE_DTYPE": REPORTED,
    "BIRTH_DTYPE": REPORTED,
    "RETURN_DTYPE": REPORTED,
    "EVICTED_DTYPE": REPORTED,
    "HEARD_DTYPE": REPORTED,
    # columns of Parquet files
    "EVIDENCE_SCHEMA": ("EVIDENCE_VERSION",),
    "DECISION_SCHEMA": ("DECISION_VERSION",),
    "REJECT_SCHEMA": ("REJECT_VERSION",),
    "ROLLUP_SCHEMA": ("ROLLUP_VERSION",),
    "STATED_SCHEMA": ("ROLLUP_VERSION",),
    "FORGOTTEN_SCHEMA": ("FORGOTTEN_VERSION",),
    "PLACES_SCHEMA": ("FORGOTTEN_VERSION",),
    # names of Parquet files and what they are found by
    "names of stored files": ("STORE_VERSION",),
    # columns that only pass between stages, but whose versions the ledger publishes
    # members of documents
    "item.schema.json": ("ITEM_VERSION",),
    "ledger.schema.json": ("LEDGER_VERSION",),
    "plan of a run": ("PLAN_VERSION",),
    "sealed snapshot": ("SEAL_VERSION",),
    "record of a run": ("RECORD_VERSION",),
    "last start of a live run": ("LAST_START_VERSION",),
    "manifest of a run": ("MANIFEST_VERSION",),
    # tuples of snapshots; where one holds another of its own version, only that version's name stands in it
    "snapshot of bucket": ("BUCKET_STATE_VERSION",),
    "snapshot of families": ("FAMILY_STATE_VERSION",),
    "snapshot of facets": ("FACETS_STATE_VERSION",),
    "snapshot of services": ("SERVICES_STATE_VERSION",),
    "snapshot of lines": ("LINES_STATE_VERSION",),
    "snapshot of schedules": ("SCHEDULES_STATE_VERSION",),
    "snapshot of gauges": ("GAUGES_STATE_VERSION",),
    "snapshot of what heals": ("HEAL_TRACKER_STATE_VERSION",),
    "snapshot of signatures by family": ("FAMILIES_VERSION",),
    "snapshot of traces": ("FORGETTING_STATE_VERSION",),
    "snapshot of pooled bucket": ("POOLED_STATE_VERSION",),
    "snapshot of shard": ("SHARD_STATE_VERSION",),
    "snapshot of tenant": ("DISCOVERY_STATE_VERSION",),
    "snapshot of liveness": ("LIVENESS_STATE_VERSION",),
    "snapshot of order of items": ("OrderLogic.VERSION",),
    "snapshot of partition of files": ("MERGE_STATE_VERSION",),
    "snapshot of partition of topics": ("TOPICS_STATE_VERSION",),
    "snapshot of source context": ("CONTEXT_VERSION",),
    # numbers that stand for names in stored rows
    "columns of contributions": ("DISCOVERY_STATE_VERSION",),
    "bits of kinds": ("DISCOVERY_STATE_VERSION",),
    "Band": ("DISCOVERY_STATE_VERSION",),
    "Blocker": ("DISCOVERY_STATE_VERSION",),
    "Kind": ("BUCKET_STATE_VERSION", *REPORTED),
    "RejectReason": ("MERGE_STATE_VERSION", "TOPICS_STATE_VERSION"),
    # bytes inside of snapshots
    "tables of the memory": ("MEMORY_VERSION",),
    "packed names": ("DISCOVERY_STATE_VERSION",),
    "packed rows": ("DISCOVERY_STATE_VERSION",),
    "key table": ("BUCKET_STATE_VERSION",),
    "spans": ("BUCKET_STATE_VERSION", "LINES_STATE_VERSION"),
    "texts": ("BUCKET_STATE_VERSION",),
    "compressed buffers": ("BUCKET_STATE_VERSION", "SHARD_STATE_VERSION"),
    # the engine finds state by the name of its step
    "steps that keep state": ("GRAPH_VERSION",),
}
"""which versions cover a layout: all of them are raised when it changes"""

NOT_STORED: Final = {
    "FACET_DELTA_DTYPE": "lives for one seal of a bucket",
    "OPENED_DTYPE": "lives for one seal of a bucket",
    "BOUND_DTYPE": "is filled for each seal of a bucket",
    "VERDICT_DTYPE": "lives for one slot of a tenant",
    "SNIPPET_DTYPE": "is put into words where a report is stored; between processes of one build it goes as it is",
    "SNIPPET_LINE_DTYPE": "as SNIPPET_DTYPE",
    "PAIR_LINK_DTYPE": "follows from MET_DTYPE",
    "PAIR_SUBJECT_DTYPE": "follows from MET_DTYPE",
    "WORDS_DTYPE": "follows from the templates of families",
}
"""tables that no snapshot, file or topic holds, and why"""

DOCUMENTS: Final = ("item.schema.json", "ledger.schema.json")

OF_NO_LAYOUT: Final = {
    "SIGNATURE_VERSION": "seeds the hash of a signature and stands in its name, so signatures of two versions differ",
    "ENVELOPE_VERSION": "says in the ledger how sources hand over records; an envelope itself is not stored",
    "NAMES_VERSION": "stands in the names of items and families, which are hashes",
    "BACKTEST_VERSION": "says which form the JSON of a backtest has, which is printed and not stored",
    "EVENT_VERSION": "says in the ledger what is read from a record; what is stored of it is the evidence",
}
"""versions that cover no layout"""


@dataclass(frozen=True, slots=True)
class Covered:
    """Stands in a snapshot for a part that a version of its own covers."""

    version: str


def constants(*endings: str) -> dict[str, Any]:
    """Return the constants of the product whose names end so. Two of one name are one object, imported twice."""
    found: dict[str, Any] = {}
    for path in files_of(*PRODUCT):
        module = module_name(path)
        if module.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module)).items():
            if name.isupper() and name.endswith(endings):
                known = found.setdefault(name, value)
                assert known is value or known == value, f"two constants are called {name}, the second one in {module}"
    return found


@lru_cache
def versions() -> dict[str, int]:
    """Return all versions of the product by name."""
    named = {name: value for name, value in constants("_VERSION").items() if isinstance(value, int)}
    return {**named, "OrderLogic.VERSION": OrderLogic.VERSION}


def columns_of(dtype: np.dtype[Any]) -> list[str]:
    """Return the columns of a structured array: name, type with its shape, and offset in bytes."""
    fields: Mapping[str, Any] = dtype.fields or {}
    shown = []
    for name in dtype.names or ():
        of, offset, *_ = fields[name]
        shape = f"[{','.join(map(str, of.shape))}]" if of.shape else ""
        shown.append(f"{name} {of.base.str.lstrip('<|')}{shape} @{offset}")
    return [*shown, f"{dtype.itemsize} bytes"]


def columns_of_schema(schema: pa.Schema) -> list[str]:
    """Return the columns of an Arrow schema: name, type, and whether each row has a value."""
    return [f"{each.name} {each.type}{'' if each.nullable else ' not null'}" for each in schema]


def members_of(schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """Return the members of a JSON schema by path, each with its type; texts and lists of values may change."""
    kind = schema.get("type", "constant" if "const" in schema else "value")
    yield f"{at or '.'} {kind if isinstance(kind, str) else ' or '.join(kind)}"
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        yield from members_of(member, f"{at}.{name}{'' if name in required else '?'}")
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(key), dict):
            yield from members_of(schema[key], at + mark)
    for name, member in schema.get("$defs", {}).items():
        yield from members_of(member, f"#{name}")


def shape_of(samples: Sequence[Any]) -> Any:
    """Return the common shape of plain values: a list for a tuple of fixed length, "each" for one of any length.

    A tuple is of fixed length when it has the same length in all samples.
    """
    tuples = [each for each in samples if type(each) is tuple]
    others = {
        each.version if isinstance(each, Covered) else type(each).__name__
        for each in samples
        if type(each) is not tuple
    }
    if not tuples:
        return " or ".join(sorted(others)) or "nothing"
    if others:
        return {"either": [*sorted(others), shape_of(tuples)]}
    if len({len(each) for each in tuples}) == 1:
        return [shape_of(column) for column in zip(*tuples, strict=True)]
    return {"each": shape_of([value for each in tuples for value in each])}


PARTS: Final[dict[str, dict[str, tuple[int, ...]]]] = {
    "bucket": {
        "families": (3, 1),
        "facets": (3, 2),
        "services": (3, 3),
        "lines": (3, 4),
        "schedules": (3, 5),
        "gauges": (3, 6),
        "what heals": (3, 7),
        "signatures by family": (3, 8, 0),
        "traces": (3, 8, 4),
    },
    "shard": {"tenant": (3, -1)},
    "tenant": {"liveness": (11,)},
    "pooled bucket": {"bucket": (1,)},
    "partition of files": {"source context": (3, -1, 3)},
    "partition of topics": {"source context": (4, -1, 5)},
}
"""where snapshots hold others of their own version; -1 stands for each"""

ONLY_PARTS: Final = ("tenant", "liveness", "source context", *(part for part in PARTS["bucket"] if part != "traces"))
"""parts of which every sample is cut out of a whole, those that hold others first"""


def title_of(part: str) -> str:
    """Return what the snapshot of a part is called in `COVERED`."""
    return f"snapshot of {part}"


def cut_out(snapshot: Any, path: tuple[int, ...], version: str, parts: list[Any]) -> Any:
    """Return a snapshot with a mark in place of the part at `path`, which is added to `parts`."""
    if not path:
        parts.append(snapshot)
        return Covered(version)
    place, *rest = path
    return tuple(
        cut_out(each, tuple(rest), version, parts) if place in (index, -1) else each
        for index, each in enumerate(snapshot)
    )


DAYS: Final = 16
HUM: Final = tuple(START + timedelta(days=day, hours=day) for day in range(4, DAYS, 2))
"""when something is heard that an incident follows each time"""


def stated(at: datetime, place: int, what: Stated) -> Statement:
    """Return what a person of one tenant states."""
    return Statement((at - EPOCH) // timedelta(microseconds=1), "north", "file:/tickets", place, what)


def statements(signatures: Sequence[int]) -> tuple[Statement, ...]:
    """Return incidents that follow the hum, and verdicts about some signatures; the last one waits for its slot."""
    said = [
        stated(at + timedelta(minutes=40), place, Stated(int(Kind.INCIDENT), "", f"T{place}", "boiler", "no steam", ""))
        for place, at in enumerate(HUM)
    ]
    said += [
        stated(HUM[0], place, Stated(int(Kind.FEEDBACK), "", name, "", "known", verdict, "ann"))
        for place, name in enumerate(map(signature_id, signatures))
        for verdict in ("useful", "useless")[: 1 + place % 2]
    ]
    later = Stated(int(Kind.INCIDENT), "", "T99", "boiler", "no steam", "")
    return (*said, stated(START + timedelta(days=DAYS + 9), 99, later))


def graph_samples() -> dict[str, list[Any]]:
    """Return snapshots of buckets and shards: before anything came, on the way, and with much that waits."""
    hum = Journal("north", "file:/north/hum.log", tuple((at, "mill3 boiler[8]: it hums") for at in HUM))
    journals = [*works(4, days=DAYS), hum]
    shares = [deltas for journal in journals for deltas in deltas_of(journal, range(20, 2000, 40))]
    shares.sort(key=lambda deltas: int(deltas.rows["slot"].min()))
    begin, end = int(shares[0].rows["slot"].min()), last_slot(shares)
    signatures = np.unique(np.concatenate([deltas.rows["signature"] for deltas in shares])).tolist()
    plain = shares[0]
    shares[0] = replace(plain, statements=statements(signatures))
    graph = Graph()
    samples: dict[str, list[Any]] = {"bucket": [AttentionLogic(2, None).snapshot()], "shard": []}
    # reports of one bucket wait in a shard whose other buckets have said nothing so far
    behind = DiscoveryLogic(None)
    places = [0, 10, *range(20, len(shares), 6), len(shares)]
    for low, high in zip(places, [*places[1:], None], strict=True):
        samples["bucket"] += [logic.snapshot() for logic in graph.buckets]
        samples["shard"] += [logic.snapshot() for logic in (*graph.shards, behind)]
        if taken := shares[low:high]:
            # first only the slot in which a family is born, so that it is new in the snapshot
            graph.take(taken, int(taken[-1].rows["slot"].min()) if low else begin + 1)
            behind.on_batch([replace(each, progress=Progress(3, begin, closed=False)) for each in graph.sealed[-40:]])
    samples["pooled bucket"] = [pooled_sample(taken, end) for taken in ([], [plain], shares[1:9], shares)]
    return samples


def pooled_sample(shares: Sequence[Deltas], end: int) -> Any:
    """Return the snapshot of a bucket that has sealed what it was given, and whose reports nobody has taken."""
    workers = Workers(1)
    # the only thread waits, so that nothing is sealed, and returned, before all is given
    given = threading.Event()
    workers._threads.submit(given.wait)
    pooled = PooledAttention(workers, 1, None, 1)
    pooled.on_batch([Share(0, Progress(0, end, closed=False), deltas) for deltas in shares])
    given.set()
    pooled.wait()
    return pooled.snapshot()


def source_samples(folder: Path) -> dict[str, list[Any]]:
    """Return snapshots of partitions of files and of topics, at their beginning and on the way."""
    for name in ("one", "two", "three"):
        (folder / f"{name}.log").write_text(
            f"2026-03-02T00:00:00Z web app: {name}\n \nuntimed\n" * 40, encoding="utf-8"
        )
    merged = MergedFiles(3, discover([parse_argument(f"north={folder}")]).files, Settings(Path("out"), batch_records=8))
    by_files = [merged.snapshot()]
    while (merged.read()) is not None:
        by_files.append(merged.snapshot())
    topics = partition()
    by_topics = [topics.snapshot()]
    for number in range(3):
        cursor = PartitionCursor(Place("logs", number), SourceContext(None), 0, end=40 if number else None)
        topics.cursors[cursor.place] = cursor
        cursor.append(messages([b"2026-03-02T00:00:00Z web app: fine", b" ", b"untimed"] * 10))
        topics._batches(cursor, BATCH_RECORDS_LEAST)
        topics.ledger.fault(source_name(cursor.place), FaultReason.LOST_OFFSETS)
        by_topics.append(topics.snapshot())
    return {"partition of files": by_files, "partition of topics": by_topics}


def order_samples() -> list[Any]:
    """Return snapshots of the order of items, with none and with two that wait."""
    order = OrderLogic(None)
    empty = order.snapshot()
    items = ((2 * SLOT_US, "north", 1, b"{}"), (3 * SLOT_US, "north", 2, b"{}"))
    order.on_batch([Composed(Progress(0, 1, closed=False), items)])
    return [empty, order.snapshot()]


def trace_samples() -> list[Any]:
    """Return snapshots of the traces of what was forgotten, with few."""
    traces = EvictionTraces()
    traces.add([1, 2], [3, 4])
    return [traces.snapshot()]


def snapshots() -> dict[str, Any]:
    """Return the shape of each snapshot, without the parts that have a version of their own."""
    with tempfile.TemporaryDirectory() as folder:
        waiting = {**graph_samples(), **source_samples(Path(folder))}
    waiting["order of items"], waiting["traces"] = order_samples(), trace_samples()
    shapes: dict[str, Any] = {}
    # a part stands behind what holds it, so all samples of it are there when it has its turn
    for whole in ("pooled bucket", *(each for each in waiting if each != "pooled bucket"), *ONLY_PARTS):
        samples = waiting[whole]
        for part, path in PARTS.get(whole, {}).items():
            (version,) = COVERED[title_of(part)]
            parts: list[Any] = []
            samples = [cut_out(each, path, version, parts) for each in samples]
            waiting.setdefault(part, []).extend(parts)
        shapes[title_of(whole)] = shape_of(samples)
    return shapes


def packed_examples() -> dict[str, Any]:
    """Return small examples of what is packed into bytes, as hexadecimal digits."""
    spans = Spans.of([b"a", b"bc"])
    keys = KeyTable()
    keys[5] = 6
    return {
        "packed names": packed_names(["web", "web"], ["a", "b"]),
        "packed rows": packed_rows({5: 6}),
        "key table": keys.snapshot(),
        "spans": spans.to_plain(),
        "texts": Texts(spans, spans).to_plain(),
        "compressed buffers": (slim(b"small"), slim(bytes(LARGE_BYTES))[:5]),
    }


def hexadecimal(value: Any) -> Any:
    """Return plain values with their bytes as text."""
    if isinstance(value, tuple):
        return [hexadecimal(each) for each in value]
    return value.hex() if isinstance(value, bytes) else value


def plan_members() -> list[str]:
    """Return the members of a stored plan, and of a file in it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "one.log").write_text("one\n", encoding="utf-8")
        plain = Plan({}, discover([parse_argument(f"north={folder}")])).to_plain()
    return [*plain, *(f"files[].{name}" for name in plain["files"][0])]


def last_start_members() -> list[str]:
    """Return the members of what the last start of a live run was asked, and of its parts."""
    with tempfile.TemporaryDirectory() as name:
        folder = OutputFolder(Path(name))
        (folder.root / "b.toml").write_text("[parameters.novelty]\npoints = 12\n", encoding="utf-8")
        write_record(folder.run_record, Plan({}), Settings(folder.root))
        asked = {
            "run": {"out": name},
            "kafka": {"brokers": "127.0.0.1:9092", "topics": ["logs"]},
            "shadow": {"config": str(folder.root / "b.toml")},
        }
        configuration = from_values(asked)
        followed = replace(configuration.kafka, files=(FileSet(("/var/log",), "north"),))
        note_start(folder, replace(configuration, kafka=followed))
        plain = json.loads(folder.last_start.read_bytes())
    (files,) = plain["files"]
    return [*plain, *(f"files[].{member}" for member in files), *(f"shadow.{member}" for member in plain["shadow"])]


def record_members() -> list[str]:
    """Return the members of the record of a run, and of its parts that have no version of their own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "one.log").write_text("one\n", encoding="utf-8")
        plan = Plan({}, discover([parse_argument(f"north={folder}")]))
        write_record(Path(folder) / "run.json", plan, Settings(Path(folder)))
        plain = json.loads((Path(folder) / "run.json").read_bytes())
    (sample,) = plain["samples"].values()
    return [*plain, *(f"settings.{name}" for name in plain["settings"]), *(f"samples[].{name}" for name in sample)]


def manifest_members() -> list[str]:
    """Return the members of a manifest, and of a file in it; the root says how it is made from them."""
    plain = json.loads(Manifest((Entry("digest.md", 3, "00"),)).to_json())
    return [*plain, *(f"files[].{name}" for name in plain["files"][0]), f"root {plain['root']}"]


def stateful_steps() -> list[str]:
    """Return the steps of the graph for which the engine keeps state: those that read, write or remember."""
    settings = Settings(Path("none"))
    flow = build(ReplaySource((), settings), folder_sinks(OutputFolder(settings.out)), settings.display_zones)
    kinds = {"input", "output", "stateful_batch"}
    return [f"{step.step_name} {type(step).__name__}" for step in flow.substeps if type(step).__name__ in kinds]


def stored_names() -> list[str]:
    """Return the stores with what their files begin with and their time, and a file's names in each of its places."""
    stores = [f"{layout.folder} {layout.prefix} {layout.time_column}" for layout in STORES]
    arrived, joined = Path(ARRIVED), Path(tenant_folder("north/1"))
    one = arrived / str(FileName("ev-0", 7, 7))
    many = joined / str(FileName("ev-0", 0, 7, (0, 30), 1))
    return [*stores, *map(str, (one, staged(one), many))]


@lru_cache
def layouts() -> dict[str, Any]:
    """Return every layout that is stored by name, as it is now."""
    schemas = {name: json.loads(files("brainstem.contracts").joinpath(name).read_text()) for name in DOCUMENTS}
    codes = {"Band": Band, "Blocker": Blocker, "Kind": Kind, "RejectReason": RejectReason}
    return {
        **{name: columns_of(of) for name, of in constants("_DTYPE").items() if name not in NOT_STORED},
        **{name: columns_of_schema(of) for name, of in constants("_SCHEMA").items()},
        **{name: list(members_of(schema)) for name, schema in schemas.items()},
        "plan of a run": plan_members(),
        "sealed snapshot": [seal((1, "state", b"bytes")).hex()],
        "record of a run": record_members(),
        "last start of a live run": last_start_members(),
        "manifest of a run": manifest_members(),
        **snapshots(),
        "tables of the memory": list(memory_file._TABLES),
        "columns of contributions": list(FACTORS),
        "bits of kinds": [kind.name for kind in KEYS],
        **{name: [f"{each.name} {each.value}" for each in of] for name, of in codes.items()},
        **{name: hexadecimal(value) for name, value in packed_examples().items()},
        "steps that keep state": stateful_steps(),
        "names of stored files": stored_names(),
    }


def record(name: str) -> dict[str, Any]:
    """Return a layout as it is now with the versions that cover it, as the golden file holds it."""
    return {"versions": {version: versions()[version] for version in COVERED[name]}, "layout": layouts()[name]}


def complaint(name: str, known: dict[str, Any] | None, now: dict[str, Any]) -> str | None:
    """Return what is to be done about a layout that is not as the golden file has it; None where it is."""
    if known == now:
        return None
    write = f"update the golden file with `{COMMAND}`"
    if known is None:
        return f"{name} is stored now: {write}"
    if known["layout"] == now["layout"]:
        return f"{name} is under {now['versions']} now: {write}"
    held = known["versions"]
    stale = ", ".join(
        f"{version} ({number})" for version, number in now["versions"].items() if held.get(version) == number
    )
    raise_first = f"raise {stale} and " if stale else ""
    return f"the layout of {name} has changed: {raise_first}{write}"


def golden() -> dict[str, Any]:
    """Return the layouts that were written down."""
    known: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return known


def test_every_table_is_covered_by_a_version_or_known_not_to_be_stored() -> None:
    """A new structured array or Arrow schema is named above, with its versions or with the reason why it needs none."""
    tables = {*constants("_DTYPE"), *constants("_SCHEMA")}
    named = {name for name in (*COVERED, *NOT_STORED) if name.endswith(("_DTYPE", "_SCHEMA"))}
    assert tables - named == set(), (
        "say in COVERED which version is raised when it changes, or in NOT_STORED why none is"
    )
    assert named - tables == set(), "gone from the product: take it out of COVERED or NOT_STORED"
    assert not COVERED.keys() & NOT_STORED.keys()


def test_every_version_covers_a_layout() -> None:
    """A version that nothing is tied to would never be raised."""
    used = {version for covering in COVERED.values() for version in covering}
    assert versions().keys() - OF_NO_LAYOUT.keys() == used


def test_every_layout_is_written_down() -> None:
    """What is listed is looked at, and what is looked at is listed."""
    assert layouts().keys() == COVERED.keys()
    assert golden().keys() == COVERED.keys(), f"update the golden file with `{COMMAND}`"


@pytest.mark.parametrize("name", COVERED)
def test_a_stored_layout_changes_only_with_its_version(name: str) -> None:
    """Otherwise state of an earlier build is read with wrong numbers, and nothing says so."""
    found = complaint(name, golden().get(name), record(name))
    assert found is None, found


def test_a_changed_layout_asks_for_its_version_first_and_for_the_golden_file_then() -> None:
    """The file alone does not make a changed layout pass, and neither does a raised version."""
    before = {"versions": {"HEARD_VERSION": 1}, "layout": ["slot i4 @0", "4 bytes"]}
    moved = {"versions": {"HEARD_VERSION": 1}, "layout": ["slot i8 @0", "8 bytes"]}
    raised = {"versions": {"HEARD_VERSION": 2}, "layout": ["slot i8 @0", "8 bytes"]}
    write = f"update the golden file with `{COMMAND}`"
    assert complaint("HEARD", before, before) is None
    assert complaint("HEARD", before, moved) == f"the layout of HEARD has changed: raise HEARD_VERSION (1) and {write}"
    assert complaint("HEARD", before, raised) == f"the layout of HEARD has changed: {write}"
    assert complaint("HEARD", None, moved) == f"HEARD is stored now: {write}"


def test_the_shape_of_a_snapshot_tells_a_tuple_of_fixed_length_from_one_of_any() -> None:
    """A further value in a record is a change, a further entry in a list is none."""
    assert shape_of([(1, (b"a",)), (2, (b"b", b"c"))]) == ["int", {"each": "bytes"}]
    assert shape_of([(1, ((1, "a"),)), (2, ())]) == ["int", {"each": ["int", "str"]}]
    assert shape_of([(1, None), (1, 2)]) == ["int", "NoneType or int"]
    assert shape_of([(1, None), (1, (2,))]) == ["int", {"either": ["NoneType", ["int"]]}]


def main() -> None:
    """Write the golden file anew, unless a layout has changed whose versions have not."""
    known = golden() if GOLDEN.exists() else {}
    found = {name: complaint(name, known.get(name), record(name)) for name in COVERED}
    unraised = [sentence for sentence in found.values() if sentence is not None and ": raise " in sentence]
    if unraised:
        sys.exit("\n".join(unraised))
    lines = [f"  {json.dumps(name)}: {written(record(name))}" for name in COVERED]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def written(found: dict[str, Any]) -> str:
    """Return a record as JSON, a column or a value of a snapshot a line."""
    lines = ",\n".join(f"      {json.dumps(each)}" for each in found["layout"])
    return f'{{\n    "versions": {json.dumps(found["versions"])},\n    "layout": [\n{lines}\n    ]\n  }}'


if __name__ == "__main__":
    main()
