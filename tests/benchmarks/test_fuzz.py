"""Made-up and damaged inputs: what was once broken by one, and a short run over every entry."""

from pathlib import Path
from random import Random

import pytest

from benchmarks.fuzz.entries import ENTRIES
from benchmarks.fuzz.run import broken_by, fuzz

CASES = sorted((Path(__file__).parent / "fuzz_cases").glob("*/*"))
ROUNDS, ROUNDS_LONG = 40, 2_000
SEED = 1


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_an_input_that_broke_an_entry_does_so_no_more(path: Path) -> None:
    """Each file is the input of one entry, as `--keep` writes it."""
    assert broken_by(ENTRIES[path.parent.name], path.read_bytes()) is None


@pytest.mark.parametrize(("seed", "rounds"), [(SEED, ROUNDS), pytest.param(2, ROUNDS_LONG, marks=pytest.mark.long)])
def test_no_entry_is_broken_by_some_inputs(seed: int, rounds: int) -> None:
    """Neither an exception nor a lost byte, nor another outcome in other batches."""
    outcome = fuzz(list(ENTRIES), seed, lambda done: done < rounds)
    assert [(found.entry, found.number, found.what) for found in outcome.findings] == []
    assert all(outcome.tried.values())


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_the_same_seed_makes_the_same_inputs(name: str) -> None:
    """So a finding can be made again from the two numbers that are printed."""
    made = [[ENTRIES[name].make(Random(f"{SEED}/{number}")) for number in range(5)] for _ in range(2)]
    assert made[0] == made[1]


def test_what_is_broken_is_found() -> None:
    """A search that finds nothing says something only if it would have found it."""

    def fails(case: bytes) -> None:
        raise OverflowError(case.decode())

    told = broken_by(ENTRIES["json"]._replace(check=fails), b"too large")
    assert told is not None
    assert "OverflowError: too large" in told
