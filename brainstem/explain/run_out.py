"""When a number that falls will be nothing: read from the lines that show it, at the pace of its latest falls.

Takes lines with their times and the number's value; returns a moment. No unit is assumed: days of a certificate, free
blocks and lives of a counter are all read off the lines.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

MOST_DAYS: Final = 400
"""a pace of a few lines says nothing of a day further away than this"""
_DAY_US: Final = 86_400_000_000
_NUMBER: Final = re.compile(r"\d+(?:\.\d{1,3})?(?![\d.]*\d)")


class Fall(NamedTuple):
    """A falling number at the latest line: its value in thousandths, how often it has fallen since the moment asked about,
    and when it rose again (microseconds since the epoch, UTC; 0 where it did not).
    """

    value_milli: int
    falls: int
    rose_us: int


def runs_out_us(lines: Sequence[tuple[int, str]], value_milli: int) -> int:
    """Return when a number of `value_milli` thousandths, shown by the latest of `lines`, will be nothing: microseconds
    since the epoch, UTC; 0 where the lines do not show one number that falls to it.

    `lines` are pairs of event time in microseconds and text, in order of time.
    """
    if value_milli <= 0:
        return 0
    count, _, start_us, start = _fall_to(lines, value_milli)
    if count == 0:
        return 0
    last_us = lines[-1][0]
    left_us = value_milli * (last_us - start_us) // (start - value_milli)
    return last_us + left_us if left_us <= MOST_DAYS * _DAY_US else 0


def fall_since(lines: Sequence[tuple[int, str]], value_milli: int, seen_us: int) -> Fall:
    """Return what became of a number that the lines up to `seen_us` show falling to `value_milli` thousandths."""
    seen = [each for each in lines if each[0] <= seen_us]
    count, place, _, _ = _fall_to(seen, value_milli)
    now = Fall(value_milli, 0, 0)
    if count == 0:
        return now
    form = len(_numbers(seen[-1][1]))
    for time_us, text in lines[len(seen) :]:
        numbers = _numbers(text)
        if len(numbers) != form:
            continue
        if numbers[place] > now.value_milli:
            now = Fall(numbers[place], now.falls, now.rose_us or time_us)
        elif numbers[place] < now.value_milli:
            now = Fall(numbers[place], now.falls + 1, now.rose_us)
    return now


def _fall_to(lines: Sequence[tuple[int, str]], value_milli: int) -> tuple[int, int, int, int]:
    """Return the longest fall to a value that the latest of `lines` shows: how often in a row, the place of the number, and
    when it began from which value; all 0 for none.
    """
    shown = [(time_us, _numbers(text)) for time_us, text in lines]
    if not shown:
        return 0, 0, 0, 0
    last = shown[-1][1]
    # lines of another form show other numbers at these places
    alike = [each for each in shown if len(each[1]) == len(last)]
    falls = [(_fall(alike, place), place) for place, value in enumerate(last) if value == value_milli]
    (count, start_us, start), place = max(falls, default=((0, 0, 0), 0), key=lambda fall: fall[0][0])
    return count, place, start_us, start


def _fall(shown: Sequence[tuple[int, Sequence[int]]], place: int) -> tuple[int, int, int]:
    """Return how often in a row the number at a place has fallen up to the last line, and when it began from which value."""
    count, (start_us, numbers) = 0, shown[-1]
    start = numbers[place]
    for time_us, earlier in reversed(shown[:-1]):
        if earlier[place] <= start or time_us >= start_us:
            break
        count, start_us, start = count + 1, time_us, earlier[place]
    return count, start_us, start


def _numbers(text: str) -> list[int]:
    """Return the decimal numbers of a text in thousandths, in their order."""
    found = (each.partition(".") for each in _NUMBER.findall(text))
    return [1000 * int(whole) + int(part.ljust(3, "0") or 0) for whole, _, part in found if len(whole) <= 15]
