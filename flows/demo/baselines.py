"""Two baselines: what a count threshold and an error-word filter would have shown on the same lines.

Takes plain lines with their tenant and time, returns the alerts of each baseline and which of them concern a planted
trouble. Neither knows more than the text of a line, as in the tools they stand for.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from flows.demo.calendar import DAY_US, HOUR_US, MINUTE_US
from flows.demo.journal import Line

COUNT_MORE_THAN: Final = 100
COUNT_WINDOW_US: Final = 5 * MINUTE_US
COUNT_SILENCE_US: Final = HOUR_US
COUNT_RULE: Final = "more than 100 lines of one message in 5 minutes, then silent for an hour"

ERROR_WORDS: Final = (
    "error", "fail", "crit", "fatal", "panic", "alert", "emerg", "warn", "exception", "denied", "refused", "reject",
    "timeout", "timed out", "unable", "cannot", "could not", "unreachable", "invalid", "abort", "corrupt",
)  # fmt: skip
ERROR_RULE: Final = "an error word in the line, each message once a day"

_WORD_WITH_DIGIT: Final = re.compile(rb"(?<!\S)[^\s0-9]*+[0-9]\S*+")
_ERROR_BYTES: Final = tuple(word.encode() for word in ERROR_WORDS)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; `trouble` is the planted trouble that most of its lines belong to, or empty."""

    tenant: str
    time_us: int
    trouble: str


@dataclass(slots=True)
class Record:
    """All alerts of one way of watching."""

    name: str
    rule: str
    alerts: list[Alert] = field(default_factory=list)

    def about(self, trouble: str) -> list[Alert]:
        """Return the alerts that concern a trouble, in order of time."""
        return sorted((alert for alert in self.alerts if alert.trouble == trouble), key=lambda alert: alert.time_us)

    def useful(self) -> int:
        """Count the alerts that concern any planted trouble."""
        return sum(bool(alert.trouble) for alert in self.alerts)


def masked(raw: bytes) -> bytes:
    """Return a line with every word that holds a digit replaced: times, numbers, addresses and ids go."""
    return _WORD_WITH_DIGIT.sub(b"#", raw)


def count_threshold(lines: Iterable[tuple[str, Line]]) -> Record:
    """Return the alerts of `COUNT_RULE`; lines come in order of time."""
    record = Record("count threshold", COUNT_RULE)
    recent: dict[tuple[str, bytes], deque[tuple[int, str]]] = defaultdict(deque)
    silent_until: dict[tuple[str, bytes], int] = {}
    for tenant, line in lines:
        key = tenant, masked(line.raw)
        window = recent[key]
        window.append((line.time_us, line.trouble))
        while window[0][0] <= line.time_us - COUNT_WINDOW_US:
            window.popleft()
        if len(window) > COUNT_MORE_THAN and line.time_us >= silent_until.get(key, 0):
            silent_until[key] = line.time_us + COUNT_SILENCE_US
            record.alerts.append(Alert(tenant, line.time_us, most_of(trouble for _, trouble in window)))
    return record


def error_words(lines: Iterable[tuple[str, Line]]) -> Record:
    """Return the alerts of `ERROR_RULE`; lines come in order of time."""
    record = Record("error words", ERROR_RULE)
    first: dict[tuple[str, bytes, int], int] = {}
    troubles: dict[tuple[str, bytes, int], list[str]] = defaultdict(list)
    for tenant, line in lines:
        folded = line.raw.lower()
        if any(word in folded for word in _ERROR_BYTES):
            key = tenant, masked(line.raw), line.time_us // DAY_US
            first.setdefault(key, line.time_us)
            troubles[key].append(line.trouble)
    record.alerts = [Alert(key[0], time_us, most_of(troubles[key])) for key, time_us in first.items()]
    return record


def most_of(troubles: Iterable[str]) -> str:
    """Return the trouble that more than half of the lines belong to, or nothing."""
    named = list(troubles)
    counts = {trouble: named.count(trouble) for trouble in set(named)}
    best = max(sorted(counts), key=lambda trouble: counts[trouble], default="")
    return best if 2 * counts.get(best, 0) > len(named) else ""
