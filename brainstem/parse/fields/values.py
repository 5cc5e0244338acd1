"""Single values of fields: moments, severities, names and small numbers.

Takes what orjson yields, or text of other formats, and returns plain bytes and numbers, or None for what is not understood.
Never raises on a bad value, and never reads the time of a text: the reader of stamps does.
"""

import re
from collections.abc import Mapping
from typing import Final

from brainstem.arrays.remembering import remembering
from brainstem.parse.scan.civil_time import FIRST_YEAR, LAST_YEAR
from brainstem.parse.scan.severity.scale import LETTERS, LEVELS, OF_SYSLOG

EARLIEST_US: Final = 100_000_000 * 1_000_000
"""A smaller number is a duration or a counter, no moment."""
LAST_US: Final = (LAST_YEAR + 1 - FIRST_YEAR) * 31_556_952 * 1_000_000

PINO: Final = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
"""Numeric levels of bunyan and pino."""

_OF_ALERTS: Final = {b"low": 9, b"medium": 13, b"moderate": 13, b"high": 17, b"very high": 18}
"""How serious an alert of security software is, by the words of CEF; as words of a text they are no levels."""

_NUMBER: Final = re.compile(r"[0-9]{9,20}(?:\.[0-9]{1,12})?")
_DIGIT: Final = re.compile("[0-9]")
_MICROSOFT: Final = re.compile(r"\\?/Date\((-?[0-9]{1,18})(?:[+-][0-9]{4})?\)\\?/")
"""`/Date(1643968800123)/`: milliseconds in UTC, whatever zone is printed behind them (Microsoft's JSON serializers)"""
_TIME_MEMBERS: Final = ("$date", "timestamp", "value", "SystemTime", "@SystemTime", "#text", "$numberLong", "DateTime")
_LEVEL_MEMBERS: Final = ("name", "text", "label", "value", "no", "number")
_NAME_MEMBERS: Final = ("name", "Name", "#text")


def text_of(value: object) -> bytes:
    """Return a string's bytes, or those of a journald byte array; empty for anything else."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, list) and value and all(isinstance(item, int) and 0 <= item <= 255 for item in value):
        return bytes(value)
    return b""


def name_of(value: object) -> str:
    """Return a name without the blanks around it; empty for what is no text."""
    return value.strip() if isinstance(value, str) else ""


def moment_of(value: object) -> int | str | None:
    """Return a moment in microseconds since the epoch, the text of a stamp, or None where a value can be neither."""
    if isinstance(value, dict):
        return _inner_moment(value)
    if isinstance(value, str):
        text = value.strip()
        # 14 digits are a date and a time of day; as milliseconds they would lie beyond the year 2286
        if len(text) == 14 and text.isascii() and text.isdigit():
            return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:]}"
        if _NUMBER.fullmatch(text):
            value = float(text) if "." in text else int(text)
        elif text.isdigit():
            return None
        elif (written := _MICROSOFT.fullmatch(text)) is not None:
            return _bounded(int(written[1]) * 1_000)
        else:
            # a stamp has a digit soon; what has none, such as "now", leaves its turn to the next field
            return text if _DIGIT.search(text, 0, 12) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _of_number(value)


def _inner_moment(value: Mapping[str, object]) -> int | str | None:
    """Return the time inside an object: seconds and nanoseconds (Google, Log4j), MongoDB's `$date`, PowerShell's `value`."""
    for seconds_name, fraction_name, per_second in (
        ("seconds", "nanos", 1_000_000_000),
        ("epochSecond", "nanoOfSecond", 1_000_000_000),
        ("sec", "usec", 1_000_000),
    ):
        moment = joined_moment(value.get(seconds_name), value.get(fraction_name, 0), per_second)
        if moment is not None:
            return moment
    for member in _TIME_MEMBERS:
        inner = value.get(member)
        if isinstance(inner, dict):
            inner = inner.get("$numberLong")
        if inner is not None:
            return moment_of(inner)
    return None


def joined_moment(seconds: object, fraction: object, per_second: int = 1_000_000_000) -> int | None:
    """Return microseconds for whole seconds since the epoch and a fraction of which `per_second` are one."""
    whole, part = small_of(seconds, 10**11), small_of(fraction, per_second - 1)
    if whole < 0 or part < 0:
        return None
    return _bounded(whole * 1_000_000 + part * 1_000_000 // per_second)


def _of_number(value: float) -> int | None:
    """Return microseconds for seconds, milli-, micro- or nanoseconds since the epoch; their size decides which they are."""
    # a number beyond this is no moment in any unit, and would be slow to convert
    if not -1e30 < value < 1e30:
        return None
    if value < 1e11:
        moment = round(value * 1_000_000)
    elif value < 1e14:
        moment = round(value * 1_000)
    elif value < 1e17:
        moment = int(value)
    else:
        moment = int(value) // 1_000
    return _bounded(moment)


def _bounded(moment: int) -> int | None:
    """Return a moment, None for one so early that it is none, and for any too late to be stored the first impossible one."""
    return min(moment, LAST_US) if moment >= EARLIEST_US else None


def severity_of(value: object, scale: Mapping[int, int] | None, *, numbers: bool) -> int:
    """Return the severity of a level, 0 for none: of a word or letter, or with `numbers` of a number.

    `scale` maps the numbers of a format with a scale of its own; without one they are syslog's up to 7, and pino's.
    """
    if isinstance(value, dict):
        found = (severity_of(value.get(member), scale, numbers=numbers) for member in _LEVEL_MEMBERS if member in value)
        return next((severity for severity in found if severity), 0)
    if isinstance(value, str):
        word = value.strip()
        if not (word.isascii() and word.isdigit() and len(word) < 3):
            return 0 if numbers else word_severity(word)
        value = int(word)
    if not numbers or isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return 0
    if scale is not None:
        return scale.get(int(value), 0)
    return OF_SYSLOG[int(value)] if 0 <= value <= 7 else PINO.get(int(value), 0)


@remembering(1024)
def word_severity(word: str) -> int:
    """Return the severity a level's name or letter stands for, 0 for none."""
    plain = word.encode("utf-8", "replace")
    if plain.lower() in _OF_ALERTS:
        return _OF_ALERTS[plain.lower()]
    return LEVELS.get(plain.lower(), LETTERS.get(plain, 0) if len(plain) == 1 else 0)


def small_of(value: object, most: int) -> int:
    """Return a whole number from 0 to `most`, also when written as text; -1 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    return -1


def inner_name(value: object) -> object:
    """Return the text of an XML element that became an object, and any other value as it is."""
    if isinstance(value, dict):
        return next((value[member] for member in _NAME_MEMBERS if member in value), None)
    return value
