"""Backpressure: how many records a live source may read next, from what rows of deltas have cost so far, and when a replay
may pass on.

Everything that a source has emitted must be processed before a snapshot is durable. A full batch of kinds of message that
are new costs seconds; one of known kinds costs a few hundredths of a second. So a run measures what a row of deltas costs
it, in seconds of a processor from sealing to judging, cuts batches to a tenth of a second of work, and emits nothing while
a quarter of a second is queued. What a run decides does not depend on where its batches are cut.

A replay that has read a month of many tenants could seal all of it at once, and then the features of a month would wait in
memory. So it passes on some days at a time, and the next ones once the buckets have sealed them and few features wait.
"""

from threading import Lock
from typing import Final

BATCH_SECONDS: Final = 0.1
"""work of a batch, in seconds of a processor; each partition may emit one at the same time"""
QUEUED_SECONDS_MOST: Final = 0.25
"""queued work, in seconds of a processor, above which nothing more is emitted"""
BATCH_RECORDS_LEAST: Final = 1024
"""smaller batches are not worth it: a batch costs about two milliseconds whatever it holds"""
BATCH_RECORDS_MOST: Final = 16_384
"""larger batches of partitions that are merged by event time leave more hours open, waiting to be sealed"""
FIRST_SECONDS_A_ROW: Final = 1e-4
"""assumed cost of a row before anything is measured, weighted as `FIRST_ROWS` measured rows"""
FIRST_ROWS: Final = 500
COLD_ROWS: Final = 4000
"""the first rows are not measured: work on them loads machine code"""
ROWS_REMEMBERED: Final = 1 << 16
"""after so many rows all measurements before them are halved in weight"""
FEATURES_MOST: Final = 1 << 16
"""features reported and not judged yet above which a replay passes no more slots; they take 400 bytes each, twice while they
are judged"""
RECORDS_A_STEP: Final = 1 << 16
"""Records of the days that a replay passes on in one step: their features take two hundred megabytes. Measured with a
month of a hundred tenants, against no steps: 1.9 in place of 2.7 GiB at the most, and 7 % more time of processors; with
half as many 1.6 GiB, and up to a third more."""


class Pace:
    """The measured cost of a row of deltas in this process, and the rows that are queued. Threads may share it."""

    def __init__(self, records_a_step: int = RECORDS_A_STEP) -> None:
        self.records_a_step = records_a_step
        self._rows = float(FIRST_ROWS)
        self._seconds = FIRST_ROWS * FIRST_SECONDS_A_ROW
        self._rows_per_record = 1.0
        self._cold_rows = COLD_ROWS
        self._lock = Lock()
        self.rows_waiting = 0
        """rows that were submitted to buckets and are not processed yet"""
        self._shares_waiting = 0
        self._features_waiting = 0

    @property
    def seconds_a_row(self) -> float:
        """Return the cost of a row, in seconds of a processor."""
        return self._seconds / self._rows

    @property
    def seconds_waiting(self) -> float:
        """Return the queued work, in seconds of a processor."""
        return self.rows_waiting * self.seconds_a_row

    @property
    def is_full(self) -> bool:
        """Return whether so much is queued that nothing more should be emitted."""
        return self.seconds_waiting > QUEUED_SECONDS_MOST

    @property
    def is_passing(self) -> bool:
        """Return whether what was passed on is not sealed yet, or too much of it is not judged yet."""
        return self._shares_waiting > 0 or self._features_waiting > FEATURES_MOST

    def add_shares(self, shares: int) -> None:
        """Add to the shares that buckets have not processed yet; a negative number where they have."""
        with self._lock:
            self._shares_waiting += shares

    def add_features(self, rows: int) -> None:
        """Add to the features that are reported and not judged yet; a negative number where they have been judged."""
        with self._lock:
            self._features_waiting += rows

    def add_waiting(self, rows: int) -> None:
        """Add to the queued rows; a negative number where rows have been processed."""
        with self._lock:
            self.rows_waiting += rows

    def measure(self, rows: int, seconds: float) -> None:
        """Add a measurement of seconds spent on rows; 0 rows for a later stage of rows that were counted before."""
        with self._lock:
            if self._cold_rows > 0:
                self._cold_rows -= rows
                return
            self._rows += rows
            self._seconds += seconds
            if self._rows > ROWS_REMEMBERED:
                self._rows, self._seconds = self._rows / 2, self._seconds / 2

    def measure_fold(self, records: int, rows: int) -> None:
        """Note how many rows of deltas the records of a batch were folded into."""
        if records:
            self._rows_per_record = rows / records

    def records_most(self, most: int) -> int:
        """Return how many records the next batch should hold, at most `most`."""
        seconds_a_record = self._rows_per_record * self.seconds_a_row
        return min(most, BATCH_RECORDS_MOST, max(BATCH_RECORDS_LEAST, int(BATCH_SECONDS / max(seconds_a_record, 1e-9))))
