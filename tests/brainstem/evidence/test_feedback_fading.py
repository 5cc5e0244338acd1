"""Opinions: what people said of an item fades, half of a verdict's weight in 90 days."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.feedback import FAMILY_SCOPE, SIGNATURE_SCOPE, VERDICTS_KEPT, FeedbackRecord, FeedbackTable

FAMILY = 7
SAID = 2_950_000


def said(verdict: str, *days: float) -> FeedbackTable:
    """Return the same verdict, said on some days."""
    feedback_table = FeedbackTable()
    for day in days:
        feedback_table.take(FAMILY, FeedbackRecord(SAID + int(day * SLOTS_PER_DAY), verdict, FAMILY_SCOPE, 0, ""))
    return feedback_table


@pytest.mark.parametrize(("days", "milli"), [(0, 1000), (45, 707), (90, 500), (180, 250), (360, 62), (900, 1)])
@pytest.mark.parametrize("verdict", ["useful", "useless"])
def test_a_verdict_loses_half_of_its_weight_in_90_days(verdict: str, days: int, milli: int) -> None:
    """The weight fades by the clock of the logs, the number of verdicts stays."""
    standpoint = said(verdict, 0).of(FAMILY, SAID + days * SLOTS_PER_DAY)
    assert standpoint is not None
    weights = {"useful": standpoint.useful_milli, "useless": standpoint.useless_milli}
    assert weights == {"useful": 0, "useless": 0} | {verdict: milli}
    assert (standpoint.useful, standpoint.useless) == ((1, 0) if verdict == "useful" else (0, 1))


def test_verdicts_fade_each_by_its_own_age() -> None:
    """One of today and one of 90 days ago weigh one and a half."""
    standpoint = said("useless", 0, 90).of(FAMILY, SAID + 90 * SLOTS_PER_DAY)
    assert standpoint is not None
    assert (standpoint.useless, standpoint.useless_milli) == (2, 1500)


def test_resolved_is_no_opinion_of_worth() -> None:
    """It tells what became of the item and weighs nothing."""
    standpoint = said("resolved", 0).of(FAMILY, SAID)
    assert standpoint is not None
    assert standpoint[:4] == (0, 0, 0, 0)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=2 * VERDICTS_KEPT), st.integers(0, 400))
def test_weight_never_grows_with_time_and_a_snapshot_changes_nothing(days: list[int], later: int) -> None:
    """However many verdicts there are, the latest are kept; one that is read twice counts once."""
    feedback_table = said("useful", *sorted(days))
    restored = FeedbackTable()
    restored.restore(feedback_table.snapshot())
    now, then = (feedback_table.of(FAMILY, SAID + day * SLOTS_PER_DAY) for day in (400, 400 + later))
    assert now is not None
    assert then is not None
    assert then.useful_milli <= now.useful_milli
    assert now.useful == min(len(set(days)), VERDICTS_KEPT)
    assert restored.of(FAMILY, SAID + 400 * SLOTS_PER_DAY) == now


def test_a_family_that_joins_brings_its_verdicts() -> None:
    """In the order of time, and with the widest scope."""
    feedback_table = said("useful", 10)
    feedback_table.take(8, FeedbackRecord(SAID, "useless", SIGNATURE_SCOPE, 0, ""))
    feedback_table.join(8, FAMILY)
    standpoint = feedback_table.of(FAMILY, SAID + 10 * SLOTS_PER_DAY)
    assert standpoint is not None
    assert (standpoint.useful, standpoint.useless, standpoint.scope) == (1, 1, SIGNATURE_SCOPE)
    assert feedback_table.of(8, SAID) is None
