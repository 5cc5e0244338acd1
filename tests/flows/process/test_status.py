"""The status of a live run: topics that are not there are told as long as they are not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.process.status import StatusBoard, forget_statuses, is_healthy, read_status, status_text


def test_topics_that_do_not_exist_are_told_once_and_stand_in_the_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error when that changes, by the first process alone; in the status until they are there."""
    board, other = StatusBoard(tmp_path, 0), StatusBoard(tmp_path, 1)
    for each in (board, other):
        each.missing_topics(["lgos"])
        each.missing_topics(["lgos"])
    board.write(now=True)
    told = "this topic of kafka.topics does not exist: lgos. It is read as soon as it does"
    assert capsys.readouterr().err.count(told) == 1
    assert told in status_text(read_status(tmp_path))
    board.missing_topics([])
    board.write(now=True)
    assert "lgos" not in status_text(read_status(tmp_path))
    assert capsys.readouterr().err == ""


def test_processes_that_a_run_has_no_more_are_not_missed(tmp_path: Path) -> None:
    """A run that begins with fewer processes than the one before has the statuses of its own only."""
    for number in range(3):
        StatusBoard(tmp_path, number).write(now=True)
    forget_statuses(tmp_path, 1)
    assert len(read_status(tmp_path)) == 1
    assert all(map(is_healthy, read_status(tmp_path)))


@pytest.mark.parametrize(("seconds", "healthy"), [(0, True), (-3600, False), (3600, False)])
def test_a_status_far_from_the_clock_is_no_sign_of_life(tmp_path: Path, seconds: int, healthy: bool) -> None:
    """Whether it was written long ago, or by a clock that was ahead."""
    StatusBoard(tmp_path, 0).write(now=True)
    (status,) = read_status(tmp_path)
    written_at = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    assert is_healthy({**status, "written_at": written_at}) is healthy
