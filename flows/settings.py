"""What a run is told: checked before anything is read or written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brainstem.context import DEFAULT_LATENESS_US
from connectors.base import ConfigurationError

BATCH_RECORDS: Final = 32_768
"""Records of a batch. Larger ones fold better (fewer, fuller deltas), smaller ones merge files more finely by time;
from 8,192 to 65,536 the measured rate stays within 10 %."""

PARTITIONS: Final = 8
"""Virtual partitions of the input. Fixed, because a stored partition must exist at resume; more than the processes of a
machine, so that files spread evenly."""


TOPICS_STATE_VERSION: Final = 1
"""of the state in `flows/topics.py`; here, so that a run over files need not load a Kafka client"""

SNAPSHOT_SECONDS: Final = 30.0
"""Time between snapshots of a replay. They only bound what a crash would repeat; a replay that writes fewer, larger files
is the better one."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A run over files. `reference_time_us` is None where the files themselves say when they were written."""

    out: Path
    zone: str = "UTC"
    reference_time_us: int | None = None
    lateness_us: int = DEFAULT_LATENESS_US
    batch_records: int = BATCH_RECORDS
    snapshot_seconds: float = SNAPSHOT_SECONDS

    def __post_init__(self) -> None:
        """Refuse what cannot work, with key, value and fix."""
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigurationError(
                f"zone = {self.zone!r} is no time zone. Give a name of the tz database such as Europe/Berlin, or UTC."
            ) from error
        if self.batch_records < 1:
            raise ConfigurationError(f"batch_records = {self.batch_records} must be at least 1. Try {BATCH_RECORDS}.")
        if self.snapshot_seconds < 0:
            raise ConfigurationError(
                f"snapshot_seconds = {self.snapshot_seconds} must not be negative. Try {SNAPSHOT_SECONDS:g}."
            )
        if self.lateness_us < 0:
            raise ConfigurationError(
                f"lateness = {self.lateness_us} us must not be negative. Try {DEFAULT_LATENESS_US}."
            )
