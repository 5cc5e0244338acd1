"""A pytest plugin: finished runs that several files read, made once in each test process. Who changes one takes a copy."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest


class FinishedRun(NamedTuple):
    """A run that has ended: tests only read what is in its folder."""

    folder: Path
    """with the logs of each tenant, `incidents.jsonl`, an empty `feedback.jsonl`, and `out`, the output folder"""
    written: bytes
    """`items.jsonl`, without the paths of the run"""
    items: list[dict[str, Any]]

    @property
    def out(self) -> Path:
        """Return the output folder."""
        return self.folder / "out"


@pytest.fixture(scope="session")
def finished_works(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """Return a run over all of `tests.support.works`."""
    # this plugin is loaded in processes that run no test
    from tests.support.works import run, works

    folder = tmp_path_factory.mktemp("works") / "run"
    return FinishedRun(folder, *run(folder, works()))
