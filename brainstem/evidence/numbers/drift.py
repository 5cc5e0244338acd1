"""Numeric drift: a number leaves its range at a steady pace, judged by the means of its gauge.

Takes rows of gauges; returns over how many days a number has been leaving its former range, from which level and how
far, and whether the other gauges of the same number go the same way. Takes features that a notice of it has filled in;
returns their points. A block is six hours; a window is a day of blocks, counted back from the latest whole one.
"""

import math
from typing import Final

from brainstem.arrays.aliases import Floats, Row, Rows
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.numbers.gauges import BLOCK_SLOTS, BLOCKS, count_in_block, sum_of_block
from brainstem.evidence.statistics import bounded
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, thousandths

DRIFT: Final = 16
"""column of its points"""

DRIFT_POINTS: Final = parameter("numeric_drift.points", 18.0, "decibans", "the least that a drift gives")
DRIFT_DOUBLING_POINTS: Final = parameter(
    "numeric_drift.doubling_points", 2.0, "decibans", "what each doubling of its distance gives beside that"
)
DRIFT_DOUBLINGS_MAX: Final = parameter("numeric_drift.doublings_max", 6.0, "decibans", "most that the doublings give")

WINDOW_BLOCKS = SLOTS_PER_DAY // BLOCK_SLOTS
WINDOWS = BLOCKS // WINDOW_BLOCKS - 1
DRIFT_DAYS_LEAST: Final = parameter(
    "numeric_drift.drift_days_least", 2, "days", "days that a number must have moved the same way", least=2, most=20
)
DRIFT_DAYS_MOST: Final = parameter(
    "numeric_drift.drift_days_most",
    8,
    "days",
    "days that a number may have moved the same way, at the most",
    least=2,
    most=20,
)
BASE_WINDOWS_LEAST: Final = parameter(
    "numeric_drift.base_windows_least",
    6,
    "number",
    "daily means that its former range is taken from, at the least",
    least=2,
    most=20,
)
BASE_WINDOWS_MOST: Final = parameter(
    "numeric_drift.base_windows_most",
    14,
    "number",
    "daily means that its former range is taken from, at the most",
    least=2,
    most=20,
)
DRIFT_DEVIATIONS: Final = parameter(
    "numeric_drift.drift_deviations", 6.0, "deviations", "deviations of the former daily means that it must have come"
)
STEP_SHARE: Final = parameter("numeric_drift.step_share", 0.6, "share", "most of the way that one step may be")
STEP_SHARE_OF_TWO: Final = parameter(
    "numeric_drift.step_share_of_two", 0.7, "share", "most of the way that two steps together may be"
)
BASE_RANGE_SHARE: Final = parameter(
    "numeric_drift.base_range_share", 0.5, "share", "part of the way that it may have moved before"
)
BEYOND_SHARE: Final = parameter(
    "numeric_drift.beyond_share", 0.25, "share", "part of the former range that all latest values must lie beyond it"
)
NEWEST_LEAST: Final = parameter(
    "numeric_drift.newest_least",
    3,
    "number",
    "latest values that must lie beyond the former ones, at the least",
    least=1,
    most=20,
)
FORMER_LEAST: Final = parameter(
    "numeric_drift.former_least", 10, "number", "former values that a range takes, at the least", least=2
)
COUNTER_SHARE: Final = parameter(
    "numeric_drift.counter_share", 10, "parts", "what went only one way in so many steps to one is a counter"
)
RELATIVE_NOISE: Final = parameter(
    "numeric_drift.relative_noise", 0.01, "number", "least deviation of the means, as part of the level"
)
WHOLE_NOISE_MILLI: Final = parameter(
    "numeric_drift.whole_noise_milli", 500.0, "thousandths", "least deviation of whole numbers"
)
FRACTION_NOISE_MILLI: Final = parameter(
    "numeric_drift.fraction_noise_milli", 5.0, "thousandths", "least deviation of fractions"
)
LATEST_BLOCKS: Final = parameter(
    "numeric_drift.latest_blocks",
    2 * WINDOW_BLOCKS,
    "number",
    "stretches of six hours within which another gauge must have been heard to be held against one",
)
TOGETHER_WAY_SHARE: Final = parameter(
    "numeric_drift.together_way_share",
    2.0,
    "parts",
    "part (1 / n) of the way of a drift that a sibling must have gone to drift along",
)
TOGETHER_LEAST: Final = parameter(
    "numeric_drift.together_least", 2, "number", "siblings that drift along from which it is a drift of all"
)
TOGETHER_SHARE: Final = parameter(
    "numeric_drift.together_share", 3, "parts", "or the part (1 / n) of all siblings that drift along"
)
FALL_TIMES_ONCE: Final = parameter(
    "numeric_drift.fall_times_once", 10.0, "number", "times lower than ever that one value of a job is a fall"
)
FALL_TIMES_TWICE: Final = parameter(
    "numeric_drift.fall_times_twice", 4.0, "number", "times lower than ever that two values running are a fall"
)
FALL_RANGE: Final = parameter(
    "numeric_drift.fall_range", 3.0, "number", "largest of the former values over the smallest, at the most"
)
FALL_A_DAY_MOST: Final = parameter(
    "numeric_drift.fall_a_day_most", 2, "number", "values a day up to which a number is a job's"
)
FALL_SPAN_SLOTS: Final = parameter(
    "numeric_drift.fall_span_slots",
    8 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "how long a job's number must have been followed before it can fall: its weekends are known",
)
GROWTH_STEPS: Final = parameter("numeric_drift.growth_steps", 4, "number", "steps by which a count must have grown")
GROWTH_TIMES: Final = parameter(
    "numeric_drift.growth_times", 2.0, "number", "times its first value that it has grown to"
)
GROWTH_REPORTS: Final = parameter(
    "numeric_drift.growth_reports", 4, "number", "reports for each step: what rises each time is a counter"
)
GROWTH_SPAN_SLOTS: Final = parameter(
    "numeric_drift.growth_span_slots", 3 * SLOTS_PER_DAY, "slots of ten minutes", "how long it must have taken"
)
GROWTH_MOST_MILLI: Final = parameter(
    "numeric_drift.growth_most_milli", 1_000_000, "thousandths", "a count of troubles is no larger"
)
EMPTY = -math.inf
"""the mean of a block or window without a value"""


@compiled_without_refcounts
def take_means(row: Row, sums: Rows, block: int, means: Floats) -> int:
    """Write the means of the windows that end with the block before `block`, newest first; EMPTY where there is no value.

    Returns how many windows there are since the gauge was first heard.
    """
    lived = min(WINDOWS, (block - 1 - row.first_slot // BLOCK_SLOTS) // WINDOW_BLOCKS + 1)
    for window in range(lived):
        total = 0.0
        count = 0
        for back in range(WINDOW_BLOCKS):
            each = block - 1 - window * WINDOW_BLOCKS - back
            held = count_in_block(row, sums, each)
            if held > 0:
                total += sum_of_block(row, sums, each)
                count += held
        means[window] = total / count if count > 0 else EMPTY
    return int(lived)


@compiled_without_refcounts
def has_steady_pace(means: Floats, days: int, sign: float) -> bool:
    """Return whether the newest windows all step the same way, and none of the steps is most of the whole distance."""
    total = sign * (means[0] - means[days])
    if means[days] == EMPTY or total <= 0.0:
        return False
    widest = 0.0
    for window in range(days):
        step = sign * (means[window] - means[window + 1])
        if means[window] == EMPTY or step <= 0.0:
            return False
        widest = max(widest, step)
    return bool(widest <= (STEP_SHARE if days > 2 else STEP_SHARE_OF_TWO) * total)


@compiled_without_refcounts
def mean_of_block(row: Row, sums: Rows, block: int) -> float:
    """Return the mean of a block, EMPTY where it has no value or is forgotten."""
    count = count_in_block(row, sums, block)
    if count == 0:
        return EMPTY
    return sum_of_block(row, sums, block) / count


@compiled_without_refcounts
def is_beyond(row: Row, sums: Rows, block: int, days: int, sign: float) -> bool:
    """Return whether all of the newest values lie beyond all former ones, by a share of the range these had.

    The newest are the blocks of the last day, and as many before as make three of them. A number that is drawn anew
    each time from some range does not pass.
    """
    low = math.inf
    high = -math.inf
    former = 0
    first = block - 1 - (days + 1) * WINDOW_BLOCKS
    for back in range(BASE_WINDOWS_MOST * WINDOW_BLOCKS):
        mean = mean_of_block(row, sums, first - back)
        if mean != EMPTY:
            former += 1
            low = min(low, mean)
            high = max(high, mean)
    # a number that only ever went one way is a counter, at whatever pace; one that stood still is none
    back = row.drops if sign > 0.0 else row.rises
    if former < FORMER_LEAST or (high > low and COUNTER_SHARE * back < row.rises + row.drops):
        return False
    limit = high + BEYOND_SHARE * (high - low) if sign > 0.0 else low - BEYOND_SHARE * (high - low)
    newest = 0
    for back in range(1, NEWEST_LEAST * WINDOW_BLOCKS + 1):
        mean = mean_of_block(row, sums, block - back)
        if mean != EMPTY and (back <= WINDOW_BLOCKS or newest < NEWEST_LEAST):
            newest += 1
            if sign * (mean - limit) <= 0.0:
                return False
    return newest >= NEWEST_LEAST


@compiled_without_refcounts
def jumps(row: Row, sums: Rows, block: int, days: int, total: float) -> bool:
    """Return whether most of the distance was covered at once: two neighbouring blocks lie that far beyond the two before
    them. One block alone lies that far by chance."""
    sign = 1.0 if total > 0.0 else -1.0
    latest = later = before = EMPTY
    for back in range(1, (days + 1) * WINDOW_BLOCKS + 1):
        mean = mean_of_block(row, sums, block - back)
        if mean == EMPTY:
            continue
        mean *= sign
        if before != EMPTY and min(latest, later) - max(before, mean) > STEP_SHARE * abs(total):
            return True
        latest, later, before = later, before, mean
    return False


@compiled_without_refcounts
def distance_of(row: Row, means: Floats, lived: int, days: int, sign: float, base: Floats) -> float:
    """Return how far the newest window lies from the former mean, in deviations of the daily means before; 0 where it may
    be chance.

    A number that moved half as far before (a counter, a random walk, a weekly swing) has not left its range. `base`
    receives the former mean.
    """
    count = 0
    total = 0.0
    squares = 0.0
    low = math.inf
    high = -math.inf
    for window in range(days + 1, min(lived, days + 1 + BASE_WINDOWS_MOST)):
        mean = means[window]
        if mean == EMPTY:
            continue
        count += 1
        total += mean
        squares += mean * mean
        low = min(low, mean)
        high = max(high, mean)
    if count < BASE_WINDOWS_LEAST or high - low > BASE_RANGE_SHARE * sign * (means[0] - means[days]):
        return 0.0
    level = total / count
    noise = math.sqrt(max(0.0, (squares - total * level) / (count - 1)))
    least = FRACTION_NOISE_MILLI if row.fractional == 1 else WHOLE_NOISE_MILLI
    noise = max(noise, least, RELATIVE_NOISE * abs(level))
    base[0] = level
    return float(sign * (means[0] - level) / noise)


@compiled_without_refcounts
def longest_drift(row: Row, sums: Rows, block: int, means: Floats, lived: int, base: Floats) -> int:
    """Return over how many days a number has been leaving its range, 0 for a number that stays; `base` receives the former
    level and the distance in deviations."""
    if lived <= BASE_WINDOWS_LEAST + DRIFT_DAYS_LEAST or means[0] == EMPTY or means[1] == EMPTY:
        return 0
    sign = 1.0 if means[0] > means[1] else -1.0
    for less in range(DRIFT_DAYS_MOST - DRIFT_DAYS_LEAST + 1):
        days = DRIFT_DAYS_MOST - less
        if (
            days >= lived
            or not has_steady_pace(means, days, sign)
            or jumps(row, sums, block, days, means[0] - means[days])
        ):
            continue
        distance = distance_of(row, means, lived, days, sign, base)
        if distance >= DRIFT_DEVIATIONS and is_beyond(row, sums, block, days, sign):
            base[1] = distance
            return days
    return 0


@compiled_without_refcounts
def has_fallen(row: Row, sums: Rows, base: Floats) -> bool:
    """Return whether a number that a job reports has fallen to a fraction of all that it was: to a tenth once, or to a
    quarter twice running. `base` receives the former mean and the distance in deviations.

    The job reports it twice a day at the most, for a week or more, and its values lay near each other and went both ways.
    """
    if row.slot - row.first_slot < FALL_SPAN_SLOTS or COUNTER_SHARE * row.drops < row.rises + row.drops:
        return False
    low = math.inf
    high = -math.inf
    total = 0.0
    squares = 0.0
    former = 0
    latest = EMPTY
    for back in range(1, BLOCKS):
        mean = mean_of_block(row, sums, row.block - back)
        if mean == EMPTY:
            continue
        if latest == EMPTY:
            latest = mean
            continue
        former += 1
        total += mean
        squares += mean * mean
        low, high = min(low, mean), max(high, mean)
    if (
        former < FORMER_LEAST - 1
        or row.values * SLOTS_PER_DAY > FALL_A_DAY_MOST * (row.slot - row.first_slot)
        or low <= 0.0
    ):
        return False
    now = float(row.value_milli)
    once = FALL_TIMES_ONCE * now <= min(low, latest) and high <= FALL_RANGE * min(low, latest)
    twice = FALL_TIMES_TWICE * max(now, latest) <= low and high <= FALL_RANGE * low
    if not (once or twice):
        return False
    level = total / former
    noise = math.sqrt(max(0.0, squares / former - level * level))
    base[0] = level
    base[1] = (level - now) / max(noise, RELATIVE_NOISE * level)
    return bool(base[1] >= DRIFT_DEVIATIONS)


@compiled_without_refcounts
def has_grown(row: Row, sums: Rows, base: Floats) -> bool:
    """Return whether a count that stays as it is from report to report, and never falls, has doubled since it was first
    told, in days and in several steps; `base` receives the first mean and the steps."""
    steps = row.rises
    if row.drops > 0 or steps < GROWTH_STEPS or row.values < GROWTH_REPORTS * steps or row.fractional == 1:
        return False
    if row.slot - row.first_slot < GROWTH_SPAN_SLOTS or row.value_milli > GROWTH_MOST_MILLI:
        return False
    for back in range(BLOCKS - 1):
        mean = mean_of_block(row, sums, row.block - (BLOCKS - 1) + back)
        if mean != EMPTY:
            base[0] = mean
            base[1] = max(DRIFT_DEVIATIONS, float(steps))
            return bool(mean > 0.0 and row.value_milli >= GROWTH_TIMES * mean)
    return False


@compiled_without_refcounts
def moves_alone(
    table: Rows, sums: Rows, used: int, index: int, block: int, days: int, moved: float, means: Floats
) -> bool:
    """Return whether nearly all other gauges of the same number stay where they are."""
    row = table[index]
    others = 0
    together = 0
    for other in range(used):
        sibling = table[other]
        if sibling.member != row.member or sibling.kind != row.kind or sibling.which != row.which:
            continue
        if other == index or block - sibling.block > LATEST_BLOCKS:
            continue
        lived = take_means(sibling, sums, block, means)
        if lived <= days or means[0] == EMPTY or means[days] == EMPTY:
            continue
        others += 1
        way = means[0] - means[days]
        if way * moved > 0.0 and TOGETHER_WAY_SHARE * abs(way) >= abs(moved):
            together += 1
    return not (together >= TOGETHER_LEAST and TOGETHER_SHARE * together >= others)


@compiled
def drift_points(features: Row) -> float:
    """Return the points of a number that has left its range."""
    if features.drift_days > 0:
        doublings = math.log2(features.drift_deviations_milli / 1000.0 / DRIFT_DEVIATIONS)
        return DRIFT_POINTS + bounded(DRIFT_DOUBLING_POINTS * doublings, DRIFT_DOUBLINGS_MAX)
    return 0.0


def _has_fallen(facts: Facts) -> bool:
    """Return whether a number has fallen at once: to less than a third of what it was, by so much a day."""
    gone = facts.get("drift_to_milli", 0) - facts.get("drift_from_milli", 0)
    return facts.get("drift_days", 0) == 1 and gone < 0 and facts.get("drift_pace_milli", 0) == gone


def _because(facts: Facts) -> str:
    level, now = thousandths(facts.get("drift_from_milli", 0), 1), thousandths(facts.get("drift_to_milli", 0), 1)
    pace = thousandths(abs(facts.get("drift_pace_milli", 0)), 1)
    way = "up" if facts.get("drift_pace_milli", 0) > 0 else "down"
    days = counted(facts.get("drift_days", 0), "day")
    if _has_fallen(facts):
        return f"its number used to be about {level} and is {now} now, lower by far than it ever was"
    return f"its number used to be about {level}, has gone {way} by {pace} a day for {days} and is {now} now"


def _headline(subject: Subject) -> str:
    level, now = (thousandths(subject.facts.get(f"drift_{end}_milli", 0), 1) for end in ("from", "to"))
    pace = subject.facts.get("drift_pace_milli", 0)
    steps = f"{'up' if pace > 0 else 'down'} {thousandths(abs(pace), 1)} a day"
    days = counted(subject.facts.get("drift_days", 0), "day")
    named = f" for {subject.thing}" if subject.thing != subject.message else ""
    what = f"The number in {subject.message}{named} is drifting{subject.where}"
    if _has_fallen(subject.facts):
        return f"The number in {subject.message}{named} has fallen{subject.where}: from about {level} to {now}"
    return f"{what}: from about {level} to {now} in {days}, {steps}"


KIND: Final = EvidenceKind(
    name="numeric_drift",
    number=10,
    factors=(
        Factor(
            "drift",
            DRIFT,
            _because,
            "points + doubling_points · log₂(distance / deviations), the latter cut at doublings_max; the distance in"
            " standard deviations of the former daily means.",
            called="how far its number has moved",
        ),
    ),
    meaning="A number leaves the range that it always kept, at a steady pace: a temperature, a queue, an offset.",
    example=example_facts(
        21.0,
        count=900,
        episodes=800,
        episodes_7d=260,
        active_days=14,
        facet_kind=1,
        drift_deviations_milli=9000,
        drift_days=5,
        drift_from_milli=41_000,
        drift_to_milli=58_500,
        drift_pace_milli=3500,
    ),
    columns=("drift_deviations_milli", "drift_days", "drift_from_milli", "drift_to_milli", "drift_pace_milli"),
    stands_alone=True,
    headline_tells=True,
    headline=_headline,
    why_it_matters="It has left the range it always kept, and at this pace it will reach a limit that nobody watches.",
    says_what_is_going_on=True,
)
