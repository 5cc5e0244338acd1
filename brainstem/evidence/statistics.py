"""Likelihood: the statistics that weighing rests on; none of it knows of points.

Takes counts, or a reading; gives log likelihood ratios in decibans (of a count against what is expected, of news against
what was always there, of times of day against any time), and shares from 0 to 1 of how sure something is.
"""

import math
from typing import Any

from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.jit.decorators import compiled

YOUNG_DAYS = 14.0
KNOWN_FROM_SLOTS = SLOTS_PER_DAY
LEARNING_SLOTS = 3 * SLOTS_PER_DAY
DECIBANS_PER_NAT = 10.0 / math.log(10.0)
SILENCE_DAYS = 14.0
AGE_LEAST_DAYS = 0.5
DAY_US = SLOTS_PER_DAY * SLOT_US
NEWS_AT_ONCE = 2.0
NEWS_A_DAY = 1.5
FADE_FROM_DAYS = 7.0
FADE_DAYS = 5.0
WHOLE_EPISODES = 15.0
OTHER_LEAST_EPISODES = 0.1
OTHER_ADDED_EPISODES = 0.5
OUTSTANDING_DOUBLINGS = 3.0
CLOCK_CONCENTRATION = 2.0
CLOCK_EPISODES_MOST = 20.0
SCATTERED_PERMILLE = 411
"""Times of day of no larger resultant speak against the clock, however many: ln I0(x) < x, and ln I0(2) is 2 * 0.412."""
GROWTH_PERMILLE = 2000
GROWTH_FROM = 2.5
GROWTH_RANGE = 1.5


@compiled
def bounded(value: float, most: float) -> float:
    """Cut a value to 0..most."""
    return max(0.0, min(value, most))


@compiled
def doublings(ratio: float) -> float:
    """Return how often 1 doubles to a ratio; 0 when it is not more."""
    return math.log2(ratio) if ratio > 1.0 else 0.0


@compiled
def tenfolds(ratio: float) -> float:
    """Return the decimal logarithm of a ratio; 0 when it is not more than 1."""
    return math.log10(ratio) if ratio > 1.0 else 0.0


@compiled
def surprise(count: float, expected: float) -> float:
    """Return the log likelihood ratio of a Poisson count against what is expected, in decibans; 0 when it is not more."""
    if count <= expected:
        return 0.0
    return DECIBANS_PER_NAT * (count * math.log(count / expected) - (count - expected))


@compiled
def quiet_whole(features: Any) -> float:
    """Return how much one of many may stand out: 1 when the whole says little, a half when it says it 15 times a day.

    What is said all day is said of somebody more often than of others, and of somebody for the first time.
    """
    if features.facet_kind == 0:
        return 1.0
    return float(1.0 / (1.0 + features.whole_7d / (7.0 * WHOLE_EPISODES)))


@compiled
def of_another(features: Any) -> float:
    """Return the episodes in 7 days of an average other facet of the same kind."""
    rest = max(0.0, float(features.whole_7d - features.episodes_7d))
    return max(OTHER_LEAST_EPISODES, (rest + OTHER_ADDED_EPISODES) / max(1.0, float(features.siblings)))


@compiled
def outstanding_share(features: Any) -> float:
    """Return how much of its novelty one of many keeps: all of it when it comes eight times as often as an average other.

    Of many alike there is always one that has just come for the first time, and the next one soon.
    """
    if features.facet_kind == 0 or features.siblings < 1:
        return 1.0
    return bounded(doublings(features.episodes_7d / of_another(features)) / OUTSTANDING_DOUBLINGS, 1.0)


@compiled
def known_share(features: Any) -> float:
    """Return how sure it is, 0 to 1, that it began while somebody listened: in a tenant's first days what is new is new to
    us only.
    """
    return bounded((features.born_after_slots - KNOWN_FROM_SLOTS) / (LEARNING_SLOTS - KNOWN_FROM_SLOTS), 1.0)


@compiled
def days_apart(active_days: int, first_time: int, last_time: int) -> int:
    """Return on how many of the last 14 days it has come: one, and one more for each day from its first event to the latest.

    The windows of 24 hours of which `active_days` are active end now, so an evening's events lie in two of them a day later.
    """
    return min(active_days, 1 + (last_time - first_time) // DAY_US)


@compiled
def emergence(features: Any, age_days: float) -> float:
    """Return the log likelihood ratio of a rate that began at the first event against one that was always there, in
    decibans.

    n events in the age a after a silence b: n ln((a + b) / a), divided by the dispersion. The silence is as long as the
    service was heard without it, or, of a service that has little to say, the tenant; it is cut at `SILENCE_DAYS`, for
    longer silences say little more.
    """
    alone = features.born_after_slots / max(1.0, features.service_families)
    silence = max(0.0, min(float(features.born_after_slots), max(alone, float(features.born_into_service_slots))))
    silence = min(silence / SLOTS_PER_DAY, SILENCE_DAYS)
    known = known_share(features)
    if known == 0.0:
        return 0.0
    # what comes together within a day has one cause, and says less of a rate than what comes day after day
    days = days_apart(features.active_days, features.first_time, features.last_time)
    counted = min(float(features.episodes), NEWS_AT_ONCE + NEWS_A_DAY * max(1.0, float(days)))
    ratio = DECIBANS_PER_NAT * counted * math.log((age_days + silence) / age_days)
    fading = math.exp(-max(0.0, age_days - FADE_FROM_DAYS) / FADE_DAYS)
    return float(known * quiet_whole(features) * ratio * fading / max(1.0, features.dispersion_milli / 1000.0))


@compiled
def log_bessel(x: float) -> float:
    """Return ln I0(x), the modified Bessel function of order 0 (Abramowitz and Stegun 1964, 9.8.1 and 9.8.2)."""
    if x < 3.75:
        t = (x / 3.75) ** 2
        series = 1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813))
        return math.log(1.0 + t * (3.5156229 + t * (3.0899424 + t * series)))
    t = 3.75 / x
    series = -0.02057706 + t * (0.02635537 + t * (-0.01647633 + t * 0.00392377))
    series = 0.01328592 + t * (0.00225319 + t * (-0.00157565 + t * (0.00916281 + t * series)))
    return x - 0.5 * math.log(x) + math.log(0.39894228 + t * series)


@compiled
def keeps_to_clock(features: Any) -> float:
    """Return the log likelihood ratio of times of day as people keep them against any time of day, in decibans.

    Of n times with the mean resultant length R it is ln I0(k n R) - n ln I0(k): von Mises about whatever hour it may be
    against uniform (Mardia and Jupp 2000).
    """
    number = max(1.0, min(float(features.episodes), CLOCK_EPISODES_MOST))
    along = CLOCK_CONCENTRATION * number * features.clock_permille / 1000.0
    return DECIBANS_PER_NAT * (log_bessel(along) - number * log_bessel(CLOCK_CONCENTRATION))


@compiled
def age_in_days(features: Any) -> float:
    """Return the days since the first event, a half at the least."""
    return float(max(AGE_LEAST_DAYS, (features.slot + 1 - features.first_time // 600_000_000) / SLOTS_PER_DAY))


@compiled
def growth_share(deviations: float, permille: float) -> float:
    """Return how sure it is, 0 to 1, that a rate has grown day by day; such a rate is no habit, however often it comes."""
    if permille < GROWTH_PERMILLE:
        return 0.0
    return bounded((deviations - GROWTH_FROM) / GROWTH_RANGE, 1.0)
