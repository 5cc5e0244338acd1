"""Backpressure: a batch brings no more work than the process can do soon, as measured on the rows before."""

import pytest

from flows.sources.pace import (
    BATCH_RECORDS_LEAST,
    BATCH_RECORDS_MOST,
    BATCH_SECONDS,
    COLD_ROWS,
    QUEUED_SECONDS_MOST,
    Pace,
)


def test_batches_shrink_where_rows_cost_much_and_grow_again_where_they_cost_little() -> None:
    """A batch brings the work that it may, whatever a row costs."""
    pace = Pace()
    for _ in range(10):
        pace.measure(100_000, 10.0)
    pace.measure_fold(1000, 500)
    assert pace.records_most(32_768) == pytest.approx(BATCH_SECONDS / 0.5 / pace.seconds_a_row, abs=1)
    assert BATCH_RECORDS_LEAST <= pace.records_most(32_768) < BATCH_RECORDS_MOST
    pace.measure_fold(1000, 1)
    assert pace.records_most(32_768) == BATCH_RECORDS_MOST
    assert pace.records_most(100) == 100


def test_judging_counts_for_the_rows_that_were_sealed_before() -> None:
    """Work of later stages adds to the cost of a row; the first rows are left out, since they load machine code."""
    pace = Pace()
    before = pace.seconds_a_row
    pace.measure(COLD_ROWS, 9.0)
    assert pace.seconds_a_row == before
    pace.measure(0, 1.0)
    assert pace.seconds_a_row > before


def test_nothing_more_is_emitted_while_too_much_work_is_queued() -> None:
    """Queued work is measured in seconds, and no longer counts once it is done."""
    pace = Pace()
    rows = int(QUEUED_SECONDS_MOST / pace.seconds_a_row) + 1
    pace.add_waiting(rows)
    assert pace.is_full
    pace.add_waiting(-rows)
    assert not pace.is_full
