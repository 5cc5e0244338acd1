"""Workers of a run: they are the program that was started, whatever lies in the current folder."""

import os
from pathlib import Path

import pytest

from flows.cli.console import report_failure
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


def test_what_a_worker_has_told_gives_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    """A worker that only lost the others, which ends with another status and often first, says less."""
    assert report_failure(WorkerFailedError(2)) == 2
    assert capsys.readouterr().err == ""
    assert report_failure(WorkerFailedError(-9)) == 70
