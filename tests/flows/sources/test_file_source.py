"""The files of a replay as a source: what a batch has passed over many days is said in steps, and nothing else changes."""

import random
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.files.cursor import FileInput
from connectors.files.discovery import discover, parse_argument
from flows.config.settings import PARTITIONS, Settings
from flows.sources.batches import Batch, PartitionEnd, Passed, SourceItem
from flows.sources.file_source import ReplaySource
from flows.sources.pace import FEATURES_MOST, Pace
from state.frontier import NOT_YET, Frontier

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 30
A_DAY = 24
"""records of each file"""
SECONDS_MOST = 60.0


def files_of_a_month(folder: Path, files: int) -> tuple[FileInput, ...]:
    """Write files with a record an hour for a month."""
    for number in range(files):
        stamps = [START + timedelta(minutes=60 * hour + number) for hour in range(DAYS * A_DAY)]
        lines = [f"{stamp.isoformat()} mill{number} grind[5]: stone wears thin\n" for stamp in stamps]
        (folder / f"mill{number}.log").write_text("".join(lines), encoding="utf-8")
    return discover([parse_argument(f"north={folder}")]).files


def read_all(source: ReplaySource, states: dict[int, tuple[Any, ...]] | None = None) -> list[SourceItem]:
    """Return what the partitions of a source emit in turn until all have ended; with `states`, those go on from there."""
    begun = dict.fromkeys(range(PARTITIONS)) if states is None else states
    open_parts = {number: source.open(number, state) for number, state in begun.items()}
    emitted: list[SourceItem] = []
    deadline = time.monotonic() + SECONDS_MOST
    while open_parts and time.monotonic() < deadline:
        for number, part in [*open_parts.items()]:
            try:
                emitted += part.next_batch()
            except StopIteration:
                open_parts.pop(number).close()
    assert not open_parts
    return emitted


def records(items: list[SourceItem]) -> int:
    """Return how many records batches hold."""
    return sum(len(each.envelopes) for each in items if isinstance(each, Batch))


def frontiers(items: list[SourceItem]) -> list[int]:
    """Return the slots at which a bucket could have sealed, in their order."""
    frontier, seen = Frontier(PARTITIONS), [NOT_YET]
    for each in items:
        progress = each.progress
        frontier.advance(progress.partition, progress.done_before, progress.closed, progress.idle)
        if frontier.done_before != seen[-1]:
            seen.append(frontier.done_before)
    return seen


def test_a_month_read_at_once_is_passed_on_some_days_at_a_time(tmp_path: Path) -> None:
    """No step of the least progress spans many more records than a step may, and all comes to the same end."""
    files = files_of_a_month(tmp_path, 11)
    plain = read_all(ReplaySource(files, Settings(tmp_path / "out")))
    stepped = read_all(ReplaySource(files, Settings(tmp_path / "out"), pace=Pace(records_a_step=3 * 11 * A_DAY)))
    assert not any(isinstance(each, Passed) for each in plain)
    assert records(plain) == records(stepped) == 11 * DAYS * A_DAY
    assert frontiers(plain)[-1] == frontiers(stepped)[-1]
    # the first step begins at the first record, not at the beginning of time
    steps = [later - earlier for earlier, later in zip(frontiers(stepped)[1:], frontiers(stepped)[2:], strict=False)]
    assert max(steps) <= 4 * 144
    assert len(steps) >= DAYS // 4


def test_progress_in_steps_never_runs_ahead_of_what_was_emitted(tmp_path: Path) -> None:
    """A partition never goes back, and says no more than its last batch has passed, nor anything behind its end."""
    files = files_of_a_month(tmp_path, 11)
    settings = Settings(tmp_path / "out", batch_records=300)
    passed: dict[int, int] = {}
    for each in read_all(ReplaySource(files, settings)):
        passed[each.progress.partition] = max(passed.get(each.progress.partition, NOT_YET), each.progress.done_before)
    said: dict[int, int] = defaultdict(lambda: NOT_YET)
    ended: set[int] = set()
    for each in read_all(ReplaySource(files, settings, pace=Pace(records_a_step=100))):
        progress = each.progress
        assert progress.partition not in ended
        assert said[progress.partition] <= progress.done_before <= passed[progress.partition]
        assert progress.closed == isinstance(each, PartitionEnd)
        said[progress.partition] = progress.done_before
        if progress.closed:
            ended.add(progress.partition)
    assert said == passed


def test_nothing_is_passed_on_while_much_waits_to_be_judged(tmp_path: Path) -> None:
    """A step waits until the one before is sealed and most of its features are judged, and then comes."""
    pace = Pace(records_a_step=50)
    source = ReplaySource(files_of_a_month(tmp_path, 1), Settings(tmp_path / "out"), pace=pace)
    part = source.open(0, None)
    for number in range(1, PARTITIONS):
        other = source.open(number, None)
        while not any(isinstance(each, PartitionEnd) for each in other.next_batch()):
            time.sleep(0)
        other.close()
    while not (first := part.next_batch()):
        time.sleep(0)
    assert isinstance(first[0], Batch)
    pace.add_shares(1)
    assert part.next_batch() == []
    pace.add_shares(-1)
    assert isinstance(part.next_batch()[0], Passed)
    pace.add_features(FEATURES_MOST + 1)
    assert part.next_batch() == []
    pace.add_features(-1)
    assert isinstance(part.next_batch()[0], Passed)
    part.close()


def test_a_partition_goes_on_from_a_snapshot_between_two_steps(tmp_path: Path) -> None:
    """What was emitted is not emitted again, and the rest of the progress comes with its end."""
    files = files_of_a_month(tmp_path, 1)
    source = ReplaySource(files, Settings(tmp_path / "out"), pace=Pace(records_a_step=50))
    part = source.open(0, None)
    for number in range(1, PARTITIONS):
        other = source.open(number, None)
        while not any(isinstance(each, PartitionEnd) for each in other.next_batch()):
            time.sleep(0)
        other.close()
    emitted: list[SourceItem] = []
    while not any(isinstance(each, Passed) for each in emitted):
        emitted += part.next_batch()
    state = part.snapshot()
    part.close()
    resumed = ReplaySource(files, Settings(tmp_path / "out"), pace=Pace(records_a_step=50)).open(0, state)
    rest: list[SourceItem] = []
    while not any(isinstance(each, PartitionEnd) for each in rest):
        rest += resumed.next_batch()
    resumed.close()
    assert records(emitted) + records(rest) == DAYS * A_DAY
    assert records(rest) < records(emitted)
    assert rest[-1].progress.done_before > emitted[-1].progress.done_before


@pytest.mark.parametrize("seed", range(12))
def test_partitions_go_on_from_wherever_each_of_them_stood(tmp_path: Path, seed: int) -> None:
    """Also where one is days ahead of another: none waits for one that waits for it."""
    dice = random.Random(seed)
    files, settings = files_of_a_month(tmp_path, 6), Settings(tmp_path / "out", batch_records=40)
    source = ReplaySource(files, settings, pace=Pace(records_a_step=50))
    parts = {number: source.open(number, None) for number in range(PARTITIONS)}
    emitted: list[SourceItem] = []
    for _ in range(dice.randint(20, 400)):
        number = dice.choice([*parts])
        try:
            emitted += parts[number].next_batch()
        except StopIteration:
            parts.pop(number).close()
            if not parts:
                break
    states = {number: part.snapshot() for number, part in parts.items()}
    for part in parts.values():
        part.close()
    if states:
        emitted += read_all(ReplaySource(files, settings, pace=Pace(records_a_step=50)), states)
    assert records(emitted) == 6 * DAYS * A_DAY
