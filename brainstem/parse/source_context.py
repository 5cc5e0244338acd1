"""What is remembered of one source between its batches."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int64s
from brainstem.contracts.event import Kind
from brainstem.parameters import parameter
from brainstem.parse.event_time import FRONTIER, NEVER, STATE_LENGTH, new_state
from brainstem.text.time_zones import offset_table

CONTEXT_VERSION: Final = 1
DEFAULT_LATENESS_US: Final = parameter(
    "source_context.default_lateness_us",
    10 * 60 * 1_000_000,
    "microseconds",
    "how far out of order a source may be; lateness_minutes sets it for a live run",
)

Snapshot = tuple[int, bool, int, tuple[int, ...]]
"""version, search goes on, format of the last record, times in the order of `ordering`"""


@dataclass(slots=True)
class SourceContext:
    """The settings of a source and what its records so far say about the next ones.

    `reference_time_us` is a moment the source was surely written by; the year of its first year-less stamp is inferred
    from it. None says that records arrive as they are written, so that each one's receive time is such a moment. `zone`
    holds for stamps that print none: seconds east of UTC, or a name of the tz database (an unknown one raises
    ZoneInfoNotFoundError). `received_at_us`, if given, takes the place of each record's own receive time wherever a
    time is inferred, so that a replay does not depend on when it is run. `received_counts` lets a source that has had no
    stamp so far come as far as its records' receive times: one that never ends would be waited for without an end.
    All times are microseconds since the epoch, UTC.
    """

    reference_time_us: int | None
    zone: int | str = 0
    default_host: str = ""
    default_service: str = ""
    received_at_us: int | None = None
    received_counts: bool = False
    lateness_us: int = DEFAULT_LATENESS_US
    kind: Kind = Kind.LOG
    """what its records are where they do not say so themselves; those of a source of statements name their tenant"""
    last_format: int = 0
    searching: bool = True
    """no record of this source began with a stamp so far"""
    times: Int64s = field(default_factory=new_state)

    def __post_init__(self) -> None:
        """Refuse an unknown zone at once."""
        self.offsets()

    def offsets(self) -> tuple[Int64s, Int64s]:
        """Return the table of `zones.offset_table` for this source."""
        return _offset_table(self.zone)

    @property
    def written_by_us(self) -> int:
        """Return the reference time as `ordering` takes it."""
        return NEVER if self.reference_time_us is None else self.reference_time_us

    @property
    def watermark_us(self) -> int | None:
        """A promise: no later record of this source has a smaller tick time. None while nothing can be promised."""
        frontier = int(self.times[FRONTIER])
        return None if frontier == NEVER else frontier - self.lateness_us

    def snapshot(self) -> Snapshot:
        """Return all that is remembered as plain values, the version first."""
        return CONTEXT_VERSION, self.searching, self.last_format, tuple(self.times.tolist())

    def restore(self, snapshot: Snapshot) -> None:
        """Take over what another context of the same source remembered; ValueError for an unknown version."""
        version, searching, last_format, times = snapshot
        if version != CONTEXT_VERSION or len(times) != STATE_LENGTH:
            raise ValueError(f"a source context of version {version} cannot be restored, only {CONTEXT_VERSION}")
        self.searching = searching
        self.last_format = last_format
        self.times = np.array(times, np.int64)


@lru_cache(maxsize=64)
def _offset_table(zone: int | str) -> tuple[Int64s, Int64s]:
    """Build a zone's table once."""
    return offset_table(zone)
