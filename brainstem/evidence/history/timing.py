"""When and where a family comes: memory, gaps, hosts, growth, and the hours of the day.

Takes a family's row and its host rows; fills columns of features. Roots are rounded to thousandths.
"""

import math
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Row, Rows
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.evidence.history.episodes import ONE, popcount
from brainstem.evidence.history.rates import WINDOWS
from brainstem.evidence.history.state import DAYS, EVENT_DAYS, HOST_TIMES, HOSTS_EXACT, REGISTERS, WORDS
from brainstem.jit.decorators import compiled_without_refcounts
from brainstem.parameters import parameter

SPREAD_DELAY_SLOTS: Final = parameter(
    "history.timing.spread_delay_slots",
    2 * SLOTS_PER_HOUR,
    "slots of ten minutes",
    "later than this after the first host a host has joined",
)
SPREAD_SLOTS: Final = parameter(
    "history.timing.spread_slots", 7 * SLOTS_PER_DAY, "slots of ten minutes", "how long a host that joined is new"
)
JOINED_AFTER_SERVICE_SLOTS: Final = parameter(
    "history.timing.joined_after_service_slots",
    SLOTS_PER_DAY,
    "slots of ten minutes",
    "so long after its service was first heard there, for where a service is new, all that it says is",
)
JOINED_EPISODES: Final = parameter(
    "history.timing.joined_episodes", 2, "episodes", "episodes after which a host has joined"
)
FOUNDED_EPISODES: Final = parameter(
    "history.timing.founded_episodes", 3, "episodes", "episodes that the first hosts must have had"
)
MEMORY_FACTOR: Final = parameter(
    "history.timing.memory_factor",
    60.0,
    "number",
    "times the sum of n / root of the age in seconds, of which memory is the natural logarithm",
)
REGULARITY_EPISODES: Final = parameter(
    "history.timing.regularity_episodes",
    5,
    "episodes",
    "episodes on a host from which its gaps are looked at",
    least=3,
    most=14,
)
SHORT_GAP_MINUTES: Final = parameter(
    "history.timing.short_gap_minutes", 15, "minutes", "usual gap up to which it is a short one"
)
SHORT_TOLERANCE_MINUTES: Final = parameter(
    "history.timing.short_tolerance_minutes", 5, "minutes", "what a short gap may differ by and be the usual one"
)
LONG_TOLERANCE_SHARE: Final = parameter(
    "history.timing.long_tolerance_share", 10, "parts", "part (1 / n) of a longer gap that it may differ by"
)
LONG_TOLERANCE_LEAST_MINUTES: Final = parameter(
    "history.timing.long_tolerance_least_minutes", 2, "minutes", "what a longer gap may differ by, at the least"
)
GAP_PERIODS_MOST: Final = parameter(
    "history.timing.gap_periods_most",
    3,
    "number",
    "usual gaps that one may be long and still be regular: runs missed, a weekend",
)
EQUAL_GAP_TENTHS: Final = parameter(
    "history.timing.equal_gap_tenths",
    9,
    "tenths",
    "a gap shrinks when it is less than so many tenths of one before it; what differs by less is equal",
    least=1,
    most=10,
)
SHRINKING_GAPS: Final = parameter(
    "history.timing.shrinking_gaps", 5, "number", "gaps from which they are held against each other", least=3, most=13
)
SHRINKING_MINUTES: Final = parameter(
    "history.timing.shrinking_minutes", 24 * 60, "minutes", "minutes that these gaps must span"
)
GROWTH_DAYS: Final = parameter(
    "history.timing.growth_days", 6, "days", "whole days from which growth is told", least=6, most=14
)
GROWTH_END_DAYS: Final = parameter(
    "history.timing.growth_end_days", 3, "days", "first and last days that are held against each other", least=1, most=6
)
CLOCK_EPISODES: Final = parameter(
    "history.timing.clock_episodes", 200, "episodes", "most episodes that tell the time of day"
)
SINES = np.sin(np.arange(SLOTS_PER_DAY) * (2.0 * math.pi / SLOTS_PER_DAY))
# for any slot of a word that begins within a day, and a quarter of a day later, so that no slot is divided by the day
SINES_ON = np.tile(SINES, 2)
COSINES_ON = np.roll(SINES_ON, -SLOTS_PER_DAY // 4)
HALVES = 0.5 ** np.arange(64)
"""negative powers of two"""


@compiled_without_refcounts
def take_memory(row: Row, slot: int, features: Row) -> None:
    """Fill in the ACT-R base level ln(60 sum n age^-0.5), age in seconds (Anderson and Schooler 1991).

    Episodes are dated by the middle of their word of 64 slots, older ones by the middle of their day.
    """
    total = 0.0
    now = (slot + 1) * 600.0
    last_word = row.last_slot >> 6
    for word_index in range(max(row.first_slot >> 6, last_word - WORDS + 1), last_word + 1):
        number = popcount(row.slots[word_index % WORDS])
        if number > 0:
            end = min((word_index + 1) * 64, slot + 1)
            begin = max(word_index * 64, row.first_slot)
            if word_index == last_word:
                # the present word is dated by its latest slot, so that the latest episode counts as one of just now
                begin = max(begin, row.last_slot)
                end = row.last_slot + 1
            total += number / math.sqrt(max(now - (begin + end) * 300.0, 300.0))
    oldest = ((last_word - WORDS + 1) << 6) // SLOTS_PER_DAY
    last_day = row.last_slot // SLOTS_PER_DAY
    for day in range(max(row.first_slot // SLOTS_PER_DAY, last_day - DAYS + 1), oldest):
        number = row.days[day % DAYS]
        if number > 0:
            total += number / math.sqrt(now - (day + 0.5) * 86400.0)
    features.memory_milli = np.int64(round(math.log(MEMORY_FACTOR * total) * 1000)) if total > 0 else -10000


@compiled_without_refcounts
def is_whole_gap(gap: int, usual: int) -> bool:
    """Return whether a gap is the usual one, or two or three of them (a run missed, a weekend)."""
    tolerance = SHORT_TOLERANCE_MINUTES
    if usual > SHORT_GAP_MINUTES:
        tolerance = max(LONG_TOLERANCE_LEAST_MINUTES, usual // LONG_TOLERANCE_SHARE)
    # the nearest whole number of usual gaps, found without a division and without branches
    nearest = 1
    for more in range(2, GAP_PERIODS_MOST + 1):
        nearest += gap + usual // 2 >= more * max(1, usual)
    return abs(gap - nearest * usual) <= tolerance


@compiled_without_refcounts
def lower_median(values: Int32s, count: int) -> int:
    """Return the lower median of the first `count` values: the largest that few are less than.

    There are few of them, and counting for each how many are less takes no branches, which sorting would.
    """
    # below any gap; one is negative where an event came too late and was counted in a later slot
    median = -(1 << 31)
    for index in range(count):
        less = 0
        for other in range(count):
            less += values[other] < values[index]
        if less <= (count - 1) // 2:
            median = max(median, values[index])
    return int(median)


@compiled_without_refcounts
def shrinking(gaps: Int32s, number: int) -> float:
    """Return Kendall's statistic of shrinking, the largest over the latest gaps that span a day or more.

    z = S / sqrt(m (m - 1) (2 m + 5) / 18), S the pairs of gaps that shrink less those that grow (Kendall 1975); gaps that
    differ by less than a tenth are equal.
    """
    best = 0.0
    pairs = 0
    passed = 0
    for index in range(number):
        passed += max(0, gaps[index])
    if passed < SHRINKING_MINUTES:
        return best
    passed = 0
    for first in range(number - 1, -1, -1):
        passed += gaps[first]
        for later in range(first + 1, number):
            if gaps[later] * 10 < gaps[first] * EQUAL_GAP_TENTHS:
                pairs += 1
            elif gaps[later] * EQUAL_GAP_TENTHS > gaps[first] * 10:
                pairs -= 1
        kept = number - first
        if kept >= SHRINKING_GAPS and passed >= SHRINKING_MINUTES:
            best = max(best, pairs / math.sqrt(kept * (kept - 1) * (2 * kept + 5) / 18.0))
    return best


@compiled_without_refcounts
def take_hosts(row: Row, hosts: Rows, slot: int, own_gaps: Int32s, features: Row) -> None:
    """Fill in spread over hosts and regularity per host; `own_gaps` is a scratch array for `HOST_TIMES` gaps of one host."""
    joined = 0
    regular = 0
    gaps = 0
    best = 0
    period = 0
    founded = 0
    shrunk = 0.0
    for position in range(row.host_rows):
        state = hosts[row.host_row[position]]
        if state.first_slot <= row.first_slot + SPREAD_DELAY_SLOTS:
            founded += state.episodes
        elif (
            state.first_slot > slot - SPREAD_SLOTS
            and state.episodes >= JOINED_EPISODES
            # where the service itself is new, everything that it says is new
            and state.first_slot >= state.service_slot + JOINED_AFTER_SERVICE_SLOTS
        ):
            joined += 1
        kept = min(state.episodes, HOST_TIMES)
        if kept < REGULARITY_EPISODES:
            continue
        for index in range(kept - 1):
            own_gaps[index] = state.minutes[index + 1] - state.minutes[index]
        shrunk = max(shrunk, shrinking(own_gaps, kept - 1))
        usual = lower_median(own_gaps, kept - 1)
        same = 0
        for index in range(kept - 1):
            if is_whole_gap(own_gaps[index], usual):
                same += 1
        regular += same
        gaps += kept - 1
        # of several usual gaps the shortest: merged families do not keep the order of their hosts
        if same > best or (same == best and usual * 60 < period):
            best = same
            period = usual * 60
    features.hosts = estimate_hosts(row)
    # a rare message reaches host after host by chance, once each; one that spreads comes again where it has come
    features.hosts_joined_7d = joined if founded >= FOUNDED_EPISODES else 0
    features.regularity_permille = regular * 1000 // gaps if gaps > 0 else 0
    features.period_seconds = period
    features.shrinking_z_milli = np.int64(round(1000.0 * shrunk))


@compiled_without_refcounts
def estimate_hosts(row: Row) -> int:
    """Count distinct hosts: exact while all have a row of their own, else HyperLogLog with linear counting."""
    if row.host_rows < HOSTS_EXACT:
        return int(row.host_rows)
    zeros = 0
    total = 0.0
    for register in range(REGISTERS):
        if row.registers[register] == 0:
            zeros += 1
        total += HALVES[row.registers[register]]
    estimate = 0.709 * REGISTERS * REGISTERS / total
    if estimate <= 2.5 * REGISTERS and zeros > 0:
        estimate = REGISTERS * math.log(REGISTERS / zeros)
    return max(HOSTS_EXACT, round(estimate))


@compiled_without_refcounts
def take_growth(row: Row, slot: int, features: Row) -> None:
    """Fill in Kendall's trend statistic of the events of up to 14 whole days, and how much more the last days have.

    z = S / sqrt(n (n - 1) (2 n + 5) / 18), S the pairs of days that rise less those that fall (Kendall 1975); growth is the
    mean of the last three days over that of the first three.
    """
    today = (slot + 1) // SLOTS_PER_DAY
    first = max(today - WINDOWS, (row.first_slot + SLOTS_PER_DAY - 1) // SLOTS_PER_DAY)
    last = row.last_slot // SLOTS_PER_DAY
    days = today - first
    features.growth_z_milli = 0
    features.growth_permille = 1000
    if days < GROWTH_DAYS:
        return
    pairs = 0
    for later in range(first, today):
        more = row.events[later % EVENT_DAYS] if later <= last else 0
        for earlier in range(first, later):
            less = row.events[earlier % EVENT_DAYS] if earlier <= last else 0
            pairs += 1 if more > less else (-1 if more < less else 0)
    before = 1
    after = 1
    for day in range(GROWTH_END_DAYS):
        before += row.events[(first + day) % EVENT_DAYS] if first + day <= last else 0
        after += row.events[(today - 1 - day) % EVENT_DAYS] if today - 1 - day <= last else 0
    features.growth_z_milli = np.int64(round(1000.0 * pairs / math.sqrt(days * (days - 1) * (2 * days + 5) / 18.0)))
    features.growth_permille = min(1_000_000, 1000 * after // before)


@compiled_without_refcounts
def take_clock(row: Row, slot: int, features: Row) -> None:
    """Fill in the mean resultant length of the times of day of the episodes of 14 days (Mardia and Jupp 2000, 2.3)."""
    across = 0.0
    along = 0.0
    number = 0
    for word_index in range((slot - WINDOWS * SLOTS_PER_DAY) >> 6, (row.last_slot >> 6) + 1):
        if word_index < (row.first_slot >> 6) or word_index <= (row.last_slot >> 6) - WORDS:
            continue
        word = row.slots[word_index % WORDS]
        begin = (word_index << 6) % SLOTS_PER_DAY
        while word != np.uint64(0):
            rest = word & (word - ONE)
            moment = begin + popcount((word ^ rest) - ONE)
            across += SINES_ON[moment]
            along += COSINES_ON[moment]
            number += 1
            word = rest
        if number > CLOCK_EPISODES:
            break
    features.clock_permille = np.int64(round(math.sqrt(across * across + along * along) / max(1, number) * 1000))
