"""A slow, obvious account of which messages come soon after which others, to hold the tables of pairs against.

Takes the features of a tenant's slots as `PairTracker` does, and fills in the same columns; every verdict is worked out anew
from the templates at each event.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.contracts.features import WHOLE_CONFIGURATION
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.history.advance import REVIEW_SLOTS
from brainstem.evidence.self_heal.by_timing import is_followed
from brainstem.evidence.self_heal.by_words import UP_TO_DOWN_RATIO
from brainstem.evidence.self_heal.meetings import (
    ALIKE_LEAST,
    APART_SECONDS,
    CHANCE_MOST,
    EVEN_SHARE,
    FAITHFUL_SHARE,
    FORGET_US,
    GAPS_KEPT,
    MEETINGS_LEAST,
    MET_LEAST,
    PAIRS_LEFT,
    PAIRS_MOST,
    TOGETHER_MOST,
    TOGETHER_SECONDS,
    TOLD_APART_SECONDS,
    TOLD_EPISODES_MOST,
    TOLD_MEETINGS_LEAST,
    TOLD_TOGETHER_SECONDS,
)
from brainstem.evidence.self_heal.wording import is_over, is_trouble, likeness, state_told
from brainstem.signature.lexicon import OUT_OF_SERVICE, WORKING

_SECOND_US = 1_000_000
Subject = tuple[int, int]
"""the family or member, and the facet, that features are about"""


@dataclass(slots=True)
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
class Meetings:
    """How often a message came after another one, since how many of its episodes, and the latest gaps in seconds."""

    since_episodes: int = 0
    number: int = 0
    gaps: tuple[int, ...] = ()

    @property
    def usual_seconds(self) -> int:
        """Return the median of the latest gaps."""
        return sorted(self.gaps)[len(self.gaps) // 2]

    def add(self, episodes: int, gap_seconds: int) -> None:
        """Count a meeting at which the second message has come in so many episodes."""
        if not self.number:
            self.since_episodes = episodes
        self.number += 1
        self.gaps = (*self.gaps, gap_seconds)[-GAPS_KEPT:]

    def is_faithful(self, episodes: int, least: int) -> bool:
        """Return whether the second of the two, with so many episodes by now, seldom comes without the first."""
        come = episodes - self.since_episodes + 1
        return self.number >= least and self.number >= FAITHFUL_SHARE * come


@dataclass(slots=True)
class Pair:
    """How often a message came after another one: `near` at a distance that speaks for itself, `told` at one that counts
    where the words of both agree."""

    episodes: int
    episodes_7d: int
    family: int
    first_7d: int
    first_family: int
    last_us: int = 0
    near: Meetings = field(default_factory=Meetings)
    told: Meetings = field(default_factory=Meetings)

    @property
    def is_even(self) -> bool:
        """Return whether both come about as often, for the counterpart of the latest event may be still to come."""
        return (
            abs(self.first_7d - self.episodes_7d) <= max(1, self.first_7d // EVEN_SHARE)
            and self.first_family != self.family
        )

    @property
    def is_beyond_chance(self) -> bool:
        """Return whether chance would hardly let all meetings happen in so much of seven days as lies behind the first."""
        covered = min(1.0, max(1, self.first_7d) * TOLD_TOGETHER_SECONDS * _SECOND_US / (7 * SLOTS_PER_DAY * SLOT_US))
        return covered**self.told.number <= CHANCE_MOST

    def meetings_that_count(self, template: str, first_template: str) -> Meetings | None:
        """Return the meetings by which the second message is the end of the first, by their templates; None where it is
        none.
        """
        if is_trouble(template) or is_over(first_template):
            return None
        if self.near.is_faithful(self.episodes, MEETINGS_LEAST):
            return self.near
        if not self.told.is_faithful(self.episodes, MET_LEAST):
            return None
        says_so = is_over(template) and is_trouble(first_template)
        alike = likeness(template, first_template) >= ALIKE_LEAST
        least = TOLD_MEETINGS_LEAST if says_so and alike else MEETINGS_LEAST
        if not self.told.is_faithful(self.episodes, least):
            return None
        if self.told.usual_seconds < APART_SECONDS:
            # what follows at once may be part of the same report
            return self.told if is_trouble(first_template) and (says_so or alike) else None
        return self.told if alike or (says_so and self.is_beyond_chance) else None


class SlowPairTracker:
    """What `PairTracker` does, with an object for each event and each pair."""

    def __init__(self, template_of: Callable[[int], str]) -> None:
        self._template_of = template_of
        self._latest: list[Heard] = []
        self._pairs: dict[tuple[Subject, Subject], Pair] = {}
        self._before: dict[Subject, set[Subject]] = {}
        """of each message those that it came after"""
        self._after: dict[Subject, set[Subject]] = {}
        """of each message those that came after it"""

    def follow(self, feature_rows: Rows, members: UInt64s, services: Int32s, slot: int) -> bool:
        """Take the features of a slot, with the family or member and the service of each, and fill in heal cycles.

        Cycles that were found by words already are left as they are. Returns whether anything was found to be a counterpart.
        """
        now, has_counterparts = list(self._followed(feature_rows, members, services)), False
        if self._latest:
            since_us = slot * SLOT_US - TOLD_TOGETHER_SECONDS * _SECOND_US
            self._latest = [each for each in self._latest if each.time_us >= since_us]
        if now:
            self._latest, has_counterparts = self._follow(now, self._latest, feature_rows)
        if (slot + 1) % REVIEW_SLOTS == 0:
            has_counterparts |= self._fill_at_review(feature_rows, slot)
        self._forget(slot)
        if len(self._pairs) > PAIRS_MOST:
            # a pair that met once, and longest ago, is the likeliest to have met by chance
            ranked = sorted(
                self._pairs, key=lambda names: (-self._pairs[names].told.number, -self._pairs[names].last_us, names)
            )
            self._keep(ranked[:PAIRS_LEFT])
        return has_counterparts

    def _forget(self, slot: int) -> None:
        """Forget, in the last slot of a day, the pairs that have not met for long."""
        if (slot + 1) % SLOTS_PER_DAY == 0:
            self._keep(
                [names for names, pair in self._pairs.items() if pair.last_us >= (slot + 1) * SLOT_US - FORGET_US]
            )

    def _follow(self, now: list[Heard], late: list[Heard], feature_rows: Rows) -> tuple[list[Heard], bool]:
        """Take the events of a slot, with those shortly before it; return both, in order of their groups and times, and
        whether any of the slot is a counterpart.
        """
        heard = sorted([*late, *now], key=attrgetter("group", "time_us", "subject"))
        for each in now:
            for first in self._before.get(each.subject, ()):
                pair = self._pairs[first, each.subject]
                pair.episodes, pair.episodes_7d, pair.family = each.episodes, each.episodes_7d, each.family
            for second in self._after.get(each.subject, ()):
                pair = self._pairs[each.subject, second]
                pair.first_7d, pair.first_family = each.episodes_7d, each.family
        if len(heard) > 1:
            groups = {each.group for each in now}
            for group, several in groupby(heard, key=attrgetter("group")):
                if group in groups:
                    self._meet(list(several))
        # each part of a family that is a counterpart is one too; parts come later in a slot than the whole
        whole = {each.family for each in now if not each.subject[1] and self._is_counterpart(each.subject)}
        has_counterparts = False
        for each in now:
            self._fill_cycles(each.subject, each.place, feature_rows)
            if each.family in whole or self._is_counterpart(each.subject):
                feature_rows["heal_counterpart"][each.place] |= 1
                has_counterparts = True
        for each in now:
            each.place = -1
        return heard, has_counterparts

    def _fill_cycles(self, subject: Subject, place: int, feature_rows: Rows) -> None:
        """Fill in the heal cycles of a message that is the first of a pair, unless words have told them."""
        best = self._best(subject)
        if best is None or feature_rows["heal_cycles_7d"][place] != 0:
            return
        pair, met = best
        feature_rows["heal_cycles_7d"][place] = min(feature_rows["episodes_7d"][place], pair.episodes_7d)
        feature_rows["heal_entities"][place] = 1
        feature_rows["heal_seconds"][place] = met.usual_seconds
        feature_rows["heal_learned"][place] = 1
        feature_rows["heal_outage"][place] = self._tells_outage(pair)

    def _fill_at_review(self, feature_rows: Rows, slot: int) -> bool:
        """Fill in at a review what is known of whole families without an event in the slot: what heals does so whether or
        not it has just been said. Returns whether any of them is a counterpart.
        """
        is_quiet = (feature_rows["facet_kind"] == WHOLE_CONFIGURATION) & (feature_rows["last_time"] // SLOT_US != slot)
        quiet = np.flatnonzero(is_quiet)
        places = dict(zip(feature_rows["family"].take(quiet).tolist(), quiet.tolist(), strict=True))
        for subject in self._after:
            if not subject[1] and subject[0] in places:
                self._fill_cycles(subject, places[subject[0]], feature_rows)
        has_counterparts = False
        for subject in self._before:
            if not subject[1] and subject[0] in places and self._is_counterpart(subject):
                feature_rows["heal_counterpart"][places[subject[0]]] |= 1
                has_counterparts = True
        return has_counterparts

    def _meet(self, several: list[Heard]) -> None:
        """Record which messages of a group came after which others, each other one once, where it came last."""
        if len(several) > TOGETHER_MOST:
            return
        for place in range(1, len(several)):
            later = several[place]
            if later.place < 0:
                continue
            met: set[Subject] = set()
            for earlier in reversed(several[:place]):
                if earlier.subject == later.subject:
                    # what came before that has met this one already
                    break
                gap_seconds = (later.time_us - earlier.time_us) // _SECOND_US
                apart = TOLD_APART_SECONDS <= gap_seconds <= TOLD_TOGETHER_SECONDS
                if apart and earlier.family != later.family and earlier.subject not in met:
                    self._note(earlier, later, gap_seconds)
                met.add(earlier.subject)

    def _note(self, earlier: Heard, later: Heard, gap_seconds: int) -> None:
        names = earlier.subject, later.subject
        pair = self._pairs.get(names)
        if pair is None:
            pair = Pair(
                episodes=later.episodes,
                episodes_7d=later.episodes_7d,
                family=later.family,
                first_7d=earlier.episodes_7d,
                first_family=earlier.family,
            )
            self._enter(names, pair)
        pair.last_us = later.time_us
        pair.told.add(later.episodes, gap_seconds)
        if APART_SECONDS <= gap_seconds <= TOGETHER_SECONDS:
            pair.near.add(later.episodes, gap_seconds)

    def _enter(self, names: tuple[Subject, Subject], pair: Pair) -> None:
        first, second = names
        self._pairs[names] = pair
        self._after.setdefault(first, set()).add(second)
        self._before.setdefault(second, set()).add(first)

    def _best(self, first: Subject) -> tuple[Pair, Meetings] | None:
        """Return the most frequent pair that a message is the first of, when it comes as often as its counterpart.

        Of pairs that met as often the one that follows sooner counts.
        """
        seconds = self._after.get(first)
        if seconds is None:
            return None
        ends = [
            (-met.number, met.usual_seconds, second, met)
            for second in seconds
            if (met := self._meetings(first, second)) is not None
        ]
        if not ends:
            return None
        _, _, second, met = min(ends, key=lambda end: end[:3])
        return self._pairs[first, second], met

    def _is_counterpart(self, second: Subject) -> bool:
        """Return whether a message only says that another one has passed."""
        firsts = self._before.get(second)
        return firsts is not None and any(self._meetings(first, second) is not None for first in firsts)

    def _meetings(self, first: Subject, second: Subject) -> Meetings | None:
        """Return the meetings by which one message is the end of another one, None where it is none."""
        pair = self._pairs[first, second]
        # most pairs have met once, and no words have to be read to know that it was by chance
        if pair.told.number < MET_LEAST or not pair.is_even:
            return None
        met = pair.meetings_that_count(self._template_of(pair.family), self._template_of(pair.first_family))
        if met is None or self._is_switched(first, second, met):
            return None
        return met

    def _is_switched(self, first: Subject, second: Subject, met: Meetings) -> bool:
        """Return whether the first of two comes soon after the second as well, as with what is switched on and off."""
        back = self._pairs.get((second, first))
        if back is None:
            return False
        if met is self._pairs[first, second].near:
            return back.near.number * UP_TO_DOWN_RATIO >= met.number
        # how soon is soon follows from how long it is gone; of the meetings those kept are a sample
        soon = sum(gap < UP_TO_DOWN_RATIO * met.usual_seconds for gap in back.told.gaps)
        return soon * UP_TO_DOWN_RATIO >= len(met.gaps)

    def _tells_outage(self, pair: Pair) -> bool:
        """Return whether words call the first of a pair out of service, and the second its end."""
        return state_told(self._template_of(pair.first_family)) == OUT_OF_SERVICE and is_over(
            self._template_of(pair.family)
        )

    def _followed(self, feature_rows: Rows, members: UInt64s, services: Int32s) -> Iterator[Heard]:
        """Return the events of messages that are followed: young ones, and whole families that tell a state."""
        for place, features in enumerate(feature_rows):
            family, facet, kind = (int(features[name]) for name in ("family", "facet", "facet_kind"))
            time_us, episodes_7d = int(features["last_time"]), int(features["episodes_7d"])
            if time_us // SLOT_US != features["slot"]:
                continue
            if not is_followed(features):
                if kind != WHOLE_CONFIGURATION or episodes_7d > TOLD_EPISODES_MOST:
                    continue
                told = state_told(self._template_of(family))
                # of what single words tell already, cycles are known for each thing; a whole would add up those of many
                if told != WORKING and (told != OUT_OF_SERVICE or features["stateful"]):
                    continue
            group, subject = (int(services[place]), kind, facet), (int(members[place]), facet)
            yield Heard(group, time_us, subject, family, int(features["episodes"]), episodes_7d, place)

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
