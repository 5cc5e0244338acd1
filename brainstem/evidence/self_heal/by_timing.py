"""Learns pairs of messages of one service, a failure and its recovery, from when they come, whatever their words: counts how
often one follows the other, and after how long.

Takes the features of a tenant's slots in order; returns how often one message has come and its counterpart soon after it, as
where something goes down and comes back by itself. Features pair when they are about the same thing: both about all of a
family, or about one member, or about the same host or entity.

Times alone make a pair of what is neither too soon nor too late. What the words say widens that: where they tell which of
the two is the trouble and which its end, it may be back within seconds or after most of an hour, and need not be young.
Where they say that the second is a trouble too, as when one step of a job fails after another, there is no pair.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import astuple, dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Bools, Int32s, Rows, UInt64s
from brainstem.contracts.features import FEATURES_DTYPE, WHOLE_CONFIGURATION
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.history.advance import REVIEW_SLOTS
from brainstem.evidence.self_heal.by_words import UP_TO_DOWN_RATIO
from brainstem.evidence.self_heal.wording import is_over, is_trouble, likeness, state_told
from brainstem.evidence.statistics import LEARNING_SLOTS, YOUNG_DAYS
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.parameters import parameter
from brainstem.signature.lexicon import OUT_OF_SERVICE, WORKING

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
TOLD_APART_SECONDS: Final = parameter(
    "self_heal.by_timing.told_apart_seconds",
    1,
    "seconds",
    "the same where words say that the second is the end of the first",
)
TOLD_TOGETHER_SECONDS: Final = parameter(
    "self_heal.by_timing.told_together_seconds",
    3600,
    "seconds",
    "what comes later than that is no end of it, whatever the words say",
)
ALIKE_LEAST: Final = parameter(
    "self_heal.by_timing.alike_least",
    0.5,
    "share",
    "Dice's coefficient of the words of two messages from which they are about one thing",
)
CHANCE_MOST: Final = parameter(
    "self_heal.by_timing.chance_most",
    0.001,
    "share",
    "how likely chance may bring all meetings of two messages that are not alike and come far from each other",
)
TOLD_MEETINGS_LEAST: Final = parameter(
    "self_heal.by_timing.told_meetings_least",
    2,
    "number",
    "meetings that make a pair of alike messages whose words say which is the trouble and which its end",
)
MEETINGS_LEAST: Final = parameter("self_heal.by_timing.meetings_least", 3, "number", "meetings that make a pair")
MET_LEAST: Final = min(MEETINGS_LEAST, TOLD_MEETINGS_LEAST)
"""no pair is made of fewer meetings, whatever its words say"""
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
TOLD_EPISODES_MOST: Final = parameter(
    "self_heal.by_timing.told_episodes_most",
    168,
    "episodes",
    "the same of a message whose words say that something is out of service, or is back",
)
TOGETHER_MOST: Final = parameter(
    "self_heal.by_timing.together_most",
    48,
    "number",
    "followed messages of a service at once up to which they are held against each other",
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
_HEARD_COLUMNS: Final = FEATURES_DTYPE[
    ["family", "facet", "facet_kind", "last_time", "episodes", "episodes_7d", "stateful"]
]
"""the few columns of features that make `Heard`: all of a row's at once as plain numbers, which one by one take thrice the
time"""

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


class PairTracker:
    """The pairs of a tenant's young messages, and of those whose words tell a state; `PAIRS_MOST` at the most.

    `template_of` returns the template of a family as it is known by now.
    """

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
        now, has_counterparts = list(self.followed(feature_rows, members, services)), False
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

    def pass_by(self, now: list[Heard], slot: int) -> bool:
        """Take the followed events of a slot as `follow` does, where nothing comes of them; return whether that is so.

        It is so where no message has met another one before, none comes soon after another one of its group, and no pair is
        there to be told at a review.
        """
        if self._pairs and (slot + 1) % REVIEW_SLOTS == 0:
            return False
        if not now and not self._latest:
            self._forget(slot)
            return True
        since_us = slot * SLOT_US - TOLD_TOGETHER_SECONDS * _SECOND_US
        late = [each for each in self._latest if each.time_us >= since_us]
        if now:
            subjects: dict[tuple[int, int, int], Subject] = {}
            for each in now:
                if each.subject in self._before or each.subject in self._after:
                    return False
                if subjects.setdefault(each.group, each.subject) != each.subject:
                    return False
            if any(subjects.get(each.group, each.subject) != each.subject for each in late):
                return False
            for each in now:
                each.place = -1
            late = sorted([*late, *now], key=attrgetter("group", "time_us", "subject"))
        self._latest = late
        self._forget(slot)
        return True

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

    def followed(self, feature_rows: Rows, members: UInt64s, services: Int32s) -> Iterator[Heard]:
        """Return the events of messages that are followed: young ones, and whole families that tell a state."""
        places, is_young = np.empty(len(feature_rows), np.int32), np.empty(len(feature_rows), np.bool_)
        count = _list_followed(feature_rows, places, is_young)
        columns = feature_rows.view(_HEARD_COLUMNS)
        for place, young in zip(places[:count].tolist(), is_young[:count].tolist(), strict=True):
            family, facet, facet_kind, last_time, episodes, episodes_7d, stateful = columns[place].item()
            if not young:
                told = state_told(self._template_of(family))
                # of what single words tell already, cycles are known for each thing; a whole would add up those of many
                if told != WORKING and (told != OUT_OF_SERVICE or stateful):
                    continue
            yield Heard(
                (int(services[place]), facet_kind, facet),
                last_time,
                (int(members[place]), facet),
                family,
                episodes,
                episodes_7d,
                place,
            )

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
        for names, (episodes, episodes_7d, family, first_7d, first_family, last_us, near, told) in pairs:
            met = Meetings(*near), Meetings(*told)
            self._enter(names, Pair(episodes, episodes_7d, family, first_7d, first_family, last_us, *met))


def is_followed(feature_rows: Rows) -> Any:
    """Return whether pairs of a message are followed, of one row of features or of each of many: a young one that does
    not come all the time.
    """
    age_slots = feature_rows["slot"] - feature_rows["first_time"] // SLOT_US
    # in a tenant's first days everything is young
    young = (age_slots <= YOUNG_SLOTS) & (feature_rows["born_after_slots"] >= LEARNING_SLOTS)
    return young & (feature_rows["episodes_7d"] <= EPISODES_MOST)


_is_followed = compiled_helper(is_followed)


@compiled
def _list_followed(feature_rows: Rows, places: Int32s, is_young: Bools) -> int:
    """List the places of features with an event in their slot that are young, or may be of a whole that tells a state, and
    which of them are young; return how many there are.
    """
    count = 0
    for index in range(len(feature_rows)):
        features = feature_rows[index]
        if features.last_time // SLOT_US != features.slot:
            continue
        young = _is_followed(features)
        may_tell = features.facet_kind == WHOLE_CONFIGURATION and features.episodes_7d <= TOLD_EPISODES_MOST
        if young or may_tell:
            places[count], is_young[count] = index, young
            count += 1
    return count
