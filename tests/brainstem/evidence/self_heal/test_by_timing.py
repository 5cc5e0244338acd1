"""Messages that belong together, learned from when they come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.history.advance import REVIEW_SLOTS
from brainstem.evidence.self_heal.by_timing import PairTracker
from brainstem.evidence.self_heal.meetings import PAIRS, PAIRS_MOST
from brainstem.evidence.statistics import LEARNING_SLOTS
from tests.support.examples import examples
from tests.support.slow_pairs import SlowPairTracker

START = 2_950_013
SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
GONE, BACK, OTHER = 11, 12, 13
Story = Mapping[int, Sequence[int]]
"""the times of the events of each message, in microseconds since the start"""


def slot_of(story: Story, slot: int, born_after_slots: int = LEARNING_SLOTS) -> npt.NDArray[Any]:
    """Return the features of the messages that come in a slot."""
    feature_rows = np.zeros(0, FEATURES_DTYPE)
    for family, times in sorted(story.items()):
        slots = sorted({START + time // SLOT_US for time in times})
        if slot not in slots:
            continue
        row = np.zeros(1, FEATURES_DTYPE)
        row["family"], row["slot"], row["born_after_slots"] = family, slot, born_after_slots
        row["first_time"] = START * SLOT_US + min(times)
        row["last_time"] = max(START * SLOT_US + time for time in times if START + time // SLOT_US <= slot)
        row["episodes"] = sum(each <= slot for each in slots)
        row["episodes_7d"] = sum(slot - 7 * SLOTS_PER_DAY < each <= slot for each in slots)
        feature_rows = np.concatenate([feature_rows, row])
    return feature_rows


def told(
    story: Story,
    services: Mapping[int, int] | None = None,
    cuts: Sequence[int] = (),
    columns: Mapping[str, int] | None = None,
    templates: Mapping[int, str] | None = None,
) -> dict[int, tuple[int, int]]:
    """Follow a story slot by slot, taking state and giving it back at some; gives of each message the last cycles told and
    their usual seconds."""
    said = templates or {}
    pairing, latest = PairTracker(lambda family: said.get(family, "")), {}
    slots = sorted({START + time // SLOT_US for times in story.values() for time in times})
    for position, slot in enumerate(slots):
        feature_rows = slot_of(story, slot)
        for name, value in (columns or {}).items():
            feature_rows[name] = value
        own = np.array([(services or {}).get(family, 0) for family in feature_rows["family"].tolist()], np.int32)
        pairing.follow(feature_rows, feature_rows["family"].copy(), own, slot)
        if position in cuts:
            state = pairing.snapshot()
            pairing = PairTracker(lambda family: said.get(family, ""))
            pairing.restore(state)
        for row in feature_rows:
            latest[int(row["family"])] = int(row["heal_cycles_7d"]), int(row["heal_seconds"])
            assert int(row["heal_learned"]) == (row["heal_cycles_7d"] > 0)
    return latest


def flaps(number: int, every_us: int = 9 * HOUR_US, away_us: int = 90 * SECOND_US) -> dict[int, list[int]]:
    """Return something that goes and comes back."""
    gone = [7 * SECOND_US + index * every_us for index in range(number)]
    return {GONE: gone, BACK: [time + away_us for time in gone]}


def test_what_goes_and_comes_back_in_any_words_is_a_pair() -> None:
    """Six times gone for a minute and a half: the fifth and sixth are known as part of it, and only the going is told."""
    assert told(flaps(6)) == {GONE: (6, 90), BACK: (0, 0)}


def test_what_only_says_that_another_has_passed_is_a_counterpart() -> None:
    """From the third return on; a message that comes without the going, too, is none."""
    for story, expected in (
        (flaps(6), [0, 0, 1, 1, 1, 1]),
        ({**flaps(6), BACK: flaps(12)[BACK]}, [0, 0, 1, 1, 1, 1, 1] + [0] * 5),
    ):
        pairing, said = PairTracker(lambda _: ""), []
        for slot in sorted({START + time // SLOT_US for times in story.values() for time in times}):
            feature_rows = slot_of(story, slot)
            pairing.follow(feature_rows, feature_rows["family"].copy(), np.zeros(len(feature_rows), np.int32), slot)
            said += [int(row["heal_counterpart"]) for row in feature_rows if row["family"] == BACK]
            assert not any(row["heal_counterpart"] for row in feature_rows if row["family"] == GONE)
        assert said == expected


def test_what_heals_does_so_at_a_review_as_well() -> None:
    """Families are read again at a review; cycles and counterparts stand then as they did with the last event."""
    story, pairing = flaps(6), PairTracker(lambda _: "")
    slots = sorted({START + time // SLOT_US for times in story.values() for time in times})
    for slot in slots:
        feature_rows = slot_of(story, slot)
        pairing.follow(feature_rows, feature_rows["family"].copy(), np.zeros(len(feature_rows), np.int32), slot)
    review = (slots[-1] // REVIEW_SLOTS + 1) * REVIEW_SLOTS - 1
    for slot, expected in ((review - 1, [(0, 0), (0, 0)]), (review, [(6, 0), (0, 1)])):
        quiet = slot_of(story, slots[-1])
        assert quiet["family"].tolist() == [GONE, BACK]
        quiet["slot"] = slot
        pairing.follow(quiet, quiet["family"].copy(), np.zeros(len(quiet), np.int32), slot)
        assert quiet[["heal_cycles_7d", "heal_counterpart"]].tolist() == expected


def test_two_meetings_are_no_pair() -> None:
    """Two returns prove nothing."""
    assert told(flaps(3, away_us=595 * SECOND_US))[GONE] == (0, 0)


def test_coming_back_in_the_next_slot_counts() -> None:
    """Ten minutes of a slot are no border; the last return is still to come when the last going is told."""
    assert told(flaps(5, away_us=595 * SECOND_US))[GONE] == (4, 595)


@pytest.mark.parametrize("away_seconds", [0, 4, 901, 3000])
def test_what_comes_at_once_or_late_is_no_pair(away_seconds: int) -> None:
    """Lines of one report, and things of different hours, do not belong together."""
    assert told(flaps(6, away_us=away_seconds * SECOND_US))[GONE] == (0, 0)


def test_what_goes_again_soon_after_it_is_back_is_switched() -> None:
    """Up for three minutes, down for a minute and a half, all the time: a session or a job, not a fault that heals."""
    assert told(flaps(12, every_us=280 * SECOND_US))[GONE] == (0, 0)


def test_a_counterpart_that_mostly_comes_alone_is_none() -> None:
    """Two of eight returns follow a going."""
    story = flaps(2)
    story[BACK] += [(100 + index) * HOUR_US for index in range(6)]
    assert told({GONE: [*story[GONE], 130 * HOUR_US], BACK: story[BACK]})[GONE] == (0, 0)


def test_messages_of_different_services_do_not_pair() -> None:
    """A pair is two messages of one program."""
    assert told(flaps(6), {GONE: 0, BACK: 1})[GONE] == (0, 0)


@pytest.mark.parametrize("columns", [{"born_after_slots": LEARNING_SLOTS - 1}, {"episodes_7d": 36}])
def test_what_was_always_there_or_comes_all_the_time_does_not_pair(columns: dict[str, int]) -> None:
    """What a tenant says in its first days, and what is work, is not followed."""
    assert told(flaps(6), columns=columns)[GONE] == (0, 0)


def test_cycles_that_words_have_told_stay() -> None:
    """What is known by its words needs no guess."""
    pairing = PairTracker(lambda _: "")
    for index in range(4):
        story = flaps(index + 1)
        feature_rows = slot_of(story, START + story[GONE][-1] // SLOT_US)
        feature_rows["heal_cycles_7d"][0] = 9
        pairing.follow(
            feature_rows,
            feature_rows["family"].copy(),
            np.zeros(len(feature_rows), np.int32),
            int(feature_rows["slot"][0]),
        )
        assert feature_rows["heal_cycles_7d"][0] == 9
        assert feature_rows["heal_learned"][0] == 0


def test_one_incident_is_one_meeting() -> None:
    """Two goings and two returns within half an hour teach no pair."""
    minutes = {GONE: [9, 11], BACK: [14, 22]}
    story = {name: [minute * 60 * SECOND_US for minute in each] for name, each in minutes.items()}
    story[GONE] = [*story[GONE], 72 * HOUR_US]
    assert told(story)[GONE] == (0, 0)


STORIES = st.dictionaries(
    st.sampled_from([11, 12, 13, 14]),
    st.lists(st.integers(0, 6 * 24 * 12), min_size=3, max_size=14, unique=True),
    min_size=2,
)
"""times in steps of five minutes over six days"""


@settings(max_examples=examples(60))
@given(steps=STORIES, every=st.sampled_from([1, 1, 7]), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_taking_state_and_giving_it_back_changes_nothing(
    steps: dict[int, list[int]], every: int, cuts: list[int]
) -> None:
    """Any number of messages in any order, cut anywhere: what is told is the same."""
    story = {
        name: [(each // every * every * 300 + name) * SECOND_US for each in times]
        for name, times in sorted(steps.items())
    }
    assert told(story, cuts=cuts) == told(story)


def test_of_two_counterparts_that_met_as_often_the_first_by_name_counts_whenever_it_was_learned() -> None:
    """The order in which pairs were learned does not matter, also not after a restart."""
    gone = [index * 9 * HOUR_US for index in range(6)]
    story = {
        GONE: gone,
        OTHER: [time + 500 * SECOND_US for time in gone],
        BACK: [time + 60 * SECOND_US for time in gone],
    }
    assert told(story)[GONE] == told(story, cuts=(2,))[GONE] == (6, 60)


def test_what_is_forgotten_takes_its_pairs_along() -> None:
    """A message that comes again after it was forgotten begins anew."""
    for letting_go in ("drop", "absorb"):
        pairing = PairTracker(lambda _: "")
        story = flaps(8)
        for number, time in enumerate(story[GONE]):
            slot = START + time // SLOT_US
            feature_rows = slot_of(story, slot)
            pairing.follow(feature_rows, feature_rows["family"].copy(), np.zeros(len(feature_rows), np.int32), slot)
            assert int(feature_rows["heal_cycles_7d"][0]) == (number + 1 if number in (2, 3, 6, 7) else 0)
            if number == 3:
                pairing.drop({BACK}) if letting_go == "drop" else pairing.absorb(BACK)


def test_there_is_a_most_of_pairs() -> None:
    """Of too many those that met oftenest and last are kept."""
    pairing = PairTracker(lambda _: "")
    for number in range(PAIRS_MOST // 40 + 2):
        story = {}
        for index in range(10):
            name = 1000 * (number + 1) + index
            story[name] = [number * HOUR_US + index * 20 * SECOND_US]
        slot = START + number * 6
        feature_rows = slot_of(story, slot)
        pairing.follow(feature_rows, feature_rows["family"].copy(), np.zeros(len(feature_rows), np.int32), slot)
    held = pairing.tables.pairs[: pairing.tables.counts[PAIRS]]
    assert PAIRS_MOST // 2 < len(held) <= PAIRS_MOST
    assert held["first"].max() // 1000 == PAIRS_MOST // 40 + 2


@settings(max_examples=examples(60))
@given(
    gaps=st.lists(st.integers(1, 12), min_size=1, max_size=25),
    away=st.lists(st.integers(1, 1200), min_size=25, max_size=25),
    cuts=st.lists(st.integers(0, 60), max_size=3),
)
def test_what_is_told_is_what_a_slow_look_back_says(gaps: list[int], away: list[int], cuts: list[int]) -> None:
    """At the last going that is told which all returns before it say, with the state taken and given back in between."""
    gone = [0]
    for gap in gaps:
        gone.append(gone[-1] + gap * HOUR_US)
    story = {GONE: gone, BACK: [time + away[index % 25] * SECOND_US for index, time in enumerate(gone)]}
    assert told(story, cuts=cuts)[GONE][0] == looked_back(story)


def looked_back(story: Story) -> int:
    """Recompute the cycles told at the last going: returns 5 s to 15 min after a going, at least three and four fifths of
    all since the first of them, and about as many episodes in 7 days as there are goings."""
    now = story[GONE][-1] // SLOT_US
    pairs = list(zip(story[GONE], story[BACK], strict=True))
    # a return in a later slot is not known yet
    known = [(gone, back) for gone, back in pairs if back // SLOT_US <= now]
    met = [(gone, back) for gone, back in known if 5 <= (back - gone) // SECOND_US <= 900]
    if len(met) < 3:
        return 0
    come = {back // SLOT_US for _, back in known if back >= met[0][1]}
    last = known[-1][1] // SLOT_US
    week = 7 * SLOTS_PER_DAY
    backs_7d = len({back // SLOT_US for _, back in known if last - week < back // SLOT_US})
    gone_7d = len({gone // SLOT_US for gone in story[GONE] if now - week < gone // SLOT_US <= now})
    faithful = len(met) >= 0.8 * len(come)
    return min(gone_7d, backs_7d) if faithful and abs(gone_7d - backs_7d) <= max(1, gone_7d // 5) else 0


UPS = {GONE: "UPS ups<num> on battery", BACK: "UPS ups<num> on line power"}
OLD = {"born_after_slots": 0}


@pytest.mark.parametrize("away_seconds", [1, 2, 4, 90, 901, 3600])
@pytest.mark.parametrize("templates", [UPS, {GONE: "line north is down", BACK: "line north is up"}])
def test_words_that_agree_pair_within_seconds_and_after_most_of_an_hour(
    away_seconds: int, templates: dict[int, str]
) -> None:
    """Also where the thing has flapped since the tenant's first day."""
    for columns in ({}, OLD):
        story = flaps(6, away_us=away_seconds * SECOND_US)
        assert told(story, templates=templates, columns=columns)[GONE] == (6 - (away_seconds > 600), away_seconds)


@pytest.mark.parametrize(
    "templates",
    [
        {GONE: "step dump failed", BACK: "step copy failed"},
        {GONE: "line north is up", BACK: "line north is down"},
        {GONE: "backup began", BACK: "backup failed"},
        {GONE: "unit started", BACK: "unit listens on port <num>"},
    ],
)
@pytest.mark.parametrize("away_seconds", [3, 90, 1800])
def test_a_second_trouble_and_what_follows_a_return_end_nothing(templates: dict[int, str], away_seconds: int) -> None:
    """Steps of a job that fail one after another do not heal."""
    assert told(flaps(6, away_us=away_seconds * SECOND_US), templates=templates)[GONE] == (0, 0)


def test_parts_of_one_report_are_no_pair() -> None:
    """What follows a failure within seconds in other words, and tells no return, belongs to it."""
    templates = {GONE: "write error on block map", BACK: "dumping buffers for support"}
    assert told(flaps(6, away_us=3 * SECOND_US), templates=templates)[GONE] == (0, 0)


def test_what_is_plugged_in_and_out_is_no_flap_however_it_is_called() -> None:
    """Gone for half an hour and back for as long."""
    assert told(flaps(40, every_us=HOUR_US, away_us=HOUR_US // 2), templates=UPS)[GONE] == (0, 0)


def test_of_unlike_messages_far_apart_chance_is_considered() -> None:
    """A frequent trouble would have met any return within an hour."""
    templates = {GONE: "line north is down", BACK: "feed seven works and is reachable"}
    seldom = flaps(6, away_us=1800 * SECOND_US)
    often = flaps(60, every_us=2 * HOUR_US, away_us=1800 * SECOND_US)
    assert told(seldom, templates=templates)[GONE] == (5, 1800)
    assert told({GONE: often[GONE], BACK: often[BACK][:4]}, templates=templates)[GONE] == (0, 0)


@dataclass
class Said:
    """Followers beside each other, and what families are called."""

    templates: dict[int, str]
    slow: SlowPairTracker
    fast: PairTracker

    @classmethod
    def anew(cls) -> "Said":
        """Return followers that have heard nothing."""
        templates: dict[int, str] = {}
        return cls(
            templates,
            SlowPairTracker(lambda family: templates.get(family, "")),
            PairTracker(lambda family: templates.get(family, "")),
        )

    def restart(self) -> None:
        """Take the state of the fast one and give it back to another one."""
        state = self.fast.snapshot()
        self.fast = PairTracker(lambda family: self.templates.get(family, ""))
        self.fast.restore(state)

    def follow(self, feature_rows: Rows, members: UInt64s, services: Int32s, slot: int) -> None:
        """Have both follow a slot; they say the same."""
        beside = feature_rows.copy()
        found = self.slow.follow(beside, members, services, slot)
        assert self.fast.follow(feature_rows, members, services, slot) == found
        assert feature_rows.tobytes() == beside.tobytes()


WORDS = ("line <num> is down", "line <num> is up", "line <num> is back", "job began", "job failed", "feed works", "")


def happened(chance: Random, slot: int, counts: dict[tuple[int, int, int], list[int]]) -> Rows:
    """Return features of a slot: those of families first, then those of facets, a few of them without an event. An odd
    family mostly follows the even one before it.
    """
    rows, seconds = [], dict[tuple[int, int, int], int]()
    for family, facet, kind in sorted(counts, key=lambda name: (name[1] != 0, name)):
        slots = counts[family, facet, kind]
        # seconds that are the same for several, or far from each other
        second = chance.choice([0, 1, 2, 6, 60, 61, 300])
        is_heard = chance.random() < 0.35
        if family % 2 and chance.random() < 0.9:
            is_heard = (family - 1, facet, kind) in seconds
            second = seconds.get((family - 1, facet, kind), 0) + chance.choice([2, 8, 90, 280])
        if is_heard:
            seconds[family, facet, kind] = second
            slots.append(slot)
        elif not slots or chance.random() < 0.5:
            continue
        row = np.zeros(1, FEATURES_DTYPE)
        row["family"], row["facet"], row["facet_kind"], row["slot"] = family, facet, kind, slot
        row["last_time"] = slots[-1] * SLOT_US + (second if is_heard else 0) * SECOND_US
        row["first_time"] = slots[0] * SLOT_US
        row["born_after_slots"] = LEARNING_SLOTS if family % 4 else 0
        row["episodes"], row["stateful"] = len(slots), family % 3 == 0
        row["episodes_7d"] = sum(slot - 7 * SLOTS_PER_DAY < each for each in slots)
        row["heal_cycles_7d"] = 5 if chance.random() < 0.05 else 0
        rows.append(row)
    return np.concatenate(rows) if rows else np.zeros(0, FEATURES_DTYPE)


@settings(max_examples=examples(60))
@given(seed=st.integers(0, 2**32), families=st.integers(2, 14), steps=st.integers(10, 40))
def test_pairs_are_those_of_a_slow_account_whatever_is_forgotten_absorbed_or_renamed(
    seed: int, families: int, steps: int
) -> None:
    """At each slot, with the state taken and given back in between."""
    chance, said = Random(seed), Said.anew()
    names = [(100 + index, 0, 0) for index in range(families)]
    names += [(100 + index, 7 + index // 2 % 2, 1 + index // 2 % 2) for index in range(families // 2)]
    counts: dict[tuple[int, int, int], list[int]] = {name: [] for name in names}
    said.templates.update({100 + index: chance.choice(WORDS) for index in range(families)})
    part_of = {100 + index: 100 + index for index in range(families)}
    slot = START
    for _ in range(steps):
        slot += chance.choice([1, 1, 1, 2, 5, 6, 40, REVIEW_SLOTS - slot % REVIEW_SLOTS - 1 or 1])
        feature_rows = happened(chance, slot, counts)
        members = feature_rows["family"].copy()
        feature_rows["family"] = [
            part_of[member] if facet else member
            for member, facet in zip(members.tolist(), feature_rows["facet"].tolist(), strict=True)
        ]
        said.follow(feature_rows, members, (members // 2 % 2).astype(np.int32), slot)
        family, what = 100 + chance.randrange(families), chance.random()
        if what < 0.03:
            for each in (said.slow, said.fast):
                each.drop({family, 99})
            said.templates.pop(family, None)
        elif what < 0.06:
            said.templates.pop(family, None)
            for each in (said.slow, said.fast):
                each.absorb(family)
            part_of[family] = 100 + chance.randrange(families)
        elif what < 0.12:
            said.templates[family] = chance.choice(WORDS)
            said.fast.reword({family})
        elif what < 0.4:
            said.restart()


@pytest.mark.long
@settings(max_examples=examples(20))
@given(seed=st.integers(0, 2**32))
def test_many_pairs_are_those_of_a_slow_account(seed: int) -> None:
    """More than are kept, in services of which some say too much at once, over more days than a pair is remembered."""
    chance, said = Random(seed), Said.anew()
    counts: dict[tuple[int, int, int], list[int]] = {(1000 + index, 0, 0): [] for index in range(400)}
    said.templates.update({1000 + index: chance.choice(WORDS) for index in range(400)})
    slot = START
    for _ in range(40):
        slot += chance.choice([1, 1, 1, SLOTS_PER_DAY - slot % SLOTS_PER_DAY - 1 or 1])
        feature_rows = happened(chance, slot, counts)
        members = feature_rows["family"].copy()
        said.follow(feature_rows, members, (members // 2 % chance.choice([5, 9, 30])).astype(np.int32), slot)
        if chance.random() < 0.2:
            said.restart()
