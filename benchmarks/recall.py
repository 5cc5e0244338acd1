"""How long recall takes over much stored evidence: by words, by signature and by item, cold and warm.

Run: `python -m benchmarks.recall [ROWS] [TENANTS] [DAYS] [--write]`. Generates evidence, decisions and items of many
tenants in a temporary folder, in files as compaction leaves them, asks what the commands `recall` and `queue` ask, and with
`--write` writes `benchmarks/results/recall.md`.

The first question of all rolls the evidence up. Then each sort of question is asked `ASKED` times about another family,
each time after the pages of the folder were dropped from memory, where the operating system takes that advice, and once
more without that. Times are of the answer with its text, in this process; what a process takes to start stands beside them.

Where the package `duckdb` is installed, it counts on the same files what the answer rests on: events, first and last of each
day and host, of the kinds of message that are meant. An answer has more in it: episodes, bands, verdicts, incidents and
what is like it.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from brainstem.aggregate.deltas import member_key
from brainstem.arrays.hashing import name_hash
from brainstem.attention.bands import Band
from brainstem.contracts.decision import NO_FACTS, Decision, decisions_to_arrow
from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.finding import family_id, item_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.signature.signing import signature_id
from brainstem.text.phrases import IN_UTC
from flows.recall.output import Output, answer_as, queue_as
from flows.recall.queue import queue_of
from flows.recall.recollections import Question, recall
from flows.sinks.output_folder import OutputFolder
from state.store.compaction import BY_HAND, compact_store
from state.store.layouts import DECISIONS, EVIDENCE
from state.store.listing import published_files
from state.store.parquet_store import PartitionedParquet

RESULTS: Final = Path(__file__).parent / "results" / "recall.md"
ROWS: Final = 2_000_000
TENANTS: Final = 50
DAYS: Final = 60
KINDS: Final = 300
"""kinds of message of a tenant; how often each comes falls off as in real logs"""
HOSTS: Final = 8
SERVICES: Final = 12
ASKED: Final = 5
SEED: Final = 11
START_US: Final = 1_767_225_600_000_000
DAY_US: Final = 86_400_000_000
WORDS: Final = ("pump", "valve", "lift", "mill", "loom", "kiln", "crane", "forge", "winch", "press")
STATES: Final = ("stalls", "creaks", "overheats", "restarts", "drifts", "jams", "leaks", "flickers")


class Kinds:
    """The kinds of message of one tenant."""

    def __init__(self, tenant: str, number: int) -> None:
        dice = np.random.default_rng(SEED + number)
        self.tenant = tenant
        self.services = [f"service{place % SERVICES}" for place in range(KINDS)]
        self.templates = [
            f"{WORDS[place % len(WORDS)]} {STATES[place // len(WORDS) % len(STATES)]} at gauge{place} <num>"
            for place in range(KINDS)
        ]
        # a kind of message has the same signature at every tenant
        self.signatures = np.random.default_rng(SEED).integers(1, 2**63, KINDS).astype(np.uint64)
        share = 1.0 / np.arange(1, KINDS + 1)
        self.share = dice.permutation(share / share.sum())
        self.families = [
            member_key(int(name_hash(tenant)), int(name_hash(service)), int(signature))
            for service, signature in zip(self.services, self.signatures.tolist(), strict=True)
        ]


def evidence_of(kinds: Kinds, rows: int, days: int, number: int) -> pa.RecordBatch:
    """Return the events of one tenant in order of time."""
    dice = np.random.default_rng(1000 + number)
    kind = dice.choice(KINDS, rows, p=kinds.share).astype(np.int32)
    time_us = START_US + np.sort(dice.integers(0, days * DAY_US, rows))
    # a kind of message comes from two of the hosts
    host = ((kind * 7 + dice.integers(0, 2, rows)) % HOSTS).astype(np.int32)
    values = pa.array(dice.integers(0, 10_000, rows)).cast(pa.string())
    heads = pa.array(
        [
            f" {service}: {text.removesuffix('<num>')}"
            for service, text in zip(kinds.services, kinds.templates, strict=True)
        ]
    )
    hosts = pa.array([f"host{place}" for place in range(HOSTS)])
    join: Any = pc.binary_join_element_wise  # its stubs know no text beside columns
    raw = join(hosts.take(host), heads.take(kind), values, "\n", "").cast(pa.binary())
    length = pc.binary_length(raw).to_numpy()

    def coded(codes: Any, texts: Sequence[str]) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(texts, pa.string()))

    one = np.zeros(rows, np.int32)
    columns = {
        "tenant": coded(one, [kinds.tenant]),
        "source": coded(one, [f"file:/{kinds.tenant}.log"]),
        "position": pa.array(np.cumsum(length, dtype=np.int64) - length),
        "length": pa.array(length),
        "event_time": pa.array(time_us, pa.timestamp("us", "UTC")),
        "event_time_origin": coded(one, ["parsed"]),
        "received_at": pa.array(time_us, pa.timestamp("us", "UTC")),
        "host": coded(host, [f"host{place}" for place in range(HOSTS)]),
        "service": coded((kind % SERVICES).astype(np.int32), [f"service{place}" for place in range(SERVICES)]),
        "severity_number": pa.array(np.full(rows, 9, np.int8)),
        "signature": pa.array(kinds.signatures[kind]),
        "late": pa.array(np.zeros(rows, bool)),
        "message_raw": raw,
        "headers": pa.nulls(rows, EVIDENCE_SCHEMA.field("headers").type),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in EVIDENCE_SCHEMA.names], schema=EVIDENCE_SCHEMA)


def decisions_about(kinds: Kinds, days: int) -> list[Decision]:
    """Return a birth of each family, and ten changes of every tenth."""
    found = []
    for place, family in enumerate(kinds.families):
        for change in range(11 if place % 10 == 0 else 1):
            band = ("watch", "investigate", "promote")[change % 3] if change else "ignore-fast"
            found.append(
                Decision(
                    tenant=kinds.tenant,
                    tick_us=START_US + (change * days // 12 + 1) * DAY_US,
                    family=family,
                    signature=int(kinds.signatures[place]),
                    service=kinds.services[place],
                    template=kinds.templates[place],
                    from_band="ignore-fast",
                    to_band=band,
                    cause="surfaced" if band == "promote" else "evidence" if change else "born",
                    blocker="none",
                    score=-12.0 + change,
                    prior=-20.0,
                    contributions=(("novelty", 8.0 + change),),
                    facts=NO_FACTS,
                )
            )
    return sorted(found, key=lambda each: each.tick_us)


def items_of(decisions: Sequence[Decision]) -> list[bytes]:
    """Return a line for each decision that surfaced a family, with what recall reads of an item."""
    return [
        orjson.dumps(
            {
                "id": item_id(each.tenant, each.family, each.tick_us),
                "subject": family_id(each.family),
                "time": rfc3339(each.tick_us),
                "data": {
                    "tenant": each.tenant,
                    "what": f"New on host1: {each.service} \u201c{each.template}\u201d",
                    "hosts": ["host1"],
                    "entities": [],
                    "services": [each.service],
                    "signatures": [signature_id(each.signature)],
                    "template": each.template,
                    "score": each.score,
                },
            }
        )
        for each in decisions
        if each.cause == "surfaced"
    ]


def generate(root: Path, rows: int, tenants: int, days: int) -> tuple[OutputFolder, list[Kinds]]:
    """Write an output folder of about so many rows, and return it with what it holds."""
    out = OutputFolder(root / "run")
    out.open()
    kept, decided = PartitionedParquet(out.evidence, EVIDENCE, "0"), PartitionedParquet(out.decisions, DECISIONS, "0")
    for store in (kept, decided):
        store.recover(0)
    everyone = [Kinds(f"tenant{number:03d}", number) for number in range(tenants)]
    with out.items.open("wb") as items:
        for number, kinds in enumerate(everyone):
            kept.add(evidence_of(kinds, rows // tenants, days, number))
            decisions = decisions_about(kinds, days)
            decided.add(decisions_to_arrow(decisions))
            items.writelines(line + b"\n" for line in items_of(decisions))
    for store in (kept, decided):
        store.publish(store.stage())
        compact_store(store.root, store.layout, BY_HAND)
    return out, everyone


def drop_pages(root: Path) -> None:
    """Advise the operating system to forget what it holds of the files of a folder."""
    for path in root.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def seconds(question: Callable[[], object]) -> tuple[float, float]:
    """Return how long a question takes, and the processor time of all cores for it."""
    begun, used = time.perf_counter(), time.process_time()
    question()
    return time.perf_counter() - begun, time.process_time() - used


def help_in() -> float:
    """Return the seconds that a process takes that loads all that an answer needs, and answers nothing."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import flows.recall.output"], check=True)
    return time.perf_counter() - begun


def pairs_of(everyone: Sequence[Kinds]) -> list[tuple[Kinds, int]]:
    """Return the kinds of message that are asked about, each of another tenant where there are so many."""
    return [(everyone[number % len(everyone)], 10 * (number + 3)) for number in range(ASKED)]


def questions(out: OutputFolder, everyone: Sequence[Kinds]) -> dict[str, list[Callable[[], object]]]:
    """Return each sort of question, each about another family."""

    def ask(asked: str, tenant: str | None = None, lines: int = 0, in_lines: bool = False) -> Callable[[], str]:
        question = Question(asked, tenant=tenant, in_lines=in_lines)
        return lambda: answer_as(Output.TABLE, recall([out.root], question, IN_UTC, lines), IN_UTC)

    def queue(tenant: str | None = None) -> Callable[[], str]:
        return lambda: queue_as(Output.TABLE, queue_of([out.root], Band.WATCH, tenant), IN_UTC)

    pairs = pairs_of(everyone)
    items = out.items.read_bytes().splitlines()
    named = [orjson.loads(items[(len(items) - 1) * number // ASKED])["id"] for number in range(ASKED)]
    words = {place: kinds.templates[place].removesuffix(" <num>") for kinds, place in pairs}
    names = {place: signature_id(int(kinds.signatures[place])) for kinds, place in pairs}
    return {
        "words, of one tenant": [ask(words[place], kinds.tenant) for kinds, place in pairs],
        "words, of all tenants": [ask(words[place]) for _, place in pairs],
        "signature, of one tenant": [ask(names[place], kinds.tenant) for kinds, place in pairs],
        "signature, of all tenants": [ask(names[place]) for _, place in pairs],
        "item": [ask(name) for name in named],
        "family with 20 stored lines": [ask(family_id(kinds.families[place]), lines=20) for kinds, place in pairs],
        "words in every line, of one tenant": [
            ask(f"gauge{place}", kinds.tenant, in_lines=True) for kinds, place in pairs
        ],
        "queue of one tenant": [queue(kinds.tenant) for kinds, _ in pairs],
        "queue of all tenants": [queue()] * ASKED,
    }


def duckdb_questions(out: OutputFolder, everyone: Sequence[Kinds]) -> dict[str, list[Callable[[], object]]]:
    """Return what DuckDB counts of the same kinds of message, by the sort of question; none where it is not installed."""
    try:
        duckdb = import_module("duckdb")
    except ModuleNotFoundError:
        return {}
    connection = duckdb.connect()
    evidence, decided = f"{out.evidence}/**/*.parquet", f"{out.decisions}/**/*.parquet"
    columns = "tenant, service, signature, host, event_time::DATE AS day, count(*), min(event_time), max(event_time)"

    def stored(path: str) -> str:
        return f"read_parquet('{path}', hive_partitioning = false)"

    days = f"SELECT {columns} FROM {stored(evidence)} WHERE {{}} GROUP BY ALL"  # noqa: S608 - paths of our own
    meant = f"signature IN (SELECT signature FROM {stored(decided)} WHERE contains(template, ?))"  # noqa: S608 - paths of our own

    def count(condition: str, *values: Any) -> Callable[[], object]:
        return lambda: connection.execute(days.format(condition), list(values)).fetchall()

    asked = [
        (kinds.tenant, kinds.templates[place].removesuffix(" <num>"), int(kinds.signatures[place]), f"gauge{place}")
        for kinds, place in pairs_of(everyone)
    ]
    in_lines = "tenant = ? AND contains(decode(message_raw), ?)"
    return {
        "words, of one tenant": [count(f"tenant = ? AND {meant}", tenant, words) for tenant, words, *_ in asked],
        "words, of all tenants": [count(meant, words) for _, words, *_ in asked],
        "signature, of one tenant": [
            count("tenant = ? AND signature = ?", tenant, number) for tenant, _, number, _ in asked
        ],
        "signature, of all tenants": [count("signature = ?", number) for _, _, number, _ in asked],
        "words in every line, of one tenant": [count(in_lines, tenant, word) for tenant, *_, word in asked],
    }


def timed(out: OutputFolder, each: Sequence[Callable[[], object]]) -> list[float]:
    """Return the medians of some questions in seconds: cold, warm, and the processor time of the warm ones."""
    cold = []
    for question in each:
        drop_pages(out.root)
        cold.append(seconds(question)[0])
    warm, used = zip(*map(seconds, each), strict=True)
    return [statistics.median(times) for times in (cold, warm, used)]


def main() -> None:
    """Generate, ask and print, and write the results where it is asked for."""
    numbers = [int(each) for each in sys.argv[1:] if not each.startswith("--")]
    rows, tenants, days = (*numbers, *(ROWS, TENANTS, DAYS)[len(numbers) :])[:3]
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        out, everyone = generate(Path(folder), rows, tenants, days)
        files = published_files(out.evidence)
        stored_mib = sum(path.stat().st_size for path in files) / 2**20
        print(f"generated in {time.perf_counter() - begun:.0f} s: {len(files)} files, {stored_mib:.0f} MiB")  # noqa: T201 - a benchmark prints
        sorts, by_duckdb = questions(out, everyone), duckdb_questions(out, everyone)
        first, first_used = seconds(sorts["signature, of one tenant"][0])
        rolled_mib = sum(path.stat().st_size for path in (out.root / "rollups").iterdir()) / 2**20
        table = [
            f"| start of a process | | {statistics.median(help_in() for _ in range(3)):.2f} | | | | |",
            f"| the first question of all, which rolls the evidence up | {first:.2f} | | {first_used:.2f} | | | |",
        ]
        for name, each in sorts.items():
            beside = timed(out, by_duckdb[name]) if name in by_duckdb else []
            cells = [f"{median:.3f}" for median in (*timed(out, each), *beside)]
            table.append(f"| {name} | {' | '.join([*cells, *[''] * (6 - len(cells))])} |")
            print(table[-1], flush=True)  # noqa: T201 - a benchmark prints
        load = os.getloadavg()[0]
        decided = sum(path.stat().st_size for path in published_files(out.decisions)) / 2**20
    text = f"""# Recall

`python -m benchmarks.recall {rows} {tenants} {days} --write`, {datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores,
load {load:.1f} at the end, {platform.platform()}, Python {platform.python_version()}.

{rows:,} rows of evidence of {tenants} tenants over {days} days, {KINDS} kinds of message each: {len(files)} files of
{stored_mib:,.0f} MiB; decisions {decided:,.1f} MiB; rollups {rolled_mib:,.1f} MiB. Medians of {ASKED} questions in one
process. Cold is after the folder's pages were dropped from memory. Other programs share the cores, as the load says, so
what an answer costs by itself is its processor time, of both cores together.
DuckDB counts on the same files events, first and last by day and host of the kinds of message that are meant, which is a
part of the answer.

| question | cold, s | warm, s | processor time of that, s | DuckDB cold, s | warm, s | processor time, s |
|---|---|---|---|---|---|---|
""" + "\n".join(table)
    print(text)  # noqa: T201 - a benchmark prints
    if "--write" in sys.argv:
        RESULTS.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
