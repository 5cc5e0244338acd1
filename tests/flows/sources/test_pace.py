"""A run reads as much at a time as it can work off soon."""

import pytest

from flows.sources.pace import BATCH_RECORDS_LEAST, BATCH_RECORDS_MOST, BATCH_SECONDS, COLD_ROWS, GIVEN_SECONDS, Pace


def test_batches_shrink_where_rows_are_dear_and_grow_again_where_they_are_cheap() -> None:
    """A batch brings as much work as it may, whatever a row costs."""
    pace = Pace()
    for _ in range(10):
        pace.learn(100_000, 10.0)
    pace.fold(1000, 500)
    assert pace.records_most(32_768) == pytest.approx(BATCH_SECONDS / 0.5 / pace.seconds_a_row, abs=1)
    assert BATCH_RECORDS_LEAST <= pace.records_most(32_768) < BATCH_RECORDS_MOST
    pace.fold(1000, 1)
    assert pace.records_most(32_768) == BATCH_RECORDS_MOST
    assert pace.records_most(100) == 100


def test_judging_counts_for_the_rows_that_were_sealed_before() -> None:
    """What is said of a row costs as well; the first work of all is left out, for it loads machine code."""
    pace = Pace()
    before = pace.seconds_a_row
    pace.learn(COLD_ROWS, 9.0)
    assert pace.seconds_a_row == before
    pace.learn(0, 1.0)
    assert pace.seconds_a_row > before


def test_nothing_more_is_given_on_while_too_much_waits() -> None:
    """Work that waits is told in seconds, and is done with once it is done."""
    pace = Pace()
    rows = int(GIVEN_SECONDS / pace.seconds_a_row) + 1
    pace.wait(rows)
    assert pace.is_full
    pace.wait(-rows)
    assert not pace.is_full
