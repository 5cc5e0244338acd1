"""Items against episodes: what was going on, where its lines are, and until when an item about it is worth something.

An item finds an episode of its tenant when its time lies in the episode's window, more than half of its evidence lines
are lines of some trouble, and enough of them are the episode's own. Otherwise it is neutral when most of its lines are
of a kind that counts neither way, else false. Of each tenant only the first ten items of a day are read, except where
the corpus packs into hours what elsewhere takes weeks.
"""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.real_streams.stream import Figures, Method, Stream
from benchmarks.weak_signal.clock import DAY_US
from benchmarks.weak_signal.scorer import ITEMS_A_DAY, BenchItem
from brainstem.contracts.slots import SLOT_US


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that deserved eyes: its lines bear `subject` as mark; items count from onset to `until_us`."""

    subject: str
    kind: str
    tenant: str
    onset_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """An item, the episodes it finds, and what it counts as: "relevant", "neutral" or "false"."""

    item: BenchItem
    found: tuple[Episode, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class Score:
    """What a list of items is worth."""

    episodes: tuple[Episode, ...]
    verdicts: tuple[Verdict, ...]
    tenant_days: float
    found_us: dict[Episode, int] = field(default_factory=dict)
    """when the first item came that finds an episode"""

    def recall(self, kind: str | None = None) -> str:
        """Return how many episodes were found, all or those of one kind, as text: "3 of 12"."""
        asked = [episode for episode in self.episodes if kind in (None, episode.kind)]
        return f"{sum(episode in self.found_us for episode in asked)} of {len(asked)}"

    @property
    def precision(self) -> str:
        """Relevant items of those that count, as a share; a dash without any."""
        outcomes = Counter(verdict.outcome for verdict in self.verdicts)
        counted = outcomes["relevant"] + outcomes["false"]
        return f"{outcomes['relevant'] / counted:.2f}" if counted else "-"

    @property
    def items_a_day(self) -> str:
        """Items a tenant and day."""
        return f"{len(self.verdicts) / self.tenant_days:.2f}"

    @property
    def false_items(self) -> list[BenchItem]:
        """Return the items that are about no episode."""
        return [verdict.item for verdict in self.verdicts if verdict.outcome == "false"]

    def delay(self, kind: str | None = None) -> str:
        """Return how long after its onset the median episode was found, of those that were."""
        late = [
            time_us - episode.onset_us for episode, time_us in self.found_us.items() if kind in (None, episode.kind)
        ]
        return duration(median(late)) if late else "-"


class EpisodeScorer:
    """Judges items by the marks of their evidence.

    `neutral` are marks that count neither way. With `mostly_one` an item must be mostly about the one episode; without
    it one line of the episode is enough, for kinds of messages that come in several episodes. `a_day` is how many items
    of a tenant and day are read; None is all.
    """

    def __init__(
        self,
        stream: Stream,
        episodes: Sequence[Episode],
        *,
        neutral: Collection[str] = (),
        mostly_one: bool = False,
        a_day: int | None = ITEMS_A_DAY,
    ) -> None:
        self._stream, self._episodes = stream, tuple(episodes)
        self._neutral, self._mostly_one, self._a_day = frozenset(neutral), mostly_one, a_day
        self._subjects = {episode.subject for episode in episodes}
        self.marks = {(record.path, record.position): record.line.mark for record in stream.case.records}

    def score(self, items: Iterable[BenchItem]) -> Score:
        """Judge every item that is read."""
        verdicts = tuple(self._judge(item) for item in read(items, self._a_day))
        found: dict[Episode, int] = {}
        for verdict in verdicts:
            for episode in verdict.found:
                found.setdefault(episode, verdict.item.time_us)
        return Score(self._episodes, verdicts, self._stream.tenant_days, found)

    def oracle(self) -> Iterator[BenchItem]:
        """Return an item for each episode at the end of the slot of its first line: as soon as the product ever could."""
        places: defaultdict[tuple[str, str], list[tuple[int, tuple[str, int]]]] = defaultdict(list)
        for record in self._stream.case.records:
            place = record.path, record.position
            places[record.tenant, record.line.mark].append((record.line.time_us, place))
        for episode in self._episodes:
            own = places[episode.tenant, episode.subject]
            first_us = min((time for time, _ in own if time >= episode.onset_us), default=episode.onset_us)
            shown_us = (first_us // SLOT_US + 1) * SLOT_US
            evidence = tuple(place for time, place in own if time <= shown_us)[-8:]
            yield BenchItem(episode.tenant, shown_us, evidence, "oracle")

    def _judge(self, item: BenchItem) -> Verdict:
        marks = Counter(self.marks.get(place, "") for place in item.evidence)
        half = len(item.evidence) / 2
        found = []
        if sum(count for mark, count in marks.items() if mark in self._subjects) > half:
            found = [
                episode
                for episode in self._episodes
                if marks[episode.subject] > (half if self._mostly_one else 0)
                and episode.tenant == item.tenant
                and episode.onset_us <= item.time_us <= episode.until_us
            ]
        if found:
            return Verdict(item, tuple(found), "relevant")
        is_neutral = sum(count for mark, count in marks.items() if mark in self._neutral) > half
        return Verdict(item, (), "neutral" if is_neutral else "false")


@dataclass(frozen=True, slots=True)
class EpisodeBench(ABC):
    """A corpus whose truth is episodes, read."""

    stream: Stream
    scorer: EpisodeScorer
    opponents: Mapping[str, Method] = field(default_factory=dict, kw_only=True)

    def oracle(self) -> Iterator[BenchItem]:
        """Return an item for each episode."""
        return self.scorer.oracle()

    def score(self, items: Iterable[BenchItem]) -> Figures:
        """Return what was found, when, and at what cost."""
        score = self.scorer.score(items)
        return {
            **self.found(score),
            **self.cost(score),
            "precision": score.precision,
            "items": str(len(score.verdicts)),
            "items per tenant and day": score.items_a_day,
        }

    @abstractmethod
    def found(self, score: Score) -> Figures:
        """Return how much was found of what the corpus is about."""

    def cost(self, score: Score) -> Figures:
        """Return how late it was found, and what else was shown."""
        return {"median delay": score.delay(), "false items": str(len(score.false_items))}


def read(items: Iterable[BenchItem], a_day: int | None = ITEMS_A_DAY) -> list[BenchItem]:
    """Return the items a person reads: in order of time, the first `a_day` of a tenant's day, None for all."""
    counts: Counter[tuple[str, int]] = Counter()
    kept = []
    for item in sorted(items, key=lambda item: (item.time_us, item.tenant, item.evidence, item.note)):
        day = item.tenant, item.time_us // DAY_US
        counts[day] += 1
        if a_day is None or counts[day] <= a_day:
            kept.append(item)
    return kept


def duration(microseconds: float) -> str:
    """Write a duration in the unit that fits it."""
    seconds = microseconds / 1e6
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
