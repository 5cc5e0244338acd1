"""Runs one behind the other with one memory: they find what one run over all of it finds, whatever is killed on the way."""

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files.discovery import discover, parse_argument
from flows.config.settings import Settings
from flows.recovery.plan import Plan
from flows.recovery.store import Recovery
from flows.runs.finish import finish
from flows.runs.replay import complete, ledger_if_finished, prepare, run_process
from flows.sinks.output_folder import OutputFolder
from state.store.memory_file import MemoryFile
from tests.support.finished_runs import FinishedRun
from tests.support.works import DAYS, Statement, Works, at, run, stamp, works

Items = list[dict[str, Any]]
CUT = at(10)


def since(given_works: Works, moment: datetime) -> Works:
    """Return what there was from a moment on, with all tickets: their file is given each day as a whole."""
    lines = {tenant: [line for line in said if line[0] >= moment] for tenant, said in given_works.lines.items()}
    return Works(lines, given_works.tickets)


def told(items: Items) -> Items:
    """Return items without the places of their lines, which lie in another file."""
    return [
        {**item, "data": {**item["data"], "evidence": [line["raw"] for line in item["data"]["evidence"]]}}
        for item in items
    ]


def later(items: Items, moment: datetime) -> Items:
    """Return the items behind a moment."""
    return [item for item in items if item["time"] > stamp(moment)]


@pytest.fixture(scope="module")
def whole(finished_works: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> tuple[Items, Statement]:
    """Return the items of a run over all there is, with what was said of a family before the cut."""
    folder = tmp_path_factory.mktemp("memory")
    about = next(item for item in later(finished_works.items, CUT) if "bearing" in item["data"]["template"])
    said = {
        "tenant": "acme",
        "time": stamp(at(9.4)),
        "family": about["subject"],
        "verdict": "useful",
        "note": "greased",
    }
    return run(folder / "whole", works(), [said])[1], said


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, whole: tuple[Items, Statement]) -> Path:
    """Return the memory of a run over the first ten days."""
    folder = tmp_path_factory.mktemp("begun")
    run(folder / "a", works().until(CUT), [whole[1]], memory=folder / "memory")
    return folder / "memory"


@given(slots=st.integers(3 * 144, (DAYS - 2) * 144), batch_records=st.sampled_from([1, 7, 4096]))
@settings(max_examples=3, deadline=None, derandomize=True)
def test_runs_in_turn_find_what_one_run_over_all_finds(
    tmp_path_factory: pytest.TempPathFactory, whole: tuple[Items, Statement], slots: int, batch_records: int
) -> None:
    """What was learned before the cut is known behind it, and files of statements that are given again count once."""
    folder = tmp_path_factory.mktemp("turns")
    items, said = whole
    cut = at(0) + timedelta(minutes=10 * slots)
    memory = folder / "memory"
    _, first = run(folder / "a", works().until(cut), [said], memory=memory)
    _, second = run(folder / "b", since(works(), cut), [said], memory=memory, batch_records=batch_records)
    assert told(later(second, cut)) == told(later(items, cut))
    assert told([*first, *second]) == told(items)


def test_without_its_memory_a_run_is_blind_at_first(
    tmp_path: Path, whole: tuple[Items, Statement], begun: Path
) -> None:
    """There is something to be known in the test above."""
    items, said = whole
    memory = shutil.copy(begun, tmp_path / "memory")
    _, blind = run(tmp_path / "blind", since(works(), CUT), [said])
    _, second = run(tmp_path / "seeing", since(works(), CUT), [said], memory=Path(memory))
    assert told(second) == told(later(items, CUT))
    assert len(blind) < len(second)
    outcomes = [each["outcome"] for item in second for each in item["data"]["seen_before"]]
    assert "called useful: greased" in outcomes


def test_the_same_memory_gives_the_same_run_and_what_is_known_counts_once(tmp_path: Path, begun: Path) -> None:
    """Its record has the digest of what it started from; logs that are read again say nothing new."""
    memories = []
    for name in ("one", "two"):
        memory = Path(shutil.copy(begun, tmp_path / name))
        folder = tmp_path / "run"
        shutil.rmtree(folder, ignore_errors=True)
        run(folder, since(works(), CUT), memory=memory)
        memories.append(memory)
        record = json.loads((folder / "out" / "run.json").read_bytes())
        assert record["plan"]["started_from"] == MemoryFile(begun).digest()
        assert MemoryFile(folder / "out" / "started-from.sqlite3").digest() == MemoryFile(begun).digest()
    one, two = (MemoryFile(memory).continued() for memory in memories)
    assert one == two
    assert one is not None
    _, again = run(tmp_path / "again", works().until(at(DAYS - 1)), memory=memories[0])
    assert again == []
    digest = (tmp_path / "again" / "out" / "digest.md").read_text()
    assert "where the memory ends, known already: stored, and not judged" in digest
    assert "a quiet time" not in digest
    ends = MemoryFile(memories[0]).continued()
    assert ends is not None
    assert ends.judged_before == one.judged_before


def asked(folder: Path, given_works: Works, memory: Path) -> tuple[Plan, Settings]:
    """Write the logs of works, and return a replay of them that was prepared and has read nothing."""
    folder.mkdir()
    arguments = []
    for tenant, lines in given_works.lines.items():
        path = folder / f"{tenant}.log"
        path.write_text("".join(f"{moment.isoformat(timespec='microseconds')} {line}\n" for moment, line in lines))
        arguments.append(f"{tenant}={path}")
    tickets = folder / "incidents.jsonl"
    tickets.write_text("".join(json.dumps(each) + "\n" for each in given_works.tickets))
    chosen = Settings(folder / "out", memory=memory, incidents=tickets)
    inventory = discover([parse_argument(each) for each in arguments])
    return prepare(chosen, {}, lambda: Plan({}, inventory)), chosen


def items_of(folder: Path) -> Items:
    """Return the items of a run."""
    return [json.loads(line) for line in OutputFolder(folder / "out").items.read_bytes().splitlines()]


def test_a_run_goes_on_with_the_memory_that_it_started_from(tmp_path: Path, begun: Path) -> None:
    """Whatever becomes of the file meanwhile; a state that another run has put there is not written over."""
    memory = Path(shutil.copy(begun, tmp_path / "memory"))
    _, expected = run(tmp_path / "expected", since(works(), CUT), memory=Path(shutil.copy(begun, tmp_path / "copy")))
    plan, chosen = asked(tmp_path / "a", since(works(), CUT), memory)
    run(tmp_path / "meanwhile", since(works(), at(12)), memory=memory)
    between = MemoryFile(memory).continued()
    # a process that is killed here is started again with the same arguments
    plan = prepare(chosen, {}, lambda: plan, resume=True)
    run_process(plan, chosen)
    complete(plan, chosen)
    assert told(items_of(tmp_path / "a")) == told(expected)
    assert MemoryFile(memory).continued() == between
    shown = {each.name for each in MemoryFile(memory).records("item")}
    assert {item["id"] for item in expected} <= shown
    assert [each.content["is_continued"] for each in MemoryFile(memory).records("run")].count(False) == 1


def test_a_run_that_is_killed_behind_its_last_step_is_learned_from_once(tmp_path: Path, begun: Path) -> None:
    """Before the memory is written, and between that and the end."""
    memory = Path(shutil.copy(begun, tmp_path / "memory"))
    plan, chosen = asked(tmp_path / "a", since(works(), CUT), memory)
    before = MemoryFile(memory).digest()
    run_process(plan, chosen)
    finish(OutputFolder(chosen.out), plan.inventory, chosen)
    assert MemoryFile(memory).digest() == before
    kept = tmp_path / "kept"
    shutil.copytree(chosen.out, kept)
    assert ledger_if_finished(chosen) is not None
    after = MemoryFile(memory).digest()
    assert after != before
    # as if the process had been killed when the memory was written and its working files were still there
    shutil.rmtree(chosen.out)
    shutil.copytree(kept, chosen.out)
    assert ledger_if_finished(chosen) is not None
    assert MemoryFile(memory).digest() == after
    assert not OutputFolder(chosen.out).accounts.exists()
    assert not Recovery(chosen.out).exists


def test_a_copy_of_a_run_that_never_began_is_in_nobodys_way(tmp_path: Path, begun: Path) -> None:
    """It was killed before it had a plan."""
    memory = Path(shutil.copy(begun, tmp_path / "memory"))
    chosen = Settings(tmp_path / "out", memory=memory)
    folder = OutputFolder(chosen.out)
    chosen.out.mkdir()
    MemoryFile(memory).copy_to(folder.started_from)
    (tmp_path / "acme.log").write_text("2026-03-02T00:00:00Z web app: fine\n")
    inventory = discover([parse_argument(f"acme={tmp_path / 'acme.log'}")])
    plan = prepare(chosen, {}, lambda: Plan({}, inventory), resume=True)
    assert plan.started_from == MemoryFile(memory).digest()
    assert replace(plan, started_from="").to_plain().get("started_from") is None
