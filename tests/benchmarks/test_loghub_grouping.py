"""Grouping the lines of 16 systems stays as good as it is, in any order of the lines."""

from pathlib import Path

import pytest

from benchmarks.loghub_grouping import Score, group_by_family, mean, run


@pytest.fixture(scope="module")
def scores(corpora: Path) -> list[Score]:
    """Judge all systems once."""
    folder = corpora / "loghub-2k"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: put loghub-2k into the folder that BRAINSTEM_CORPORA names")
    found = list(run(folder, group_by_family).values())
    assert len(found) == 16
    return found


def test_most_lines_are_in_the_group_of_their_event(scores: list[Score]) -> None:
    """Grouping accuracy, averaged over the systems."""
    assert mean([score.accuracy for score in scores]) >= 0.95


def test_most_groups_are_events(scores: list[Score]) -> None:
    """F1 over groups, averaged over the systems."""
    assert mean([score.f1 for score in scores]) >= 0.92


def test_groups_are_pure(scores: list[Score]) -> None:
    """Mixing two events in one group is worse than splitting one."""
    assert mean([score.purity for score in scores]) >= 0.998


def test_no_order_of_the_lines_changes_a_group(scores: list[Score]) -> None:
    """The set of lines decides."""
    assert not any(score.moved for score in scores)
