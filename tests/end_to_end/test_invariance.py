"""Same input, same output: however it is cut, shuffled, hashed or shared among processes."""

import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from brainstem.contracts.ledger import UnreadField
from brainstem.contracts.ledger_json import from_json
from brainstem.parse.name_guard import SERVICES_MOST
from connectors.files.discovery import discover, parse_argument
from flows.config.settings import Settings
from flows.reports.recorded import scan_decisions
from flows.runs.replay import replay
from flows.sinks.output_folder import OutputFolder
from tests.support.program import run as run_program
from tests.support.small_town import positionless, town, write

GROWING = SERVICES_MOST + 40
"""names of services, more than one source may have"""


def run(arguments: list[str], out: Path, batch_records: int = 16_384) -> bytes:
    """Replay in this process, and return items.jsonl."""
    settings = Settings(out, batch_records=batch_records)
    replay(discover([parse_argument(each) for each in arguments]), settings)
    return OutputFolder(out).items.read_bytes()


def decisions(out: Path) -> str:
    """Return a digest of all decisions, whatever files they lie in."""
    rows = scan_decisions(OutputFolder(out)).sort("tenant", "family", "tick", "cause").collect()
    return hashlib.sha256(rows.write_json().encode()).hexdigest()


def evidence(out: Path) -> pl.DataFrame:
    """Return all evidence in order of id."""
    return (
        pl.scan_parquet(out / "evidence" / "**" / "*.parquet", hive_partitioning=False)
        .sort("source", "position")
        .collect()
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path, bytes]:
    """Return the arguments of a town, and folder and items of an ordinary run over it."""
    folder = tmp_path_factory.mktemp("town")
    arguments = write(folder / "logs", town(7))
    items = run(arguments, folder / "whole", batch_records=10_000_000)
    return arguments, folder / "whole", items


def test_the_town_surfaces_something(whole: tuple[list[str], Path, bytes]) -> None:
    """The invariance tests would prove nothing on an empty output."""
    assert whole[2].count(b"\n") >= 2


@pytest.mark.parametrize("batch_records", [97, 4096])
def test_batches_of_any_size_give_the_same_items_and_decisions(
    whole: tuple[list[str], Path, bytes], tmp_path: Path, batch_records: int
) -> None:
    """Where a stream is cut decides nothing."""
    arguments, out, items = whole
    assert run(arguments, tmp_path / "out", batch_records) == items
    assert decisions(tmp_path / "out") == decisions(out)
    assert evidence(tmp_path / "out").equals(evidence(out))


def test_batches_of_one_record_give_the_same_items_and_decisions(tmp_path: Path) -> None:
    """Not even one record at a time; a smaller town, for a batch costs more than a record."""
    files = {name: lines for name, lines in town(3).items() if name.startswith("acme")}
    arguments = write(tmp_path / "logs", files)
    items = run(arguments, tmp_path / "whole", 10_000_000)
    assert items
    assert run(arguments, tmp_path / "single", 1) == items
    assert decisions(tmp_path / "single") == decisions(tmp_path / "whole")


def test_what_is_not_understood_is_the_same_in_batches_of_any_size(tmp_path: Path) -> None:
    """Names that grow with the records, dates that a late line decides, and records without a time."""
    logs = tmp_path / "acme"
    logs.mkdir()
    growing = [f"May  4 06:{number // 60:02d}:{number % 60:02d} barge job{number}: done\n" for number in range(GROWING)]
    slashed = [f"04/05/2026 06:{number // 60:02d}:{number % 60:02d} ERROR pump\n" for number in range(300)]
    (logs / "growing.log").write_text("".join(growing))
    (logs / "slashed.log").write_text("".join([*slashed, "25/05/2026 06:00:00 ERROR pump\n"]))
    (logs / "untimed.log").write_text("no time in it\n" * 300)
    os.utime(logs / "growing.log", (1_780_000_000, 1_780_000_000))
    for size in (1, 97, 10_000_000):
        run([f"acme={logs}"], tmp_path / str(size), size)
    folders = [OutputFolder(tmp_path / str(size)) for size in (1, 97, 10_000_000)]
    assert len({folder.ledger.read_bytes() for folder in folders}) == 1
    assert len({decisions(folder.root) for folder in folders}) == 1
    stored = evidence(folders[0].root)
    assert all(stored.equals(evidence(folder.root)) for folder in folders[1:])
    counted = from_json(folders[0].ledger.read_bytes()).total().unread
    origins = Counter(stored["event_time_origin"].cast(pl.String).to_list())
    assert counted[UnreadField.TIME_RECEIVED] == origins["received"] == 300
    assert UnreadField.TIME_CARRIED not in counted
    assert "carried" not in origins
    assert counted[UnreadField.SERVICES_MISREAD] == GROWING - SERVICES_MOST
    services = stored.filter(pl.col("source").cast(pl.String).str.ends_with("growing.log"))["service"]
    assert services.cast(pl.String).to_list()[SERVICES_MOST:] == ["growing"] * (GROWING - SERVICES_MOST)
    dates = stored.filter(pl.col("source").cast(pl.String).str.ends_with("slashed.log"))["event_time"].dt.date()
    assert {(date.month, date.day) for date in dates} == {(5, 4), (5, 25)}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_any_order_within_the_lateness_bound_gives_the_same_items(tmp_path: Path, seed: int) -> None:
    """Lines that come up to ten minutes out of order change nothing but their positions."""
    dice = random.Random(seed)
    files = town(7)
    shuffled = {
        name: sorted(lines, key=lambda line: line[0] + timedelta(seconds=dice.uniform(0, 599)))
        for name, lines in files.items()
    }
    assert shuffled != files
    first = run(write(tmp_path / "logs", files), tmp_path / "one")
    second = run(write(tmp_path / "logs", shuffled), tmp_path / "two")
    assert positionless(first) == positionless(second)


def replay_in_a_process(arguments: list[str], out: Path, hash_seed: str) -> bytes:
    """Replay through the command line, started with a seed of hashes, and return items.jsonl."""
    command = [sys.executable, "-m", "flows.cli", "replay", *arguments, "--out", str(out)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return (out / "items.jsonl").read_bytes()


@pytest.mark.parametrize("hash_seed", ["4242", pytest.param("1", marks=pytest.mark.long)])
def test_the_hash_seed_changes_nothing(whole: tuple[list[str], Path, bytes], tmp_path: Path, hash_seed: str) -> None:
    """No order of a set or dictionary decides anything."""
    arguments, _, items = whole
    assert replay_in_a_process(arguments, tmp_path / "out", hash_seed) == items


def test_two_processes_give_the_same_items_and_decisions_as_one(
    whole: tuple[list[str], Path, bytes], tmp_path: Path
) -> None:
    """A cluster of two processes shares the work and changes nothing."""
    arguments, out, items = whole
    ran = run_program(None, "replay", *arguments, "--out", tmp_path / "out", "--processes", "2")
    assert ran.status == 0, ran.err
    assert (tmp_path / "out" / "items.jsonl").read_bytes() == items
    assert decisions(tmp_path / "out") == decisions(out)
    assert evidence(tmp_path / "out").equals(evidence(out))
