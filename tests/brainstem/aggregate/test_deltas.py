"""Aggregating a batch: against plain sums over its events, and the same however the stream is batched."""

import random
import weakref
from collections import defaultdict
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.aggregate.deltas import (
    MESSAGE_BYTES,
    RAW_BYTES,
    Deltas,
    aggregate,
    by_bucket,
    compact,
    compact_sightings,
    member_key,
)
from brainstem.aggregate.kernels import BUCKETS
from brainstem.arrays.rows import in_order
from brainstem.contracts.envelope import Envelopes
from brainstem.parse.boundaries.framing import frame
from brainstem.parse.parser import parse
from brainstem.parse.source_context import SourceContext
from brainstem.signature.signing import sign
from state.attention.pending import PendingDeltas, SealedDeltas
from tests.support.examples import examples
from tests.support.streams import Journal, assert_plain, deltas_of, events_of, works

Row = dict[str, Any]


def rows_of(table: Any) -> list[Row]:
    """Return a table as plain rows."""
    return [{name: row[name].tolist() for name in table.dtype.names} for row in table]


@pytest.mark.parametrize("seed", range(3))
def test_an_aggregated_batch_holds_the_plain_sums(seed: int) -> None:
    """Counts, times, flags, lines, numbers and transitions of every member, host and slot."""
    for journal in works(seed, tenants=("north",)):
        (deltas,) = deltas_of(journal)
        events = events_of(journal)
        groups: dict[tuple[int, int, int], list[Row]] = defaultdict(list)
        for event in events:
            groups[event["slot"], event["member"], event["host"]].append(event)
        folded = {(row["slot"], row["member"], row["host"]): row for row in rows_of(deltas.rows)}
        assert folded.keys() == groups.keys()
        for key, group in groups.items():
            row = folded[key]
            assert row["count"] == len(group)
            assert row["first_time"] == min(event["time"] for event in group)
            assert row["last_time"] == max(event["time"] for event in group)
            assert row["severity"] == max(event["severity"] for event in group)
            assert row["cue"] == max(event["cue"] for event in group)
            assert row["stateful"] == any(event["polarity"] < 0 for event in group)
            assert_speaks(deltas, row, group)
        named: dict[tuple[int, int, int, int], list[Row]] = defaultdict(list)
        for event in events:
            for name in event["entities"]:
                named[event["slot"], event["member"], name, event["host"]].append(event)
        sightings = {(row["slot"], row["member"], row["name"], row["host"]): row for row in rows_of(deltas.sightings)}
        assert sightings.keys() == named.keys()
        for (*_, name, _), group, row in ((key, named[key], sightings[key]) for key in named):
            assert row["count"] == len(group)
            assert (row["first_time"], row["last_time"]) == (
                min(event["time"] for event in group),
                max(event["time"] for event in group),
            )
            first = assert_speaks(deltas, row, group)
            spelt = {
                (begin - first["message_start"], end - first["message_start"])
                for each, (begin, end) in zip(first["entities"], first["spelt"], strict=True)
                if each == name
            }
            assert (row["name_start"], row["name_end"]) in spelt
        told = [event for event in events if event["polarity"] and event["entities"]]
        assert len(deltas.transitions) == sum(len(event["entities"]) for event in told)
        assert {(row["time"], row["polarity"]) for row in rows_of(deltas.transitions)} == {
            (event["time"], event["polarity"]) for event in told
        }
        small = [event for event in events if any(0 <= number <= 1_000_000_000 for number in event["numbers"])]
        assert {(row["slot"], row["member"]) for row in rows_of(deltas.numbers)} == {
            (event["slot"], event["member"]) for event in small
        }


def assert_speaks(deltas: Deltas, row: Row, group: list[Row]) -> Row:
    """Fail unless a row's line is that of the earliest of its events, which is given."""
    first = min(group, key=lambda event: (event["time"], event["position"]))
    text = deltas.texts[row["text"]]
    assert (text.raw, text.message) == (first["raw"], first["message"])
    for name in ("position", "host", "event_time"):
        assert row[name] == first[name]
    return first


def waited(shares: list[Deltas]) -> SealedDeltas:
    """Return what a bucket that held these shares would seal."""
    waiting = PendingDeltas()
    for share in shares:
        waiting.add(share)
    return waiting.take_before(2**31 - 1)


def latest(ready: SealedDeltas) -> dict[tuple[int, int], Row]:
    """Return the last number of each slot and gauge: it is the one that counts."""
    return {(row["slot"], row["gauge"]): row for row in rows_of(ready.numbers)}


def turns(*seals: SealedDeltas) -> list[tuple[object, ...]]:
    """Return who went down or came up in some seals, in order, each with the names as its event spells them."""
    told: list[tuple[object, ...]] = []
    for ready in seals:
        names = [name for name in ready.transitions.dtype.names or () if name != "spelling"]
        for row in in_order(ready.transitions, "time", "source", "position", "entity"):
            spelt = ready.spellings[row["spelling"]] if row["spelling"] >= 0 else ()
            told.append((*(row[name].tobytes() for name in names), spelt))
    return told


def told_by(*seals: SealedDeltas) -> list[list[tuple[object, ...]]]:
    """Return the deltas and the sightings of some seals, in order, each with its text in place of the text's number."""
    told: list[list[tuple[object, ...]]] = [[], []]
    for ready in seals:
        for into, table in zip(told, (ready.rows, ready.sightings), strict=True):
            names = [name for name in table.dtype.names or () if name != "text"]
            into += [(*(row[name].tobytes() for name in names), ready.texts[int(row["text"])]) for row in table]
    return told


def assert_same(one: SealedDeltas, other: SealedDeltas) -> None:
    """Fail unless two seals are the same, byte for byte, whatever their texts' order."""
    assert latest(one) == latest(other)
    assert turns(one) == turns(other)
    assert told_by(one) == told_by(other)


@settings(max_examples=examples(25))
@given(seed=st.integers(0, 5), cuts=st.lists(st.integers(0, 150), max_size=8), order=st.randoms(use_true_random=False))
def test_batches_in_any_cut_and_order_add_up_to_the_same(seed: int, cuts: list[int], order: random.Random) -> None:
    """What waits for sealing does not depend on how the stream was batched."""
    journals = works(seed, days=6, tenants=("north",))
    whole = [deltas for journal in journals for deltas in deltas_of(journal)]
    pieces = [deltas for journal in journals for deltas in deltas_of(journal, cuts)]
    order.shuffle(pieces)
    assert_same(waited(pieces), waited(whole))


@settings(max_examples=examples(25))
@given(seed=st.integers(0, 5), cuts=st.lists(st.integers(0, 900), max_size=6), restarts=st.booleans())
def test_what_waits_is_taken_once_slot_by_slot(seed: int, cuts: list[int], restarts: bool) -> None:
    """Taking often returns the rows of taking once, also across a snapshot each time."""
    whole = [deltas for journal in works(seed, days=6, tenants=("north",)) for deltas in deltas_of(journal, [40])]
    expected = waited(whole)
    first = int(expected.rows["slot"][0])
    waiting = PendingDeltas()
    for share in whole:
        waiting.add(share)
    taken = []
    for slot in [*sorted(first + cut for cut in cuts), 2**31 - 1]:
        ready = waiting.take_before(slot)
        assert all(
            (table["slot"] < slot).all() for table in (ready.rows, ready.sightings, ready.numbers, ready.transitions)
        )
        taken.append(ready)
        if restarts:
            state = waiting.snapshot()
            assert_plain(state)
            waiting = PendingDeltas()
            waiting.restore(state)
    assert turns(*taken) == turns(expected)
    assert np.concatenate([ready.numbers for ready in taken]).tobytes() == expected.numbers.tobytes()
    assert told_by(*taken) == told_by(expected)


def test_every_row_goes_to_its_bucket_and_none_is_lost() -> None:
    """The shares of the buckets are the batch, each row in the bucket of its key; a share's texts are its own."""
    for journal in works(1):
        (deltas,) = deltas_of(journal)
        shares = dict(by_bucket(deltas))
        assert sorted(shares) == list(range(BUCKETS))
        for bucket, share in shares.items():
            for table in (share.rows, share.sightings, share.numbers, share.transitions):
                assert (table["bucket"] == bucket).all()
            assert len(share.texts) == len({*share.rows["text"].tolist(), *share.sightings["text"].tolist()})
        for name in ("rows", "sightings", "numbers", "transitions"):
            assert sum(len(getattr(share, name)) for share in shares.values()) == len(getattr(deltas, name))
        groups: dict[tuple[int, int], set[int]] = defaultdict(set)
        for row in rows_of(deltas.rows):
            groups[row["tenant"], row["service"]].add(row["bucket"])
        assert all(len(buckets) == 1 for buckets in groups.values())


def test_joining_leaves_what_it_was_given_alone() -> None:
    """Compacting works on copies."""
    (deltas,) = deltas_of(works(0, tenants=("north",))[0])
    twice, seen = np.concatenate([deltas.rows] * 2), np.concatenate([deltas.sightings] * 2)
    before = twice.tobytes() + seen.tobytes()
    assert int(compact(twice)["count"].sum()) == 2 * int(deltas.rows["count"].sum())
    assert int(compact_sightings(seen)["count"].sum()) == 2 * int(deltas.sightings["count"].sum())
    assert len(compact_sightings(seen)) == len(deltas.sightings)
    assert twice.tobytes() + seen.tobytes() == before


def held_bytes(table: Any) -> int:
    """Count the bytes of the buffer that a table lies in."""
    while isinstance(table.base, np.ndarray):
        table = table.base
    return int(table.nbytes)


def test_what_waits_does_not_hold_the_batch_it_came_from() -> None:
    """Of thousands of lines of a few kinds, little is kept until they are sealed."""
    moment = works(0)[0].lines[0][0]
    lines = tuple((moment, f"mill{count % 2} grind[5]: load of 10.0.0.{count % 2} is 7 at 12") for count in range(5000))
    (deltas,) = deltas_of(Journal("north", "file:/chatty.log", lines))
    for table in (deltas.rows, deltas.sightings, deltas.numbers):
        assert len(table) <= 8
        assert held_bytes(table) <= 2 * table.nbytes
    for share in (share for _, share in by_bucket(deltas) if len(share.rows)):
        assert held_bytes(share.texts.raws.buffer) <= 2 * int(share.texts.raws.length.sum())
        assert held_bytes(share.texts.messages.buffer) <= 2 * int(share.texts.raws.length.sum())


def test_a_clock_that_runs_ahead_keeps_no_batch() -> None:
    """Of each batch one line is of a later day; it waits with its own text, and that of the others is freed."""
    moment = works(0)[0].lines[0][0]
    ahead = moment + timedelta(days=1)
    waiting, texts = PendingDeltas(), []
    for turn in range(5):
        lines = [(moment, f"mill{count} grind[5]: load of 10.0.{turn}.{count} is 12") for count in range(200)]
        lines.append((ahead, f"ahead{turn} grind[5]: load is 7"))
        (deltas,) = deltas_of(Journal("north", f"file:/{turn}.log", tuple(lines)))
        texts.append(weakref.ref(deltas.texts.raws.buffer))
        waiting.add(deltas)
        waiting.take_before(int(deltas.rows["slot"].max()))
    del deltas
    assert len(waiting) == len(texts)
    assert [held() for held in texts] == [None] * len(texts)
    ready = waiting.take_before(2**31 - 1)
    said = sorted(ready.texts[int(row["text"])].raw.split(b" ", 1)[1] for row in ready.rows)
    assert said == [f"ahead{turn} grind[5]: load is 7\n".encode() for turn in range(5)]


def test_long_records_travel_cut() -> None:
    """A monstrous line does not travel whole; the evidence store has it."""
    moment = works(0)[0].lines[0][0]
    journal = Journal("north", "file:/long.log", ((moment, "mill1 grind[5]: " + "stone " * 2000),))
    texts = deltas_of(journal)[0].texts
    assert len(texts) == 1
    text = texts[0]
    assert (len(text.raw), len(text.message)) == (RAW_BYTES, MESSAGE_BYTES)


def test_a_batch_of_rejects_folds_to_nothing() -> None:
    """Blank lines leave no trace but their names."""
    buffer = np.frombuffer(b"  \n\n", np.uint8)
    frames = frame(buffer, final=True)
    received = np.zeros(len(frames), np.int64)
    empty = Envelopes("file:/blank.log", "north", "", frames.start, frames.length, received, buffer, frames.start)
    parsed = parse(empty, SourceContext(10**17))
    deltas = aggregate(empty, parsed, sign(parsed.text, parsed.message_start, parsed.message_end))
    assert [len(deltas.rows), len(deltas.sightings), len(deltas.numbers), len(deltas.transitions)] == [0, 0, 0, 0]


def test_keys_depend_on_every_part() -> None:
    """Members of another tenant, service or signature have another key."""
    keys = {member_key(tenant, service, signature) for tenant in (1, 2) for service in (1, 2) for signature in (1, 2)}
    assert len(keys) == 8
    assert all(0 <= key < 2**64 for key in keys)
