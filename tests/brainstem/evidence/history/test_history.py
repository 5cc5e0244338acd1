"""Every statistic of features against a recomputation from the full list of events."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from brainstem.aggregate.deltas import compact
from brainstem.aggregate.kernels import DELTA_DTYPE
from brainstem.arrays.aliases import Rows
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.slots import SLOT_US
from brainstem.evidence.history.state import FAMILY_STATE_VERSION
from brainstem.evidence.history.timing import is_whole_gap, lower_median, shrinking
from state.attention.family_table import FamilyTable
from tests.support.examples import examples
from tests.support.oracles import DAY, Happening, Story, due_slots, episodes_of, features_of, rise_of, sustained_of

BIRTH = 2_950_013
"""a slot in the year 2026"""
MINUTE_US = 60_000_000
COUNTED = (
    *("slot", "first_time", "last_time", "count", "episodes_24h", "episodes_72h", "daily_windows", "daily_record"),
    *("active_days", "hosts", "hosts_joined_7d", "regularity_permille", "period_seconds"),
    *("cue", "severity", "stateful", "episodes", "whole_episodes", "episodes_7d", "whole_7d", "growth_permille"),
    "born_into_service_slots",
)
"""statistics that are whole numbers by nature: they agree exactly"""
ROUNDED = (
    *("daily_mean_milli", "dispersion_milli", "memory_milli", "rise_milli", "trend_milli", "growth_z_milli"),
    *("clock_permille", "sustained_milli", "shrinking_z_milli"),
)
"""statistics that are rounded to thousandths: they agree within one of these"""


def delta_rows(events: Sequence[Happening]) -> Rows:
    """Return one delta row per event, as if each had come in a batch of its own."""
    rows = np.zeros(len(events), DELTA_DTYPE)
    for index, event in enumerate(events):
        row = rows[index]
        row["slot"], row["member"], row["host"] = event.slot, event.member, event.host
        row["first_time"] = row["last_time"] = event.time_us
        row["severity"], row["cue"], row["stateful"] = event.severity, event.cue, event.stateful
        row["count"] = 1
    return compact(rows)


def step(table: FamilyTable, stories: Sequence[Story], rows: Sequence[int], low: int, high: int) -> Rows:
    """Fold what happened in slots low..high to the families in `rows`; returns the features."""
    events = [event for story in stories for event in story.events if low <= event.slot <= high]
    row_of = {event.member: row for story, row in zip(stories, rows, strict=True) for event in story.events}
    deltas = delta_rows(events)
    families = np.array([row_of[member] for member in deltas["member"].tolist()], np.int32)
    order = np.lexsort((families, deltas["slot"]))
    return table.advance(deltas[order], families[order], low, high)[0]


def read_through(story: Story, cuts: Sequence[int], to_slot: int) -> Rows:
    """Read one family up to `to_slot`, in stretches that begin at `cuts`."""
    table = FamilyTable()
    first = story.events[0].slot
    row = table.add(7, 3, first)
    edges = sorted({first, *(cut for cut in cuts if first < cut <= to_slot)})
    parts = [
        step(table, [story], [row], low, high - 1) for low, high in zip(edges, [*edges[1:], to_slot + 1], strict=True)
    ]
    return np.concatenate(parts)


def assert_agrees(features: Any, story: Story, skip: tuple[str, ...] = ()) -> None:
    """Compare one row of features with the recomputation."""
    slot = int(features["slot"])
    expected = features_of(story, slot)
    for name in COUNTED:
        if name not in skip:
            assert int(features[name]) == expected[name], (name, slot)
    for name in ROUNDED:
        if name not in skip:
            assert abs(int(features[name]) - expected[name]) <= 1, (name, slot)
    if "rise_milli" not in skip:
        assert int(features["rise_hours"]) in rise_of(episodes_of(story.until(slot).events), slot)[1]
        assert int(features["sustained_days"]) in sustained_of(episodes_of(story.until(slot).events), slot)[1]


SILENCES = (1, 2, 7, 40, DAY - 1, DAY, 3 * DAY + 5, 15 * DAY, 16 * DAY, 16 * DAY + 40, 37 * 64, 62 * DAY)
STEPS = (1, 2, 6, 36, DAY - 1, DAY, 2 * DAY)
HOSTS = tuple(0x9E3779B97F4A7C15 * number % 2**64 for number in range(1, 41))


@st.composite
def happenings(draw: st.DrawFn, member: int = 1, start: int = BIRTH) -> list[Happening]:
    """Draw stretches of even or ragged episodes with silences between them, on one host or on many."""
    slot, events = start, []
    for _ in range(draw(st.integers(1, 4))):
        slot += draw(st.sampled_from(SILENCES))
        every = draw(st.sampled_from(STEPS))
        hosts = draw(st.sampled_from([(0,), HOSTS[:1], HOSTS[1:3], HOSTS[:5], HOSTS[:20], HOSTS]))
        minute = draw(st.integers(0, 9))
        jitter = draw(st.integers(0, 3))
        traits = draw(st.tuples(st.sampled_from([0, 9, 13, 17]), st.integers(0, 2), st.integers(0, 1)))
        for number in range(draw(st.integers(1, 25))):
            shift = (minute + jitter * number) % 10
            for repeat in range(draw(st.sampled_from([1, 1, 1, 4]))):
                time_us = slot * SLOT_US + shift * MINUTE_US + repeat * 61_000_000 % (SLOT_US - shift * MINUTE_US)
                host = hosts[(number + repeat) % len(hosts)]
                events.append(Happening(time_us, host, *traits, member=member))
            slot += every
    return sorted(events, key=lambda event: event.time_us)


@settings(max_examples=examples(80))
@given(events=happenings(), cuts=st.lists(st.integers(BIRTH, BIRTH + 3000), max_size=4), after=st.integers(0, 2500))
def test_a_reading_says_what_the_events_say(events: list[Happening], cuts: list[int], after: int) -> None:
    """Whatever the history and wherever it is cut, families are read when due and every statistic agrees."""
    story, to_slot = Story(events), events[-1].slot + after
    feature_rows = read_through(story, cuts, to_slot)
    assert feature_rows["slot"].tolist() == due_slots(episodes_of(events), events[0].slot, to_slot)
    for index in sorted({*range(0, len(feature_rows), max(1, len(feature_rows) // 40)), len(feature_rows) - 1}):
        assert_agrees(feature_rows[index], story)


@pytest.mark.parametrize(
    ("founded", "from_slot", "episodes", "after", "joined"),
    [
        (3, 13, 2, 0, 1),
        (2, 13, 2, 0, 0),
        (3, 13, 1, 0, 0),
        (3, 12, 2, 0, 0),
        (1, 12, 2, 0, 0),
        (3, 500, 9, 0, 1),
        (3, 13, 2, 7 * DAY - 2, 1),
        (3, 13, 2, 7 * DAY - 1, 0),
    ],
)
def test_a_host_joins_when_it_stays_and_the_founders_were_no_chance(
    founded: int, from_slot: int, episodes: int, after: int, joined: int
) -> None:
    """A later host needs two episodes, the hosts of the first two hours three; a week after its first it is no news."""
    events = [Happening((BIRTH + number) * SLOT_US, HOSTS[0]) for number in range(founded)]
    events += [Happening((BIRTH + from_slot + number) * SLOT_US, HOSTS[1]) for number in range(episodes)]
    if after:
        events.append(Happening((events[-1].slot + after) * SLOT_US))
    last = read_through(Story(events), [], events[-1].slot)[-1]
    assert int(last["hosts_joined_7d"]) == joined


@settings(max_examples=examples(40))
@given(events=happenings(), cuts=st.sets(st.integers(0, 4000), max_size=8))
def test_cuts_leave_no_trace(events: list[Happening], cuts: set[int]) -> None:
    """Sealing often or once, with the table carried over a snapshot each time, gives the same features, byte for byte."""
    story = Story(events)
    first, to_slot = story.events[0].slot, story.events[-1].slot + 500
    whole = read_through(story, [], to_slot)
    edges = sorted({first, *(first + cut for cut in cuts if first + cut <= to_slot)})
    table = FamilyTable()
    row, parts = table.add(7, 3, first), []
    for low, high in zip(edges, [*edges[1:], to_slot + 1], strict=True):
        state = table.snapshot()
        assert state[0] == FAMILY_STATE_VERSION
        table = FamilyTable()
        table.restore(state)
        parts.append(step(table, [story], [row], low, high - 1))
    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_readings_come_in_shares_when_there_are_many() -> None:
    """More features than fit into one call are written all the same, in order of slots."""
    families = 300
    stories = [Story([Happening((BIRTH + each % 3) * SLOT_US, member=each + 1)]) for each in range(families)]
    table = FamilyTable()
    rows = [table.add(each + 1, 3, BIRTH + each % 3) for each in range(families)]
    feature_rows = step(table, stories, rows, BIRTH, BIRTH + 2000)
    per_family = len(due_slots([BIRTH], BIRTH, BIRTH + 2000))
    assert len(feature_rows) > 4096 + families
    assert (np.diff(feature_rows["slot"]) >= 0).all()
    for each in (0, 1, 2, 299):
        own = feature_rows[feature_rows["family"] == each + 1]
        assert own["slot"].tolist() == due_slots([BIRTH + each % 3], BIRTH, BIRTH + 2000)
    assert abs(len(feature_rows) - families * per_family) <= families


def together(stories: Sequence[Story], when: int, to_slot: int) -> tuple[Story, Rows]:
    """Read families side by side up to slot `when`, merge them into the oldest, and read that up to `to_slot`."""
    table = FamilyTable()
    rows = [table.add(number, 3, story.events[0].slot) for number, story in enumerate(stories)]
    first = min(story.events[0].slot for story in stories)
    step(table, stories, rows, first, when - 1)
    for row in rows[1:]:
        table.merge(rows[0], row, 7)
    union = Story(sorted((event for story in stories for event in story.events), key=lambda event: event.time_us))
    return union, step(table, stories, [rows[0]] * len(stories), when, to_slot)


def few_hosts(events: list[Happening]) -> list[Happening]:
    """Let the events come from five hosts only, so that all are followed one by one."""
    return [
        Happening(each.time_us, HOSTS[each.host % 5], each.severity, each.cue, each.stateful, each.member)
        for each in events
    ]


@settings(max_examples=examples(30))
@given(data=st.data())
def test_merged_families_are_the_family_of_all_their_events(data: st.DataObject) -> None:
    """Where no two families spoke in the same older slot, every statistic is that of the union of the events."""
    stories = [
        Story(
            [
                each
                for each in few_hosts(data.draw(happenings(member, BIRTH + data.draw(st.integers(0, 800)))))
                # every family has slots of its own
                if each.slot % 3 == member
            ]
        )
        for member in range(3)
    ]
    stories = [story for story in stories if story.events]
    assume(stories)
    stories.sort(key=lambda story: story.events[0].slot)
    last = max(story.events[-1].slot for story in stories)
    born = max(story.events[0].slot for story in stories)
    when = data.draw(st.integers(born + 1, max(born + 1, last + 1)))
    union, feature_rows = together(stories, when, last + 400)
    assume(len(feature_rows))
    for index in sorted({*range(0, len(feature_rows), max(1, len(feature_rows) // 20)), len(feature_rows) - 1}):
        assert_agrees(feature_rows[index], union)


@settings(max_examples=examples(40))
@given(data=st.data())
def test_slots_that_merged_families_shared_count_once(data: st.DataObject) -> None:
    """Statistics of the bitmap are those of the union; older days, kept as counts, may count a shared slot twice."""
    # only memory, record, rise, what lasts for days and the number of all episodes look at days older than the bitmap
    stories = [Story(few_hosts(data.draw(happenings(member)))) for member in (1, 2)]
    stories.sort(key=lambda story: story.events[0].slot)
    last = max(story.events[-1].slot for story in stories)
    born = max(story.events[0].slot for story in stories)
    when = data.draw(st.integers(born + 1, max(born + 1, last + 1)))
    union, feature_rows = together(stories, when, last + 200)
    for index in sorted({*range(0, len(feature_rows), max(1, len(feature_rows) // 20)), len(feature_rows) - 1}):
        older = feature_rows[index]["slot"] - union.events[0].slot >= 15 * DAY
        counts = ("memory_milli", "daily_record", "rise_milli", "sustained_milli", "episodes", "whole_episodes")
        assert_agrees(feature_rows[index], union, skip=counts if older else ())
        expected = features_of(union, int(feature_rows[index]["slot"]))
        assert int(feature_rows[index]["daily_record"]) >= expected["daily_record"]
        assert int(feature_rows[index]["memory_milli"]) >= expected["memory_milli"] - 1


def test_a_slot_that_a_host_spent_in_two_families_is_one_episode() -> None:
    """Two lines of one host in one slot, of families found to be one later, are not two of its episodes."""
    stories = [
        Story(
            [
                Happening((BIRTH + 6 * number) * SLOT_US + minute * MINUTE_US, HOSTS[0], member=member)
                for number in range(9)
            ]
        )
        for member, minute in ((1, 2), (2, 7))
    ]
    union, feature_rows = together(stories, BIRTH + 20, BIRTH + 60)
    assert feature_rows["regularity_permille"].tolist() == [1000] * len(feature_rows)
    assert_agrees(feature_rows[-1], union)


def test_a_merged_family_was_founded_when_its_older_part_was() -> None:
    """All hosts of the younger family founded it, but came late to the older one; episodes told to either add up."""
    stories = [
        Story([Happening(BIRTH * SLOT_US, HOSTS[0], member=1), Happening((BIRTH + 40) * SLOT_US, HOSTS[1], member=1)]),
        Story([Happening((BIRTH + 60 + each) * SLOT_US, HOSTS[each % 3], member=2) for each in range(6)]),
    ]
    union, feature_rows = together(stories, BIRTH + 63, BIRTH + 65)
    assert feature_rows["hosts_joined_7d"].tolist() == [1, 1, 2]
    for features in feature_rows:
        assert_agrees(features, union)


@given(hosts=st.sets(st.integers(1, 2**64 - 1), max_size=400), order=st.randoms(use_true_random=False))
@settings(max_examples=examples(40))
def test_hosts_are_counted_whatever_their_order(hosts: set[int], order: Any) -> None:
    """The estimate depends on the set alone, and is exact below 16."""
    shuffled = sorted(hosts)
    order.shuffle(shuffled)
    story = Story([Happening((BIRTH + at) * SLOT_US, host) for at, host in enumerate([0, *shuffled])])
    assert int(read_through(story, [], story.events[-1].slot)[-1]["hosts"]) == features_of(story, BIRTH + 500)["hosts"]


def test_the_estimate_of_hosts_is_near_the_truth() -> None:
    """Sixty random sets of 20 to 500 hosts are estimated with an error near that of 64 registers, 13 %."""
    random, errors = np.random.default_rng(5), []
    for count in random.integers(20, 500, 60).tolist():
        hosts = random.integers(1, 2**63, count, np.uint64).tolist()
        story = Story([Happening(BIRTH * SLOT_US, host) for host in hosts])
        errors.append(int(read_through(story, [], BIRTH)[-1]["hosts"]) / count - 1)
    assert abs(np.mean(errors)) < 0.06
    assert np.std(errors) < 0.17


CASES: tuple[tuple[str, Callable[[int], int], int, dict[str, int]], ...] = (
    ("every ten minutes", lambda number: number, 1500, {"episodes_24h": 144, "active_days": 11, "daily_record": 144}),
    ("once a day", lambda number: number * DAY, 10, {"episodes_24h": 1, "active_days": 10, "period_seconds": 86_400}),
    ("two slots a week apart", lambda number: number * 7 * DAY, 2, {"active_days": 2, "daily_windows": 7}),
)


@pytest.mark.parametrize(("name", "slot_of", "number", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_plain_history_reads_as_anybody_would_say(
    name: str, slot_of: Callable[[int], int], number: int, expected: dict[str, int]
) -> None:
    """A few histories whose figures can be said without counting."""
    story = Story([Happening((BIRTH + slot_of(each)) * SLOT_US, HOSTS[0]) for each in range(number)])
    last = read_through(story, [], story.events[-1].slot)[-1]
    assert {column: int(last[column]) for column in expected} == expected, name


def test_a_reading_has_only_whole_numbers() -> None:
    """No float is remembered or handed on."""
    assert {FEATURES_DTYPE[name].kind for name in FEATURES_DTYPE.names or ()} <= {"i", "u"}


@given(gaps=st.lists(st.integers(-300, 2000), min_size=4, max_size=13))
@example(gaps=[-420, 480, 330, 230, 170, 125, 95, 75, 58, 46, 37])
@example(gaps=[-100, 110, -100, 110])
def test_gaps_are_told_the_same_where_an_event_came_too_late(gaps: list[int]) -> None:
    """A gap is negative where an event counts in a later slot than its own: against the formulas in words."""
    own = np.array(gaps, np.int32)
    usual = sorted(gaps)[(len(gaps) - 1) // 2]
    assert lower_median(own, len(gaps)) == usual
    tolerance = max(2, usual // 10) if usual > 15 else 5
    for gap in gaps:
        nearest = min(3, max(1, (gap + usual // 2) // max(1, usual)))
        assert is_whole_gap(gap, usual) == (abs(gap - nearest * usual) <= tolerance)
    best = 0.0
    for first in range(len(gaps) - 4):
        late = gaps[first:]
        pairs = [(one, other) for place, one in enumerate(late) for other in late[place + 1 :]]
        sign = sum((10 * b < 9 * a) - (9 * b > 10 * a and not 10 * b < 9 * a) for a, b in pairs)
        if sum(late) >= 1440:
            best = max(best, sign / math.sqrt(len(late) * (len(late) - 1) * (2 * len(late) + 5) / 18))
    assert shrinking(own, len(gaps)) == pytest.approx(best)
