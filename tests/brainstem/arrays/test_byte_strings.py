"""Texts in bulk, against lists of bytes."""

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from brainstem.arrays.byte_strings import Spans, Text, Texts

PAIRS = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=12)


def texts_of(pairs: list[tuple[bytes, bytes]]) -> Texts:
    """Put records and their messages into texts."""
    return Texts(Spans.of([raw for raw, _ in pairs]), Spans.of([message for _, message in pairs]))


@given(parts=st.lists(PAIRS, min_size=1, max_size=4), seed=st.integers(0, 99))
def test_joined_and_taken_texts_are_those_of_a_list(parts: list[list[tuple[bytes, bytes]]], seed: int) -> None:
    """Joining, taking and single look-ups return what plain lists do."""
    plain = [Text(*pair) for part in parts for pair in part]
    texts = Texts.joined([texts_of(part) for part in parts])
    assert [texts[index] for index in range(len(texts))] == plain
    restored = Texts.from_plain(texts.to_plain())
    assert [restored[index] for index in range(len(restored))] == plain
    chosen = np.random.default_rng(seed).integers(0, len(plain), 7) if plain else np.zeros(0, np.int64)
    taken = texts.messages.take(chosen)
    assert [taken[index] for index in range(len(taken))] == [plain[index].message for index in chosen]


@given(parts=st.lists(PAIRS, max_size=4), seed=st.integers(0, 99))
def test_texts_chosen_from_parts_are_those_of_a_list(parts: list[list[tuple[bytes, bytes]]], seed: int) -> None:
    """Some of the texts of several parts, in their order, and those between two of them."""
    plain = [Text(*pair) for part in parts for pair in part]
    kept = np.flatnonzero(np.random.default_rng(seed).integers(0, 2, len(plain)))
    chosen = Texts.chosen([texts_of(part) for part in parts], kept)
    expected = [plain[index] for index in kept]
    assert [chosen[index] for index in range(len(chosen))] == expected
    low, high = sorted(np.random.default_rng(seed).integers(0, len(kept) + 1, 2).tolist())
    between = chosen.between(low, high)
    assert [between[index] for index in range(len(between))] == expected[low:high]


@given(source=st.binary(max_size=40), cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8))
def test_gathered_spans_are_slices(source: bytes, cuts: list[tuple[int, int]]) -> None:
    """Slices of a buffer may overlap, repeat and be empty."""
    bounds = [sorted((min(low, len(source)), min(high, len(source)))) for low, high in cuts]
    start = np.array([low for low, _ in bounds], np.int64)
    length = np.array([high - low for low, high in bounds], np.int64)
    spans = Spans(np.frombuffer(source, np.uint8), start, length)
    expected = [source[low:high] for low, high in bounds]
    for each in (spans, spans.copied(), pickle.loads(pickle.dumps(spans)), Spans.from_plain(*spans.to_plain())):  # noqa: S301 - our own
        assert [each[index] for index in range(len(each))] == expected
    assert len(spans.copied().buffer) == sum(map(len, expected))


@given(
    records=st.lists(st.tuples(st.binary(max_size=9), st.integers(0, 9), st.integers(0, 9)), max_size=9),
    seed=st.integers(0, 99),
    beside=st.booleans(),
)
def test_messages_that_lie_in_their_records_are_copied_with_them(
    records: list[tuple[bytes, int, int]], seed: int, beside: bool
) -> None:
    """Of texts that share a buffer some are chosen; one message may lie elsewhere in it."""
    raws = [raw for raw, _, _ in records]
    source = np.frombuffer(b"".join(raws) + b"elsewhere", np.uint8)
    start = np.cumsum([0, *map(len, raws)])[: len(raws)].astype(np.int64)
    length = np.array([*map(len, raws)], np.int64)
    low = np.array([min(one, len(raw)) for raw, one, _ in records], np.int64)
    size = np.array([min(other, len(raw) - min(one, len(raw))) for raw, one, other in records], np.int64)
    message_start = start + low
    if beside and len(records):
        message_start[-1], size[-1] = len(source) - 9, 9
    texts = Texts(Spans(source, start, length), Spans(source, message_start, size))
    expected = [texts[index] for index in range(len(texts))]
    kept = np.flatnonzero(np.random.default_rng(seed).integers(0, 2, len(expected)))
    chosen = Texts.chosen([texts, texts_of([(b"a", b"b")]), texts], kept)
    assert [chosen[index] for index in range(len(chosen))] == [expected[index] for index in kept]
    alone = Texts.chosen([texts], kept)
    assert [alone[index] for index in range(len(alone))] == [expected[index] for index in kept]
    is_one_buffer = alone.raws.buffer is alone.messages.buffer
    assert is_one_buffer == (not beside or len(expected) - 1 not in kept)
