"""Parts of JSON texts: slices of the bytes that came, whatever the text, and a sentence for what is no JSON."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.json_parts import DEPTH_MOST, InvalidJsonError, elements_of, members_of, records_of

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
SPACING = st.sampled_from([(", ", ": "), (",", ":"), (" ,\n", "\t:\r\n ")])


def written(value: Any, spacing: tuple[str, str], *, is_ascii: bool) -> bytes:
    """Return a value as JSON, with this white space, and characters beyond ASCII escaped or not."""
    return json.dumps(value, separators=spacing, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")


@given(st.lists(VALUES, max_size=6), SPACING, st.booleans())
def test_elements_are_those_of_the_array(values: list[Any], spacing: tuple[str, str], is_ascii: bool) -> None:
    """In order, and each a slice of the text."""
    text = written(values, spacing, is_ascii=is_ascii)
    parts = list(elements_of(text))
    assert [orjson.loads(part) for part in parts] == orjson.loads(text)
    assert all(part in text and part == part.strip() for part in parts)
    assert list(records_of(b"\n " + text + b"\n")) == parts


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=6), SPACING, st.booleans())
def test_members_are_those_of_the_object(values: dict[str, Any], spacing: tuple[str, str], is_ascii: bool) -> None:
    """By their names, whose escapes are read."""
    text = written(values, spacing, is_ascii=is_ascii)
    assert {name: orjson.loads(part) for name, part in members_of(text).items()} == orjson.loads(text)


@given(st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), max_size=5), SPACING)
def test_objects_behind_each_other_are_records(values: list[dict[str, Any]], spacing: tuple[str, str]) -> None:
    """With or without a line feed between them."""
    for between in (b"", b"\n", b" \r\n "):
        parts = list(records_of(between.join(written(value, spacing, is_ascii=True) for value in values)))
        assert [orjson.loads(part) for part in parts] == values


@given(st.lists(VALUES, min_size=1, max_size=4), SPACING, st.data())
def test_a_text_that_is_cut_off_is_no_json(values: list[Any], spacing: tuple[str, str], data: st.DataObject) -> None:
    """Wherever it is cut within the outermost bracket."""
    text = written(values, spacing, is_ascii=True)
    cut = data.draw(st.integers(1, len(text) - 1))
    with pytest.raises(InvalidJsonError):
        list(records_of(text[:cut]))


@pytest.mark.parametrize(
    "text", [b"{]", b"[}", b"[1,]", b"[,1]", b"[1,,2]", b"nothing", b'["a', b"[]]", b"{}}", b"1", b'"text"', b'{"a":1]']
)
def test_brackets_that_do_not_fit_are_no_json(text: bytes) -> None:
    """Nor is a value that is neither object nor array."""
    with pytest.raises(InvalidJsonError):
        list(records_of(text))


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_a_hundred_thousand_levels_are_refused(text: bytes) -> None:
    """Without a call for each of them."""
    with pytest.raises(InvalidJsonError, match=f"deeper than {DEPTH_MOST} levels"):
        list(records_of(text))


@pytest.mark.parametrize("text", [b'{"a"}', b'{"a":}', b"{:1}", b"{,}", b'{"a":1,}', b"[1]", b"{} {}"])
def test_what_is_no_object_has_no_members(text: bytes) -> None:
    """A name without a value, a value without a name, or something else altogether."""
    with pytest.raises(InvalidJsonError):
        members_of(text)
