"""Episodes of a family: deltas, and the row of another family, are folded into its row.

Takes rows of `history.state` and deltas; changes the rows in place, in integers only.
"""

import numpy as np

from brainstem.arrays.aliases import Int32s, Row, Rows
from brainstem.contracts.slots import SLOT_SECONDS, SLOTS_PER_DAY
from brainstem.evidence.history.state import DAYS, EVENT_DAYS, HOST_TIMES, HOSTS_EXACT, REGISTERS, WORDS
from brainstem.jit.decorators import compiled, compiled_without_refcounts

SLOT_MINUTES = SLOT_SECONDS // 60
ONE = np.uint64(1)


@compiled_without_refcounts
def popcount(word: np.uint64) -> int:
    """Count the set bits of a 64-bit word (SWAR; Warren, Hacker's Delight 5-1)."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled_without_refcounts
def episodes_between(row: Row, low: int, high: int) -> int:
    """Count the episodes of a family in slots low..high, both included, as far back as the bitmap reaches."""
    high = min(high, row.last_slot)
    low = max(low, row.first_slot, ((row.last_slot >> 6) - WORDS + 1) << 6)
    total = 0
    word_index = low >> 6
    while (word_index << 6) <= high and low <= high:
        word = row.slots[word_index % WORDS]
        begin = word_index << 6
        if begin < low:
            word = (word >> np.uint64(low - begin)) << np.uint64(low - begin)
        if begin + 63 > high:
            cut = np.uint64(begin + 63 - high)
            word = (word << cut) >> cut
        total += popcount(word)
        word_index += 1
    return total


@compiled_without_refcounts
def move_to(row: Row, slot: int) -> None:
    """Make `slot` the latest slot of a family, clearing what falls out of its bitmap and day counts."""
    if slot <= row.last_slot:
        return
    last_word = row.last_slot >> 6
    for word_index in range(max(last_word + 1, (slot >> 6) - WORDS + 1), (slot >> 6) + 1):
        row.slots[word_index % WORDS] = np.uint64(0)
    last_day = row.last_slot // SLOTS_PER_DAY
    for day in range(max(last_day + 1, slot // SLOTS_PER_DAY - DAYS + 1), slot // SLOTS_PER_DAY + 1):
        row.days[day % DAYS] = 0
    for day in range(max(last_day + 1, slot // SLOTS_PER_DAY - EVENT_DAYS + 1), slot // SLOTS_PER_DAY + 1):
        row.events[day % EVENT_DAYS] = 0
    row.last_slot = slot


@compiled_without_refcounts
def mark(row: Row, slot: int) -> None:
    """Record an episode in `slot`, which is the latest slot of the row or a later one."""
    move_to(row, slot)
    bit = ONE << np.uint64(slot & 63)
    word = (slot >> 6) % WORDS
    if row.slots[word] & bit == np.uint64(0):
        row.slots[word] |= bit
        row.days[(slot // SLOTS_PER_DAY) % DAYS] += 1
        row.episodes += 1


@compiled_without_refcounts
def note_host_sketch(row: Row, host: np.uint64) -> None:
    """Enter a host hash into the HyperLogLog registers."""
    register = np.int64(host & np.uint64(REGISTERS - 1))
    rest = host >> np.uint64(6)
    rank = 1
    while rank < 58 and rest & ONE == np.uint64(0):
        rank += 1
        rest >>= ONE
    row.registers[register] = max(row.registers[register], rank)


@compiled_without_refcounts
def note_host(
    row: Row, hosts: Rows, cursor: Int32s, host: np.uint64, slot: int, minute: int, service_slot: int
) -> None:
    """Record an episode of a family on one host; hosts beyond `HOSTS_EXACT` are entered into the sketch only."""
    found = -1
    for position in range(row.host_rows):
        if hosts[row.host_row[position]].host == host:
            found = row.host_row[position]
            break
    if found < 0:
        # a host that has a row is in the sketch already
        note_host_sketch(row, host)
        if row.host_rows >= HOSTS_EXACT:
            return
        found = cursor[0]
        cursor[0] += 1
        row.host_row[row.host_rows] = found
        row.host_rows += 1
        hosts[found].host = host
        hosts[found].first_slot = slot
        hosts[found].last_slot = slot - 1
        hosts[found].episodes = 0
        hosts[found].service_slot = service_slot
    state = hosts[found]
    if state.last_slot == slot:
        kept = min(state.episodes, HOST_TIMES) - 1
        state.minutes[kept] = min(state.minutes[kept], minute)
        return
    state.last_slot = slot
    if state.episodes >= HOST_TIMES:
        for position in range(HOST_TIMES - 1):
            state.minutes[position] = state.minutes[position + 1]
        state.minutes[HOST_TIMES - 1] = minute
    else:
        state.minutes[state.episodes] = minute
    state.episodes += 1


@compiled_without_refcounts
def fold(row: Row, hosts: Rows, cursor: Int32s, delta: Row) -> None:
    """Add one delta to its family's row."""
    mark(row, delta.slot)
    row.count += delta.count
    row.events[(delta.slot // SLOTS_PER_DAY) % EVENT_DAYS] += delta.count
    row.first_time = min(row.first_time, delta.first_time)
    row.last_time = max(row.last_time, delta.last_time)
    row.severity = max(row.severity, delta.severity)
    row.cue = max(row.cue, delta.cue)
    row.stateful = max(row.stateful, delta.stateful)
    row.service_slot = delta.service_slot
    row.service_24h = delta.service_24h
    row.service_before_24h_milli = delta.service_before_24h_milli
    row.service_72h = delta.service_72h
    row.service_before_72h_milli = delta.service_before_72h_milli
    if delta.host != np.uint64(0):
        note_host(row, hosts, cursor, delta.host, delta.slot, delta.first_time // 60_000_000, delta.service_host_slot)


@compiled
def revive(families: Rows, row: int, slot: int, minute: int) -> None:
    """Enter into the new row of a family that had been forgotten what its trace still says: an episode in an earlier
    slot.
    """
    mark(families[row], slot)
    families[row].count = 1
    families[row].events[(slot // SLOTS_PER_DAY) % EVENT_DAYS] = 1
    families[row].first_time = minute * 60_000_000
    families[row].last_time = minute * 60_000_000


@compiled
def merge_families(families: Rows, hosts: Rows, kept: int, absorbed: int) -> None:
    """Fold the row `absorbed` into the row `kept` and free it: OR of slots, sums of counts, extremes of times.

    Days older than the bitmap hold counts only; there the sum is cut at a day's 144 slots.
    """
    into = families[kept]
    other = families[absorbed]
    move_to(into, other.last_slot)
    move_to(other, into.last_slot)
    last_word = into.last_slot >> 6
    shared = 0
    for word in range(WORDS):
        shared += popcount(into.slots[word] & other.slots[word])
        into.slots[word] |= other.slots[word]
    last_day = into.last_slot // SLOTS_PER_DAY
    for day in range(last_day - DAYS + 1, last_day + 1):
        if day * SLOTS_PER_DAY >= (last_word - WORDS + 1) << 6:
            low = day * SLOTS_PER_DAY
            into.first_slot = min(into.first_slot, other.first_slot)
            into.days[day % DAYS] = episodes_between(into, low, low + SLOTS_PER_DAY - 1)
        else:
            into.days[day % DAYS] = min(SLOTS_PER_DAY, into.days[day % DAYS] + other.days[day % DAYS])
    for day in range(EVENT_DAYS):
        into.events[day] += other.events[day]
    into.first_slot = min(into.first_slot, other.first_slot)
    into.first_time = min(into.first_time, other.first_time)
    into.last_time = max(into.last_time, other.last_time)
    into.count += other.count
    # of slots beyond the bitmap it is not known any more whether both had an episode in the same one
    into.episodes += other.episodes - shared
    into.severity = max(into.severity, other.severity)
    into.cue = max(into.cue, other.cue)
    into.stateful = max(into.stateful, other.stateful)
    for register in range(REGISTERS):
        into.registers[register] = max(into.registers[register], other.registers[register])
    for position in range(other.host_rows):
        merge_host(into, hosts, other.host_row[position])
    into.service_slot = min(into.service_slot, other.service_slot)
    other.alive = 0
    other.host_rows = 0


@compiled
def merge_host(into: Row, hosts: Rows, index: int) -> None:
    """Add a host row to a family, or merge it into the row of the same host, keeping the latest episodes of both."""
    other = hosts[index]
    for position in range(into.host_rows):
        state = hosts[into.host_row[position]]
        if state.host != other.host:
            continue
        own = min(state.episodes, HOST_TIMES)
        more = min(other.episodes, HOST_TIMES)
        times = np.empty(own + more, np.int32)
        times[:own] = state.minutes[:own]
        times[own:] = other.minutes[:more]
        times = np.unique(times)
        distinct = 0
        for minute in times:
            # an episode is a slot: of two starts in one slot the earlier one counts
            if distinct == 0 or times[distinct - 1] // SLOT_MINUTES != minute // SLOT_MINUTES:
                times[distinct] = minute
                distinct += 1
        kept = min(distinct, HOST_TIMES)
        state.minutes[:kept] = times[distinct - kept : distinct]
        state.episodes = kept
        state.first_slot = min(state.first_slot, other.first_slot)
        state.service_slot = min(state.service_slot, other.service_slot)
        state.last_slot = max(state.last_slot, other.last_slot)
        return
    if into.host_rows < HOSTS_EXACT:
        into.host_row[into.host_rows] = index
        into.host_rows += 1
