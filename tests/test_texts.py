"""Texts in bulk, against lists of bytes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from brainstem.texts import Spans, Text, Texts

PAIRS = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=12)


def texts_of(pairs: list[tuple[bytes, bytes]]) -> Texts:
    """Put records and their messages into texts."""
    return Texts(Spans.of([raw for raw, _ in pairs]), Spans.of([message for _, message in pairs]))


@given(parts=st.lists(PAIRS, min_size=1, max_size=4), seed=st.integers(0, 99))
def test_joined_and_taken_texts_are_those_of_a_list(parts: list[list[tuple[bytes, bytes]]], seed: int) -> None:
    """Joining, taking and single look-ups give what plain lists give."""
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
    told = [plain[index] for index in kept]
    assert [chosen[index] for index in range(len(chosen))] == told
    low, high = sorted(np.random.default_rng(seed).integers(0, len(kept) + 1, 2).tolist())
    between = chosen.between(low, high)
    assert [between[index] for index in range(len(between))] == told[low:high]


@given(source=st.binary(max_size=40), cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8))
def test_gathered_spans_are_slices(source: bytes, cuts: list[tuple[int, int]]) -> None:
    """Slices of a buffer may overlap, repeat and be empty."""
    bounds = [sorted((min(low, len(source)), min(high, len(source)))) for low, high in cuts]
    start = np.array([low for low, _ in bounds], np.int64)
    length = np.array([high - low for low, high in bounds], np.int64)
    spans = Spans.gathered(np.frombuffer(source, np.uint8), start, length)
    assert [spans[index] for index in range(len(spans))] == [source[low:high] for low, high in bounds]
