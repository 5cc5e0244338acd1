"""A live run, and a replay of topics, whose output or snapshots are damaged: what repair makes of them, and what goes on."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from flows.recovery.store import Recovery
from state.store.memory_file import MemoryFile
from state.store.parquet_store import read_evidence, read_rejects
from tests.end_to_end.test_live_memory import Spool, moment_of, with_tail
from tests.end_to_end.test_shadow import of_two_tenants
from tests.support.killing import (
    decisions,
    durable_offsets,
    kill_group,
    start,
    stop_live,
    wait_until,
    wait_until_durable,
)
from tests.support.program import Ran, run
from tests.support.topics import make_topic, send, write_configuration

FINE, FINDINGS, UNREADABLE, REFUSED = 0, 1, 2, 3


def brainstem(*arguments: object) -> Ran:
    """Run the program."""
    return run(None, *arguments)


def contents(out: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder that a run has written, without what its processes report."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith(("status-", "_lock", "part-", "plan"))
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Spool:
    """Return a live run over a spool that was stopped when it had judged everything."""
    spool = Spool(tmp_path_factory.mktemp("whole"), "run", with_tail())
    spool.run()
    return spool


def copy_of(spool: Spool, folder: Path) -> Path:
    """Return a copy of the folder of a run."""
    return shutil.copytree(spool.out, folder / "out")


def remove(*names: str) -> Callable[[Path], None]:
    """Return what removes parts of an output."""

    def harm(out: Path) -> None:
        for name in names:
            shutil.rmtree(out / name) if (out / name).is_dir() else (out / name).unlink()

    return harm


def change_items(out: Path) -> None:
    """Change a byte of the items, whose length stays."""
    content = bytearray((out / "items.jsonl").read_bytes())
    content[40] ^= 1
    (out / "items.jsonl").write_bytes(content)


LOST: Final = {
    "ledger, digest and manifest": remove("ledger.json", "digest.md", "manifest.json"),
    "items": remove("items.jsonl"),
    "decisions": remove("decisions"),
    "all but what is stored": remove(
        "ledger.json", "digest.md", "manifest.json", "items.jsonl", "decisions", "_accounts"
    ),
    "a byte of the items": change_items,
}


@pytest.mark.parametrize(
    "lost",
    [
        "all but what is stored",
        *(pytest.param(name, marks=pytest.mark.long) for name in LOST if name != "all but what is stored"),
    ],
)
def test_a_stopped_live_run_gets_back_what_it_has_lost_and_goes_on(whole: Spool, tmp_path: Path, lost: str) -> None:
    """To the byte, and the run would start again: its snapshots fit."""
    out = copy_of(whole, tmp_path)
    LOST[lost](out)
    ran = brainstem("repair", out)
    assert ran.status == FINE, ran.err
    assert "The run can go on" in ran.out
    before, after = contents(whole.out), contents(out)
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    # rows of decisions may lie in other files
    stored = {name for name in differing if name.startswith("decisions/")}
    assert differing - stored <= ({"manifest.json"} if stored else set())
    assert decisions(out).equals(decisions(whole.out))
    assert Recovery(out).is_whole()
    audit = brainstem("audit", out)
    assert audit.status == FINE, audit.out
    again = brainstem("repair", out)
    assert again.status == REFUSED
    assert "whole. Go on with it" in again.err


def test_a_killed_live_run_that_has_lost_its_items_shows_the_same_items_in_the_end(
    whole: Spool, tmp_path: Path
) -> None:
    """It reads on behind what is stored, and stores nothing twice."""
    spool = Spool(tmp_path, "run", with_tail())
    process = start(["run", "--config", str(spool.path)])
    wait_until(process, partial(_has_read, spool, spool.messages // 2))
    kill_group(process)
    remove("items.jsonl", "decisions")(spool.out)
    ran = brainstem("repair", spool.out)
    assert ran.status == FINE, ran.err
    spool.run()
    assert (spool.out / "items.jsonl").read_bytes() == (whole.out / "items.jsonl").read_bytes()
    assert decisions(spool.out).equals(decisions(whole.out))
    kept = read_evidence(spool.out).sort("source", "position").collect()
    assert kept.equals(read_evidence(whole.out).sort("source", "position").collect())


def _has_read(spool: Spool, least: int) -> bool:
    return max(durable_offsets(spool.out).values(), default=0) > least


def damage_a_snapshot(out: Path) -> None:
    """Change the last byte of one snapshot, as a disk does; the file stays one of SQLite."""
    with sqlite3.connect(out / "_recovery" / "part-0.sqlite3") as part:
        ((number, stored),) = part.execute("SELECT rowid, ser_change FROM snaps WHERE ser_change NOT NULL LIMIT 1")
        part.execute("UPDATE snaps SET ser_change = ? WHERE rowid = ?", (stored[:-3] + b"\0\0.", number))
    part.close()


@pytest.mark.parametrize("harm", [damage_a_snapshot, pytest.param(remove("_recovery"), marks=pytest.mark.long)])
def test_a_live_run_without_snapshots_becomes_a_whole_output_that_a_new_run_continues(
    whole: Spool, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """All that is stored is judged, and the memory that it leaves is continued by a run over what comes next."""
    out = copy_of(whole, tmp_path)
    harm(out)
    remove("manifest.json", "items.jsonl")(out)
    started = brainstem("run", "--config", _configuration(whole, out))
    assert started.status == UNREADABLE
    assert "brainstem repair" in started.err
    memory = tmp_path / "memory"
    ran = brainstem("repair", out, "--memory", memory)
    assert ran.status == FINE, ran.err
    assert "has come to its end" in ran.out
    assert "Over the same spool it begins behind" in ran.out
    assert f"Give it --memory {memory}" in ran.out
    shown = [json.loads(line)["id"] for line in (out / "items.jsonl").read_bytes().splitlines()]
    assert shown[: len(whole_ids(whole))] == whole_ids(whole)
    audit = brainstem("audit", out)
    assert audit.status == FINE, audit.out
    assert not (out / "_recovery").exists()
    continued = MemoryFile(memory).continued()
    assert continued is not None
    assert moment_of(continued.judged_before) > whole.judged_until
    ledger = json.loads((out / "ledger.json").read_bytes())
    assert ledger["total"]["received"] == json.loads((whole.out / "ledger.json").read_bytes())["total"]["received"]


def whole_ids(spool: Spool) -> list[str]:
    """Return the ids of the items of a run."""
    return [json.loads(line)["id"] for line in (spool.out / "items.jsonl").read_bytes().splitlines()]


def _configuration(spool: Spool, out: Path) -> Path:
    """Return the configuration of a run with another folder."""
    path = out.parent / "copy.toml"
    text = spool.path.read_text(encoding="utf-8")
    path.write_text(text.replace(json.dumps(str(spool.out)), json.dumps(str(out))), encoding="utf-8")
    return path


def test_what_cannot_be_repaired_is_left_as_it_is(whole: Spool, tmp_path: Path) -> None:
    """A record that is gone beside snapshots that are damaged, and a run that is being written."""
    out = copy_of(whole, tmp_path)
    damage_a_snapshot(out)
    (out / "run.json").unlink()
    before = contents(out)
    ran = brainstem("repair", out)
    assert ran.status == UNREADABLE
    assert "Nothing was touched" in ran.err
    assert contents(out) == before
    memory = out / "memory"
    ran = brainstem("repair", whole.out, "--memory", memory)
    assert ran.status == REFUSED
    assert "--memory" in ran.err


@pytest.mark.long
def test_lost_records_of_a_live_run_are_named_and_what_is_left_is_judged(whole: Spool, tmp_path: Path) -> None:
    """Its snapshots cover what is gone, so it cannot go on."""
    out = copy_of(whole, tmp_path)
    (path, *_) = sorted((out / "evidence").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-20])
    ran = brainstem("repair", out)
    assert ran.status == FINE, ran.err
    assert f"lost: the rows of {path.relative_to(out)}, now in _damaged" in ran.out
    assert re.search(r"lost: [0-9,]+ records? of spool:office@acme, which are not stored", ran.out)
    assert "has come to its end" in ran.out


def test_a_replay_of_topics_is_repaired_and_a_live_run_over_them_goes_on_where_it_ended(
    kafka: str, tmp_path: Path
) -> None:
    """The first to the byte; of the second nothing is lost and nothing is stored in both folders."""
    topic = make_topic(kafka, 2)
    messages = of_two_tenants()
    half = len(messages) // 2
    send(kafka, topic, messages[:half])
    rule = '[kafka.tenant]\nby = "header"\nheader = "tenant"'
    path = write_configuration(tmp_path / "live", kafka, [topic], rule)
    topics = tmp_path / "topics"
    ran = brainstem("replay", f"kafka://{kafka}/{topic}", "--config", path, "--out", topics)
    assert ran.status == FINE, ran.err
    before = contents(topics)
    remove("ledger.json", "items.jsonl", "decisions", "digest.md", "manifest.json")(topics)
    ran = brainstem("repair", topics)
    assert ran.status == FINE, ran.err
    assert contents(topics) == before
    first = tmp_path / "live" / "out"
    ends = {f"{topic}/{number}": sum(each[0] == number for each in messages[:half]) for number in range(2)}
    process = start(["run", "--config", str(path)])
    wait_until_durable(process, first, ends)
    kill_group(process)
    damage_a_snapshot(first)
    ran = brainstem("repair", first)
    assert ran.status == FINE, ran.err
    send(kafka, topic, messages[half:])
    lines = ran.out.splitlines()
    begin = lines.index("[kafka.start]")
    second = write_configuration(tmp_path / "second", kafka, [topic], f"{rule}\n" + "\n".join(lines[begin : begin + 2]))
    process = start(["run", "--config", str(second)])
    wait_until_durable(
        process,
        tmp_path / "second" / "out",
        {f"{topic}/{number}": sum(each[0] == number for each in messages) for number in range(2)},
    )
    stop_live(process)
    stored = [
        row
        for out in (first, tmp_path / "second" / "out")
        for store in (read_evidence(out), read_rejects(out))
        for row in store.select("source", "position").collect().iter_rows()
    ]
    assert len(stored) == len(set(stored)) == len(messages)
