"""What a list of items is worth against the truth of a case.

An item is relevant when more than half of its evidence lines are planted lines of one signal and its time lies in one of
that signal's windows (onset to incident, in the window's tenant). Every other item is false. Not counted at all, neither as
found nor as false: items of the warm-up, of unscored windows and of kinds held out; and whatever a tenant gets beyond ten
items a day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

from benchmarks.weak_signal.clock import DAY_US
from benchmarks.weak_signal.generate import Case
from benchmarks.weak_signal.signals import Signal

ITEMS_A_DAY: Final = 10
"""What a person reads of one tenant in a day; the rest goes unread."""


class BenchItem(NamedTuple):
    """What the scorer needs of an item; evidence lines are path and byte position.

    `note` is for people, `decibans` the item's own score where it has one.
    """

    tenant: str
    time_us: int
    evidence: tuple[tuple[str, int], ...]
    note: str = ""
    decibans: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """An item with what its evidence is mostly made of (a mark, or "background") and what it counts as.

    `outcome` is "relevant", "false" or "neutral".
    """

    item: BenchItem
    mark: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one list of items. Shares are 0 to 1, rates are a tenant and day of the scored days."""

    found: dict[str, int]
    """signals found, each with the time of its first relevant item"""
    signals: tuple[Signal, ...]
    verdicts: tuple[Verdict, ...]
    lead_shares: tuple[float, ...]
    """(incident - surfaced) / (incident - onset) of every signal, 0 for a miss"""
    tenant_days: float

    def recall(self, *, error_worded: bool | None = None, kind: str | None = None) -> float | None:
        """Return the share of signals found, of some wording or kind when asked; None where there are none."""
        asked = [
            signal
            for signal in self.signals
            if error_worded in (None, signal.error_worded) and kind in (None, signal.kind)
        ]
        return sum(signal.id in self.found for signal in asked) / len(asked) if asked else None

    @property
    def outcomes(self) -> Counter[str]:
        """Return the number of items by what they count as."""
        return Counter(verdict.outcome for verdict in self.verdicts)

    @property
    def precision(self) -> float | None:
        """Return the share of relevant items among all that count; None without any."""
        counted = self.outcomes["relevant"] + self.outcomes["false"]
        return self.outcomes["relevant"] / counted if counted else None

    @property
    def lead(self) -> float:
        """Return the median share of the longest possible lead, with misses as 0."""
        return median(self.lead_shares) if self.lead_shares else 0.0

    @property
    def items_a_day(self) -> float:
        """Return the items shown to a tenant in a day."""
        return len(self.verdicts) / self.tenant_days

    @property
    def decoys_a_day(self) -> float:
        """Return the items, of a tenant in a day, whose evidence is mostly decoy lines."""
        return sum(verdict.mark.startswith("d:") for verdict in self.verdicts) / self.tenant_days


class Scorer:
    """Scores items against one case."""

    def __init__(self, case: Case, *, held_out: bool = False) -> None:
        self._case = case
        self._signals = {signal.id: signal for signal in case.signals}
        self._shown = tuple(signal for signal in case.signals if held_out or not signal.held_out)
        self._marks = {(record.path, record.position): record.line.mark for record in case.records}

    def score(self, items: Iterable[BenchItem]) -> Score:
        """Return the figures of a list of items."""
        verdicts = [self._judge(item) for item in self._read(items)]
        found: dict[str, int] = {}
        for verdict in verdicts:
            if verdict.outcome == "relevant":
                found.setdefault(verdict.mark[2:], verdict.item.time_us)
        leads = tuple(self._lead(signal, found.get(signal.id)) for signal in self._shown)
        days = (self._case.end_us - self._case.scored_from_us) / DAY_US
        return Score(found, self._shown, tuple(verdicts), leads, days * len(self._case.tenants))

    def _read(self, items: Iterable[BenchItem]) -> list[BenchItem]:
        """Return the items that are read: of the scored days, in order of time, ten a tenant and day."""
        read: defaultdict[tuple[str, int], int] = defaultdict(int)
        kept = []
        for item in sorted(items, key=lambda item: (item.time_us, item.tenant, item.evidence, item.note)):
            day = item.tenant, (item.time_us - self._case.start_us) // DAY_US
            if item.time_us >= self._case.scored_from_us and read[day] < ITEMS_A_DAY:
                read[day] += 1
                kept.append(item)
        return kept

    def _judge(self, item: BenchItem) -> Verdict:
        mark = self._mostly(item.evidence)
        if not mark.startswith("s:"):
            return Verdict(item, mark, "false")
        signal = self._signals[mark[2:]]
        for window in signal.windows:
            if window.tenant == item.tenant and window.onset_us <= item.time_us <= window.incident_us:
                counts = window.scored and signal in self._shown
                return Verdict(item, mark, "relevant" if counts else "neutral")
        return Verdict(item, mark, "neutral" if signal not in self._shown else "false")

    def _mostly(self, evidence: Sequence[tuple[str, int]]) -> str:
        """Name what more than half of the lines are: a signal, a kind of decoy, else the background."""
        marks = Counter(self._marks.get(line, "") for line in evidence)
        mark, count = max(marks.items(), key=lambda each: (each[1], each[0]), default=("", 0))
        if mark.startswith("s:"):
            return mark if 2 * count > len(evidence) else "background"
        if mark:
            return mark
        return "background"

    def _lead(self, signal: Signal, found_us: int | None) -> float:
        """Return how early a signal was found, as a share of the longest that was possible; 0 for a miss."""
        for window in signal.windows:
            if found_us is not None and window.scored and window.onset_us <= found_us <= window.incident_us:
                return (window.incident_us - found_us) / (window.incident_us - window.onset_us)
        return 0.0
