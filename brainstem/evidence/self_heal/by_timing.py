"""Pairing: two messages of one service, a failure and its recovery, learned from when they come, whatever their words.

Takes the features of a tenant's slots in order; returns how often one message has come and its counterpart soon after it, as
where something goes down and comes back by itself. Features pair when they are about the same thing: both about all of a
family, or about one member, or about the same host or entity.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Rows
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.self_heal.by_words import UP_TO_DOWN_RATIO
from brainstem.evidence.statistics import LEARNING_SLOTS, YOUNG_DAYS
from brainstem.parameters import parameter

APART_SECONDS: Final = parameter(
    "self_heal.by_timing.apart_seconds",
    5,
    "seconds",
    "what comes sooner after another message is part of the same report",
)
TOGETHER_SECONDS: Final = parameter(
    "self_heal.by_timing.together_seconds",
    900,
    "seconds",
    "what comes later than that after another message has met it by chance",
)
MEETINGS_LEAST: Final = parameter("self_heal.by_timing.meetings_least", 3, "number", "meetings that make a pair")
FAITHFUL_SHARE: Final = parameter(
    "self_heal.by_timing.faithful_share",
    0.8,
    "share",
    "share of the second message's events that must follow the first",
)
EVEN_SHARE: Final = parameter(
    "self_heal.by_timing.even_share",
    5,
    "parts",
    "part (1 / n) of the first message's episodes in 7 days by which the second's may differ, and by one in any case",
)
EPISODES_MOST: Final = parameter(
    "self_heal.by_timing.episodes_most", 35, "episodes", "episodes in 7 days up to which a message is followed"
)
TOGETHER_MOST: Final = parameter(
    "self_heal.by_timing.together_most",
    16,
    "number",
    "young messages of a service at once up to which they are held against each other",
)
GAPS_KEPT: Final = parameter("self_heal.by_timing.gaps_kept", 9, "number", "latest gaps that tell the usual one")
PAIRS_MOST: Final = parameter(
    "self_heal.by_timing.pairs_most",
    4096,
    "number",
    "pairs of a tenant; beyond it those are forgotten that met seldom and long ago",
)
PAIRS_LEFT: Final = parameter(
    "self_heal.by_timing.pairs_left",
    PAIRS_MOST * 3 // 4,
    "number",
    "pairs of a tenant that are left when there were more",
)
FORGET_US: Final = parameter(
    "self_heal.by_timing.forget_us",
    8 * SLOTS_PER_DAY * SLOT_US,
    "microseconds",
    "a pair that did not meet for so long is forgotten",
)
YOUNG_SLOTS: Final = int(YOUNG_DAYS) * SLOTS_PER_DAY
_SECOND_US: Final = 1_000_000

Subject = tuple[int, int]
"""the family or member, and the facet, that features are about"""


@dataclass(frozen=True, slots=True)
class Heard:
    """The latest event of a slot; `place` is the row of its features, -1 in a slot that has passed."""

    group: tuple[int, int, int]
    time_us: int
    subject: Subject
    family: int
    episodes: int
    episodes_7d: int
    place: int


@dataclass(slots=True)
class Pair:
    """How often a message came after another one, since how many of its episodes, and the latest gaps in seconds."""

    since_episodes: int
    meetings: int
    episodes: int
    episodes_7d: int
    family: int
    first_7d: int
    first_family: int
    last_us: int
    gaps: tuple[int, ...]

    @property
    def is_faithful(self) -> bool:
        """Return whether the second of the two seldom comes without the first."""
        come = self.episodes - self.since_episodes + 1
        return self.meetings >= MEETINGS_LEAST and self.meetings >= FAITHFUL_SHARE * come

    @property
    def is_even(self) -> bool:
        """Return whether both come about as often, for the counterpart of the latest event may be still to come."""
        return (
            abs(self.first_7d - self.episodes_7d) <= max(1, self.first_7d // EVEN_SHARE)
            and self.first_family != self.family
        )


class PairTracker:
    """The pairs of a tenant's young messages, `PAIRS_MOST` at the most."""

    def __init__(self) -> None:
        self._latest: list[Heard] = []
        self._pairs: dict[tuple[Subject, Subject], Pair] = {}
        self._before: dict[Subject, set[Subject]] = {}
        """of each message those that it came after"""
        self._after: dict[Subject, set[Subject]] = {}
        """of each message those that came after it"""

    def follow(
        self, feature_rows: Rows, members: npt.NDArray[np.uint64], services: npt.NDArray[np.int32], slot: int
    ) -> None:
        """Take the features of a slot, with the family or member and the service of each, and fill in heal cycles.

        Cycles that were found by words already are left as they are.
        """
        now = list(_young(feature_rows, members, services, slot))
        since_us = slot * SLOT_US - TOGETHER_SECONDS * _SECOND_US
        late = [each for each in self._latest if each.time_us >= since_us]
        heard = sorted([*late, *now], key=lambda each: (each.group, each.time_us, each.subject))
        for each in now:
            for first in self._before.get(each.subject, ()):
                pair = self._pairs[first, each.subject]
                pair.episodes, pair.episodes_7d, pair.family = each.episodes, each.episodes_7d, each.family
            for second in self._after.get(each.subject, ()):
                pair = self._pairs[each.subject, second]
                pair.first_7d, pair.first_family = each.episodes_7d, each.family
        for _, several in groupby(heard, key=lambda each: each.group):
            self._meet(list(several))
        self._latest = [replace(each, place=-1) for each in heard]
        # each part of a family that is a counterpart is one too; parts come later in a slot than the whole
        whole = {each.family for each in now if not each.subject[1] and self._is_counterpart(each.subject)}
        for each in now:
            best = self._best(each)
            if best is not None and feature_rows["heal_cycles_7d"][each.place] == 0:
                feature_rows["heal_cycles_7d"][each.place] = min(each.episodes_7d, best.episodes_7d)
                feature_rows["heal_entities"][each.place] = 1
                feature_rows["heal_seconds"][each.place] = sorted(best.gaps)[len(best.gaps) // 2]
                feature_rows["heal_learned"][each.place] = 1
            feature_rows["heal_counterpart"][each.place] |= each.family in whole or self._is_counterpart(each.subject)
        if (slot + 1) % SLOTS_PER_DAY == 0:
            self._keep(
                [names for names, pair in self._pairs.items() if pair.last_us >= (slot + 1) * SLOT_US - FORGET_US]
            )
        if len(self._pairs) > PAIRS_MOST:
            # a pair that met once, and longest ago, is the likeliest to have met by chance
            ranked = sorted(
                self._pairs, key=lambda names: (-self._pairs[names].meetings, -self._pairs[names].last_us, names)
            )
            self._keep(ranked[:PAIRS_LEFT])

    def _meet(self, several: list[Heard]) -> None:
        """Record which messages of a group came after which others, each other one once, where it came last."""
        if len(several) > TOGETHER_MOST:
            return
        for place, later in enumerate(several):
            if later.place < 0:
                continue
            met: set[Subject] = set()
            for earlier in reversed(several[:place]):
                if earlier.subject == later.subject:
                    # what came before that has met this one already
                    break
                gap_seconds = (later.time_us - earlier.time_us) // _SECOND_US
                apart = APART_SECONDS <= gap_seconds <= TOGETHER_SECONDS
                if apart and earlier.family != later.family and earlier.subject not in met:
                    self._note(earlier, later, gap_seconds)
                met.add(earlier.subject)

    def _note(self, earlier: Heard, later: Heard, gap_seconds: int) -> None:
        names = earlier.subject, later.subject
        pair = self._pairs.get(names)
        if pair is None:
            pair = Pair(
                since_episodes=later.episodes,
                meetings=0,
                episodes=later.episodes,
                episodes_7d=later.episodes_7d,
                family=later.family,
                first_7d=earlier.episodes_7d,
                first_family=earlier.family,
                last_us=0,
                gaps=(),
            )
            self._enter(names, pair)
        pair.meetings += 1
        pair.last_us = later.time_us
        pair.gaps = (*pair.gaps, gap_seconds)[-GAPS_KEPT:]

    def _enter(self, names: tuple[Subject, Subject], pair: Pair) -> None:
        first, second = names
        self._pairs[names] = pair
        self._after.setdefault(first, set()).add(second)
        self._before.setdefault(second, set()).add(first)

    def _best(self, first: Heard) -> Pair | None:
        """Return the most frequent pair that a message is the first of, when it comes as often as its counterpart."""
        faithful = [
            (-self._pairs[first.subject, second].meetings, second)
            for second in self._after.get(first.subject, ())
            if self._belong_together(first.subject, second)
        ]
        return self._pairs[first.subject, min(faithful)[1]] if faithful else None

    def _is_counterpart(self, second: Subject) -> bool:
        """Return whether a message only says that another one has passed."""
        return any(self._belong_together(first, second) for first in self._before.get(second, ()))

    def _belong_together(self, first: Subject, second: Subject) -> bool:
        pair = self._pairs[first, second]
        return pair.is_faithful and pair.is_even and not self._is_switched(first, second)

    def _is_switched(self, first: Subject, second: Subject) -> bool:
        """Return whether the first of two comes soon after the second as well, as with what is switched on and off."""
        back = self._pairs.get((second, first))
        return back is not None and back.meetings * UP_TO_DOWN_RATIO >= self._pairs[first, second].meetings

    def drop(self, members: Collection[int]) -> None:
        """Drop the pairs of families and members that are forgotten."""
        self._latest = [each for each in self._latest if each.subject[0] not in members]
        self._keep(
            [(first, second) for first, second in self._pairs if first[0] not in members and second[0] not in members]
        )

    def absorb(self, family: int) -> None:
        """Forget all pairs of a family that is part of another one from now on; its facets go on."""
        gone = family, 0
        if gone in self._before or gone in self._after:
            self._keep([names for names in self._pairs if gone not in names])
        self._latest = [each for each in self._latest if each.subject != gone]

    def _keep(self, kept: Iterable[tuple[Subject, Subject]]) -> None:
        """Forget all pairs but those of `kept`."""
        pairs, self._pairs, self._before, self._after = self._pairs, {}, {}, {}
        for names in kept:
            self._enter(names, pairs[names])

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values."""
        latest = tuple(
            (each.group, each.time_us, each.subject, each.family, each.episodes, each.episodes_7d)
            for each in self._latest
        )
        return latest, tuple((names, astuple(pair)) for names, pair in self._pairs.items())

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        latest, pairs = state
        self._latest = [
            Heard(group, time_us, subject, family, episodes, episodes_7d, -1)
            for group, time_us, subject, family, episodes, episodes_7d in latest
        ]
        for names, pair in pairs:
            self._enter(names, Pair(*pair))


def is_followed(feature_rows: Rows) -> Any:
    """Return whether pairs of a message are followed, of one row of features or of each of many: a young one that does
    not come all the time.
    """
    age_slots = feature_rows["slot"] - feature_rows["first_time"] // SLOT_US
    # in a tenant's first days everything is young
    young = (age_slots <= YOUNG_SLOTS) & (feature_rows["born_after_slots"] >= LEARNING_SLOTS)
    return young & (feature_rows["episodes_7d"] <= EPISODES_MOST)


def _young(
    feature_rows: Rows, members: npt.NDArray[np.uint64], services: npt.NDArray[np.int32], slot: int
) -> Iterator[Heard]:
    """Return the events of young messages in a slot."""
    young = np.flatnonzero((feature_rows["last_time"] // SLOT_US == slot) & is_followed(feature_rows))
    columns = itemgetter("facet_kind", "facet", "last_time", "family", "episodes", "episodes_7d")
    for place in young.tolist():
        kind, facet, time_us, family, episodes, episodes_7d = (int(value) for value in columns(feature_rows[place]))
        group = int(services[place]), kind, facet
        yield Heard(group, time_us, (int(members[place]), facet), family, episodes, episodes_7d, place)
