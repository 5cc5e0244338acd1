"""The demo's three weeks, and when people and machines do things in them."""

from collections.abc import Iterator

from flows.demo.dice import Dice

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

DAYS = 21
START_US = 1_772_409_600 * SECOND_US
"""Monday 2026-03-02, midnight UTC."""
END_US = START_US + DAYS * DAY_US
"""Monday 2026-03-23, midnight UTC."""

OFFICE = (1, 1, 1, 1, 1, 2, 5, 9, 14, 15, 14, 12, 9, 12, 14, 14, 11, 8, 5, 3, 2, 2, 1, 1)
"""Weight of each hour where people work by day."""
PUBLIC = (4, 3, 2, 2, 2, 3, 5, 7, 9, 10, 10, 10, 11, 10, 9, 9, 9, 10, 11, 12, 12, 10, 8, 6)
"""Weight of each hour where the public comes by."""


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    """Return a time of day, UTC, on a day counted from 0, in microseconds since the epoch."""
    return START_US + day * DAY_US + hour * HOUR_US + minute * MINUTE_US + second * SECOND_US


def weekend(day: int) -> bool:
    """Return whether a day counted from 0 (a Monday) is a Saturday or Sunday."""
    return day % 7 >= 5


def moments(
    dice: Dice, day: int, count: int, weights: tuple[int, ...] = OFFICE, weekend_percent: int = 100
) -> Iterator[int]:
    """Draw times of one day, `count` give or take a tenth, fewer at the weekend."""
    many = count * weekend_percent // 100 if weekend(day) else count
    for _ in range(dice.between(many - many // 10, many + many // 10)):
        yield START_US + day * DAY_US + dice.weighted(weights) * HOUR_US + dice.below(HOUR_US)


def each(dice: Dice, interval_us: int, offset_us: int = 0) -> Iterator[int]:
    """Return the times of a job that runs every `interval_us`, started within two seconds of its due time."""
    for due in range(START_US + offset_us, END_US, interval_us):
        yield due + dice.below(2 * SECOND_US)
