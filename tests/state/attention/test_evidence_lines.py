"""Evidence lines: the first and the latest of each owner, whatever is swept, merged or restored on the way."""

import random
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.aggregate.kernels import DELTA_DTYPE
from brainstem.arrays.byte_strings import Spans
from brainstem.discovery.snippet_texts import LINES_KEPT
from state.attention import evidence_lines
from state.attention.evidence_lines import Line, LineRings, LineStore
from tests.support.examples import examples
from tests.support.streams import assert_plain

FAMILIES, FACETS = 5, 7
NOBODY = np.zeros(0, np.int32)


def seal(store: LineStore, dice: random.Random, slot: int) -> tuple[list[Line], list[int], list[int]]:
    """Add the lines of one seal to a store; return the lines with the family and the facet of each."""
    texts = [bytes([97 + dice.randrange(26)]) * dice.randrange(1, 9) for _ in range(dice.randrange(6))]
    rows = np.zeros(dice.randrange(1, 9) if texts else 0, DELTA_DTYPE)
    for place, row in enumerate(rows):
        row["slot"], row["event_time"], row["position"] = slot, 10 * slot + place, place
        row["source"], row["host"], row["text"] = dice.randrange(3), dice.randrange(3), dice.randrange(len(texts))
    spans = Spans.of(texts)
    numbers = np.arange(len(rows), dtype=np.int32) + np.int32(store.add(rows, store.add_chunk(spans)))
    families = [dice.randrange(FAMILIES) for _ in rows]
    facets = [dice.randrange(FACETS) for _ in rows]
    for rings, owners, most in ((store.families, families, FAMILIES), (store.facets, facets, FACETS)):
        rings.make_room(most)
        rings.attach(np.array(owners, np.int32), numbers, np.full(len(rows), slot, np.int32), NOBODY, NOBODY)
    columns = ("slot", "event_time", "source", "position", "host")
    told = [(*(int(row[name]) for name in columns), texts[int(row["text"])]) for row in rows]
    return told, families, facets  # type: ignore[return-value]  # a tuple built of parts


def shown_by(store: LineStore, rings: LineRings, owner: int) -> list[Line]:
    """Return the first line of an owner and its latest ones."""
    numbers = rings.attach(NOBODY, NOBODY, NOBODY, np.array([owner], np.int32), np.zeros(1, np.int32))[0]
    return [store.line(number) for number in numbers.tolist() if number >= 0]


def kept_of(told: list[Line]) -> list[Line]:
    """Return the first and the latest of an owner's lines."""
    return [told[0], *told[-LINES_KEPT:]] if told else []


@settings(max_examples=examples(60))
@given(
    seed=st.integers(0, 2**32),
    seals=st.integers(1, 25),
    sweeps=st.sampled_from([0.0, 0.3, 1.0]),
    restarts=st.sampled_from([0.0, 0.3]),
    merges=st.sampled_from([0.0, 0.2]),
)
def test_owners_show_their_first_line_and_their_latest(
    seed: int, seals: int, sweeps: float, restarts: float, merges: float
) -> None:
    """Against lists of all lines: sweeping, restarting and merging families lose nothing that is shown."""
    dice, store = random.Random(seed), LineStore()
    by_family: dict[int, list[Line]] = defaultdict(list)
    by_facet: dict[int, list[Line]] = defaultdict(list)
    for slot in range(1, seals + 1):
        for line, family, facet in zip(*seal(store, dice, slot), strict=True):
            by_family[family].append(line)
            by_facet[facet].append(line)
        if dice.random() < merges:
            kept, absorbed = dice.sample(range(FAMILIES), 2)
            store.merge(kept, absorbed)
            by_family[kept] = sorted([*by_family[kept], *by_family.pop(absorbed, [])])
        if dice.random() < sweeps:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(evidence_lines, "SLACK_BYTES", -1)
                patch.setattr(evidence_lines, "SLACK_LINES", -1)
                store.sweep()
        if dice.random() < restarts:
            state = store.snapshot()
            assert_plain(state)
            store = LineStore()
            store.restore(state)
            assert store.snapshot() == state
        for family in range(FAMILIES):
            assert shown_by(store, store.families, family) == kept_of(by_family[family])
        for facet in range(FACETS):
            assert shown_by(store, store.facets, facet) == kept_of(by_facet[facet])


@given(shown=st.lists(st.integers(0, 40), max_size=6), room=st.lists(st.integers(1, 200), max_size=3))
def test_how_much_room_there_was_leaves_no_trace_in_a_snapshot(shown: list[int], room: list[int]) -> None:
    """Rings that grew otherwise hold the same, and go on as they are from what they left."""
    one, other = LineRings(), LineRings()
    for owners in room:
        other.make_room(owners)
    for rings in (one, other):
        for number, owner in enumerate(shown):
            rings.make_room(owner + 1)
            rings.set(owner, number, [number])
        rings.make_room(len(shown))
    assert one.snapshot() == other.snapshot()
    restored = LineRings()
    restored.restore(one.snapshot())
    restored.make_room(41)
    one.make_room(41)
    assert [restored.lines_of(owner) for owner in range(41)] == [one.lines_of(owner) for owner in range(41)]


def test_dead_lines_do_not_pile_up() -> None:
    """One owner with lines without end takes room for those that it shows and the slack."""
    store, spans = LineStore(), Spans.of([b"x" * 100])
    rows = np.zeros(1000, DELTA_DTYPE)
    sizes = []
    for _ in range(400):
        numbers = np.arange(1000, dtype=np.int32) + np.int32(store.add(rows, store.add_chunk(spans)))
        store.families.attach(np.zeros(1000, np.int32), numbers, np.zeros(1000, np.int32), NOBODY, NOBODY)
        store.sweep()
        sizes.append(store._used)
    assert max(sizes) <= evidence_lines.SLACK_LINES + 3 * (LINES_KEPT + 1) + 1000
    assert min(sizes[100:]) <= LINES_KEPT + 1


def test_an_owner_shows_what_it_had_at_the_end_of_a_slot() -> None:
    """Queried for slots between the lines that are attached, it shows its lines up to them and no others."""
    store = LineStore()
    rows = np.zeros(12, DELTA_DTYPE)
    rows["slot"] = np.repeat([4, 5, 7, 7], 3)
    rows["position"] = np.arange(12)
    first = store.add(rows, store.add_chunk(Spans.of([b"x"])))
    numbers = np.arange(12, dtype=np.int32) + np.int32(first)
    asked = np.array([3, 4, 5, 6, 7], np.int32)
    slots = np.ascontiguousarray(rows["slot"])
    shown = store.families.attach(np.zeros(12, np.int32), numbers, slots, np.zeros(5, np.int32), asked)
    counts = [0, 3, 6, 6, 12]
    for row, count in zip(shown.tolist(), counts, strict=True):
        told = list(range(count))
        assert [number for number in row if number >= 0] == ([told[0], *told[-LINES_KEPT:]] if told else [])
