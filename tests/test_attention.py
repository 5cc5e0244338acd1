"""What evidence is worth: sums, caps, signs, and how points move with what is known."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brainstem.attention import FACTORS, KINDS, LEARNING_SLOTS, SPREAD_WINDOW_SLOTS, Factor, scores, weigh
from brainstem.finding import POINT_QUANTUM, PRIOR_DECIBANS
from brainstem.reading import READING_DTYPE, SLOT_US
from brainstem.standing import kinds_of
from state.buckets import may_surface

SLOT = 2_960_000
LIMITS = {
    Factor.MEMORY: (0.0, 4.0),
    Factor.RECURRENCE: (0.0, 8.0),
    Factor.RISE: (0.0, 10.0),
    Factor.ACCELERATION: (0.0, 6.0),
    Factor.SPREAD: (0.0, 10.0),
    Factor.SELF_HEAL: (0.0, 12.0),
    Factor.NOVELTY: (0.0, 6.0),
    Factor.CUE: (0.0, 6.0),
    Factor.COUNTDOWN: (0.0, 18.0),
    Factor.PERIOD: (-22.0, 0.0),
    Factor.HABITUATION: (-4.0 - 2.0 * np.log2(145), 0.0),
    Factor.CHANGE_EVENT: (-10.0, 0.0),
    Factor.PRECURSOR: (0.0, 24.0),
    Factor.PRECEDENT: (0.0, 20.0),
    Factor.FEEDBACK: (-10.0, 10.0),
}
"""least and most decibans of each factor"""

Rows = npt.NDArray[Any]
NEWS = {"born_after_slots": LEARNING_SLOTS}
"""of a family that came when its tenant was known already"""

COLUMNS = st.fixed_dictionaries(
    {
        "age": st.one_of(st.integers(1, 1200), st.integers(1, 40_000)),
        "episodes_24h": st.integers(0, 144),
        "daily_mean_milli": st.integers(33, 144_500),
        "daily_windows": st.integers(0, 14),
        "active_days": st.integers(0, 14),
        "memory_milli": st.integers(-10_000, 12_000),
        "rise_milli": st.integers(0, 1_000_000) | st.integers(0, 30_000),
        "trend_milli": st.integers(-50_000, 50_000) | st.integers(0, 6000),
        "hosts_joined_7d": st.integers(0, 16),
        "regularity_permille": st.integers(0, 1000),
        "period_seconds": st.sampled_from([0, 600, 86_400]),
        "countdown_falls": st.sampled_from([0, 0, 5, 9]),
        "cue": st.integers(0, 2),
        "severity": st.integers(0, 24),
        "heal_cycles_7d": st.integers(0, 400),
        "active_families": st.integers(0, 5000),
        "rising_together": st.integers(0, 40),
        "spreading_together": st.integers(0, 40),
        "born_together": st.integers(0, 20),
        "born_after_slots": st.integers(0, 2000),
        "tenant_age_slots": st.integers(0, 3000),
    }
)
"""all that weighing looks at, over its whole range; `age` is in slots"""
TENANT_COLUMNS = (
    *("active_families", "rising_together", "spreading_together", "born_together", "born_after_slots"),
    *("tenant_age_slots", "heal_cycles_7d"),
)


def reading(**columns: int) -> Rows:
    """Give one reading of a family that is `age` slots old."""
    row = np.zeros(1, READING_DTYPE)
    row["slot"], row["family"] = SLOT, 9
    row["first_time"] = (SLOT + 1 - columns.pop("age", 100)) * SLOT_US
    for name, value in columns.items():
        row[name] = value
    return row


def points(**columns: int) -> dict[str, float]:
    """Give the points of one reading by factor, in decibans."""
    return dict(zip(FACTORS, (weigh(reading(**columns))[0] / POINT_QUANTUM).tolist(), strict=True))


@settings(max_examples=400)
@given(COLUMNS)
def test_contributions_add_up_and_keep_to_their_limits(columns: dict[str, int]) -> None:
    """Prior and contributions are the score exactly, in quarters and in decibans, and no factor leaves its range."""
    quarters = weigh(reading(**columns))
    (total,) = scores(quarters).tolist()
    decibans = [each / POINT_QUANTUM for each in quarters[0].tolist()]
    assert total == sum(quarters[0].tolist()) + int(PRIOR_DECIBANS * POINT_QUANTUM)
    assert total / POINT_QUANTUM == PRIOR_DECIBANS + sum(decibans) == sum(reversed(decibans)) + PRIOR_DECIBANS
    for factor, (least, most) in LIMITS.items():
        assert least - 0.25 < decibans[factor] <= most, factor.name


@pytest.mark.parametrize(
    ("column", "values", "factor", "sign"),
    [
        ("active_days", range(2, 15), "recurrence", 1),
        ("memory_milli", range(-1000, 8000, 250), "memory", 1),
        ("rise_milli", range(0, 30_000, 500), "rise", 1),
        ("daily_windows", range(15), "rise", 1),
        ("active_families", range(0, 500, 10), "rise", -1),
        ("trend_milli", range(-3000, 6000, 250), "acceleration", 1),
        ("hosts_joined_7d", range(17), "spread", 1),
        ("tenant_age_slots", range(0, 3000, 50), "spread", 1),
        ("heal_cycles_7d", range(30), "self_heal", 1),
        ("born_after_slots", range(0, 1000, 20), "novelty", 1),
        ("born_together", range(12), "novelty", -1),
        ("age", range(1, 5000, 60), "novelty", -1),
        ("cue", range(3), "cue", 1),
        ("severity", range(25), "cue", 1),
        ("countdown_falls", (0, 5, 8), "countdown", 1),
        ("regularity_permille", range(0, 1001, 50), "period", -1),
        ("born_together", range(12), "change_event", -1),
        ("daily_mean_milli", range(0, 144_000, 2000), "recurrence", -1),
        ("daily_mean_milli", range(0, 144_000, 2000), "memory", -1),
        ("daily_mean_milli", range(0, 144_000, 2000), "spread", -1),
        ("daily_mean_milli", range(0, 144_000, 2000), "self_heal", -1),
        ("daily_mean_milli", range(0, 144_000, 2000), "habituation", -1),
        ("rise_milli", range(0, 30_000, 500), "habituation", 1),
        ("trend_milli", range(-3000, 6000, 250), "habituation", 1),
    ],
)
@settings(max_examples=15)
@given(columns=COLUMNS)
def test_more_of_the_same_evidence_never_says_less(
    column: str, values: range, factor: str, sign: int, columns: dict[str, int]
) -> None:
    """Each factor moves one way with each of its statistics, whatever the others are."""
    if column != "daily_windows" and factor in ("rise", "habituation"):
        columns["daily_windows"] = 14
    if column == "regularity_permille":
        columns |= {"period_seconds": 600, "countdown_falls": 0}
    row = [points(**(columns | {column: value}))[factor] for value in values]
    assert row == sorted(row, reverse=sign < 0)


@settings(max_examples=400)
@given(columns=COLUMNS, stateful=st.booleans())
@example(columns={"age": 700, "memory_milli": 7000, "active_days": 14, "born_together": 0}, stateful=True)
def test_an_exhibit_is_made_for_whatever_can_be_promoted(columns: dict[str, int], stateful: bool) -> None:
    """Whatever the tenant's step knows, a score that reaches promotion was thought possible by the bucket."""
    if not stateful:
        columns["heal_cycles_7d"] = 0
    whole = reading(**columns)
    at_the_bucket = reading(**{name: value for name, value in columns.items() if name not in TENANT_COLUMNS})
    at_the_bucket["stateful"] = stateful
    if scores(weigh(whole))[0] >= 0:
        assert may_surface(at_the_bucket).tolist() == [True]


def test_asking_whether_a_reading_may_surface_leaves_it_alone() -> None:
    """The bucket's readings go on as they are."""
    rows = reading(memory_milli=7000, active_days=14, cue=2)
    before = rows.tobytes()
    may_surface(rows)
    may_surface(rows)
    weigh(rows)
    assert rows.tobytes() == before


@settings(max_examples=60)
@given(st.lists(COLUMNS, min_size=2, max_size=8))
def test_a_batch_of_readings_weighs_like_its_rows(many: list[dict[str, int]]) -> None:
    """No reading's points depend on its neighbours."""
    rows = np.concatenate([reading(**columns) for columns in many])
    assert weigh(rows).tolist() == [weigh(row.reshape(1))[0].tolist() for row in rows]


def test_nothing_but_the_prior_speaks_for_an_empty_reading() -> None:
    """An event of no note, long ago, is worth 1:100; only having been known for long takes away from it."""
    assert points(age=1, born_together=0, born_after_slots=0) == dict.fromkeys(FACTORS, 0.0)
    old = points(age=2000)
    assert {name for name, worth in old.items() if worth} == {"habituation"}
    assert weigh(np.zeros(0, READING_DTYPE)).shape == (0, len(FACTORS))


@pytest.mark.parametrize(
    ("columns", "factor", "worth"),
    [
        ({"active_days": 7, **NEWS}, "recurrence", 6.5),
        ({"active_days": 7}, "recurrence", 2.75),
        ({"active_days": 1}, "recurrence", 0.0),
        ({"active_days": 7, "daily_mean_milli": 12_000, **NEWS}, "recurrence", 3.25),
        ({"heal_cycles_7d": 1}, "self_heal", 0.0),
        ({"heal_cycles_7d": 3}, "self_heal", 8.0),
        ({"heal_cycles_7d": 400}, "self_heal", 12.0),
        ({"hosts_joined_7d": 3, "tenant_age_slots": LEARNING_SLOTS + SPREAD_WINDOW_SLOTS}, "spread", 10.0),
        ({"hosts_joined_7d": 3, "tenant_age_slots": LEARNING_SLOTS}, "spread", 0.0),
        ({"hosts_joined_7d": 3, "spreading_together": 3, "tenant_age_slots": 4000}, "spread", 5.0),
        ({"age": 432, "born_after_slots": LEARNING_SLOTS}, "novelty", 2.25),
        ({"age": 432, "born_after_slots": LEARNING_SLOTS, "born_together": 6}, "change_event", -10.0),
        ({"age": 577, "born_after_slots": LEARNING_SLOTS, "born_together": 6}, "change_event", 0.0),
        ({"severity": 17}, "cue", 6.0),
        ({"severity": 13}, "cue", 2.0),
        ({"cue": 1, "severity": 12}, "cue", 2.0),
        ({"countdown_falls": 5}, "countdown", 18.0),
        ({"regularity_permille": 1000, "period_seconds": 600}, "period", -22.0),
        ({"regularity_permille": 1000, "period_seconds": 600, "countdown_falls": 5}, "period", 0.0),
        ({"regularity_permille": 400, "period_seconds": 600}, "period", 0.0),
        ({"precursor_hits": 2}, "precursor", 24.0),
        ({"precursor_hits": 2, "precursor_unfollowed": 2}, "precursor", 20.0),
        ({"precursor_hits": 3, "precursor_unfollowed": 34}, "precursor", 10.0),
        ({"precursor_hits": 2, "regularity_permille": 1000, "period_seconds": 600}, "period", 0.0),
        ({"precedent_days": 1, "precedent_permille": 1000}, "precedent", 20.0),
        ({"precedent_days": 10, "precedent_permille": 1000}, "precedent", 14.25),
        ({"precedent_days": 100, "precedent_permille": 500}, "precedent", 5.0),
        ({"feedback_useful_milli": 1000}, "feedback", 3.0),
        ({"feedback_useless_milli": 3000}, "feedback", -6.0),
        ({"feedback_useless_milli": 90_000}, "feedback", -10.0),
        ({"age": 1153, "daily_mean_milli": 7000}, "habituation", -10.0),
        ({"age": 1152, "daily_mean_milli": 7000}, "habituation", 0.0),
        ({"rise_milli": 6000, "daily_windows": 4, **NEWS}, "rise", 6.0),
        ({"rise_milli": 6000, "daily_windows": 2, **NEWS}, "rise", 3.0),
        ({"rise_milli": 6000, "daily_windows": 14}, "rise", 6.0),
        ({"rise_milli": 6000, "daily_windows": 7}, "rise", 3.0),
        ({"rise_milli": 6000, "daily_windows": 14, "rising_together": 3}, "rise", 3.0),
        ({"rise_milli": 60_000, "daily_windows": 14, "active_families": 1000}, "rise", 10.0),
        ({"rise_milli": 16_000, "daily_windows": 14, "active_families": 100}, "rise", 6.0),
        ({"trend_milli": 2000, "daily_windows": 14}, "acceleration", 2.5),
        ({"trend_milli": 2000, "daily_windows": 14, "rising_together": 12}, "acceleration", 0.5),
    ],
)
def test_a_factor_is_worth_what_the_table_says(columns: dict[str, int], factor: str, worth: float) -> None:
    """The formulas at places where they can be worked out by hand."""
    assert points(**columns)[factor] == worth


def test_every_factor_that_speaks_for_a_family_belongs_to_one_kind() -> None:
    """Kinds are the keys of promotion; factors that only ever lower the score are none."""
    owned = [factor for kind in KINDS for factor in kind.factors]
    assert len(owned) == len(set(owned))
    # what people say weighs, and is no evidence of its own
    assert set(owned) == {factor for factor, (_, most) in LIMITS.items() if most > 0} - {Factor.FEEDBACK}
    assert [kind.name for kind in KINDS if kind.stands_alone] == ["countdown", "precursor"]


@settings(max_examples=100)
@given(st.lists(st.integers(-90, 60), min_size=len(FACTORS), max_size=len(FACTORS)))
def test_a_kind_is_a_key_from_two_decibans_on(quarters: list[int]) -> None:
    """The points of its factors together decide."""
    mask = int(kinds_of(np.array(quarters, np.int32)))
    held = {kind.name for bit, kind in enumerate(KINDS) if mask >> bit & 1}
    assert held == {kind.name for kind in KINDS if sum(quarters[factor] for factor in kind.factors) >= 8}
