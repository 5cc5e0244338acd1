"""Down and up again: heal cycles against a plain retelling, and case by case."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brainstem.aggregate.kernels import TRANSITION_DTYPE
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.tenant_report import HealCycle
from brainstem.evidence.self_heal.by_words import HEAL_TRACKER_STATE_VERSION, HealTracker, same_thing
from tests.support.examples import examples

SECOND = 1_000_000
MINUTE, DAY = 60 * SECOND, 86_400 * SECOND
START = 20_500 * DAY
NAMES = {1: "wan7", 2: "edge4", 3: "pool-b"}


@dataclass(frozen=True, slots=True)
class Turn:
    """Something went out of service (-2), ended (-1) or came up (+1)."""

    time_us: int
    polarity: int
    entity: int = 5
    names: tuple[int, ...] = (1,)
    member: int = 70


def rows(turns: Sequence[Turn]) -> npt.NDArray[Any]:
    """Return turns as a bucket hands them on."""
    table = np.zeros(len(turns), TRANSITION_DTYPE)
    for row, turn in zip(table, turns, strict=True):
        row["slot"], row["time"], row["polarity"] = turn.time_us // SLOT_US, turn.time_us, turn.polarity
        row["tenant"], row["entity"], row["member"] = 3, turn.entity, turn.member
        row["names"][: len(turn.names)] = turn.names
    table["spelling"] = np.arange(len(turns))
    return table


def spellings(turns: Sequence[Turn]) -> list[tuple[str, ...]]:
    """Return how the names of each turn read."""
    return [tuple(NAMES[name] for name in turn.names) for turn in turns]


def longest(outage: Turn) -> int:
    """Return how long it may take to heal, in microseconds."""
    return 60 * MINUTE if outage.polarity == -2 else 15 * MINUTE


def retold(turns: Sequence[Turn]) -> list[HealCycle]:
    """Tell the cycles of one entity in plain words.

    An outage begins with a "down" and takes in every further "down" of the next hour, or of 15 minutes where the first only
    said that something has ended. An "up" that shares at least half of all names with it ends it. It healed when it took no
    longer than that, and when the entity had been up before,
    for three times as long and a minute at least, or its earlier life is unknown. What was not heard of for eight days
    (the begin of an outage, its end, an "up") is unknown again; an "up" of something unknown tells nothing.
    """
    cycles = []
    outage: Turn | None = None
    came_up: int | None = None
    for turn in turns:
        heard = max((time for time in (outage.time_us if outage else None, came_up) if time is not None), default=None)
        if heard is not None and turn.time_us - heard > 8 * DAY:
            outage, came_up, heard = None, None, None
        if turn.polarity < 0:
            if outage is None or turn.time_us - outage.time_us > longest(outage):
                outage = turn
        elif outage is None:
            came_up = turn.time_us if heard is not None else None
        elif 2 * len(set(outage.names) & set(turn.names)) >= len(set(outage.names) | set(turn.names)):
            lasted = turn.time_us - outage.time_us
            was_up = None if came_up is None else outage.time_us - came_up
            if lasted <= longest(outage) and (was_up is None or was_up >= max(3 * lasted, MINUTE)):
                shared = sorted(NAMES[name] for name in set(outage.names) & set(turn.names))
                cycles.append(
                    HealCycle(
                        tuple(shared),
                        outage.member,
                        outage.time_us,
                        lasted // SECOND,
                        turn.member,
                        outage.polarity == -2,
                    )
                )
            outage, came_up = None, turn.time_us
    return cycles


def followed(turns: Sequence[Turn], cuts: Sequence[int] = ()) -> list[HealCycle]:
    """Follow turns, sealing (and going through a snapshot) at each cut."""
    healing, cycles = HealTracker(), []
    edges = [0, *sorted(cuts), 2**62]
    for low, high in pairwise(edges):
        share = [turn for turn in turns if low <= turn.time_us < high]
        cycles += [cycle for _, _, cycle in healing.follow(rows(share), spellings(share))]
        if high < 2**62:
            healing.forget(high)
        state = healing.snapshot()
        assert state[0] == HEAL_TRACKER_STATE_VERSION
        healing = HealTracker()
        healing.restore(state)
    return cycles


WAITS = st.sampled_from(
    [1, 5 * SECOND, 40 * SECOND, MINUTE, 4 * MINUTE, 15 * MINUTE, 60 * MINUTE, 61 * MINUTE, DAY, 8 * DAY, 8 * DAY + 1]
)


@st.composite
def turns_of(draw: st.DrawFn, entity: int = 5) -> list[Turn]:
    """Draw what one entity went through."""
    time_us, turns = START, []
    for _ in range(draw(st.integers(0, 12))):
        time_us += draw(WAITS)
        names = draw(st.sampled_from([(1,), (1, 2), (2,), (1, 2, 3)]))
        turns.append(Turn(time_us, draw(st.sampled_from([-2, -1, 1])), entity, names, draw(st.sampled_from([70, 71]))))
    return turns


FORGOTTEN = [
    Turn(START, -1),
    Turn(START + MINUTE, 1),
    Turn(START + 9 * DAY, 1),
    Turn(START + 9 * DAY + MINUTE, -1),
    Turn(START + 9 * DAY + 2 * MINUTE, 1),
]


@settings(max_examples=examples(200))
@given(turns=turns_of(), cuts=st.lists(st.integers(0, 20).map(lambda day: START + day * DAY), max_size=6, unique=True))
@example(turns=FORGOTTEN, cuts=[START + DAY, START + 9 * DAY])
def test_cycles_are_what_a_plain_retelling_says(turns: list[Turn], cuts: list[int]) -> None:
    """Whenever it is sealed, forgotten and restored, the same cycles come out."""
    assert followed(turns, cuts) == retold(turns)


@settings(max_examples=examples(50))
@given(first=turns_of(5), second=turns_of(6))
def test_entities_do_not_meet(first: list[Turn], second: list[Turn]) -> None:
    """What happens to one entity says nothing about another."""
    mixed = sorted([*first, *second], key=lambda turn: turn.time_us)
    cycles = followed(mixed)
    assert sorted(map(repr, cycles)) == sorted(map(repr, [*retold(first), *retold(second)]))


@pytest.mark.parametrize(
    ("turns", "healed"),
    [
        ([(0, -1), (60, 1)], [60]),
        ([(0, -1), (900, 1)], [900]),
        ([(0, -1), (901, 1)], []),
        ([(0, -2), (3600, 1)], [3600]),
        ([(0, -2), (3601, 1)], []),
        ([(0, -2), (1000, -1), (1030, 1)], [1030]),
        ([(0, 1), (60, -1), (90, 1)], [30]),
        ([(0, -1), (30, -1), (60, 1)], [60]),
        ([(0, -1), (1000, -1), (1030, 1)], [30]),
        ([(0, -1), (60, 1), (200, -1), (260, 1)], [60]),
        ([(0, -1), (60, 1), (240, -1), (300, 1)], [60, 60]),
        ([(0, -1), (5, 1), (50, -1), (55, 1)], [5]),
        ([(0, -1), (5, 1), (65, -1), (70, 1)], [5, 5]),
    ],
)
def test_healing_is_soon_and_after_a_longer_time_up(turns: list[tuple[int, int]], healed: list[int]) -> None:
    """Times in seconds; each case says how long the outages that healed took."""
    story = [Turn(START + seconds * SECOND, polarity) for seconds, polarity in turns]
    assert [cycle.seconds for cycle in followed(story)] == healed


@pytest.mark.parametrize(
    ("down", "up", "same"),
    [({1}, {1}, True), ({1}, {1, 2}, True), ({1}, {1, 2, 3}, False), ({1, 2}, {1, 3}, False), ({1}, {2}, False)],
)
def test_two_events_tell_of_one_thing_when_they_share_half_of_its_names(
    down: set[int], up: set[int], same: bool
) -> None:
    """A radio that names itself beside each client is not the client."""
    assert same_thing(frozenset(down), frozenset(up)) is same
    assert same_thing(frozenset(up), frozenset(down)) is same


def test_what_is_long_silent_is_forgotten() -> None:
    """State is dropped after eight days, once a day, so that memory has a bound."""
    healing = HealTracker()
    turns = [Turn(START, -1, 5), Turn(START + 3 * DAY, -1, 6)]
    for _ in healing.follow(rows(turns), spellings(turns)):
        pass
    held = []
    for day in (4, 8, 9, 12):
        healing.forget(START + day * DAY)
        held.append([row[0] for row in healing.snapshot()[1]])  # type: ignore[attr-defined]  # rows of plain values
    assert held == [[5, 6], [5, 6], [6], []]
