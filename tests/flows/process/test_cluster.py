"""Workers of a run: they are the program that was started, whatever lies in the current folder."""

import os
from pathlib import Path

import pytest

from flows.process.cluster import WorkerFailedError, run_workers


def test_a_package_of_the_current_folder_is_not_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is named as the program's package is none of it."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT, 0o640)
    try:
        with pytest.raises(WorkerFailedError, match="status 3"):
            run_workers(["no-such-command"], 1, lock)
    finally:
        os.close(lock)
    assert not (tmp_path / "ran").exists()
