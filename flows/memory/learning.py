"""What a run leaves in the memory: its state, and records of what was shown, broken and said.

Takes the folder of a replay that has ended, or of a live run, which leaves its state again and again. Everything is written
in one transaction, and may be repeated: what is in the memory already changes nothing.

A live run's state is that of its last snapshots, of all buckets and shards the same moment of the stream. What waits for its
slot to end is left out: a later run that reads the same place again counts it, and nothing counts twice.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from brainstem.aggregate.kernels import BUCKETS
from brainstem.contracts.ledger_json import rfc3339
from brainstem.contracts.slots import SLOT_US
from brainstem.text.phrases import microseconds
from flows.graph.memory import learned_in, stored_state
from flows.graph.pooled_attention import bucket_state
from flows.graph.steps import bucket_key, shard_key
from flows.memory.starting import versions
from flows.recall.runs import Runs
from flows.recovery.store import Recovery
from flows.sinks.output_folder import OutputFolder
from state.attention.bucket import Bucket
from state.discovery.tenant_shard import SHARDS, Shard
from state.frontier import NOT_YET
from state.store.memory_file import Continued, MemoryFile, Record

ITEM_FIELDS: Final = ("what", "services", "template", "band", "score", "kinds", "hosts", "entities", "signatures")
"""members of an item that are remembered"""


def learn(folder: OutputFolder, memory: Path) -> None:
    """Add what a run that has ended has left to a memory.

    Its state takes the place of the one it started from, or has left itself while it went on. Where another run has put its
    own there meanwhile, that one stays, as no state knows of both.
    """
    file = MemoryFile(memory)
    left = learned_in(folder.accounts)
    root = _root(folder)
    earlier = {each.name: each for each in file.records("run")}
    if root in earlier:
        return
    now, live = file.continued(), earlier.get(live_name(folder))
    # a live run that could not go on has left a state, from before its end was judged
    is_own = now is not None and live is not None and live.content.get("state") == now.digest()
    judged = {judged_before for judged_before, _ in left.values()}
    continued = None
    if len(judged) == 1 and (is_own or _is_as_it_was(file, folder)):
        continued = Continued(judged.pop(), versions(), {key: state for key, (_, state) in left.items()})
    end_us = SLOT_US * max((judged_before for judged_before, _ in left.values()), default=0)
    run = _run(folder, root, end_us, is_continued=continued is not None)
    file.update([run, *_records(folder)], continued)


def learn_live(folder: OutputFolder, memory: Path) -> None:
    """Add what a live run has left so far to a memory, as `learn` does; it may do so again and again.

    While the run goes on another process must do so, as `Recovery.states_of` says.
    """
    file = MemoryFile(memory)
    name = live_name(folder)
    earlier = {each.name: each for each in file.records("run")}.get(name)
    now = file.continued()
    left_before = "" if earlier is None else earlier.content["state"]
    is_own = now is not None and now.digest() == left_before
    continued = left_by(Recovery(folder.root)) if is_own or _is_as_it_was(file, folder) else None
    latest = continued or (now if is_own else None)
    end_us = SLOT_US * latest.judged_before if latest else 0 if earlier is None else earlier.time_us
    run = _run(folder, name, end_us, is_continued=latest is not None)
    run = replace(run, content={**run.content, "state": latest.digest() if latest else left_before})
    file.update([run, *_records(folder)], continued)


def left_by(recovery: Recovery) -> Continued | None:
    """Return the state that a live run has left in its recovery store; None where it has judged nothing, or where its parts
    are not of one moment: then a bucket has sealed what its shard does not have yet.
    """
    if not recovery.exists:
        return None
    states = recovery.states_of({"attention", "discovery"})
    buckets = {bucket_key(number): states.get(("attention", bucket_key(number))) for number in range(BUCKETS)}
    shards = {shard_key(number): states.get(("discovery", shard_key(number))) for number in range(SHARDS)}
    judged: set[int] = set()
    left: dict[str, bytes] = {}
    for key, pooled in buckets.items():
        state = None if pooled is None else bucket_state(pooled)
        if state is None:
            return None
        judged_before, kept = Bucket.judged_of(state)
        judged.add(judged_before)
        left[key] = stored_state(kept)
    for key, state in shards.items():
        if state is None:
            return None
        judged.add(Shard.judged_before(state))
        left[key] = stored_state(state)
    if len(judged) != 1 or NOT_YET in judged:
        return None
    return Continued(judged.pop(), versions(), left, is_whole=True)


def live_name(folder: OutputFolder) -> str:
    """Return the name of a live run in a memory: what it was asked, where, and what it started from."""
    return hashlib.sha256(folder.run_record.read_bytes()).hexdigest()


def _run(folder: OutputFolder, name: str, end_us: int, *, is_continued: bool) -> Record:
    started_from = orjson.loads(folder.run_record.read_bytes())["plan"].get("started_from", "")
    content = {
        "folder": str(folder.root),
        "judged_until": rfc3339(end_us),
        "started_from": started_from,
        "is_continued": is_continued,
    }
    return Record("run", name, end_us, "", content)


def is_continued(folder: OutputFolder, memory: Path) -> bool:
    """Return whether a later run with the memory continues what a run has left there: a replay that has ended, or a live
    run.
    """
    names = (_root(folder), live_name(folder))
    return any(each.name in names and each.content["is_continued"] for each in MemoryFile(memory).records("run"))


def _is_as_it_was(file: MemoryFile, folder: OutputFolder) -> bool:
    """Return whether the state in the memory is that which the run started from."""
    now = file.continued()
    if not folder.started_from.is_file():
        return now is None
    then = MemoryFile(folder.started_from).continued()
    # a state of another build was left out of the copy, and is of no use to any run of this one
    return then == now or (then is None and now is not None and now.versions != versions())


def _root(folder: OutputFolder) -> str:
    """Return the root hash of the run's manifest, which names it."""
    return str(orjson.loads(folder.manifest.read_bytes())["root"])


def _records(folder: OutputFolder) -> Iterator[Record]:
    """Yield what a run has shown, and the incidents and verdicts that it knows, with their times."""
    runs = Runs.of([folder.root])
    families = {}
    content: dict[str, Any]
    for item in runs.items():
        about: Mapping[str, Any] = item["data"]
        families[item["id"]] = item["subject"]
        content = {"family": item["subject"], **{name: about[name] for name in ITEM_FIELDS}}
        yield Record("item", item["id"], microseconds(item["time"]), about["tenant"], content)
    for each in runs.statements:
        if each["kind"] == "incident":
            content = {"id": each["about"], "service": each["service"], "title": each["text"]}
        else:
            content = {name: each[name] for name in ("about", "verdict", "by", "service") if each[name]}
            content |= {"note": each["text"]} if each["text"] else {}
            content |= {"until": rfc3339(each["until_us"])} if each["until_us"] else {}
            content |= {"family": families[each["about"]]} if each["about"] in families else {}
        kind = "incident" if each["kind"] == "incident" else "verdict"
        yield Record(kind, _name_of(each), each["time_us"], each["tenant"], content)


def _name_of(stated: dict[str, Any]) -> str:
    """Return a name that only the same statement has: an incident has its tenant and id."""
    same = ("tenant", "about") if stated["kind"] == "incident" else tuple(sorted(stated))
    parts = "\0".join(str(stated[name]) for name in same)
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
