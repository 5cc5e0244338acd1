"""One tick of a family: fold sealed deltas into its rows and take its reading.

Takes the tables of `family_state`, deltas sorted by slot, and a range of slots; gives readings sorted by slot. Everything
here is compiled, integer in and integer out; the few logarithms and roots are rounded to thousandths.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from brainstem.compiled import borrowing, compiled
from brainstem.family_state import DAYS, EVENT_DAYS, HOST_TIMES, HOSTS_EXACT, REGISTERS, RETIRE_SLOTS, WORDS
from brainstem.reading import ON_HOST, SLOT_SECONDS, SLOTS_PER_DAY, SLOTS_PER_HOUR, WHOLE

Rows = npt.NDArray[Any]
Int32s = npt.NDArray[np.int32]

WINDOWS = 14
SLOT_MINUTES = SLOT_SECONDS // 60
SPREAD_DELAY_SLOTS = 2 * SLOTS_PER_HOUR
SPREAD_SLOTS = 7 * SLOTS_PER_DAY
JOINED_EPISODES = 2
FOUNDED_EPISODES = 3
FACET_EPISODES = 3
SERVICE_AT_LEAST = 5.0
SUSTAINED_LEAST = 3
SUSTAINED_MOST = 8
SUSTAINED_PAST = 4
SUSTAINED_EPISODES = 4.0
SUSTAINED_TIMES = 2.0
USUAL_AT_LEAST = 0.2
PAST_DAYS = 28
SHRINKING_GAPS = 5
SHRINKING_MINUTES = 24 * 60
GROWTH_DAYS = 6
FACET_EPISODES_24H = 48
COUNTERS = (np.uint64(0), np.uint64(0x510E527FADE682D1), np.uint64(0x9B05688C2B3E6C1F))
PROBATION_SLOTS = 8 * SLOTS_PER_DAY
REVIEW_SLOTS = 6 * SLOTS_PER_HOUR
WARM_SLOTS = 3 * SLOTS_PER_DAY
CLOCK_EPISODES = 200
SINES = np.sin(np.arange(SLOTS_PER_DAY) * (2.0 * math.pi / SLOTS_PER_DAY))
DECIBANS_PER_NAT = 10.0 / math.log(10.0)
ONE = np.uint64(1)
HALVES = 0.5 ** np.arange(64)
"""negative powers of two"""


@borrowing
def popcount(word: np.uint64) -> int:
    """Count the set bits of a 64-bit word (SWAR; Warren, Hacker's Delight 5-1)."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@borrowing
def episodes_between(row: Any, low: int, high: int) -> int:
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


@borrowing
def move_to(row: Any, slot: int) -> None:
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


@borrowing
def mark(row: Any, slot: int) -> None:
    """Note an episode in `slot`, which is the latest slot or a later one."""
    move_to(row, slot)
    bit = ONE << np.uint64(slot & 63)
    word = (slot >> 6) % WORDS
    if row.slots[word] & bit == np.uint64(0):
        row.slots[word] |= bit
        row.days[(slot // SLOTS_PER_DAY) % DAYS] += 1
        row.episodes += 1


@borrowing
def note_host_sketch(row: Any, host: np.uint64) -> None:
    """Register a host hash in the HyperLogLog registers."""
    register = np.int64(host & np.uint64(REGISTERS - 1))
    rest = host >> np.uint64(6)
    rank = 1
    while rank < 58 and rest & ONE == np.uint64(0):
        rank += 1
        rest >>= ONE
    row.registers[register] = max(row.registers[register], rank)


@borrowing
def note_host(
    row: Any, hosts: Rows, cursor: Int32s, host: np.uint64, slot: int, minute: int, service_slot: int
) -> None:
    """Note an episode of a family on one host; hosts beyond the exact ones only reach the sketch."""
    note_host_sketch(row, host)
    found = -1
    for position in range(row.host_rows):
        if hosts[row.host_row[position]].host == host:
            found = row.host_row[position]
            break
    if found < 0:
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


@compiled
def take_rates(row: Any, slot: int, reading: Any) -> None:
    """Fill in what the last 15 days of slots say: rates, dispersion, rise, active days, trend.

    Rise is the log likelihood ratio E ln(E/ref) - (E - ref) of a Poisson rate against the larger of its past mean and 0.85
    of its past record; trend is Laplace's U = sqrt(12 N) (mean time / T - 1/2), divided by the root of the dispersion (Cox
    and Lewis 1966, 3.3).
    """
    counts = np.zeros(WINDOWS + 1 + PAST_DAYS, np.int64)
    lived = min(WINDOWS, (slot - row.first_slot) // SLOTS_PER_DAY)
    for window in range(lived + 1):
        high = slot - window * SLOTS_PER_DAY
        counts[window] = episodes_between(row, high - SLOTS_PER_DAY + 1, high)
    # the window in which the family was born is part of the past too, though it was not lived through whole
    total = 0
    squares = 0
    record = 0
    for window in range(1, lived + 1):
        total += counts[window]
        squares += counts[window] * counts[window]
        record = max(record, counts[window])
    today = slot // SLOTS_PER_DAY
    for back in range(16, DAYS):
        if (today - back) * SLOTS_PER_DAY >= row.first_slot and today - back > row.last_slot // SLOTS_PER_DAY - DAYS:
            record = max(record, row.days[(today - back) % DAYS])
    mean = (total + 0.5) / (lived + 1.0)
    dispersion = 1.0
    if lived >= 2 and total > 0:
        plain_mean = total / lived
        dispersion = max(1.0, (squares / lived - plain_mean * plain_mean) / plain_mean)
    active = 0
    for window in range(WINDOWS):
        if counts[window] > 0:
            active += 1
    reading.episodes_24h = counts[0]
    reading.episodes_72h = episodes_between(row, slot - 3 * SLOTS_PER_DAY + 1, slot)
    reading.daily_mean_milli = np.int64(round(mean * 1000))
    reading.daily_windows = lived
    reading.dispersion_milli = np.int64(round(dispersion * 1000))
    reading.daily_record = record
    reading.active_days = active
    take_rise(row, counts, lived, mean, record, dispersion, reading)
    windows = lived + 1 if lived < WINDOWS else count_older_days(row, slot, counts)
    take_sustained(counts, windows, lived, reading)
    take_trend(counts, lived, dispersion, reading)


@borrowing
def rest_of_service(present: int, before_milli: int, days: float, own_present: float, own_past: float) -> float:
    """Give how busy the rest of a service is against its past, 1 where it has none."""
    if before_milli < 0:
        return 1.0
    rest = max(0.0, present - own_present)
    past = max(0.0, days * before_milli / 1000.0 - own_past)
    return float(min(100.0, (rest + SERVICE_AT_LEAST) / (past + SERVICE_AT_LEAST)))


@borrowing
def take_rise(row: Any, counts: Any, lived: int, mean: float, record: int, dispersion: float, reading: Any) -> None:
    """Fill in the larger log likelihood ratio of the last day and of the last three days."""
    best = 0.0
    hours = 24
    present = float(counts[0])
    # a family that rises with its service does not rise by itself
    with_service = rest_of_service(row.service_24h, row.service_before_24h_milli, 1.0, present, mean)
    reading.service_24h_permille = np.int64(round(with_service * 1000))
    past = max(mean, 0.85 * record, 0.3) * max(1.0, with_service)
    if present > past:
        best = present * math.log(present / past) - (present - past)
    if lived >= 6:
        earlier = 0
        record_72h = 0
        for window in range(3, lived + 1):
            earlier += counts[window]
            if window + 2 <= lived:
                record_72h = max(record_72h, counts[window] + counts[window + 1] + counts[window + 2])
        present = float(counts[0] + counts[1] + counts[2])
        past_mean = 3.0 * (earlier + 0.5) / (lived - 1.0)
        with_service = rest_of_service(row.service_72h, row.service_before_72h_milli, 3.0, present, past_mean)
        reading.service_72h_permille = np.int64(round(with_service * 1000))
        past = max(past_mean, 0.85 * record_72h, 0.9) * max(1.0, with_service)
        if present > past:
            ratio = present * math.log(present / past) - (present - past)
            if ratio > best:
                best = ratio
                hours = 72
    reading.rise_milli = np.int64(round(min(best * DECIBANS_PER_NAT / dispersion, 1000.0) * 1000))
    reading.rise_hours = hours


@borrowing
def count_older_days(row: Any, slot: int, counts: Any) -> int:
    """Write the episodes of whole UTC days behind the 15 windows, latest first; gives how many windows that makes."""
    number = WINDOWS + 1
    today = slot // SLOTS_PER_DAY
    for back in range(WINDOWS + 2, WINDOWS + 2 + PAST_DAYS):
        day = today - back
        if day * SLOTS_PER_DAY < row.first_slot or day <= row.last_slot // SLOTS_PER_DAY - DAYS:
            break
        counts[number] = row.days[day % DAYS]
        number += 1
    return number


@borrowing
def take_sustained(counts: Any, windows: int, lived: int, reading: Any) -> None:
    """Fill in how much more it has come on the last days, the busiest of them left aside, than on the days before.

    Over k days the ratio is E ln(E/ref) - (E - ref), E the episodes of all of them but the busiest, against the larger of
    k - 1 mean days of the past and 0.85 of its busiest k - 1 running, divided by the dispersion of the past; 0 for less than
    twice as many.
    """
    best = 0.0
    sustained = 0
    with_service = max(1.0, reading.service_72h_permille / 1000.0)
    recent = counts[0] + counts[1]
    busiest = max(counts[0], counts[1])
    for days in range(SUSTAINED_LEAST, min(SUSTAINED_MOST, lived - SUSTAINED_PAST) + 1):
        recent += counts[days - 1]
        busiest = max(busiest, counts[days - 1])
        present = float(recent - busiest)
        if present < SUSTAINED_EPISODES:
            continue
        total = 0
        squares = 0
        running = 0
        record = 0
        for window in range(days, windows):
            total += counts[window]
            squares += counts[window] * counts[window]
            running += counts[window]
            if window >= 2 * days - 1:
                running -= counts[window - days + 1]
            record = max(record, running)
        number = float(windows - days)
        dispersion = max(1.0, (squares / number - (total / number) ** 2) / max(total / number, 0.1))
        usual = (
            max((days - 1) * (total + 0.5) / (number + 1.0), 0.85 * record, USUAL_AT_LEAST * (days - 1)) * with_service
        )
        # of what comes all day long a little more is certain soon, and means little
        if present >= SUSTAINED_TIMES * usual:
            ratio = (present * math.log(present / usual) - (present - usual)) / dispersion
            if ratio > best:
                best = ratio
                sustained = days
    reading.sustained_milli = np.int64(round(min(best * DECIBANS_PER_NAT, 1000.0) * 1000))
    reading.sustained_days = sustained


@borrowing
def take_trend(counts: Any, lived: int, dispersion: float, reading: Any) -> None:
    """Fill in the Laplace trend of the windows since birth."""
    windows = min(lived + 1, WINDOWS)
    number = 0
    moment = 0.0
    for window in range(windows):
        number += counts[window]
        moment += counts[window] * (windows - window - 0.5)
    trend = 0.0
    if number >= 6 and windows >= 4:
        trend = math.sqrt(12.0 * number / dispersion) * (moment / number / windows - 0.5)
    reading.trend_milli = np.int64(round(trend * 1000))


@borrowing
def take_memory(row: Any, slot: int, reading: Any) -> None:
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
                # the present word is dated by its latest slot, so that what just happened counts as just now
                begin = max(begin, row.last_slot)
                end = row.last_slot + 1
            total += number / math.sqrt(max(now - (begin + end) * 300.0, 300.0))
    oldest = ((last_word - WORDS + 1) << 6) // SLOTS_PER_DAY
    last_day = row.last_slot // SLOTS_PER_DAY
    for day in range(max(row.first_slot // SLOTS_PER_DAY, last_day - DAYS + 1), oldest):
        number = row.days[day % DAYS]
        if number > 0:
            total += number / math.sqrt(now - (day + 0.5) * 86400.0)
    reading.memory_milli = np.int64(round(math.log(60.0 * total) * 1000)) if total > 0 else -10000


@borrowing
def is_whole_gap(gap: int, usual: int) -> bool:
    """Tell whether a gap is the usual one, or two or three of them (a run missed, a weekend)."""
    tolerance = 5 if usual <= 15 else max(2, usual // 10)
    nearest = min(3, max(1, (gap + usual // 2) // max(1, usual)))
    return abs(gap - nearest * usual) <= tolerance


@borrowing
def lower_median(values: Any, ordered: Any, count: int) -> int:
    """Give the lower median of the first `count` values; `ordered` is room for them."""
    for index in range(count):
        place = index
        while place > 0 and ordered[place - 1] > values[index]:
            ordered[place] = ordered[place - 1]
            place -= 1
        ordered[place] = values[index]
    return int(ordered[(count - 1) // 2])


@borrowing
def shrinking(gaps: Any, number: int) -> float:
    """Give Kendall's statistic of shrinking for the latest gaps, as many as say most, when they span a day or more.

    z = S / sqrt(m (m - 1) (2 m + 5) / 18), S the pairs of gaps that shrink less those that grow (Kendall 1975); gaps that
    differ by less than a tenth are equal.
    """
    best = 0.0
    pairs = 0
    passed = 0
    for first in range(number - 1, -1, -1):
        passed += gaps[first]
        for later in range(first + 1, number):
            if gaps[later] * 10 < gaps[first] * 9:
                pairs += 1
            elif gaps[later] * 9 > gaps[first] * 10:
                pairs -= 1
        kept = number - first
        if kept >= SHRINKING_GAPS and passed >= SHRINKING_MINUTES:
            best = max(best, pairs / math.sqrt(kept * (kept - 1) * (2 * kept + 5) / 18.0))
    return best


@compiled
def take_hosts(row: Any, hosts: Rows, slot: int, reading: Any) -> None:
    """Fill in spread over hosts and regularity per host."""
    joined = 0
    regular = 0
    gaps = 0
    best = 0
    period = 0
    founded = 0
    shrunk = 0.0
    scratch = np.zeros(HOST_TIMES, np.int64)
    ordered = np.zeros(HOST_TIMES, np.int64)
    for position in range(row.host_rows):
        state = hosts[row.host_row[position]]
        if state.first_slot <= row.first_slot + SPREAD_DELAY_SLOTS:
            founded += state.episodes
        elif (
            state.first_slot > slot - SPREAD_SLOTS
            and state.episodes >= JOINED_EPISODES
            # where the service itself is new, all that it says is
            and state.first_slot >= state.service_slot + SLOTS_PER_DAY
        ):
            joined += 1
        kept = min(state.episodes, HOST_TIMES)
        if kept < 5:
            continue
        for index in range(kept - 1):
            scratch[index] = state.minutes[index + 1] - state.minutes[index]
        shrunk = max(shrunk, shrinking(scratch, kept - 1))
        usual = lower_median(scratch, ordered, kept - 1)
        same = 0
        for index in range(kept - 1):
            if is_whole_gap(scratch[index], usual):
                same += 1
        regular += same
        gaps += kept - 1
        # of several the shortest, for merged families do not keep their hosts in the order in which they came
        if same > best or (same == best and usual * 60 < period):
            best = same
            period = usual * 60
    reading.hosts = estimate_hosts(row)
    # what is rare everywhere meets host after host by chance, once each; what spreads stays where it has come
    reading.hosts_joined_7d = joined if founded >= FOUNDED_EPISODES else 0
    reading.regularity_permille = regular * 1000 // gaps if gaps > 0 else 0
    reading.period_seconds = period
    reading.shrinking_z_milli = np.int64(round(1000.0 * shrunk))


@borrowing
def estimate_hosts(row: Any) -> int:
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


@borrowing
def take_growth(row: Any, slot: int, reading: Any) -> None:
    """Fill in Kendall's trend statistic of the events of up to 14 whole days, and how much more the last days have.

    z = S / sqrt(n (n - 1) (2 n + 5) / 18), S the pairs of days that rise less those that fall (Kendall 1975); growth is the
    mean of the last three days over that of the first three.
    """
    today = (slot + 1) // SLOTS_PER_DAY
    first = max(today - WINDOWS, (row.first_slot + SLOTS_PER_DAY - 1) // SLOTS_PER_DAY)
    last = row.last_slot // SLOTS_PER_DAY
    days = today - first
    reading.growth_z_milli = 0
    reading.growth_permille = 1000
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
    for day in range(3):
        before += row.events[(first + day) % EVENT_DAYS] if first + day <= last else 0
        after += row.events[(today - 1 - day) % EVENT_DAYS] if today - 1 - day <= last else 0
    reading.growth_z_milli = np.int64(round(1000.0 * pairs / math.sqrt(days * (days - 1) * (2 * days + 5) / 18.0)))
    reading.growth_permille = min(1_000_000, 1000 * after // before)


@borrowing
def take_clock(row: Any, slot: int, reading: Any) -> None:
    """Fill in the mean resultant length of the times of day of the episodes of 14 days (Mardia and Jupp 2000, 2.3)."""
    across = 0.0
    along = 0.0
    number = 0
    for word_index in range((slot - WINDOWS * SLOTS_PER_DAY) >> 6, (row.last_slot >> 6) + 1):
        if word_index < (row.first_slot >> 6) or word_index <= (row.last_slot >> 6) - WORDS:
            continue
        word = row.slots[word_index % WORDS]
        while word != np.uint64(0):
            rest = word & (word - ONE)
            place = popcount((word ^ rest) - ONE)
            moment = ((word_index << 6) + place) % SLOTS_PER_DAY
            across += SINES[moment]
            along += SINES[(moment + SLOTS_PER_DAY // 4) % SLOTS_PER_DAY]
            number += 1
            word = rest
        if number > CLOCK_EPISODES:
            break
    reading.clock_permille = np.int64(round(math.sqrt(across * across + along * along) / max(1, number) * 1000))


@compiled
def take_reading(row: Any, hosts: Rows, slot: int, reading: Any) -> None:
    """Fill in the whole reading of a family at the end of `slot`."""
    reading.family = row.family
    reading.facet = row.facet
    reading.facet_kind = row.facet_kind
    reading.slot = slot
    reading.episodes = row.episodes
    reading.episodes_7d = episodes_between(row, slot - 7 * SLOTS_PER_DAY + 1, slot)
    reading.whole_7d = reading.episodes_7d
    reading.whole_episodes = row.episodes
    reading.first_time = row.first_time
    reading.last_time = row.last_time
    reading.count = row.count
    reading.cue = row.cue
    reading.severity = row.severity
    reading.stateful = row.stateful
    take_rates(row, slot, reading)
    take_memory(row, slot, reading)
    take_hosts(row, hosts, slot, reading)
    take_clock(row, slot, reading)
    take_growth(row, slot, reading)
    known_from = row.service_slot
    if row.facet_kind == ON_HOST and row.host_rows > 0:
        # where a service is new, all that it says is
        known_from = hosts[row.host_row[0]].service_slot
    reading.born_into_service_slots = row.first_slot - known_from


@borrowing
def fold(row: Any, hosts: Rows, cursor: Int32s, delta: Any) -> None:
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


@borrowing
def is_due(row: Any, slot: int) -> bool:
    """Tell whether a family that had no event in `slot` is read at its end all the same, because time alone changes it."""
    if (slot + 1) % REVIEW_SLOTS != 0 or row.last_slot >= slot or slot - row.last_slot > RETIRE_SLOTS:
        return False
    return slot - row.last_slot <= WARM_SLOTS or (slot + 1) % SLOTS_PER_DAY == 0


@compiled
def advance(
    families: Rows,
    used: int,
    hosts: Rows,
    cursor: Int32s,
    deltas: Rows,
    delta_rows: Int32s,
    from_slot: int,
    to_slot: int,
    readings: Rows,
    reading_rows: Int32s,
    resume: npt.NDArray[np.int64],
) -> int:
    """Fold deltas of slots from_slot..to_slot and read every family they touch and every family due for review.

    `deltas` are sorted by slot, each with its family's row index beside it; `cursor` holds the next free host row. Gives how
    many readings were written. When `readings` is nearly full it stops between two slots and leaves in `resume` where to go
    on: next slot, next delta; a finished call leaves to_slot + 1 there.
    """
    written = 0
    slot = from_slot
    delta = resume[1]
    newest = -1
    for index in range(used):
        if families[index].alive == 1:
            newest = max(newest, int(families[index].last_slot))
    while slot <= to_slot:
        if written + used > len(readings):
            break
        first = delta
        while delta < len(deltas) and deltas[delta].slot == slot:
            fold(families[delta_rows[delta]], hosts, cursor, deltas[delta])
            delta += 1
            newest = slot
        for index in range(first, delta):
            row = delta_rows[index]
            if families[row].read_slot != slot:
                families[row].read_slot = slot
                take_reading(families[row], hosts, slot, readings[written])
                reading_rows[written] = row
                written += 1
        if (slot + 1) % REVIEW_SLOTS == 0:
            for row in range(used):
                if families[row].alive == 1 and is_due(families[row], slot):
                    take_reading(families[row], hosts, slot, readings[written])
                    reading_rows[written] = row
                    written += 1
        slot = following_slot(slot, to_slot, newest, deltas, delta)
    resume[0] = slot
    resume[1] = delta
    return written


@compiled
def revive(families: Rows, row: int, slot: int, minute: int) -> None:
    """Give the row of a family that had been forgotten back what is known of it: that it was heard in an earlier slot."""
    mark(families[row], slot)
    families[row].count = 1
    families[row].events[(slot // SLOTS_PER_DAY) % EVENT_DAYS] = 1
    families[row].first_time = minute * 60_000_000
    families[row].last_time = minute * 60_000_000


@borrowing
def is_telling(row: Any, whole: Any, slot: int) -> bool:
    """Tell whether a facet is worth a reading: it keeps coming, is no chatter, and is not all there is of its member."""
    if row.episodes < FACET_EPISODES or (row.episodes >= whole.episodes and row.facet != np.uint64(0)):
        return False
    return episodes_between(row, slot - SLOTS_PER_DAY + 1, slot) <= FACET_EPISODES_24H


@compiled
def advance_facets(
    facets: Rows,
    hosts: Rows,
    cursor: Int32s,
    deltas: Rows,
    delta_rows: Int32s,
    siblings: Int32s,
    asked: Any,
    readings: Rows,
    reading_rows: Int32s,
) -> int:
    """Fold deltas of facets, sorted by slot with each one's row beside it (-1 for none), and read those worth it.

    `asked` tells of which deltas' facets a reading is wanted at all; `readings` has room for all of these. Gives how many
    readings were written.
    """
    written = 0
    low = 0
    while low < len(deltas):
        # of the type that `advance` has, so that what both call is compiled once
        slot = int(np.int64(deltas[low].slot))
        high = low
        while high < len(deltas) and deltas[high].slot == slot:
            high += 1
        for index in range(low, high):
            if delta_rows[index] >= 0:
                fold(facets[delta_rows[index]], hosts, cursor, deltas[index])
        for index in range(low, high):
            if delta_rows[index] < 0 or not asked[index]:
                continue
            row = facets[delta_rows[index]]
            whole = facets[row.parent] if row.parent >= 0 else row
            if row.read_slot == slot or not is_telling(row, whole, slot):
                continue
            row.read_slot = slot
            take_reading(row, hosts, slot, readings[written])
            readings[written].whole_7d = episodes_between(whole, slot - 7 * SLOTS_PER_DAY + 1, slot)
            readings[written].whole_episodes = whole.episodes
            readings[written].siblings = siblings[index] - 1
            reading_rows[written] = delta_rows[index]
            written += 1
        low = high
    return written


@borrowing
def cell_of(cells: Any, key: np.uint64) -> int:
    """Give the place of a key in an open-addressing table: where it is, or where it would be."""
    mask = len(cells) - 1
    place = np.int64(key & np.uint64(mask))
    while cells[place] != np.uint64(0) and cells[place] != key:
        place = (place + 1) & mask
    return int(place)


@borrowing
def enter_all(cells: Any, values: Any, keys: Any, held: Any) -> None:
    """Put keys with their values into an empty table with room for them."""
    for index in range(len(keys)):
        place = cell_of(cells, keys[index])
        cells[place] = keys[index]
        values[place] = held[index]


@borrowing
def admit(cells: Any, values: Any, deltas: Rows, used: int, rows_of: Int32s, siblings: Int32s, opened: Rows) -> int:
    """Find the row of each facet's delta, sorted by slot, and how many facets of its kind the member has been seen with.

    `cells` and `values` are an open-addressing table with room for all keys. A facet gets a row when it comes in a second
    slot; until then, and for `PROBATION_SLOTS` only, the table holds the minute of its first event as -2 - minute. Beside
    facets it holds how many there are of each member and kind. Gives how many rows are to be opened.
    """
    count = 0
    for index in range(len(deltas)):
        delta = deltas[index]
        place = cell_of(cells, delta.key)
        minute = delta.first_time // 60_000_000
        since = -2 - values[place]
        waits = values[place] < -1
        # whether what came once and long ago is still held depends on how full the table is, so it counts as new
        is_new = cells[place] == np.uint64(0) or (waits and delta.slot - since // SLOT_MINUTES > PROBATION_SLOTS)
        rows_of[index] = -1
        if is_new:
            cells[place] = delta.key
            values[place] = -2 - minute
        elif waits and since // SLOT_MINUTES == delta.slot:
            values[place] = -2 - min(since, minute)
        elif waits:
            values[place] = used + count
            opened[count].delta = index
            opened[count].since_minute = since
            # a member that was forgotten may have left facets behind that come again before it does
            opened[count].parent = max(-1, values[cell_of(cells, delta.member)]) if delta.kind != WHOLE else -1
            count += 1
        if values[place] >= 0:
            rows_of[index] = values[place]
        if delta.kind != WHOLE:
            counter = cell_of(cells, delta.member + COUNTERS[delta.kind])
            cells[counter] = delta.member + COUNTERS[delta.kind]
            values[counter] += 1 if is_new else 0
            siblings[index] = values[counter]
    return count


@compiled
def open_rows(facets: Rows, used: int, deltas: Rows, opened: Rows) -> None:
    """Give new facets their rows, with the slot of their first event marked."""
    for position in range(len(opened)):
        delta = deltas[opened[position].delta]
        row = facets[used + position]
        since = opened[position].since_minute
        slot = since // SLOT_MINUTES
        row.family = delta.member
        row.facet = delta.facet
        row.facet_kind = delta.kind
        row.alive = 1
        row.parent = opened[position].parent
        row.first_slot = slot
        row.last_slot = slot - 1
        row.read_slot = slot - 1
        row.first_time = since * 60_000_000
        row.last_time = row.first_time
        row.count = 1
        row.severity = delta.severity
        row.cue = delta.cue
        mark(row, slot)
        row.events[(slot // SLOTS_PER_DAY) % EVENT_DAYS] = 1


@borrowing
def following_slot(slot: int, to_slot: int, newest: int, deltas: Rows, delta: int) -> int:
    """Give the next slot at which anything can happen: a delta, or a review while any family is still reviewed."""
    following = to_slot + 1
    if delta < len(deltas):
        following = min(following, deltas[delta].slot)
    if newest >= 0 and slot - newest <= RETIRE_SLOTS:
        following = min(following, ((slot + 1) // REVIEW_SLOTS + 1) * REVIEW_SLOTS - 1)
    return max(following, slot + 1)


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
    # of slots beyond the bitmap nobody can tell any more whether both had an episode in them
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
def merge_host(into: Any, hosts: Rows, index: int) -> None:
    """Give a family one more host row, or merge it into the row of the same host, keeping the latest episodes of both."""
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
            # an episode is a slot: of two beginnings in one slot the earlier one counts
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
