"""What is kept of each family: rows of integers that merge in any order.

Two tables. A family row holds which slots of the last 16 days had an event (one bit each), episode counts of older days,
and a sketch of its hosts. A host row holds when one host's episodes came. All merges are OR, +, min, max or register max.
"""

from typing import Final

import numpy as np

from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.parameters import STORED_SHAPE, parameter

FAMILY_STATE_VERSION: Final = 1

WORDS: Final = 36
"""64-bit words of the slot bitmap: 2304 slots, 16 days."""
DAYS: Final = parameter(
    "history.state.days", 60, "days", "days of episode counts kept beside the bitmap", fixed=STORED_SHAPE
)
EVENT_DAYS: Final = parameter("history.state.event_days", 16, "days", "days of event counts", fixed=STORED_SHAPE)
HOSTS_EXACT: Final = parameter(
    "history.state.hosts_exact", 16, "number", "hosts of a family that are followed one by one", fixed=STORED_SHAPE
)
HOST_TIMES: Final = parameter(
    "history.state.host_times", 14, "number", "latest episodes of a host that tell its gaps", fixed=STORED_SHAPE
)
REGISTERS: Final = parameter(
    "history.state.registers",
    64,
    "number",
    "HyperLogLog registers; the standard error of 64 is 13 % (Flajolet et al. 2007)",
    fixed=STORED_SHAPE,
)
RETIRE_SLOTS: Final = parameter(
    "history.state.retire_slots",
    16 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "a family silent for this long is no longer reviewed",
    least=144,
    most=2304,
)
NONE: Final = -1

OPENED_DTYPE: Final = np.dtype([("delta", "i4"), ("since_minute", "i4"), ("parent", "i4")])
"""A facet that gets a row: the delta that shows it a second time, when it came first, and the row of its member."""

FAMILY_DTYPE: Final = np.dtype(
    [
        ("family", "u8"),  # key of the family, or of the member that a facet belongs to
        ("facet", "u8"),  # hash of the host or entity, 0 for a whole family or member
        ("tenant", "u8"),
        ("first_slot", "i4"),
        ("last_slot", "i4"),
        ("read_slot", "i4"),  # of the latest features
        ("first_time", "i8"),
        ("last_time", "i8"),
        ("count", "i8"),
        ("severity", "u1"),
        ("cue", "u1"),
        ("stateful", "u1"),
        ("alive", "u1"),  # 0 for a free row
        ("facet_kind", "u1"),
        ("parent", "i4"),  # of a facet of a member: the member's row in the same table; else -1
        ("episodes", "i4"),  # ever
        ("service_slot", "i4"),  # the first slot of its service
        ("service_24h", "i4"),  # activity of the service as of the family's latest event, as in a delta
        ("service_before_24h_milli", "i8"),
        ("service_72h", "i4"),
        ("service_before_72h_milli", "i8"),
        ("host_rows", "i2"),  # how many of `host_row` are in use
        ("host_row", "i4", (HOSTS_EXACT,)),
        ("slots", "u8", (WORDS,)),  # bit (slot % 64) of word (slot // 64) % WORDS
        ("days", "u1", (DAYS,)),  # episodes of day (slot // 144) % DAYS
        ("events", "i8", (EVENT_DAYS,)),  # events of day (slot // 144) % EVENT_DAYS
        ("registers", "u1", (REGISTERS,)),
    ]
)

HOST_DTYPE: Final = np.dtype(
    [
        ("host", "u8"),
        ("first_slot", "i4"),
        ("last_slot", "i4"),
        ("episodes", "i4"),
        ("service_slot", "i4"),  # the first slot of the family's service on this host
        ("minutes", "i4", (HOST_TIMES,)),  # start of the last episodes in minutes since the epoch, oldest first
    ]
)
