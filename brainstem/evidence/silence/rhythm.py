"""The rhythm of a sender: in which slots it was heard, and after how long a silence it has gone quiet for it.

Takes the slots in which a host was heard, returns after how many silent ones it has gone quiet, or that this cannot be told
yet. There is no rule to be set: the longest silences that a host has had are its own.

A host goes quiet only after a silence that is longer than twice its longest before, and that does not come by chance where
each slot is heard with the share that it has filled. Where its silences are as long as each other, as those of a host that
only runs a backup at night, the second is not asked: chance has no part in them. What is known of less than a week holds
no weekend, so twice as much is wanted, and of a host that is not heard around the clock nothing is said.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from brainstem.arrays.aliases import Int64s
from brainstem.contracts.slots import SLOT_SECONDS, SLOTS_PER_DAY
from brainstem.parameters import parameter

DAYS_KEPT: Final = parameter(
    "silence.rhythm.days_kept", 14, "days", "how far back silences of a host count; one that is longer is told no more"
)
SLOTS_HEARD: Final = parameter(
    "silence.rhythm.slots_heard", 12, "slots of ten minutes", "in which a host was heard, from which on it has a rhythm"
)
DAYS_KNOWN: Final = parameter(
    "silence.rhythm.days_known", 8, "days", "known of a host from which on a weekend is among them"
)
LONGEST_TIMES: Final = parameter(
    "silence.rhythm.longest_times", 2, "number", "times its longest silence after which a host has gone quiet", least=1
)
CHANCE: Final = parameter("silence.rhythm.chance", 1e-6, "probability", "above which a silence may have come by chance")
SLOTS_LEAST: Final = parameter(
    "silence.rhythm.slots_least", 6, "slots of ten minutes", "of silence before any host is called quiet", least=1
)
REGULAR_SILENCES: Final = parameter(
    "silence.rhythm.regular_silences", 5, "number", "silences that tell whether they are as long as each other"
)
REGULAR_SHARE: Final = parameter(
    "silence.rhythm.regular_share", 0.8, "share", "of the longest silence that the median of regular ones has"
)


class Rhythm(NamedTuple):
    """What is usual of a host."""

    quiet_slots: int
    """silent slots after which it has gone quiet"""
    longest_slots: int
    """its longest silence so far; 0 for a host that was heard in each slot"""


def rhythm_of(slots: Int64s) -> Rhythm | None:
    """Return the rhythm of a host that was heard in these slots, sorted and each once; None while it has none."""
    if not len(slots):
        return None
    slots = slots[slots > slots[-1] - DAYS_KEPT * SLOTS_PER_DAY]
    known = int(slots[-1] - slots[0]) + 1
    if len(slots) < SLOTS_HEARD or known < SLOTS_PER_DAY:
        return None
    silences = np.diff(slots) - 1
    silences = np.sort(silences[silences > 0])
    longest = int(silences[-1]) if len(silences) else 0
    is_regular = len(silences) >= REGULAR_SILENCES and int(silences[len(silences) // 2]) >= REGULAR_SHARE * longest
    times = LONGEST_TIMES
    if known < DAYS_KNOWN * SLOTS_PER_DAY:
        if longest >= SLOTS_LEAST:
            return None
        times *= 2
    quiet = max(SLOTS_LEAST, times * longest + 1)
    if not is_regular:
        share = len(slots) / (known + 1)
        quiet = max(quiet, math.ceil(math.log(CHANCE) / math.log1p(-share)))
    return Rhythm(quiet, longest)


class Quiet(NamedTuple):
    """A host that has gone quiet. Times are microseconds since the epoch, UTC."""

    tenant: str
    host: str
    last_us: int
    usual_seconds: int
    """how long it is usually silent at the most, or where it is heard all the time, between two events on average"""
    is_longest: bool
    """whether `usual_seconds` is its longest silence"""


def gone_quiet(tenant: str, host: str, slots: Int64s, events: int, last_us: int, now_us: int) -> Quiet | None:
    """Return a host as quiet, where its silence from `last_us` to now is; `events` are those in all its slots."""
    rhythm = rhythm_of(slots)
    silent_seconds = (now_us - last_us) / 1e6
    if rhythm is None or silent_seconds <= rhythm.quiet_slots * SLOT_SECONDS or silent_seconds > DAYS_KEPT * 86_400:
        return None
    is_longest = rhythm.longest_slots >= SLOTS_LEAST
    usual = (rhythm.longest_slots + 1) * SLOT_SECONDS if is_longest else round(len(slots) * SLOT_SECONDS / events)
    return Quiet(tenant, host, last_us, max(1, usual), is_longest)
