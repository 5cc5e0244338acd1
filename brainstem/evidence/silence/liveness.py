"""Liveness: in which slots of the last nine days each source heard each host.

Takes which source heard which host in which slot; returns whether a job that is said to be silent would have been heard. A
source that loses a block of lines, or a host that is off, proves nothing about a job.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bools, Int32s, Row, Rows, UInt64s
from brainstem.arrays.key_index import KeyTable
from brainstem.arrays.rows import concat
from brainstem.arrays.state_version import require_version
from brainstem.contracts.slots import SLOT_SECONDS, SLOTS_PER_DAY
from brainstem.contracts.tenant_report import HEARD_DTYPE
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter

LIVENESS_STATE_VERSION: Final = 1
WORDS: Final = 21
"""64-bit words of the slot bitmap: 1344 slots, nine days and a third"""
PAIR_DTYPE: Final = np.dtype([("source", "u8"), ("host", "u8"), ("last_slot", "i4"), ("slots", "u8", (WORDS,))])

SLOT_MINUTES: Final = SLOT_SECONDS // 60
DAYS_COMPARED: Final = parameter(
    "silence.liveness.days_compared", 7, "number", "days before that tell what is usual at a time", least=1, most=14
)
WINDOW_SLOTS: Final = parameter(
    "silence.liveness.window_slots",
    9,
    "slots of ten minutes",
    "how long before and after its time a run may show that its source was heard",
    least=1,
    most=143,
)
FORGET_SLOTS: Final = parameter(
    "silence.liveness.forget_slots",
    9 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "what a source did not hear for so long is forgotten",
)
HOST_SHARE: Final = parameter(
    "silence.liveness.host_share",
    0.3,
    "share",
    "share of its usual slots that a host fills at the least while it is in use; a Sunday is quieter than a Monday",
)
HOST_SLOTS_KNOWN: Final = parameter(
    "silence.liveness.host_slots_known",
    3.0,
    "slots of ten minutes",
    "slots that a host must usually fill to tell whether it is in use; for what says less its source must tell",
)
SOURCE_SHARE_SURE: Final = parameter(
    "silence.liveness.source_share_sure",
    0.6,
    "share",
    "of the slots about a run's time: what a source usually fills when its silence would show",
)
SILENT_SLOTS_SURE: Final = parameter(
    "silence.liveness.silent_slots_sure",
    2,
    "slots of ten minutes",
    "longest that such a source may be silent about a run's time, or so much longer than on the days before",
)
SOURCE_SLOTS_KNOWN: Final = parameter(
    "silence.liveness.source_slots_known",
    3,
    "slots of ten minutes",
    "slots that a source must usually fill to tell anything",
)
SOURCE_SHARE_AROUND: Final = parameter(
    "silence.liveness.source_share_around",
    0.75,
    "share",
    "share of its usual slots that a source that says less must fill before and after a run's time",
)
SOURCE_SHARE: Final = parameter(
    "silence.liveness.source_share",
    0.4,
    "share",
    "share of its usual slots that a source must fill when a second run is missing as well",
)

FAIR_RUNS: Final = parameter("silence.liveness.fair_runs", 2, "runs", "missing runs about whose times these must hold")
PERIODS_TRIED: Final = parameter(
    "silence.liveness.periods_tried", 8, "number", "periods after the first missing run whose times are looked at"
)


@compiled_without_refcounts
def move_to(pair: Row, slot: int) -> None:
    """Make `slot` the latest slot of a pair, clearing what falls out of its bitmap."""
    for word in range(max((pair.last_slot >> 6) + 1, (slot >> 6) - WORDS + 1), (slot >> 6) + 1):
        pair.slots[word % WORDS] = np.uint64(0)
    pair.last_slot = max(pair.last_slot, slot)


@compiled
def mark(pairs: Rows, rows: Int32s, slots: Int32s) -> None:
    """Record in which slot each pair was heard; slots do not go back by more than the bitmap holds."""
    for index in range(len(rows)):
        pair = pairs[rows[index]]
        slot = slots[index]
        move_to(pair, slot)
        if slot >> 6 > (pair.last_slot >> 6) - WORDS:
            pair.slots[(slot >> 6) % WORDS] |= np.uint64(1) << np.uint64(slot & 63)


@compiled
def add_heard(pair: Row, low: int, heard: Bools) -> None:
    """Set those of the slots low..low+len(heard)-1 in which a pair was heard."""
    oldest = ((pair.last_slot >> 6) - WORDS + 1) << 6
    for index in range(len(heard)):
        slot = low + index
        if slot < oldest or slot > pair.last_slot:
            continue
        if pair.slots[(slot >> 6) % WORDS] >> np.uint64(slot & 63) & np.uint64(1) != np.uint64(0):
            heard[index] = True


@compiled
def _list_heard(rows: Rows, cells: Int32s, tenants: UInt64s, heard: Rows) -> int:
    """List which tenant's source heard which host in which slot, each once, through an open-addressing table."""
    used = 0
    mask = np.uint64(len(cells) - 1)
    for index in range(len(rows)):
        row = rows[index]
        key = row.host ^ (row.source >> np.uint64(7)) ^ (row.tenant >> np.uint64(13))
        place = np.int64((key + np.uint64(row.slot) * np.uint64(0x9E3779B97F4A7C15)) & mask)
        while cells[place] >= 0:
            held = heard[cells[place]]
            same = held.slot == row.slot and held.source == row.source and held.host == row.host
            if same and tenants[cells[place]] == row.tenant:
                break
            place = (place + 1) & np.int64(mask)
        if cells[place] < 0:
            cells[place] = used
            tenants[used] = row.tenant
            heard[used].slot = row.slot
            heard[used].source = row.source
            heard[used].host = row.host
            used += 1
    return used


def distinct_heard(rows: Rows) -> tuple[npt.NDArray[np.uint64], Rows]:
    """Return which source heard which host in which slot, by the deltas, each once, and the tenant of each."""
    size = 16
    while size < 2 * len(rows):
        size *= 2
    tenants, heard = np.zeros(len(rows), np.uint64), np.zeros(len(rows), HEARD_DTYPE)
    used = _list_heard(rows, np.full(size, -1, np.int32), tenants, heard)
    return tenants[:used], heard[:used]


class Liveness:
    """When a tenant's sources heard its hosts."""

    def __init__(self) -> None:
        self._pairs = np.zeros(0, PAIR_DTYPE)
        self._row_of = KeyTable()
        self._first_slot = 2**31 - 1
        self._swept_slot = 0
        self._noted: list[Rows] = []
        """what was heard and is not recorded yet: it is asked for seldom, and many slots at once cost what one does"""

    def note(self, heard: Rows) -> None:
        """Record what was heard in one slot or several."""
        if len(heard):
            self._noted.append(heard)

    def _record(self) -> None:
        """Enter what was noted into the bitmaps."""
        if not self._noted:
            return
        heard = concat(self._noted, HEARD_DTYPE)
        self._noted = []
        self._first_slot = min(self._first_slot, int(heard["slot"].min()))
        # a sum of hashes is as good a key as any, and numpy computes it for all rows at once
        keys = heard["source"] * np.uint64(3) + heard["host"] + np.uint64(1)
        rows = self._row_of.rows_of(keys)
        fresh = rows < 0
        if fresh.any():
            new, first = np.unique(keys[fresh], return_index=True)
            added = np.zeros(len(new), PAIR_DTYPE)
            added["source"], added["host"] = heard["source"][fresh][first], heard["host"][fresh][first]
            added["last_slot"] = heard["slot"][fresh][first] - 1
            for key in new.tolist():
                self._row_of[key] = len(self._row_of)
            self._pairs = np.concatenate([self._pairs, added])
            rows = self._row_of.rows_of(keys)
        mark(self._pairs, rows, np.ascontiguousarray(heard["slot"]))

    def forget(self, slot: int) -> None:
        """Drop, once a day, pairs that have not been heard for as long as the bitmaps reach."""
        if slot - self._swept_slot < SLOTS_PER_DAY:
            return
        self._swept_slot = slot
        self._record()
        kept = self._pairs["last_slot"] > slot - FORGET_SLOTS
        if not kept.all():
            self._take(self._pairs[kept])

    def _take(self, pairs: Rows) -> None:
        self._pairs = pairs.copy()
        self._row_of = KeyTable()
        for row, key in enumerate((pairs["source"] * np.uint64(3) + pairs["host"] + np.uint64(1)).tolist()):
            self._row_of[key] = row

    def _heard(self, chosen: Bools, low: int, high: int) -> Bools:
        heard = np.zeros(max(0, high - low + 1), bool)
        for row in np.flatnonzero(chosen).tolist():
            add_heard(self._pairs[row], low, heard)
        return heard

    def _share(self, chosen: Bools, low: int, high: int) -> tuple[int, float]:
        """Return in how many slots of low..high the chosen pairs were heard, and in how many of the same on days before."""
        back = [days * SLOTS_PER_DAY for days in range(1, DAYS_COMPARED + 1)]
        known = [each for each in back if low - each >= self._first_slot]
        usual = sorted(int(self._heard(chosen, low - each, high - each).sum()) for each in known)
        now = int(self._heard(chosen, low, high).sum())
        return now, float(usual[len(usual) // 2]) if usual else 0.0

    def _longest_before(self, chosen: Bools, low: int, high: int) -> int:
        """Return the longest silence at the same time of the days before, of the second worst of them: one of them may have
        lost lines."""
        back = [days * SLOTS_PER_DAY for days in range(1, DAYS_COMPARED + 1)]
        known = [each for each in back if low - each >= self._first_slot]
        silences = sorted(longest_silence(self._heard(chosen, low - each, high - each)) for each in known)
        return silences[-2] if len(silences) > 1 else 0

    def bears_out(self, notice: Row) -> bool:
        """Return whether a job that is said to be silent would have been heard.

        Its host must have gone on, where that says enough to tell, and its source must surely have been heard at the time of
        one missing run, or fairly at the times of two.
        """
        self._record()
        slot, due = int(notice["slot"]), int(notice["due_minute"]) // SLOT_MINUTES
        of_host = self._pairs["host"] == notice["host"]
        said, usual = self._share(of_host, due + 1, slot)
        # a machine that says little but what its job says cannot vouch for itself
        if usual >= HOST_SLOTS_KNOWN and said < max(1.0, HOST_SHARE * usual):
            return False
        of_source = self._pairs["source"] == notice["source"]
        period = max(1, int(notice["period_minutes"]) // SLOT_MINUTES)
        period = max(period, -(-WINDOW_SLOTS // period) * period)
        fair = 0
        for time in range(due, min(slot - WINDOW_SLOTS, due + PERIODS_TRIED * period) + 1, period):
            low, high = time - WINDOW_SLOTS, time + WINDOW_SLOTS
            now, usual = self._share(of_source, low, high)
            heard = self._heard(of_source, low, high)
            dense = usual >= SOURCE_SHARE_SURE * (high - low + 1)
            most = SILENT_SLOTS_SURE + self._longest_before(of_source, low, high)
            if dense and longest_silence(heard) <= most:
                return True
            around = heard[:WINDOW_SLOTS].any() and heard[WINDOW_SLOTS + 1 :].any()
            is_usual = now >= SOURCE_SHARE_AROUND * usual or longest_silence(heard) <= most
            if usual >= SOURCE_SLOTS_KNOWN and around and is_usual and not dense:
                return True
            fair += now >= max(1.0, SOURCE_SHARE * usual)
            if fair >= FAIR_RUNS:
                return True
        return False

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        self._record()
        return (LIVENESS_STATE_VERSION, self._pairs.tobytes(), self._first_slot, self._swept_slot)

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        require_version("what was heard", state[0], LIVENESS_STATE_VERSION)
        _, pairs, self._first_slot, self._swept_slot = state
        self._take(np.frombuffer(pairs, PAIR_DTYPE))


def longest_silence(heard: Bools) -> int:
    """Return the most slots in a row in which nothing was heard."""
    edges = np.flatnonzero(np.concatenate([[True], heard, [True]]))
    return int(np.diff(edges).max()) - 1
