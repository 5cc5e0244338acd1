"""Pairing: two messages of one service that belong together, learned from when they come, whatever their words.

Takes the readings of a tenant's slots in order, gives how often one message has come and its counterpart soon after it: the
shape of what goes down and comes back by itself. Readings pair when they are about the same thing: both about all of a
family, or about one member, or about the same host or entity.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.attention import LEARNING_SLOTS, YOUNG_DAYS
from brainstem.healing import CYCLE_MAX_SECONDS, UP_TO_DOWN_RATIO
from brainstem.reading import SLOT_US, SLOTS_PER_DAY

APART_SECONDS: Final = 5
"""what comes sooner after another message is part of the same report"""
MEETINGS_LEAST: Final = 3
FAITHFUL_SHARE: Final = 0.8
"""of its events, those that the counterpart of a message must have come after"""
EPISODES_MOST: Final = 100
"""in 7 days; what comes oftener is work, not trouble"""
TOGETHER_MOST: Final = 16
"""messages of one service at once, of which many are pairs by chance"""
GAPS_KEPT: Final = 9
FORGET_US: Final = 8 * SLOTS_PER_DAY * SLOT_US
_SECOND_US: Final = 1_000_000

Subject = tuple[int, int]
"""the family or member, and the facet, that a reading is about"""
Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a reading's slot, the latest; `place` is the reading's, -1 in a slot that has passed."""

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
    last_us: int
    gaps: tuple[int, ...]

    @property
    def is_faithful(self) -> bool:
        """Tell whether the second of the two seldom comes without the first."""
        come = self.episodes - self.since_episodes + 1
        return self.meetings >= MEETINGS_LEAST and self.meetings >= FAITHFUL_SHARE * come


class Pairing:
    """The pairs of a tenant's young messages."""

    def __init__(self) -> None:
        self._latest: list[Heard] = []
        self._pairs: dict[Subject, dict[Subject, Pair]] = {}
        """by the second message of each, then by the first"""
        self._after: dict[Subject, list[Subject]] = {}
        """of each message those that came after it"""

    def follow(
        self, readings: Rows, members: npt.NDArray[np.uint64], services: npt.NDArray[np.int32], slot: int
    ) -> None:
        """Take the readings of a slot, with the family or member and the service of each, and fill in heal cycles.

        Those that words have told already are left as they are.
        """
        now = list(_young(readings, members, services, slot))
        heard = sorted([*self._latest, *now], key=lambda each: (each.group, each.time_us, each.subject))
        for each in now:
            for pair in self._pairs.get(each.subject, {}).values():
                pair.episodes, pair.episodes_7d = each.episodes, each.episodes_7d
        for _, several in groupby(heard, key=lambda each: each.group):
            self._meet(list(several))
        since_us = (slot + 1) * SLOT_US - CYCLE_MAX_SECONDS * _SECOND_US
        self._latest = [replace(each, place=-1) for each in heard if each.time_us >= since_us]
        for each in now:
            best = self._best(each)
            if best is not None and readings["heal_cycles_7d"][each.place] == 0:
                readings["heal_cycles_7d"][each.place] = min(each.episodes_7d, best.episodes_7d)
                readings["heal_entities"][each.place] = 1
                readings["heal_seconds"][each.place] = sorted(best.gaps)[len(best.gaps) // 2]
                readings["heal_learned"][each.place] = 1
        if (slot + 1) % SLOTS_PER_DAY == 0:
            self._forget((slot + 1) * SLOT_US - FORGET_US)

    def _meet(self, several: list[Heard]) -> None:
        """Note which messages of a group came after which others."""
        if len(several) > TOGETHER_MOST:
            return
        for place, later in enumerate(several):
            if later.place < 0:
                continue
            for earlier in several[:place]:
                gap_seconds = (later.time_us - earlier.time_us) // _SECOND_US
                if earlier.family != later.family and APART_SECONDS <= gap_seconds <= CYCLE_MAX_SECONDS:
                    self._note(earlier, later, gap_seconds)

    def _note(self, earlier: Heard, later: Heard, gap_seconds: int) -> None:
        firsts = self._pairs.setdefault(later.subject, {})
        pair = firsts.get(earlier.subject)
        if pair is None:
            pair = firsts[earlier.subject] = Pair(later.episodes, 0, later.episodes, later.episodes_7d, 0, ())
            self._after.setdefault(earlier.subject, []).append(later.subject)
        pair.meetings += 1
        pair.last_us = later.time_us
        pair.gaps = (*pair.gaps, gap_seconds)[-GAPS_KEPT:]

    def _best(self, first: Heard) -> Pair | None:
        """Give the most frequent pair that a message is the first of, when it comes as often as its counterpart."""
        best: Pair | None = None
        for name in self._after.get(first.subject, ()):
            pair = self._pairs[name][first.subject]
            # the counterpart of the event at hand may be still to come
            alike = abs(first.episodes_7d - pair.episodes_7d) <= max(1, first.episodes_7d // 5)
            if not pair.is_faithful or not alike or self._is_switched(first.subject, name, pair):
                continue
            if best is None or pair.meetings > best.meetings:
                best = pair
        return best

    def _is_switched(self, first: Subject, second: Subject, pair: Pair) -> bool:
        """Tell whether the first of two comes soon after the second as well, as with what is switched on and off."""
        back = self._pairs.get(first, {}).get(second)
        return back is not None and back.meetings * UP_TO_DOWN_RATIO >= pair.meetings

    def _forget(self, before_us: int) -> None:
        kept = [(names, pair) for names, pair in self._each() if pair.last_us >= before_us]
        self._pairs, self._after = {}, {}
        for (first, second), pair in kept:
            self._pairs.setdefault(second, {})[first] = pair
            self._after.setdefault(first, []).append(second)

    def _each(self) -> Iterator[tuple[tuple[Subject, Subject], Pair]]:
        """Give all pairs with their first and second message."""
        for second, firsts in self._pairs.items():
            for first, pair in firsts.items():
                yield (first, second), pair

    def snapshot(self) -> tuple[object, ...]:
        """Give the state as plain values."""
        latest = tuple(
            (each.group, each.time_us, each.subject, each.family, each.episodes, each.episodes_7d)
            for each in self._latest
        )
        pairs = tuple(
            (names, (pair.since_episodes, pair.meetings, pair.episodes, pair.episodes_7d, pair.last_us, pair.gaps))
            for names, pair in self._each()
        )
        return latest, pairs

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        latest, pairs = state
        self._latest = [
            Heard(group, time_us, subject, family, episodes, episodes_7d, -1)
            for group, time_us, subject, family, episodes, episodes_7d in latest
        ]
        for (first, second), pair in pairs:
            self._pairs.setdefault(second, {})[first] = Pair(*pair)
            self._after.setdefault(first, []).append(second)


def is_followed(readings: Rows) -> npt.NDArray[np.bool_]:
    """Tell which readings are of messages whose pairs are followed: young ones that do not come all the time."""
    young = readings["slot"] - readings["first_time"] // SLOT_US <= int(YOUNG_DAYS) * SLOTS_PER_DAY
    # in a tenant's first days everything is young
    young &= readings["born_after_slots"] >= LEARNING_SLOTS
    return np.asarray(young & (readings["episodes_7d"] <= EPISODES_MOST), bool)


def _young(
    readings: Rows, members: npt.NDArray[np.uint64], services: npt.NDArray[np.int32], slot: int
) -> Iterator[Heard]:
    """Give the events of young messages in a slot."""
    young = (readings["last_time"] // SLOT_US == slot) & is_followed(readings)
    columns = itemgetter("facet_kind", "facet", "last_time", "family", "episodes", "episodes_7d")
    for place in np.flatnonzero(young).tolist():
        kind, facet, time_us, family, episodes, episodes_7d = (int(value) for value in columns(readings[place]))
        group = int(services[place]), kind, facet
        yield Heard(group, time_us, (int(members[place]), facet), family, episodes, episodes_7d, place)
