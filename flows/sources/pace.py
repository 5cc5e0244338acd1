"""The pace of a live run: how much is read at a time, by what the rows before it have cost.

Whatever a source has given on must be worked off before a snapshot is durable. Where most rows are of kinds of message never
heard before, a full batch costs seconds; of few kinds it costs a few hundredths of one. What a run says does not depend on
where its batches are cut.
"""

from threading import Lock
from typing import Final

BATCH_SECONDS: Final = 0.1
"""work, in seconds of a processor, that a batch may bring; as many may be given on at once as there are partitions"""
GIVEN_SECONDS: Final = 0.25
"""work that may wait when more is given on"""
BATCH_RECORDS_LEAST: Final = 1024
"""a batch costs about two milliseconds whatever it holds"""
BATCH_RECORDS_MOST: Final = 16_384
"""partitions that come to the same time in turns of more records have more hours waiting to be sealed"""
FIRST_SECONDS_A_ROW: Final = 1e-4
"""taken for granted before anything is learned, and counted as that of so many rows"""
FIRST_ROWS: Final = 500
COLD_ROWS: Final = 4000
"""work on the first rows loads machine code, and says nothing of what others cost"""
ROWS_REMEMBERED: Final = 1 << 16
"""after so many rows what was learned of those before them counts half"""


class Pace:
    """What rows of deltas cost a process, from the sealing of their slots to the judging of what they say."""

    def __init__(self) -> None:
        self._rows = float(FIRST_ROWS)
        self._seconds = FIRST_ROWS * FIRST_SECONDS_A_ROW
        self._rows_a_record = 1.0
        self._cold_rows = COLD_ROWS
        self._lock = Lock()
        self.rows_waiting = 0
        """rows that buckets have been given and have not worked on yet"""

    @property
    def seconds_a_row(self) -> float:
        """Return what a row costs, in seconds of a processor."""
        return self._seconds / self._rows

    @property
    def seconds_waiting(self) -> float:
        """Return the work that waits, in seconds of a processor."""
        return self.rows_waiting * self.seconds_a_row

    @property
    def is_full(self) -> bool:
        """Return whether so much waits that nothing more should be given on."""
        return self.seconds_waiting > GIVEN_SECONDS

    def wait(self, rows: int) -> None:
        """Note rows that wait; less than none where they have been worked on."""
        with self._lock:
            self.rows_waiting += rows

    def learn(self, rows: int, seconds: float) -> None:
        """Note that work on rows took so long; no rows where it is about rows that were counted before."""
        with self._lock:
            if self._cold_rows > 0:
                self._cold_rows -= rows
                return
            self._rows += rows
            self._seconds += seconds
            if self._rows > ROWS_REMEMBERED:
                self._rows, self._seconds = self._rows / 2, self._seconds / 2

    def fold(self, records: int, rows: int) -> None:
        """Note how many rows a batch came to."""
        if records:
            self._rows_a_record = rows / records

    def records_most(self, most: int) -> int:
        """Return how many records the next batch should hold, `most` at the most."""
        seconds_a_record = self._rows_a_record * self.seconds_a_row
        return min(most, BATCH_RECORDS_MOST, max(BATCH_RECORDS_LEAST, int(BATCH_SECONDS / max(seconds_a_record, 1e-9))))
