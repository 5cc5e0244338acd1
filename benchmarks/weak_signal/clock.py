"""Event time of the bench: 28 days, the first 7 for warming up, and the rhythms in which things happen.

All times are integer microseconds since the epoch, UTC. Day 0 is a Monday that the seed picks.
"""

import math
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US

DAYS: Final = 28
WARM_UP_DAYS: Final = 7

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKEND_SHARE: Final = 0.15


def first_day(dice: Random) -> int:
    """Return the midnight that begins a Monday of the last decade."""
    day = datetime(2016, 1, 4, tzinfo=UTC) + timedelta(weeks=dice.randrange(500))
    return int((day - _EPOCH).total_seconds()) * SECOND_US


def moment(time_us: int) -> datetime:
    """Return a time as a datetime, UTC."""
    return _EPOCH + timedelta(microseconds=time_us)


def count(dice: Random, mean: float) -> int:
    """Draw from a Poisson distribution (Knuth's method; the normal one above 40, where the two agree)."""
    if mean > 40:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, drawn, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        drawn += 1
        product *= dice.random()
    return drawn


def flat(dice: Random, per_day: float, start_us: int, end_us: int) -> list[int]:
    """Draw times at a constant rate, unordered."""
    span = end_us - start_us
    if span <= 0:
        return []
    return [start_us + int(dice.random() * span) for _ in range(count(dice, per_day * span / DAY_US))]


def office(dice: Random, per_day: float, start_us: int, end_us: int, origin_us: int) -> list[int]:
    """Draw times around the working hours of a week that begins at `origin_us`, few at the weekend."""
    times = []
    for day in range((start_us - origin_us) // DAY_US, (end_us - origin_us) // DAY_US + 1):
        share = 1.3 if day % 7 < 5 else _WEEKEND_SHARE
        for _ in range(count(dice, per_day * share)):
            hour = dice.choice((10.0, 14.5)) + dice.gauss(0, 1.8)
            times.append(origin_us + day * DAY_US + int(hour * HOUR_US))
    return [time for time in times if start_us <= time < end_us]


def bursts(dice: Random, per_day: float, start_us: int, end_us: int) -> list[int]:
    """Draw times in clusters: the same rate over weeks, many at once on the day."""
    size = dice.randrange(3, 14)
    times = []
    for begin in flat(dice, per_day / size, start_us, end_us):
        times += [begin + int(dice.expovariate(1 / 240) * SECOND_US) for _ in range(1 + count(dice, size - 1))]
    return [time for time in times if time < end_us]


def every(dice: Random, period_us: int, start_us: int, end_us: int, jitter_us: int) -> list[int]:
    """Return times at a fixed period with a jitter."""
    return [time + int(dice.random() * jitter_us) for time in range(start_us, end_us, period_us)]


def nightly(dice: Random, hour: float, start_us: int, end_us: int, origin_us: int, jitter_us: int) -> list[int]:
    """Return one time a day at an hour of the day."""
    times = [origin_us + day * DAY_US + int(hour * HOUR_US) + int(dice.random() * jitter_us) for day in range(DAYS)]
    return [time for time in times if start_us <= time < end_us]


def rising(dice: Random, number: int, start_us: int, end_us: int, growth: float = 0.0) -> list[int]:
    """Draw `number` ordered times, the first at the start; with `growth` they grow denser towards the end."""
    span = end_us - start_us
    others = sorted(start_us + int(span * dice.random() ** (1 / (1 + growth))) for _ in range(number - 1))
    return [start_us, *others]
