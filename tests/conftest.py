"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# compiling on first use and a busy machine make single examples slow without meaning anything
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# a change is judged by the same examples each time it is tried; a person at a desk looks for new ones
settings.register_profile("same", settings.get_profile("steady"), derandomize=True)
settings.load_profile("same" if os.environ.get("CI") else "steady")
# the quick tests try each property with fewer examples than the whole suite
_QUICK_EXAMPLES = 20

# a continuous integration has the evaluation data beside the checkout
_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpora" if os.environ.get("CI") else None
_CORPORA = Path(os.environ["BRAINSTEM_CORPORA"]) if os.environ.get("BRAINSTEM_CORPORA") else _BESIDE

# A file goes to whichever process is free, in this order. What takes longest comes first, so that no process is left with it
# alone at the end: first whole runs, at the end files that take a second or two.
_LONGEST_FIRST = (
    "test_recovery.py",
    "test_kafka.py",
    "test_demo.py",
    "test_backtest.py",
    "test_kafka_faults.py",
    "test_invariance.py",
    "test_no_look_ahead.py",
    "test_clock.py",
)
_FOLDERS = ("end_to_end", "flows", "contract", "benchmarks", "connectors", "state", "brainstem")
"""by the time that a file of them takes, the longest first"""

pytest_plugins = ["tests.support.leftovers", "tests.support.broker_fixture", "tests.support.finished_runs"]


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples where the long tests are left out; tests ask how many while they are collected."""
    if config.option.markexpr == "not long":
        settings.register_profile("quick", settings(max_examples=_QUICK_EXAMPLES))
        settings.load_profile("quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order files by how long they take; within a file, and among files of a folder, nothing moves."""
    files = {name: rank for rank, name in enumerate(_LONGEST_FIRST)}
    folders = {name: rank for rank, name in enumerate(_FOLDERS)}
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> tuple[int, int]:
        folder = item.path.relative_to(here).parts[0]
        return files.get(item.path.name, len(files)), folders.get(folder, len(folders))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Return the folder of evaluation data, or skip: it is not part of the distribution."""
    if _CORPORA is None or not _CORPORA.is_dir():
        pytest.skip("no evaluation data: set BRAINSTEM_CORPORA to its folder (see benchmarks/README.md)")
    return _CORPORA
