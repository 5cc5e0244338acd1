"""How often a family comes: rates, rise, coming more often for days, and trend.

Takes a family's row; fills columns of features. Logarithms are rounded to thousandths.
"""

import math
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int64s, Row
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.history.episodes import episodes_between
from brainstem.evidence.history.state import DAYS
from brainstem.jit.decorators import compiled_without_refcounts
from brainstem.parameters import parameter

WINDOWS: Final = parameter(
    "history.rates.windows",
    14,
    "days",
    "days of the past that rates and trends are taken from",
    fixed="the days that are kept of a family are dealt out to these windows",
)
SERVICE_AT_LEAST: Final = parameter(
    "history.rates.service_at_least",
    5.0,
    "number",
    "events added to both sides when a service is held against its past",
)
SUSTAINED_LEAST: Final = parameter(
    "history.rates.sustained_least", 3, "days", "days, at the least, of coming more often", least=1, most=14
)
SUSTAINED_MOST: Final = parameter(
    "history.rates.sustained_most", 8, "days", "days, at the most, of coming more often", least=1, most=14
)
SUSTAINED_PAST: Final = parameter(
    "history.rates.sustained_past", 4, "days", "windows before these days, at the least", least=1, most=14
)
SUSTAINED_EPISODES: Final = parameter(
    "history.rates.sustained_episodes", 4.0, "episodes", "episodes on these days, without the busiest, at the least"
)
SUSTAINED_TIMES: Final = parameter(
    "history.rates.sustained_times", 2.0, "number", "times what is usual, at the least, to be more often"
)
USUAL_AT_LEAST: Final = parameter(
    "history.rates.usual_at_least", 0.2, "episodes", "episodes a day that are taken for usual at the least"
)
PAST_DAYS: Final = parameter(
    "history.rates.past_days",
    28,
    "days",
    "whole days before the 15 windows that tell what is usual",
    fixed="the days that are kept of a family are dealt out to these windows",
)
COUNTS = WINDOWS + 1 + PAST_DAYS
"""windows of 24 h that end now, and the days behind them"""
DISPERSION_WINDOWS: Final = parameter(
    "history.rates.dispersion_windows",
    2,
    "days",
    "days lived through from which their dispersion counts",
    least=1,
    most=14,
)
DISPERSION_MEAN_LEAST: Final = parameter(
    "history.rates.dispersion_mean_least", 0.1, "episodes", "episodes a day that a variance is divided by at the least"
)
PAST_ADDED_EPISODES: Final = parameter(
    "history.rates.past_added_episodes",
    0.5,
    "episodes",
    "episodes that are added to those of the past before their mean is taken",
)
RECORD_SHARE: Final = parameter(
    "history.rates.record_share", 0.85, "share", "share of its past record that a rate must go beyond to have risen"
)
RISE_EPISODES_LEAST: Final = parameter(
    "history.rates.rise_episodes_least", 0.3, "episodes", "episodes that are taken for usual in 24 h at the least"
)
LONG_RISE_WINDOWS: Final = parameter(
    "history.rates.long_rise_windows",
    6,
    "days",
    "days lived through from which 72 h are held against the past as well",
    least=3,
    most=14,
)
LONG_RISE_EPISODES_LEAST: Final = parameter(
    "history.rates.long_rise_episodes_least", 0.9, "episodes", "episodes that are taken for usual in 72 h at the least"
)
SERVICE_TIMES_MOST: Final = parameter(
    "history.rates.service_times_most", 100.0, "number", "most that a service is taken to be busier than in its past"
)
RATIO_MOST: Final = parameter(
    "history.rates.ratio_most", 1000.0, "decibans", "most that a rise comes to, before its share is taken"
)
TREND_EPISODES: Final = parameter(
    "history.rates.trend_episodes", 6, "episodes", "episodes in 14 days from which their trend is told"
)
TREND_WINDOWS: Final = parameter(
    "history.rates.trend_windows",
    4,
    "days",
    "days lived through from which the trend of 14 days is told",
    least=2,
    most=14,
)
DECIBANS_PER_NAT = 10.0 / math.log(10.0)


@compiled_without_refcounts
def take_rates(row: Row, slot: int, counts: Int64s, features: Row) -> None:
    """Fill in the statistics of the last 15 days of slots: rates, dispersion, rise, active days, trend.

    Rise is the log likelihood ratio E ln(E/ref) - (E - ref) of a Poisson rate against the larger of its past mean and 0.85
    of its past record; trend is Laplace's U = sqrt(12 N) (mean time / T - 1/2), divided by the root of the dispersion (Cox
    and Lewis 1966, 3.3). `counts` is a scratch array for the episodes of `COUNTS` windows.
    """
    for window in range(COUNTS):
        counts[window] = 0
    # what came before its service fell silent for weeks, or with a wrong date, says nothing of what is usual
    since = max(row.first_slot, min(row.service_slot, slot))
    lived = min(WINDOWS, (slot - since) // SLOTS_PER_DAY)
    for window in range(lived + 1):
        high = slot - window * SLOTS_PER_DAY
        counts[window] = episodes_between(row, high - SLOTS_PER_DAY + 1, high)
    # the window in which the family began is part of the past too, although the family was not there for all of it
    total = 0
    squares = 0
    record = 0
    for window in range(1, lived + 1):
        total += counts[window]
        squares += counts[window] * counts[window]
        record = max(record, counts[window])
    today = slot // SLOTS_PER_DAY
    for back in range(WINDOWS + 2, DAYS):
        if (today - back) * SLOTS_PER_DAY >= since and today - back > row.last_slot // SLOTS_PER_DAY - DAYS:
            record = max(record, row.days[(today - back) % DAYS])
    mean = (total + PAST_ADDED_EPISODES) / (lived + 1.0)
    dispersion = 1.0
    if lived >= DISPERSION_WINDOWS and total > 0:
        plain_mean = total / lived
        dispersion = max(1.0, (squares / lived - plain_mean * plain_mean) / plain_mean)
    active = 0
    for window in range(WINDOWS):
        if counts[window] > 0:
            active += 1
    features.episodes_24h = counts[0]
    features.episodes_72h = episodes_between(row, slot - 3 * SLOTS_PER_DAY + 1, slot)
    features.daily_mean_milli = np.int64(round(mean * 1000))
    features.daily_windows = lived
    features.dispersion_milli = np.int64(round(dispersion * 1000))
    features.daily_record = record
    features.active_days = active
    take_rise(row, counts, lived, mean, record, dispersion, features)
    windows = lived + 1 if lived < WINDOWS else count_older_days(row, slot, since, counts)
    take_sustained(counts, windows, lived, features)
    take_trend(counts, lived, dispersion, features)


@compiled_without_refcounts
def rest_of_service(present: int, before_milli: int, days: float, own_present: float, own_past: float) -> float:
    """Return how busy the rest of a service is against its past, 1 where it has none."""
    if before_milli < 0:
        return 1.0
    rest = max(0.0, present - own_present)
    past = max(0.0, days * before_milli / 1000.0 - own_past)
    return float(min(SERVICE_TIMES_MOST, (rest + SERVICE_AT_LEAST) / (past + SERVICE_AT_LEAST)))


@compiled_without_refcounts
def take_rise(row: Row, counts: Int64s, lived: int, mean: float, record: int, dispersion: float, features: Row) -> None:
    """Fill in the larger log likelihood ratio of the last day and of the last three days."""
    best = 0.0
    hours = 24
    present = float(counts[0])
    # a family that rises with its service has not risen by itself
    with_service = rest_of_service(row.service_24h, row.service_before_24h_milli, 1.0, present, mean)
    features.service_24h_permille = np.int64(round(with_service * 1000))
    past = max(mean, RECORD_SHARE * record, RISE_EPISODES_LEAST) * max(1.0, with_service)
    if present > past:
        best = present * math.log(present / past) - (present - past)
    if lived >= LONG_RISE_WINDOWS:
        earlier = 0
        record_72h = 0
        for window in range(3, lived + 1):
            earlier += counts[window]
            if window + 2 <= lived:
                record_72h = max(record_72h, counts[window] + counts[window + 1] + counts[window + 2])
        present = float(counts[0] + counts[1] + counts[2])
        past_mean = 3.0 * (earlier + PAST_ADDED_EPISODES) / (lived - 1.0)
        with_service = rest_of_service(row.service_72h, row.service_before_72h_milli, 3.0, present, past_mean)
        features.service_72h_permille = np.int64(round(with_service * 1000))
        past = max(past_mean, RECORD_SHARE * record_72h, LONG_RISE_EPISODES_LEAST) * max(1.0, with_service)
        if present > past:
            ratio = present * math.log(present / past) - (present - past)
            if ratio > best:
                best = ratio
                hours = 72
    features.rise_milli = np.int64(round(min(best * DECIBANS_PER_NAT / dispersion, RATIO_MOST) * 1000))
    features.rise_hours = hours


@compiled_without_refcounts
def count_older_days(row: Row, slot: int, since: int, counts: Int64s) -> int:
    """Write the episodes of whole UTC days behind the 15 windows, latest first and none before `since`.

    Returns the number of windows then.
    """
    number = WINDOWS + 1
    today = slot // SLOTS_PER_DAY
    for back in range(WINDOWS + 2, WINDOWS + 2 + PAST_DAYS):
        day = today - back
        if day * SLOTS_PER_DAY < since or day <= row.last_slot // SLOTS_PER_DAY - DAYS:
            break
        counts[number] = row.days[day % DAYS]
        number += 1
    return number


@compiled_without_refcounts
def take_sustained(counts: Int64s, windows: int, lived: int, features: Row) -> None:
    """Fill in how much more often it came on the last days, without the busiest of them, than on the days before.

    Over k days the ratio is E ln(E/ref) - (E - ref), E the episodes of all of them but the busiest, against the larger of
    k - 1 mean days of the past and 0.85 of its busiest k - 1 running, divided by the dispersion of the past; 0 for less than
    twice as many.
    """
    best = 0.0
    sustained = 0
    with_service = max(1.0, features.service_72h_permille / 1000.0)
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
        variance = squares / number - (total / number) ** 2
        dispersion = max(1.0, variance / max(total / number, DISPERSION_MEAN_LEAST))
        usual = (days - 1) * (total + PAST_ADDED_EPISODES) / (number + 1.0)
        usual = max(usual, RECORD_SHARE * record, USUAL_AT_LEAST * (days - 1)) * with_service
        # a small increase of a frequent message is soon beyond chance, and means little
        if present >= SUSTAINED_TIMES * usual:
            ratio = (present * math.log(present / usual) - (present - usual)) / dispersion
            if ratio > best:
                best = ratio
                sustained = days
    features.sustained_milli = np.int64(round(min(best * DECIBANS_PER_NAT, RATIO_MOST) * 1000))
    features.sustained_days = sustained


@compiled_without_refcounts
def take_trend(counts: Int64s, lived: int, dispersion: float, features: Row) -> None:
    """Fill in the Laplace trend of the windows since birth."""
    windows = min(lived + 1, WINDOWS)
    number = 0
    moment = 0.0
    for window in range(windows):
        number += counts[window]
        moment += counts[window] * (windows - window - 0.5)
    trend = 0.0
    if number >= TREND_EPISODES and windows >= TREND_WINDOWS:
        trend = math.sqrt(12.0 * number / dispersion) * (moment / number / windows - 0.5)
    features.trend_milli = np.int64(round(trend * 1000))
