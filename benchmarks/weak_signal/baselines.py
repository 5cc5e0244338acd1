"""The opponents: what is in use today, in a few lines each, streaming and without look-ahead.

Each takes the records of a case in the order of their delivery and yields items. They are given more than they would have:
perfect parsing, and a mask that turns every number, address and name of the pattern into a mark.
"""

import math
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from functools import lru_cache
from random import Random
from typing import Final

from benchmarks.weak_signal.clock import DAY_US, HOUR_US
from benchmarks.weak_signal.error_words import has_error_word
from benchmarks.weak_signal.generate import Case
from benchmarks.weak_signal.scorer import BenchItem
from benchmarks.weak_signal.writing import Record

EVIDENCE_LINES: Final = 8
WARNING: Final = 4
"""the syslog severity from which on a line is an error to an error filter"""

Key = tuple[str, str, str]
"""tenant, service, masked message"""

Baseline = Callable[[Case], Iterator[BenchItem]]

_VALUES: Final = re.compile(r"\b[0-9a-f]{8}\b|[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f-]{36}|/\S+|\d+")


@lru_cache(maxsize=400_000)
def masked(message: str) -> str:
    """Return a message with its values masked."""
    return _VALUES.sub("#", message)


@lru_cache(maxsize=400_000)
def worded(masked_message: str) -> bool:
    """Return whether a masked message has an error word."""
    return has_error_word(masked_message)


def key_of(record: Record) -> Key:
    """Return what a baseline counts by."""
    return record.tenant, record.line.service, masked(record.line.message)


class Memory:
    """The last lines of each key, and items of them; one item of a key within `quiet_us`."""

    def __init__(self, note: str, quiet_us: int) -> None:
        self._note, self._quiet_us = note, quiet_us
        self._lines: defaultdict[object, deque[tuple[str, int]]] = defaultdict(lambda: deque(maxlen=EVIDENCE_LINES))
        self._shown: dict[object, int] = {}

    def see(self, key: object, record: Record) -> None:
        """Remember a line."""
        self._lines[key].append((record.path, record.position))

    def item(self, key: object, tenant: str, time_us: int) -> Iterator[BenchItem]:
        """Return an item of the key's last lines, unless there was one lately."""
        if time_us - self._shown.get(key, -(2**62)) >= self._quiet_us:
            self._shown[key] = time_us
            yield BenchItem(tenant, time_us, tuple(self._lines[key]), self._note)


def _stream(case: Case, memory: Memory) -> Iterator[tuple[Record, Key, int]]:
    for record in case.records:
        key = key_of(record)
        memory.see(key, record)
        yield record, key, record.arrival_us


def error_words(case: Case) -> Iterator[BenchItem]:
    """Every line with an error word or a level of error, each text once a day."""
    memory = Memory("error_words", DAY_US)
    for record, key, time in _stream(case, memory):
        if record.line.severity <= WARNING or worded(key[2]):
            yield from memory.item(key, record.tenant, time)


def count_threshold(case: Case) -> Iterator[BenchItem]:
    """A text that comes a hundred times within an hour."""
    memory, counts = Memory("count_threshold", DAY_US), Counter[tuple[Key, int]]()
    for record, key, time in _stream(case, memory):
        counts[key, time // HOUR_US] += 1
        if counts[key, time // HOUR_US] == 100:
            yield from memory.item(key, record.tenant, time)


def top_n(case: Case, number: int = 5) -> Iterator[BenchItem]:
    """The most frequent texts with an error word, each evening."""
    memory = Memory("top_n", 0)
    for tenant, today, end in _days(case, memory):
        troubled = {key: count for key, count in today.items() if worded(key[2])}
        for key in sorted(troubled, key=lambda key: (-troubled[key], key))[:number]:
            yield from memory.item(key, tenant, end)


def rarity(case: Case) -> Iterator[BenchItem]:
    """A text that came at most twice before within 14 days, when it comes again."""
    memory, times = Memory("rarity", 7 * DAY_US), defaultdict[Key, deque[int]](deque)
    for record, key, time in _stream(case, memory):
        recent = times[key]
        while recent and time - recent[0] > 14 * DAY_US:
            recent.popleft()
        recent.append(time)
        if 2 <= len(recent) <= 3:
            yield from memory.item(key, record.tenant, time)


def new_template(case: Case) -> Iterator[BenchItem]:
    """A text never seen before."""
    memory, known = Memory("new_template", 0), set[Key]()
    for record, key, time in _stream(case, memory):
        if key not in known:
            known.add(key)
            yield from memory.item(key, record.tenant, time)


def new_and_recurring(case: Case) -> Iterator[BenchItem]:
    """A text first seen within the last 10 days that has come in three different hours."""
    memory, hours = Memory("new_and_recurring", 7 * DAY_US), defaultdict[Key, list[int]](list)
    for record, key, time in _stream(case, memory):
        seen = hours[key]
        if time // HOUR_US not in seen[-1:]:
            seen.append(time // HOUR_US)
        if len(seen) >= 3 and time // HOUR_US - seen[0] <= 240:
            yield from memory.item(key, record.tenant, time)


def ewma_z(case: Case) -> Iterator[BenchItem]:
    """A daily count more than three deviations above its exponentially weighted mean (weight 0.2)."""
    memory = Memory("ewma_z", 3 * DAY_US)
    means, variances, ages = dict[Key, float](), dict[Key, float](), Counter[str]()
    for tenant, today, end in _days(case, memory):
        ages[tenant] += 1
        for key in {key for key in means if key[0] == tenant} | set(today):
            count, mean = today[key], means.get(key, 0.0)
            apart = count - mean
            if ages[tenant] > 3 and apart > 3 * math.sqrt(max(variances.get(key, 0.0), 1.0)):
                yield from memory.item(key, tenant, end)
            means[key] = mean + 0.2 * apart
            variances[key] = 0.8 * (variances.get(key, 0.0) + 0.2 * apart * apart)


def nagios_flap(case: Case) -> Iterator[BenchItem]:
    """A service of a host whose hourly state (an error line or none) changes in over half of the last 21 checks."""
    memory = Memory("nagios_flap", DAY_US)
    worst: dict[tuple[str, str, str], deque[tuple[int, bool]]] = {}
    for record in case.records:
        line, place = record.line, (record.tenant, record.line.host, record.line.service)
        states, hour = worst.setdefault(place, deque(maxlen=21)), record.arrival_us // HOUR_US
        troubled = worded(masked(line.message))
        if troubled:
            memory.see(place, record)
        if states and states[-1][0] == hour:
            states[-1] = hour, states[-1][1] or troubled
        else:
            states.append((hour, troubled))
            changes = sum(one[1] != other[1] for one, other in zip(states, list(states)[1:], strict=False))
            if len(states) == 21 and changes > 10:
                yield from memory.item(place, record.tenant, record.arrival_us)


def at_random(a_day: float) -> Baseline:
    """Return a baseline that shows some of the day's texts, drawn blindly: `a_day` of them on average."""

    def drawn(case: Case) -> Iterator[BenchItem]:
        dice = Random(f"{case.seed}/random/{a_day}")  # noqa: S311 - wanted: the same on every run
        memory = Memory(f"random_{a_day}", 0)
        whole = int(a_day)
        for tenant, today, end in _days(case, memory):
            number = whole + (dice.random() < a_day - whole)
            for key in dice.sample(sorted(today), min(number, len(today))):
                yield from memory.item(key, tenant, end)

    return drawn


def _days(case: Case, memory: Memory) -> Iterator[tuple[str, Counter[Key], int]]:
    """Return the counts of each tenant's day, when the day is over, and its end."""
    today: defaultdict[str, Counter[Key]] = defaultdict(Counter)
    day_of: dict[str, int] = {}
    for record in case.records:
        day = (record.arrival_us - case.start_us) // DAY_US
        if day > day_of.setdefault(record.tenant, day):
            yield record.tenant, today.pop(record.tenant), case.start_us + day * DAY_US
            day_of[record.tenant] = day
        key = key_of(record)
        memory.see(key, record)
        today[record.tenant][key] += 1


def oracle(case: Case, late_us: int = 0) -> Iterator[BenchItem]:
    """Whoever knows the truth: each signal at its third line within a window (silence, when it begins).

    With `late_us` the items come that long after the incident instead.
    """
    lines: defaultdict[str, list[Record]] = defaultdict(list)
    for record in case.records:
        if record.line.mark.startswith("s:"):
            lines[record.line.mark[2:]].append(record)
    for signal in case.signals:
        window = next(window for window in signal.windows if window.scored)
        known = sorted(lines[signal.id], key=lambda record: record.line.time_us)
        inside = [
            record.line.time_us for record in known if window.onset_us <= record.line.time_us <= window.incident_us
        ]
        time = inside[:3][-1] if inside else window.onset_us
        evidence = [(record.path, record.position) for record in known if record.line.time_us <= time]
        shown = window.incident_us + late_us if late_us else time
        yield BenchItem(window.tenant, shown, tuple(evidence[-EVIDENCE_LINES:]), "oracle")


BASELINES: Final[dict[str, Baseline]] = {
    "error words, each once a day": error_words,
    "count over 100 an hour": count_threshold,
    "top 5 error texts a day": top_n,
    "rarity": rarity,
    "new template": new_template,
    "new and recurring": new_and_recurring,
    "EWMA z > 3": ewma_z,
    "Nagios flap": nagios_flap,
    "random, 1 a day": at_random(1),
    "random, 10 a day": at_random(10),
    "oracle": oracle,
}
