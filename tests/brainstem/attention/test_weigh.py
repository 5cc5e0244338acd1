"""What evidence is worth: sums, caps, signs, and how points move with what is known."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brainstem.arrays.aliases import Rows
from brainstem.attention.bounds import (
    BOUND_DTYPE,
    IF_WORDS_TELL,
    MAY_SURFACE,
    NEVER_YET,
    WORTH_WEIGHING_QUARTERS,
    is_beyond_reach,
    is_worth_weighing,
    may_surface,
)
from brainstem.attention.state import kinds_of
from brainstem.attention.weigh import scores, weigh
from brainstem.contracts.features import FEATURES_DTYPE, ON_ENTITY, ON_HOST, ONE_MEMBER
from brainstem.contracts.points import POINT_QUANTUM, PRIOR_DECIBANS
from brainstem.contracts.slots import SLOT_US
from brainstem.evidence.concentration import CONCENTRATION_POINTS_MAX
from brainstem.evidence.cue import FIRST_DAY_SHARE, STRONG_CUE_POINTS
from brainstem.evidence.discounts.clock import CLOCK_MAX, SCATTERED_PERMILLE, keeps_to_clock, log_bessel
from brainstem.evidence.discounts.crowd import (
    CROWD_ENTITY_POINTS,
    CROWD_FAMILIES,
    CROWD_HOST_POINTS,
    CROWD_MEMBER_POINTS,
    CROWD_POINTS,
    CROWD_SIBLING_POINTS,
)
from brainstem.evidence.feedback import FEEDBACK_MAX
from brainstem.evidence.frequency.acceleration import GROWTH_POINTS, SUSTAINED_MAX
from brainstem.evidence.frequency.novelty import (
    FADE_FROM_DAYS,
    NEWS_A_DAY,
    NEWS_AT_ONCE,
    NOVELTY_POINTS,
    SILENCE_DAYS,
    emergence,
)
from brainstem.evidence.frequency.recurrence import BRISK_POINTS, HOUR_US
from brainstem.evidence.frequency.spread import SPREAD_WINDOW_SLOTS
from brainstem.evidence.incidents.precedent import PRECEDENT_MAX
from brainstem.evidence.incidents.precursor import PRECURSOR_MAX
from brainstem.evidence.kinds import FACTORS, KEYS
from brainstem.evidence.self_heal.by_timing import is_followed
from brainstem.evidence.self_heal.kind import HEAL_POINTS_MAX, HEAL_TOLD_SHARE
from brainstem.evidence.self_heal.meetings import TOLD_EPISODES_MOST
from brainstem.evidence.statistics import COMPANY, DECIBANS_PER_NAT, LEARNING_SLOTS, YOUNG_DAYS, days_apart, surprise
from tests.support.examples import examples

SLOT = 2_960_000
DAY = 144
AGAINST = {"period", "clock", "habituation", "change_event", "crowd", "lineage"}
"""factors that only ever lower a score; all others only ever raise it"""
MOST = {
    "novelty": NOVELTY_POINTS,
    "acceleration": GROWTH_POINTS,
    "self_heal": HEAL_POINTS_MAX,
    "concentration": CONCENTRATION_POINTS_MAX,
    "precursor": PRECURSOR_MAX,
    "precedent": PRECEDENT_MAX,
    "feedback": FEEDBACK_MAX,
}
"""most decibans of factors whose bound has a name"""
BOUND = 40.0
"""decibans that no single factor brings"""

NEWS = {"born_after_slots": 14 * DAY, "episodes": 400}
"""of a family that came when its tenant was known already, and keeps coming"""

COLUMNS = st.fixed_dictionaries(
    {
        "age": st.one_of(st.integers(1, 1200), st.integers(1, 40_000)),
        "episodes_24h": st.integers(0, 144),
        "daily_mean_milli": st.integers(33, 144_500),
        "daily_windows": st.integers(0, 14),
        "active_days": st.integers(0, 14),
        "memory_milli": st.integers(-10_000, 12_000),
        "rise_milli": st.integers(0, 1_000_000) | st.integers(0, 30_000),
        "episodes": st.integers(1, 20_000),
        "episodes_7d": st.integers(0, 1008),
        "whole_7d": st.integers(0, 1008),
        "facet_kind": st.integers(0, 3),
        "siblings": st.integers(0, 3000),
        "dispersion_milli": st.integers(1000, 90_000),
        "growth_z_milli": st.integers(-5500, 5500),
        "sustained_milli": st.integers(0, 1_000_000) | st.integers(0, 80_000),
        "shrinking_z_milli": st.integers(0, 5500),
        "growth_permille": st.integers(0, 1_000_000) | st.integers(1500, 9000),
        "clock_permille": st.integers(0, 1000),
        "born_into_service_slots": st.integers(0, 2000),
        "service_births_2d": st.integers(0, 60),
        "service_families": st.integers(0, 300),
        "trend_milli": st.integers(-50_000, 50_000) | st.integers(0, 6000),
        "hosts_joined_7d": st.integers(0, 16),
        "regularity_permille": st.integers(0, 1000),
        "period_seconds": st.sampled_from([0, 600, 86_400]),
        "countdown_falls": st.sampled_from([0, 0, 5, 9]),
        "drift_days": st.sampled_from([0, 0, 0, 3]),
        "drift_deviations_milli": st.integers(6000, 1_000_000),
        "silence_runs": st.sampled_from([0, 0, 0, 8, 15]),
        "silence_regularity_permille": st.integers(850, 1000),
        "silence_together": st.integers(0, 9),
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
    *("active_families", "rising_together", "spreading_together", "born_together"),
    *("service_births_2d", "service_families", "heal_cycles_7d"),
    *("countdown_falls", "drift_days", "drift_deviations_milli"),
    *("silence_runs", "silence_regularity_permille", "silence_together"),
)
MEMBER_COLUMNS = ("siblings", "whole_7d")
"""what only the tenant knows of one member of a family"""


def features(**columns: int) -> Rows:
    """Return features of a family that is `age` slots old."""
    row = np.zeros(1, FEATURES_DTYPE)
    row["slot"], row["family"] = SLOT, 9
    row["first_time"] = (SLOT + 1 - columns.pop("age", 100)) * SLOT_US
    row["last_time"] = (SLOT + 1) * SLOT_US - 1
    for name, value in columns.items():
        row[name] = value
    return row


def points(**columns: int) -> dict[str, float]:
    """Return the points of one row of features by factor, in decibans."""
    return dict(zip(FACTORS, (weigh(features(**columns))[0] / POINT_QUANTUM).tolist(), strict=True))


@settings(max_examples=examples(400))
@given(COLUMNS)
def test_contributions_add_up_and_keep_to_their_limits(columns: dict[str, int]) -> None:
    """Prior and contributions are the score exactly, in quarters and in decibans, and no factor leaves its range."""
    quarters = weigh(features(**columns))
    (total,) = scores(quarters).tolist()
    decibans = [each / POINT_QUANTUM for each in quarters[0].tolist()]
    assert total == sum(quarters[0].tolist()) + int(PRIOR_DECIBANS * POINT_QUANTUM)
    assert total / POINT_QUANTUM == PRIOR_DECIBANS + sum(decibans) == sum(reversed(decibans)) + PRIOR_DECIBANS
    for factor, worth in zip(FACTORS, decibans, strict=True):
        if factor in AGAINST:
            assert worth <= 0.0, factor
        else:
            assert 0.0 <= worth <= MOST.get(factor, BOUND), factor


@pytest.mark.parametrize(
    ("column", "values", "factor", "sign"),
    [
        ("active_days", range(2, 15), "recurrence", 1),
        ("memory_milli", range(-1000, 8000, 250), "memory", 1),
        ("rise_milli", range(0, 90_000, 1500), "rise", 1),
        ("rising_together", range(40), "rise", -1),
        ("trend_milli", range(-3000, 6000, 250), "acceleration", 1),
        ("rising_together", range(40), "acceleration", -1),
        ("growth_z_milli", range(-1000, 5500, 100), "acceleration", 1),
        ("sustained_milli", range(0, 90_000, 1500), "acceleration", 1),
        ("sustained_milli", range(0, 90_000, 1500), "habituation", 1),
        ("shrinking_z_milli", range(0, 5500, 100), "acceleration", 1),
        ("growth_permille", range(0, 9000, 250), "acceleration", 1),
        ("hosts_joined_7d", range(17), "spread", 1),
        ("tenant_age_slots", range(0, 3000, 50), "spread", 1),
        ("spreading_together", range(40), "spread", -1),
        ("heal_cycles_7d", range(30), "self_heal", 1),
        ("born_after_slots", range(0, 3000, 50), "novelty", 1),
        ("born_into_service_slots", range(0, 3000, 50), "novelty", 1),
        ("service_families", range(30), "novelty", -1),
        ("episodes", range(1, 400, 10), "novelty", 1),
        ("dispersion_milli", range(1000, 20_000, 500), "novelty", -1),
        ("age", range(1, 5000, 60), "novelty", -1),
        ("cue", range(3), "cue", 1),
        ("severity", range(25), "cue", 1),
        ("countdown_falls", (0, 5, 8), "countdown", 1),
        ("drift_deviations_milli", range(6000, 90_000, 3000), "drift", 1),
        ("silence_runs", range(8, 30), "silence", 1),
        ("silence_regularity_permille", range(850, 1001, 10), "silence", 1),
        ("silence_together", range(20), "silence", -1),
        ("regularity_permille", range(0, 1001, 50), "period", -1),
        ("clock_permille", range(0, 1001, 25), "clock", -1),
        ("born_together", range(12), "change_event", -1),
        ("service_births_2d", range(30), "change_event", -1),
        ("daily_mean_milli", range(0, 144_000, 2000), "habituation", -1),
        ("age", range(1, 9000, 60), "habituation", -1),
        ("growth_z_milli", range(-1000, 5500, 100), "habituation", 1),
        ("active_families", range(0, 500, 10), "crowd", -1),
        ("rising_together", range(40), "crowd", -1),
        ("whole_7d", range(0, 1008, 20), "concentration", -1),
    ],
)
@settings(max_examples=examples(15))
@given(columns=COLUMNS)
def test_more_of_the_same_evidence_never_says_less(
    column: str, values: range, factor: str, sign: int, columns: dict[str, int]
) -> None:
    """Each factor moves one way with each of its statistics, whatever the others are."""
    if column == "age":
        # what has come on more days by then is more news, and growth over days is believed more by then
        columns |= {"active_days": 1, "sustained_milli": 0}
    if column == "regularity_permille":
        columns |= {"period_seconds": 600, "countdown_falls": 0, "drift_days": 0, "silence_runs": 0}
    row = [points(**(columns | {column: value}))[factor] for value in values]
    assert row == sorted(row, reverse=sign < 0)


def whole_and_known(columns: dict[str, int], stateful: bool) -> tuple[Rows, Rows]:
    """Return features with all that may be known, and with what the bucket knows."""
    if not stateful and not is_followed(features(**columns))[0]:
        columns["heal_cycles_7d"] = 0
    # what notices tell of is shown anyway
    columns |= {"countdown_falls": 0, "drift_days": 0, "silence_runs": 0}
    unknown = TENANT_COLUMNS + (MEMBER_COLUMNS if columns.get("facet_kind") == ONE_MEMBER else ())
    return features(**columns), features(**{name: value for name, value in columns.items() if name not in unknown})


@settings(max_examples=examples(400))
@given(columns=COLUMNS, stateful=st.booleans())
@example(columns={"age": 700, "episodes": 20, "active_days": 5, "born_after_slots": 2016}, stateful=True)
@example(columns={"age": 700, "facet_kind": 3, "episodes_7d": 30, "siblings": 5, "cue": 2}, stateful=False)
def test_an_exhibit_is_made_for_whatever_can_be_promoted(columns: dict[str, int], stateful: bool) -> None:
    """Whatever the tenant's step knows, a score that reaches promotion was thought possible by the bucket."""
    whole, at_the_bucket = whole_and_known(columns, stateful)
    if scores(weigh(whole))[0] >= 0:
        may = may_surface(at_the_bucket, NEVER_YET, NEVER_YET, np.array([stateful], np.uint8))
        assert may.tolist() == [MAY_SURFACE]


@settings(max_examples=examples(200))
@given(columns=COLUMNS)
@example(columns={"age": 2000, "episodes": 40, "episodes_7d": 14, "active_days": 12, "daily_mean_milli": 3000})
def test_an_exhibit_is_made_for_an_outage_that_only_words_tell(columns: dict[str, int]) -> None:
    """A whole family that nothing else would promote, once the tenant knows its cycles."""
    columns |= {"facet_kind": 0, "countdown_falls": 0, "drift_days": 0, "silence_runs": 0}
    columns["episodes_7d"] = min(columns.get("episodes_7d", 0), TOLD_EPISODES_MOST)
    healed = {"heal_cycles_7d": 12, "heal_outage": 1, "heal_learned": 1}
    whole = features(**columns | healed)
    known = features(**{name: value for name, value in columns.items() if name not in TENANT_COLUMNS})
    if scores(weigh(whole))[0] >= 0:
        assert may_surface(known, NEVER_YET, NEVER_YET, np.zeros(1, np.uint8))[0] in (MAY_SURFACE, IF_WORDS_TELL)


@settings(max_examples=examples(400))
@given(columns=COLUMNS, stateful=st.booleans())
@example(
    columns={"age": 700, "facet_kind": 1, "episodes": 20, "active_days": 5, "born_after_slots": 2016}, stateful=True
)
def test_a_facet_is_read_whenever_it_can_be_more_than_ignored(columns: dict[str, int], stateful: bool) -> None:
    """Whatever the tenant's step knows, a score above the lowest band was thought possible where the facet was read."""
    whole, at_the_bucket = whole_and_known(columns, stateful)
    slot = int(whole["slot"][0])
    bound = np.zeros(1, BOUND_DTYPE)
    bound["since_slot"] = slot - int(whole["tenant_age_slots"][0])
    bound["incident_slot"] = bound["feedback_slot"] = NEVER_YET
    bound["floor_quarters"] = WORTH_WEIGHING_QUARTERS
    first_slot = int(bound["since_slot"][0]) + int(whole["born_after_slots"][0])
    if scores(weigh(whole))[0] >= WORTH_WEIGHING_QUARTERS:
        assert is_worth_weighing(at_the_bucket[0], first_slot, int(stateful), bound[0], np.zeros(len(FACTORS)))


@settings(max_examples=examples(400))
@given(columns=COLUMNS, age=st.integers(1, DAY - 1), kind=st.sampled_from([ON_HOST, ON_ENTITY]), stateful=st.booleans())
@example(columns={"episodes": 4, "whole_7d": 60, "siblings": 19}, age=100, kind=ON_HOST, stateful=False)
@example(columns={"episodes": 30, "whole_7d": 31, "siblings": 2, "cue": 2}, age=100, kind=ON_ENTITY, stateful=False)
def test_a_facet_is_put_aside_in_its_first_day_only_if_it_would_not_be_read(
    columns: dict[str, int], age: int, kind: int, stateful: bool
) -> None:
    """A facet that its counts alone put aside is not worth weighing, whatever its statistics may be on a first day."""
    within_a_day = {"daily_windows": 0, "active_days": 1, "growth_permille": 1000}
    plain = {name: value for name, value in columns.items() if name not in TENANT_COLUMNS}
    episodes = min(columns["episodes"], age)
    (facet,) = features(
        **plain | within_a_day | {"age": age, "facet_kind": kind, "episodes": episodes, "episodes_7d": episodes}
    )
    first_slot = int(facet["slot"]) + 1 - age
    bound = np.zeros(1, BOUND_DTYPE)
    bound["since_slot"] = first_slot - columns.get("born_after_slots", 0) % (4 * DAY)
    bound["incident_slot"] = bound["feedback_slot"] = NEVER_YET
    bound["floor_quarters"] = WORTH_WEIGHING_QUARTERS
    is_put_aside = is_beyond_reach(facet, first_slot, int(stateful), bound[0])
    if is_put_aside:
        assert not is_worth_weighing(facet, first_slot, int(stateful), bound[0], np.zeros(len(FACTORS)))
    assert is_put_aside or columns != {"episodes": 4, "whole_7d": 60, "siblings": 19}


def test_what_only_says_that_another_has_passed_is_no_news_of_its_own() -> None:
    """Unless its words or its severity say that something is wrong."""
    news = {"age": 400, "episodes": 6, "born_after_slots": 2016, "born_into_service_slots": 2016}
    own = points(**news, heal_counterpart=1)
    assert own["lineage"] == -own["novelty"] < 0
    for wrong in ({"cue": 1}, {"severity": 17}):
        assert points(**news, **wrong, heal_counterpart=1)["lineage"] == 0


def test_what_says_itself_that_a_trouble_is_over_is_none_whatever_it_repeats() -> None:
    """Its cue is taken off too."""
    news = {"age": 400, "episodes": 6, "born_after_slots": 2016, "born_into_service_slots": 2016, "cue": 2}
    own = points(**news, heal_counterpart=2)
    assert own["lineage"] == -own["novelty"] - own["cue"] < -own["cue"]


def test_what_words_call_out_of_service_is_no_habit() -> None:
    """A link that has dropped ten times a week since the first day is told, one that a person switches is not."""
    always = {"age": 18 * DAY, "episodes": 26, "episodes_7d": 10, "active_days": 12, "daily_mean_milli": 1500}
    told = points(**always, heal_cycles_7d=10, heal_outage=1, stateful=1)
    switched = points(**always, heal_cycles_7d=10, stateful=1)
    assert told["self_heal"] == HEAL_POINTS_MAX > switched["self_heal"]
    assert told.get("habituation", 0.0) == 0.0 > switched["habituation"]


def test_asking_whether_a_reading_may_surface_leaves_it_alone() -> None:
    """The bucket's features stay as they are."""
    rows = features(memory_milli=7000, active_days=14, cue=2)
    before = rows.tobytes()
    for _ in range(2):
        may_surface(rows, NEVER_YET, NEVER_YET, rows["stateful"])
    weigh(rows)
    assert rows.tobytes() == before


@settings(max_examples=examples(60))
@given(st.lists(COLUMNS, min_size=2, max_size=8))
def test_a_batch_of_readings_weighs_like_its_rows(many: list[dict[str, int]]) -> None:
    """No row's points depend on its neighbours."""
    rows = np.concatenate([features(**columns) for columns in many])
    assert weigh(rows).tolist() == [weigh(row.reshape(1))[0].tolist() for row in rows]


def test_nothing_but_the_prior_speaks_for_an_empty_reading() -> None:
    """An event of no note, long ago, is worth 1:100; only having been known for long takes away from it."""
    assert points(age=1, born_together=0, born_after_slots=0) == dict.fromkeys(FACTORS, 0.0)
    old = points(age=2000)
    assert {name for name, worth in old.items() if worth} == {"habituation"}
    assert weigh(np.zeros(0, FEATURES_DTYPE)).shape == (0, len(FACTORS))


@pytest.mark.parametrize(
    ("columns", "factor", "worth"),
    [
        ({"active_days": 1, "age": 2000}, "recurrence", 0.0),
        ({"heal_cycles_7d": 1, **NEWS}, "self_heal", 0.0),
        ({"heal_cycles_7d": 400, **NEWS}, "self_heal", HEAL_POINTS_MAX),
        ({"heal_cycles_7d": 400, "episodes": 400, "heal_outage": 1}, "self_heal", HEAL_TOLD_SHARE * HEAL_POINTS_MAX),
        ({"heal_cycles_7d": 400, "episodes": 400}, "self_heal", 0.0),
        ({"hosts_joined_7d": 3, "tenant_age_slots": LEARNING_SLOTS}, "spread", 0.0),
        ({"drift_days": 3, "drift_deviations_milli": 6000}, "drift", 18.0),
        ({"drift_days": 3, "drift_deviations_milli": 24_000}, "drift", 22.0),
        ({"drift_days": 3, "drift_deviations_milli": 900_000}, "drift", 24.0),
        ({"silence_runs": 12, "silence_regularity_permille": 1000}, "silence", 24.0),
        ({"silence_runs": 9, "silence_regularity_permille": 1000}, "silence", 18.0),
        ({"silence_runs": 20, "silence_regularity_permille": 850}, "silence", 16.75),
        ({"silence_runs": 20, "silence_regularity_permille": 1000, "silence_together": 4}, "silence", 12.0),
        ({"regularity_permille": 1000, "period_seconds": 600, "silence_runs": 12}, "period", 0.0),
        ({"age": 5000, "daily_mean_milli": 90_000, "drift_days": 3}, "habituation", 0.0),
        ({"born_after_slots": 0, "episodes": 500}, "novelty", 0.0),
        ({"episodes": 20_000, "active_days": 14, "born_after_slots": 9999, "age": 72}, "novelty", 22.0),
        ({"age": int(YOUNG_DAYS) * DAY + 1, "born_together": 20, "service_births_2d": 50}, "change_event", 0.0),
        ({"severity": 12}, "cue", 0.0),
        ({"severity": 17, "episodes": 5, "active_days": 1}, "cue", FIRST_DAY_SHARE * STRONG_CUE_POINTS),
        ({"severity": 17, "episodes": 6, "active_days": 1}, "cue", STRONG_CUE_POINTS),
        ({"severity": 17, "episodes": 2, "active_days": 2, "age": 2 * DAY}, "cue", STRONG_CUE_POINTS),
        ({"regularity_permille": 1000, "period_seconds": 0}, "period", 0.0),
        ({"regularity_permille": 400, "period_seconds": 600}, "period", 0.0),
        ({"regularity_permille": 1000, "period_seconds": 600, "countdown_falls": 5}, "period", 0.0),
        ({"clock_permille": 1000, "episodes": 50, "countdown_falls": 5}, "clock", 0.0),
        ({"clock_permille": 1000, "episodes": 1}, "clock", 0.0),
        ({"clock_permille": 1000, "episodes": 2}, "clock", None),
        ({"clock_permille": 1000, "episodes": 50}, "clock", -CLOCK_MAX),
        ({"age": 5000, "daily_mean_milli": 90_000, "countdown_falls": 5}, "habituation", 0.0),
        ({"age": 5000, "daily_mean_milli": 90_000}, "habituation", None),
        ({"growth_z_milli": 5500, "growth_permille": 1999}, "acceleration", 0.0),
        ({"growth_z_milli": 5500, "growth_permille": 2000}, "acceleration", GROWTH_POINTS),
        ({"growth_z_milli": 5500, "growth_permille": 2000, "daily_mean_milli": 90_000}, "habituation", 0.0),
        ({"episodes_7d": 400, "whole_7d": 400, "siblings": 9}, "concentration", 0.0),
        ({"episodes_7d": 400, "whole_7d": 400, "siblings": 9, "facet_kind": 1}, "concentration", None),
        ({"episodes_7d": 40, "whole_7d": 400, "siblings": 9, "facet_kind": 1}, "concentration", 0.0),
        ({"sustained_milli": 900_000, "daily_windows": 14, "age": 7 * DAY}, "acceleration", 0.0),
        ({"sustained_milli": 900_000, "daily_windows": 14, "age": 14 * DAY}, "acceleration", SUSTAINED_MAX),
        ({"siblings": 9, "facet_kind": ONE_MEMBER}, "crowd", -CROWD_MEMBER_POINTS),
        ({"siblings": 9, "facet_kind": ON_ENTITY}, "crowd", -CROWD_SIBLING_POINTS - CROWD_ENTITY_POINTS),
        ({"siblings": 9, "facet_kind": ON_HOST}, "crowd", -CROWD_SIBLING_POINTS - CROWD_HOST_POINTS),
        ({"siblings": 0, "facet_kind": ON_HOST}, "crowd", -CROWD_HOST_POINTS),
        ({"active_families": int(CROWD_FAMILIES)}, "crowd", 0.0),
        ({"active_families": int(10 * CROWD_FAMILIES)}, "crowd", -CROWD_POINTS),
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
    ],
)
def test_a_factor_speaks_where_the_table_says(columns: dict[str, int], factor: str, worth: float | None) -> None:
    """Ends of the formulas: where a factor begins to speak (None: it does), where it stops, and what holds it down."""
    if worth is None:
        assert points(**columns)[factor] != 0.0
    else:
        assert points(**columns)[factor] == worth


@pytest.mark.parametrize(("hours", "days"), [(0, 1), (23, 1), (24, 2), (71, 3), (72, 4), (500, 4)])
def test_an_evening_is_one_day_however_the_windows_fall(hours: int, days: int) -> None:
    """Episodes of one evening lie in two windows of 24 hours a day later; that is no second day."""
    assert days_apart(4, 5 * HOUR_US, (5 + hours) * HOUR_US) == days
    evening = {"age": DAY + 6, "episodes": 4, "active_days": 2, "born_after_slots": 2016}
    recurrence = points(**evening, last_time=HOUR_US * 12, first_time=HOUR_US)["recurrence"]
    assert recurrence == 0.0
    assert points(**evening, last_time=HOUR_US * 25, first_time=HOUR_US)["recurrence"] > 0.0


def test_what_goes_on_for_hours_recurs_within_a_day() -> None:
    """Five times over eight hours; an hour's work is no recurrence."""
    assert points(episodes=5, active_days=1, last_time=9 * HOUR_US, first_time=HOUR_US)["recurrence"] == BRISK_POINTS
    assert points(episodes=4, active_days=1, last_time=9 * HOUR_US, first_time=HOUR_US)["recurrence"] == 0.0
    assert points(episodes=50, active_days=1, last_time=8 * HOUR_US, first_time=HOUR_US)["recurrence"] == 0.0


def test_a_trouble_that_says_no_more_is_over() -> None:
    """Silence of what has an error word counts half where it was always there, as a job's report is; not where it is new."""
    silent = {"silence_runs": 12, "silence_regularity_permille": 1000}
    assert points(**silent, cue=1, born_after_slots=0)["silence"] == 12.0
    assert points(**silent, cue=1, born_after_slots=LEARNING_SLOTS)["silence"] == 0.0
    assert points(**silent, cue=0, born_after_slots=LEARNING_SLOTS)["silence"] == 24.0


def test_a_new_trouble_may_come_by_the_clock() -> None:
    """A job that fails every night fails by the clock; what is no trouble, or an old one, is routine by the clock."""
    nightly = {
        "period_seconds": 86_400,
        "regularity_permille": 1000,
        "clock_permille": 1000,
        "episodes": 8,
        "age": 8 * DAY,
    }
    old, plain = points(**nightly, cue=1), points(**nightly, born_after_slots=14 * DAY)
    new = points(**nightly, cue=1, born_after_slots=14 * DAY)
    for factor in ("period", "clock"):
        assert old[factor] == plain[factor] < new[factor] < 0.0


def test_what_comes_once_on_each_machine_is_a_roll_out() -> None:
    """It takes most of the novelty away; what comes again on the same machines keeps all of it."""
    news = {"age": DAY, "born_after_slots": 14 * DAY, "episodes": 10}
    once, twice = points(**news, hosts=10), points(**news, hosts=5)
    assert once["change_event"] == pytest.approx(-0.6 * once["novelty"], abs=0.25)
    assert twice["change_event"] == points(**news, hosts=2)["change_event"] == 0.0
    assert points(**news, hosts=10, facet_kind=1)["change_event"] == 0.0


@pytest.mark.parametrize(
    ("columns", "others", "factor"),
    [
        ({"rise_milli": 20_000, "daily_windows": 14}, "rising_together", "rise"),
        (
            {"hosts_joined_7d": 3, "tenant_age_slots": LEARNING_SLOTS + SPREAD_WINDOW_SLOTS},
            "spreading_together",
            "spread",
        ),
    ],
)
def test_company_halves_what_it_explains(columns: dict[str, int], others: str, factor: str) -> None:
    """With as many others as `COMPANY`, a rise or a spread is worth half of what it is alone."""
    alone, together = points(**columns)[factor], points(**columns, **{others: int(COMPANY)})[factor]
    assert abs(together - alone / 2) <= 0.125
    assert together > 0.0


@pytest.mark.parametrize("name", ["cue", "severity"])
def test_a_strong_cue_is_worth_more_than_a_weak_one(name: str) -> None:
    """Both are worth something."""
    weak, strong = {"cue": (1, 2), "severity": (13, 17)}[name]
    assert 0.0 < points(**{name: weak})["cue"] < points(**{name: strong})["cue"]


@settings(max_examples=examples(60))
@given(
    episodes=st.integers(1, 300),
    age=st.integers(1, 10) | st.integers(1, 30),
    known=st.integers(0, 30),
    into=st.integers(0, 30),
    families=st.integers(0, 9),
    dispersion=st.sampled_from([0, 1000, 4000]),
    active=st.integers(1, 14),
)
def test_a_beginning_is_weighed_against_the_silence_before_it(
    episodes: int, age: int, known: int, into: int, families: int, dispersion: int, active: int
) -> None:
    """n episodes in a days after b silent ones speak ((a + b) / a)^n to 1 for a beginning, dispersion and age aside."""
    # the silence is that of the tenant, shared with all families of the service, or that of the service
    row = features(
        episodes=episodes,
        active_days=active,
        age=age * DAY,
        born_after_slots=known * DAY,
        born_into_service_slots=into * DAY,
        service_families=families,
        dispersion_milli=dispersion,
    )
    silence = min(known, max(known / max(1, families), into), SILENCE_DAYS)
    days = min(active, max(1, age))
    counted = min(episodes, NEWS_AT_ONCE + NEWS_A_DAY * days)
    # in a tenant's first day nothing is news, and from its third day on all of it
    learned = min(1.0, max(0.0, (known - 1) / 2))
    odds = learned * 10 * counted * math.log10((age + silence) / age) / max(1.0, dispersion / 1000)
    said = emergence(row[0], float(age))
    if age <= FADE_FROM_DAYS:
        assert said == pytest.approx(odds)
    else:
        assert said == 0.0 == odds or 0.0 < said < odds


@settings(max_examples=examples(60))
@given(count=st.integers(0, 300), expected=st.floats(0.1, 300))
def test_surprise_is_a_likelihood_ratio(count: int, expected: float) -> None:
    """Of the count's own Poisson rate against the expected one, as products of probabilities would give it."""

    def log_likelihood(rate: float) -> float:
        return (count * math.log(rate) if count else 0.0) - rate

    ratio = log_likelihood(count) - log_likelihood(expected) if count > expected else 0.0
    assert surprise(float(count), expected) == pytest.approx(ratio * DECIBANS_PER_NAT, abs=1e-6)


def test_few_episodes_keep_to_the_clock_by_chance() -> None:
    """The length that evenly drawn times have on average, the root of 1/n, is none; each time within hours adds to it."""
    for number in (2, 5, 50):
        by_chance = math.floor(1000 / math.sqrt(number))
        assert keeps_to_clock(features(episodes=number, clock_permille=by_chance)[0]) < 0.0
    in_office = [keeps_to_clock(features(episodes=number, clock_permille=700)[0]) for number in (3, 5, 12)]
    assert in_office == sorted(in_office)
    assert in_office[0] < 1.0
    assert in_office[-1] > 10.0


def test_scattered_times_never_speak_for_the_clock() -> None:
    """However many episodes there are, a resultant too small to be weighed would weigh nothing."""
    for number in range(1, 41):
        for permille in range(0, SCATTERED_PERMILLE + 1, 3):
            assert keeps_to_clock(features(episodes=number, clock_permille=permille)[0]) < 0.0


@pytest.mark.parametrize("x", [0.0, 0.5, 2.0, 3.7, 3.8, 10.0, 40.0])
def test_the_bessel_function_is_that_of_its_series(x: float) -> None:
    """I0(x) is the sum of (x / 2)^2k / k!^2."""
    series = math.fsum((x / 2) ** (2 * k) / math.factorial(k) ** 2 for k in range(80))
    assert log_bessel(x) == pytest.approx(math.log(series), abs=1e-6)


def test_every_factor_that_speaks_for_a_family_belongs_to_one_kind() -> None:
    """Kinds are the keys of promotion; factors that only ever lower the score are none."""
    owned = [factor.name for kind in KEYS for factor in kind.factors]
    assert len(owned) == len(set(owned))
    # what people say weighs, and is no evidence of its own
    assert set(owned) == set(FACTORS) - AGAINST - {"feedback"}
    alone = [kind.name for kind in KEYS if kind.stands_alone]
    assert alone == ["countdown", "silence", "numeric_drift", "precursor", "changed_outcome"]


@settings(max_examples=examples(100))
@given(st.lists(st.integers(-90, 60), min_size=len(FACTORS), max_size=len(FACTORS)))
def test_a_kind_is_a_key_from_two_decibans_on(quarters: list[int]) -> None:
    """The points of its factors together decide."""
    mask = int(kinds_of(np.array(quarters, np.int32)))
    held = {kind.name for bit, kind in enumerate(KEYS) if mask >> bit & 1}
    assert held == {kind.name for kind in KEYS if sum(quarters[factor.column] for factor in kind.factors) >= 8}
