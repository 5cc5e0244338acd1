"""Companions: what comes whenever something else does is told with it, once."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.attention.co_occurrence import (
    CHANCE_SHARE,
    ENDS_SECONDS,
    HEARD_KEPT,
    TOGETHER_LEAST,
    TOGETHER_OF_MOMENTS,
    TOGETHER_SECONDS,
    co_occurs,
    ends,
    merged_moments,
    note_moment,
)
from tests.support.examples import examples

START = 1_700_000_000
HOUR = 3600


def moments(*seconds: int) -> npt.NDArray[np.uint32]:
    """Return the moments that are kept of a family heard at these seconds after the start."""
    kept = np.zeros(HEARD_KEPT, np.uint32)
    for second in seconds:
        note_moment(kept, START + second)
    return kept


def plainly(own: npt.NDArray[np.uint32], other: npt.NDArray[np.uint32]) -> bool:
    """Return it by the plain rule: two moments at least, three quarters of those known, and not by chance."""
    theirs = sorted(int(each) for each in other if each)
    if len(theirs) < TOGETHER_LEAST:
        return False
    if 2 * TOGETHER_SECONDS * (len(theirs) - 1) > CHANCE_SHARE * (theirs[-1] - theirs[0]):
        return False
    known = [int(each) for each in own if each >= max(1, theirs[0] - TOGETHER_SECONDS)]
    together = [each for each in known if min(abs(each - their) for their in theirs) <= TOGETHER_SECONDS]
    return len(together) >= TOGETHER_LEAST and len(together) >= TOGETHER_OF_MOMENTS * len(known)


TIMES = st.lists(st.integers(0, 40).map(lambda tenth: tenth * HOUR // 2), max_size=12).map(sorted)


@settings(max_examples=examples(300))
@given(TIMES, TIMES, st.integers(-200, 200))
def test_a_message_co_occurs_where_the_plain_rule_says_so(own: list[int], other: list[int], apart: int) -> None:
    """The compiled rule and its plain form agree, whatever the moments are."""
    some, others = moments(*own), moments(*(each + apart for each in other))
    assert co_occurs(some, others) == plainly(some, others)


@pytest.mark.parametrize(
    ("own", "other", "together"),
    [
        ([0, 5, 11], [0, 5, 11], True),
        ([0], [0], False),
        ([0, 5], [0, 5], True),
        ([0, 5, 9], [0, 5], False),
        ([0, 5, 11, 20], [0, 5, 11], True),
        ([0, 5, 11, 20, 25], [0, 5, 11], False),
        # what came before the other one was first heard of says nothing
        ([-90, -80, 0, 5, 11], [0, 5, 11], True),
        # the other one may come oftener
        ([0, 11, 21], [0, 5, 11, 16, 21], True),
    ],
)
def test_two_moments_and_three_quarters_of_them_are_needed(own: list[int], other: list[int], together: bool) -> None:
    """Hours after the start, the other one some seconds later."""
    assert (
        co_occurs(
            moments(*(100 * HOUR + each * HOUR for each in own)), moments(*(360_020 + each * HOUR for each in other))
        )
        is together
    )


def test_what_comes_all_the_time_covers_nothing() -> None:
    """Every ten minutes something is near by chance."""
    always = moments(*(600 * number for number in range(HEARD_KEPT)))
    assert not co_occurs(always, always)
    seldom = moments(*(HOUR * number for number in range(HEARD_KEPT)))
    assert co_occurs(seldom, seldom)


def test_only_the_latest_moments_are_kept_also_of_two_that_become_one() -> None:
    """The oldest ones go."""
    assert moments(*range(20)).tolist() == [START + each for each in range(12, 20)]
    both = merged_moments(moments(1, 3, 5), moments(2, 3))
    assert both.tolist() == [0] * (HEARD_KEPT - 4) + [START + each for each in (1, 2, 3, 5)]
    assert merged_moments(moments(*range(0, 40, 4)), moments(*range(2, 42, 4))).tolist() == [
        START + each for each in range(24, 40, 2)
    ]


@given(gaps=st.lists(st.integers(0, 2 * ENDS_SECONDS), min_size=2, max_size=HEARD_KEPT))
def test_an_end_comes_within_an_hour_after_its_trouble_most_times(gaps: list[int]) -> None:
    """Three quarters of the times, twice at the least; what comes before it ends nothing."""
    troubles = [each * 10 * HOUR for each in range(len(gaps))]
    trouble, end = moments(*troubles), moments(*(time + gap for time, gap in zip(troubles, gaps, strict=True)))
    behind = sum(gap <= ENDS_SECONDS for gap in gaps)
    assert ends(end, trouble) == (behind >= 2 and behind >= TOGETHER_OF_MOMENTS * len(gaps))
    assert not ends(moments(*(time - 60 for time in troubles[1:])), trouble)
    assert not ends(end, moments())
