"""States on their way to disk: smaller there, and the same afterwards."""

from hypothesis import given
from hypothesis import strategies as st

from state.snapshot_codec import LARGE_BYTES, WIDE, slim, whole
from tests.support.streams import assert_plain

VALUES = st.one_of(
    st.integers(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.none(),
    st.integers(LARGE_BYTES - 1, LARGE_BYTES + 1).map(bytes),
)
STATES = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=WIDE + 2).map(tuple), max_leaves=60)


@given(STATES)
def test_a_slim_state_becomes_what_it_was(state: object) -> None:
    """Whatever it holds, however deep, and it stays plain on the way."""
    given = slim(state)
    assert_plain(given)
    assert whole(given) == state


def test_what_is_mostly_empty_shrinks() -> None:
    """That is what it is for."""
    assert len(slim(bytes(1 << 20))) < 1 << 10
