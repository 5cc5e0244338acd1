"""What is remembered of one source between its batches: its settings, and what its records so far mean for the next ones.

Holds integers, flags, the names of columns and what is said of the records of a list, which snapshots keep as plain values.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int64s
from brainstem.contracts.event import Kind
from brainstem.parameters import parameter
from brainstem.parse.event_time import FRONTIER, NEVER, STATE_LENGTH, new_state
from brainstem.parse.formats.text.plain import PLAIN_FORMAT
from brainstem.parse.name_guard import (
    HOST_WINDOW,
    HOSTS_MOST,
    SERVICE_WINDOW,
    SERVICES_MOST,
    GuardSnapshot,
    NameGuard,
)
from brainstem.parse.scan.civil_time import UNPROVED
from brainstem.text.time_zones import offset_table

CONTEXT_VERSION: Final = 7
DEFAULT_LATENESS_US: Final = parameter(
    "source_context.default_lateness_us",
    10 * 60 * 1_000_000,
    "microseconds",
    "how far out of order a source may be; lateness_minutes sets it for a live run",
    fixed="it is a setting: run.lateness_minutes of a live run",
)

UNSTATED_CLOCK, UTC_CLOCK, LOCAL_CLOCK = range(3)
"""which zone the times of a table are in, as far as its directives say"""

Table = tuple[tuple[str, ...], str, int, int]
"""names of columns, what separates them, a `_CLOCK`, and how many lines in a row have not fitted"""
Snapshot = tuple[int, bool, int, tuple[int, ...], tuple[int, int], tuple[GuardSnapshot, GuardSnapshot], Table, str]
"""version, whether stamps are still searched for, format of the last record, state of `event_time`, order of dates in
text and in JSON, guards of services and of hosts, the columns of rows, what is said of the records of a list"""
NO_TABLE: Final[Table] = ((), "", UNSTATED_CLOCK, 0)


@dataclass(slots=True)
class SourceContext:
    """The settings of a source, and what was learned from its records. All times are microseconds since the epoch, UTC.

    An unknown name of a zone raises ZoneInfoNotFoundError.
    """

    reference_time_us: int | None
    """a moment by which the source was surely written, from which the year of its first stamp without one is inferred; None:
    records arrive as they are written, so each one's receive time is such a moment"""
    zone: int | str = 0
    """for stamps that print none: seconds east of UTC, or a name of the tz database"""
    default_host: str = ""
    default_service: str = ""
    received_at_us: int | None = None
    """takes the place of each record's own receive time, so that a replay does not depend on when it is run"""
    received_counts: bool = False
    """before the first stamp, receive times move the frontier; a live source without stamps would hold back all others"""
    lateness_us: int = DEFAULT_LATENESS_US
    kind: Kind = Kind.LOG
    """what a record is unless it names its kind; the records of a source of statements name their tenant"""
    named_day_us: int | None = None
    """midnight of the day that the name of a file says, as if its clocks showed UTC: it is that of times of day where no
    record above has shown a date"""
    given_format: int | None = None
    """one of `formats.registry.GIVEN_FORMATS`, by whose reader alone the records are read; a record that it cannot read is
    plain text. None: each record is taken for what its bytes show"""
    last_format: int = PLAIN_FORMAT
    """of the last record that was accepted, or was a text or a whole object; behind JSON, a broken object is rejected rather
    than taken for text"""
    searching: bool = True
    """no record of this source has begun with a stamp so far"""
    date_order: int = UNPROVED
    """whether dates such as `04/02/2022` have shown that the day or the month is first"""
    json_date_order: int = UNPROVED
    """the same for JSON records, which are read apart from the others of a batch"""
    table: Table = NO_TABLE
    """the columns that a line of names has announced for the lines below it"""
    above: str = ""
    """what the objects round a list of JSON records have said of its records, as members of an object"""
    times: Int64s = field(default_factory=new_state)
    services: NameGuard = field(default_factory=lambda: NameGuard(SERVICE_WINDOW, SERVICES_MOST))
    hosts: NameGuard = field(default_factory=lambda: NameGuard(HOST_WINDOW, HOSTS_MOST))

    def __post_init__(self) -> None:
        """Refuse an unknown zone at once."""
        self.offsets()

    def offsets(self) -> tuple[Int64s, Int64s]:
        """Return the offsets from UTC of this source's zone, as `text.time_zones.offset_table` does."""
        return zone_offsets(self.zone)

    @property
    def written_by_us(self) -> int:
        """Return the reference time as `event_time.order_events` takes it: NEVER for none."""
        return NEVER if self.reference_time_us is None else self.reference_time_us

    @property
    def watermark_us(self) -> int | None:
        """The promise that no later record of this source has a smaller tick time; None while nothing can be promised."""
        frontier = int(self.times[FRONTIER])
        return None if frontier == NEVER else frontier - self.lateness_us

    def snapshot(self) -> Snapshot:
        """Return all that is remembered as plain values, the version first."""
        orders = (self.date_order, self.json_date_order)
        guards = self.services.snapshot(), self.hosts.snapshot()
        times = tuple(self.times.tolist())
        return CONTEXT_VERSION, self.searching, self.last_format, times, orders, guards, self.table, self.above

    def restore(self, snapshot: Snapshot) -> None:
        """Take over what another context of the same source has remembered; raise ValueError for an unknown version."""
        version, searching, last_format, times, orders, guards, table, self.above = snapshot
        if version != CONTEXT_VERSION or len(times) != STATE_LENGTH:
            raise ValueError(f"a source context of version {version} cannot be restored, only {CONTEXT_VERSION}")
        self.searching = searching
        self.last_format = last_format
        self.times = np.array(times, np.int64)
        self.date_order, self.json_date_order = orders
        self.services.restore(guards[0])
        self.hosts.restore(guards[1])
        names, separator, clock, misfits = table
        self.table = (tuple(names), separator, clock, misfits)


@lru_cache(maxsize=64)
def zone_offsets(zone: int | str) -> tuple[Int64s, Int64s]:
    """Return a zone's table; most sources share one zone, and building its table takes milliseconds."""
    return offset_table(zone)
