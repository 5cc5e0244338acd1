"""The throughput benchmark: its lines, its stages, and what it makes of samples and costs."""

from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.throughput import child, growth, profiles
from benchmarks.throughput.replays import Cost
from benchmarks.throughput.report import Outcome, Results, page
from benchmarks.throughput.scenarios import Spread, spread_lines, write_days, write_spread


@pytest.mark.parametrize(("stage", "module", "name"), child.STAGES)
def test_a_stage_is_a_function_of_the_product(stage: str, module: str, name: str) -> None:
    """What is renamed there must be renamed here, or its time would count as the rest."""
    found = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    assert callable(found), stage


def test_the_stopwatch_counts_what_is_inside_another_stage_once() -> None:
    """The inner stage has all of its time, the outer one only its own."""
    stopwatch = child.Stopwatch()
    inner = stopwatch.wrapped("inner", lambda: sum(range(2_000_000)))
    outer = stopwatch.wrapped("outer", lambda: inner() + 1)
    assert outer() == sum(range(2_000_000)) + 1
    assert 0 <= stopwatch.seconds["outer"] < stopwatch.seconds["inner"]


def test_a_scenario_has_as_many_lines_tenants_and_kinds_as_it_says() -> None:
    """A million kinds that are not all said would flatter."""
    made = list(spread_lines(Spread(tenants=7, kinds=900), 2_000))
    assert len(made) == 2_000
    assert {tenant for tenant, _, _ in made} == set(range(7))
    # values are put in at the end of a message, behind four words
    assert len({tuple(message.split()[:4]) for _, _, message in made}) == 900


def test_a_scenario_has_the_same_bytes_in_every_run(tmp_path: Path) -> None:
    """Figures of two runs are of the same lines."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        write_spread(Spread(tenants=3, days=5), 300, folder)
    one, two = ([path.read_bytes() for path in sorted(folder.iterdir())] for folder in folders)
    assert one == two


def test_more_lines_are_further_days_of_the_same_ones(tmp_path: Path) -> None:
    """So ten times as many are made in a moment, in order of time."""
    written = write_days(300, tmp_path, 100)
    lines = written.paths[0].read_text(encoding="ascii").splitlines()
    assert written.lines == len(lines) == 300
    assert lines == sorted(lines, key=lambda line: line.partition(" ")[0])
    assert {line[:10] for line in lines} == {"2026-01-01", "2026-01-02", "2026-01-03"}


def test_a_sample_belongs_to_its_innermost_stage_and_function_of_the_product() -> None:
    """What numpy does counts for the line that called it, and loading modules is one thing."""
    samples = profiles.folded(
        "<module> (benchmarks/throughput/child.py:9);AttentionLogic.on_batch (flows/graph/steps.py:99)"
        ";Bucket.seal (state/attention/bucket.py:5);sort (numpy/core.py:1) 3\n"
        "main (flows/cli/main.py:1);<module> (polars/__init__.py:1) 2\n"
        "run (threading.py:3) 1\n"
    )
    assert samples == {
        ("attention", "`Bucket.seal` in state/attention/bucket.py"): 3,
        (profiles.ELSEWHERE, "importing modules"): 2,
        (profiles.ELSEWHERE, "`run`"): 1,
    }


def test_growth_is_flat_only_within_a_fifth_of_the_first_size() -> None:
    """A series that grows is said not to be flat."""
    points = {
        "lines": [growth.Point(size, size, cost, 0, 1) for size, cost in ((10, 1.0), (100, 1.19))],
        "tenants": [growth.Point(size, size, cost, 0, 1) for size, cost in ((1, 2.0), (10, 3.0))],
    }
    flat, steep = growth.judged(points)
    assert ": flat within 20 %" in flat
    assert ": not flat, at most 1.50 times" in steep


def test_the_page_says_what_was_measured_and_what_was_left_out() -> None:
    """Medians with their range, without start-up too, and the reason for what is missing."""
    stages = dict.fromkeys(("start-up", *child.ORDER, "rest"), 0.5)
    costs = [Cost(seconds, 1.0, 4.0, 2**20, 3, 1000, 5, stages) for seconds in (2.0, 3.0, 5.0)]
    results = Results(
        "the command", 3, 0.5, [Outcome("dense", "one tenant", 1000, 10**6, costs)], ["logdrain: no cargo"]
    )
    text = page(results)
    assert "| dense | 1,000 | 333 (200 to 500) | 500 (250 to 1,000) | 0.5 |" in text
    assert "- logdrain: no cargo" in text
