"""What a run leaves in the memory at its end: its state, and records of what was shown, broken and said.

Takes the folder of a run that has ended. Everything is written in one transaction, and may be repeated: a run that is in the
memory already changes nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from brainstem.contracts.ledger_json import rfc3339
from brainstem.contracts.slots import SLOT_US
from brainstem.text.phrases import microseconds
from flows.graph.memory import learned_in
from flows.memory.starting import versions
from flows.recall.runs import Runs
from flows.sinks.output_folder import OutputFolder
from state.store.memory_file import Continued, MemoryFile, Record

ITEM_FIELDS: Final = ("what", "services", "template", "band", "score", "kinds", "hosts", "entities", "signatures")
"""members of an item that are remembered"""


def learn(folder: OutputFolder, memory: Path) -> None:
    """Add what a run has left to a memory.

    Its state takes the place of the one it started from. Where another run has put its own there meanwhile, that one stays,
    as no state knows of both.
    """
    file = MemoryFile(memory)
    left = learned_in(folder.accounts)
    root = _root(folder)
    if any(each.name == root for each in file.records("run")):
        return
    started_from = orjson.loads(folder.run_record.read_bytes())["plan"].get("started_from", "")
    judged = {judged_before for judged_before, _ in left.values()}
    continued = None
    if len(judged) == 1 and _is_as_it_was(file, folder):
        continued = Continued(judged.pop(), versions(), {key: state for key, (_, state) in left.items()})
    end_us = SLOT_US * max((judged_before for judged_before, _ in left.values()), default=0)
    run = Record(
        "run",
        root,
        end_us,
        "",
        {
            "folder": str(folder.root),
            "judged_until": rfc3339(end_us),
            "started_from": started_from,
            "is_continued": continued is not None,
        },
    )
    file.update([run, *_records(folder)], continued)


def is_continued(folder: OutputFolder, memory: Path) -> bool:
    """Return whether a later run with the memory continues what a run has left there."""
    root = _root(folder)
    return any(each.name == root and each.content["is_continued"] for each in MemoryFile(memory).records("run"))


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
