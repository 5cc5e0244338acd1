"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.support.flapping import flapping_log
from tests.support.program import Ran
from tests.support.program import run as brainstem


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """Return a folder with `anvil.log`, the result `out` of a replay over it, and how that ended."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "anvil.log").write_bytes(flapping_log())
    return folder, brainstem(folder, "replay", "acme=anvil.log", "--out", "out")
