"""The status of a live run: topics that are not there are told as long as they are not."""

from pathlib import Path

import pytest

from flows.process.status import StatusBoard, read_status, status_text


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
