"""A live run starts from a memory and leaves its own there, whenever it is stopped, killed or written meanwhile."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.slots import SLOT_US
from connectors.received import ReceivedMessage
from connectors.spool.folder import Folder
from connectors.spool.writer import SpoolWriter, groups_of
from flows.cli.console import BAD_CONFIGURATION
from flows.config.settings import PARTITIONS
from flows.memory.learning import learn_live, left_by
from flows.recovery.store import Recovery
from flows.runs.replay import run_process
from flows.sinks.output_folder import OutputFolder
from state.store.memory_file import MemoryFile
from tests.end_to_end.test_memory import Items, asked, items_of, later, since, told
from tests.support.examples import examples
from tests.support.finished_runs import FinishedRun
from tests.support.killing import durable_offsets, kill_group, start, stop_live, wait_until
from tests.support.program import run as run_program
from tests.support.works import DAYS, Works, at, run, works

RECEIVED_US = int(at(DAYS).timestamp()) * 1_000_000


def moment_of(slot: int) -> datetime:
    """Return the moment at which a slot begins."""
    return datetime.fromtimestamp(slot * SLOT_US // 1_000_000, UTC)


@pytest.fixture(scope="module")
def whole(finished_works: FinishedRun) -> Items:
    """Return the items of a run over all there is."""
    return finished_works.items


@given(batches=st.integers(40, 130))
@settings(max_examples=examples(3), deadline=None, derandomize=True)
def test_what_a_stopped_run_has_judged_is_continued_and_nothing_counts_twice(
    tmp_path_factory: pytest.TempPathFactory, whole: Items, batches: int
) -> None:
    """Wherever it is stopped: lines from the end of its last judged slot on are read again, and count once."""
    folder = tmp_path_factory.mktemp("stopped")
    plan, chosen = asked(folder / "a", works(), folder / "unused")
    left = batches

    def stop_soon(_records: int, _length: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGTERM)

    chosen = replace(chosen, batch_records=4, memory=None)
    run_process(plan, chosen, observer=stop_soon)
    memory = MemoryFile(folder / "memory")
    continued = left_by(Recovery(chosen.out))
    assert continued is not None
    learn_live(OutputFolder(chosen.out), memory.path)
    assert memory.continued() == continued
    cut = moment_of(continued.judged_before)
    assert at(0) < cut < at(DAYS)
    _, second = run(folder / "b", since(works(), cut), memory=memory.path)
    assert told([*items_of(folder / "a"), *second]) == told(whole)
    assert told(second) == told(later(whole, cut))


def of_one() -> Works:
    """Return the works of one tenant.

    Several places of a spool are read at once, and the first lines of one may be late where another is far ahead by then.
    """
    whole_works = works()
    tickets = [each for each in whole_works.tickets if each["tenant"] == "acme"]
    return Works({"acme": whole_works.lines["acme"]}, tickets)


def with_tail() -> Works:
    """Return the works, and a day more of routine, so that a live run, which waits for what follows, judges them."""
    whole_works = of_one()
    tail = [(at(DAYS + hour / 24), "host1 rounds[9]: watch has walked its round") for hour in range(0, 36, 3)]
    return Works({tenant: [*said, *tail] for tenant, said in whole_works.lines.items()}, whole_works.tickets)


class Spool:
    """The spool of a live run that has no listeners, and its configuration."""

    def __init__(self, folder: Path, name: str, given_works: Works, more: str = "") -> None:
        self.out = folder / name
        self.judged_until = at(DAYS)
        spool = folder / f"{name}-spool"
        spool.mkdir()
        messages = [
            (moment, tenant, f"{moment.isoformat(timespec='microseconds')} {line}")
            for tenant, lines in given_works.lines.items()
            for moment, line in lines
        ]
        messages += [
            (datetime.fromisoformat(each["time"]), each["tenant"], json.dumps({"kind": "incident", **each}))
            for each in given_works.tickets
        ]
        self.messages = len(messages)
        writer = SpoolWriter(Folder(spool), PARTITIONS)
        for group in groups_of(
            [
                ReceivedMessage("office", tenant, "10.0.0.7", content.encode(), None, RECEIVED_US)
                for _, tenant, content in sorted(messages)
            ]
        ):
            writer.append(group)
        writer.sync()
        self.path = folder / f"{name}.toml"
        self.path.write_text(
            f"[run]\nout = {json.dumps(str(self.out))}\nsnapshot_seconds = 0.2\nbatch_records = 50\n"
            f"share_precedents = true\n{more}\n"
            f"[spool]\nfolder = {json.dumps(str(spool))}\n[kafka]\nidle_seconds = 3600.0\n"
        )

    def run(self, *arguments: str, kills: Sequence[int] = ()) -> Items:
        """Run until everything is durable and judged, killed when so many messages were; return the items."""
        command = ["run", "--config", str(self.path), *arguments]
        for number in kills:
            process = start(command)
            wait_until(process, partial(self._has_read, number))
            kill_group(process)
        for status in self.out.glob("status-*.json"):
            status.unlink()
        process = start(command)
        # what a run that was killed has judged is in the store before this one has begun
        wait_until(process, lambda: self._has_read(0) and self.is_judged(), found=lambda: durable_offsets(self.out))
        stop_live(process)
        return [json.loads(line) for line in (self.out / "items.jsonl").read_bytes().splitlines()]

    def _has_read(self, least: int) -> bool:
        """Return whether so many messages are durable; the places of a spool count on with one another."""
        return max(durable_offsets(self.out).values(), default=0) > least

    def is_judged(self) -> bool:
        """Return whether a run has judged everything before `judged_until`."""
        left = left_by(Recovery(self.out))
        return left is not None and moment_of(left.judged_before) >= self.judged_until


def test_a_new_live_run_continues_the_memory_of_the_one_before(tmp_path: Path) -> None:
    """What both surface is what one run surfaces, also where the second is killed on the way."""
    uncut = Spool(tmp_path, "uncut", with_tail()).run()
    assert (tmp_path / "uncut-memory.sqlite3").is_file()
    memory = tmp_path / "memory"
    first = Spool(tmp_path, "first", of_one().until(at(10)))
    first.judged_until = at(9.2)
    before = first.run("--memory", str(memory))
    begun = MemoryFile(memory).continued()
    assert begun is not None
    copy = tmp_path / "copy"
    MemoryFile(memory).copy_to(copy)
    second = Spool(tmp_path, "second", since(with_tail(), at(9)))
    after = second.run("--memory", str(memory))
    assert told([*before, *after]) == told(uncut)
    assert len(after) > 1
    again = Spool(tmp_path, "again", since(with_tail(), at(9)), f"memory = {json.dumps(str(copy))}")
    assert told(again.run(kills=(1, again.messages // 2))) == told(after)
    one, two = (MemoryFile(each).continued() for each in (copy, memory))
    assert one is not None
    assert two is not None
    # what a bucket drops of things that came once is not bound to a moment, so bytes may differ
    assert one.judged_before == two.judged_before > begun.judged_before
    assert one.is_whole
    facts = [[each for each in MemoryFile(path).records() if each.kind != "run"] for path in (copy, memory)]
    assert [(each.kind, each.name) for each in facts[0]] == [(each.kind, each.name) for each in facts[1]]
    assert [each.content["is_continued"] for each in MemoryFile(copy).records("run")] == [True, True]
    blind = Spool(tmp_path, "blind", since(with_tail(), at(9)), 'memory = ""').run()
    assert told(blind) != told(after)
    assert not (tmp_path / "blind-memory.sqlite3").exists()


def test_the_memory_is_written_while_a_run_goes_on_and_outlives_its_death(tmp_path: Path) -> None:
    """By a process of its own; two runs at once do not write over each other's state, and the second one is told so."""
    spool = Spool(tmp_path, "run", of_one().until(at(9)))
    memory = tmp_path / "run-memory.sqlite3"
    process = start(["run", "--config", str(spool.path)])
    spool.judged_until = at(8)
    wait_until(process, spool.is_judged)
    written = [sys.executable, "-P", "-m", "flows.memory.live_writer", str(spool.out), str(memory)]
    subprocess.run(written, check=True)
    kill_group(process)
    continued = MemoryFile(memory).continued()
    assert continued is not None
    assert moment_of(continued.judged_before) >= at(8)
    shown = run_program(tmp_path, "memory", "show", str(memory))
    assert "the next run continues there" in shown.out
    other = Spool(tmp_path, "other", since(of_one(), at(7)).until(at(13)), f"memory = {json.dumps(str(memory))}")
    other.judged_until = at(11)
    other.run()
    ran = MemoryFile(memory).continued()
    assert ran is not None
    assert ran != continued
    # the first one goes on, and finds the state of the other in its memory
    spool.run()
    assert MemoryFile(memory).continued() == ran
    assert [each.content["is_continued"] for each in MemoryFile(memory).records("run")].count(False) == 1


def test_a_memory_that_cannot_be_written_is_said_before_anything_is_read(tmp_path: Path) -> None:
    """A folder that is missing, and one of the run itself, which must be empty to begin."""
    spool = Spool(tmp_path, "run", of_one().until(at(1)))
    for named in (tmp_path / "nowhere" / "memory", spool.out / "memory"):
        ran = run_program(tmp_path, "run", "--config", str(spool.path), "--memory", str(named))
        assert ran.status == BAD_CONFIGURATION
        assert str(named) in ran.err
        assert not spool.out.exists()
