"""What if: the smallest change of one number that turns a family's recorded moments, for any weights and scores."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.parameters import Number, Parameter
from flows.config.parameter_file import parameters_toml
from flows.reports.backtest.what_if import Proposal, proposals
from flows.runs.what_if import is_allowed
from tests.support.examples import examples

PARAMETERS = (
    Parameter("bands", "promote_from_decibans", 0.0, "decibans", "floor", 0.0),
    Parameter("novelty", "points", 27.0, "decibans", "points", 27.0),
    Parameter("cue", "strong_cue_points", 5.0, "decibans", "points", 5.0),
    Parameter("recurrence", "times", 3, "times", "how often", 3),
    Parameter("points", "point_quantum", 4, "number", "fixed", 4, fixed="stored"),
)


class Moment(NamedTuple):
    """What a moment is worth."""

    quarters: int
    is_promoted: bool


def weigher(shares: Sequence[tuple[float, float]]):  # type: ignore[no-untyped-def]  # a closure of the type Weigh
    """Return a weighing of moments by two shares: points of novelty and of a cue, and one for each time beyond three."""

    def weigh(values: Mapping[str, Number]) -> list[Moment]:
        def of(key: str) -> float:
            (default,) = [each.default for each in PARAMETERS if each.key == key]
            value = values.get(key, default)
            assert not isinstance(value, tuple)
            return value

        scores = [
            round(4 * (of("novelty.points") * one + of("cue.strong_cue_points") * other - of("recurrence.times") - 17))
            for one, other in shares
        ]
        return [Moment(score, score >= 4 * of("bands.promote_from_decibans")) for score in scores]

    return weigh


def found(shares: Sequence[tuple[float, float]], is_missed: bool) -> list[Proposal]:
    """Return the proposals for moments at ticks 1, 2, 3 and so on."""
    ticks = range(1, len(shares) + 1)
    return proposals(PARAMETERS, {}, lambda _: True, weigher(shares), ticks, is_missed)


SHARES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4)


@given(SHARES)
@settings(max_examples=examples(60), deadline=None)
def test_each_proposal_does_it_and_half_of_its_change_does_not(shares: list[tuple[float, float]]) -> None:
    """In the direction that is asked for; the smallest change comes first, and the first moment is told."""
    weigh = weigher(shares)
    is_missed = not any(each.is_promoted for each in weigh({}))
    told = found(shares, is_missed)
    assert [each.size for each in told] == sorted(each.size for each in told)
    assert "points.point_quantum" not in {each.key for each in told}
    for each in told:
        assert not isinstance(each.before, tuple)
        assert not isinstance(each.after, tuple)
        worth = weigh({each.key: each.after})
        assert any(moment.is_promoted for moment in worth) == is_missed
        first = next((tick for tick, moment in enumerate(worth, 1) if moment.is_promoted), 0)
        assert each.tick_us == first
        half = (each.before + each.after) / 2
        if isinstance(each.before, float):
            assert any(moment.is_promoted for moment in weigh({each.key: half})) != is_missed or each.size < 0.02


@pytest.mark.parametrize(
    ("shares", "is_missed", "told"),
    [
        # 13.5 + 5 - 20 = -1.5
        ([(0.5, 1.0)], True, [("bands.promote_from_decibans", -1.5), ("novelty.points", 29.8)]),
        # 27 - 20 = 7
        ([(1.0, 0.0)], False, [("novelty.points", 19.8), ("bands.promote_from_decibans", 7.25)]),
        # as far as a change goes, nothing does it
        ([(0.1, 0.1)], True, []),
    ],
)
def test_proposals_are_right(shares: list[tuple[float, float]], is_missed: bool, told: list[tuple[str, float]]) -> None:
    """With numbers that can be worked out by hand: scores are rounded to quarters."""
    made = [(each.key, each.after) for each in found(shares, is_missed)]
    assert [each for each in made if each[0] in ("bands.promote_from_decibans", "novelty.points")] == told


def test_a_number_that_no_file_may_hold_is_not_proposed() -> None:
    """A threshold stays above the one below it, and what is allowed on the way there is found."""
    told = proposals(PARAMETERS, {}, is_allowed, weigher([(0.45, 1.0)]), [1], True)
    (floor,) = [each.after for each in told if each.key == "bands.promote_from_decibans"]
    assert floor == -2.75
    assert is_allowed({"bands.promote_from_decibans": floor})
    assert not is_allowed({"bands.promote_from_decibans": -4.0})
    # -5.25 would be below the score at which promotion is left
    assert not [
        each
        for each in proposals(PARAMETERS, {}, is_allowed, weigher([(0.36, 1.0)]), [1], True)
        if each.key == "bands.promote_from_decibans"
    ]


def test_values_are_written_as_a_file_that_is_read_back() -> None:
    """Sections in order, lists as lists, sections inside sections by their dotted names."""
    values: dict[str, Number] = {"novelty.points": 12.0, "history.rates.usual_at_least": 0.5, "novelty.scale": 31.0}
    assert parameters_toml(values) == (
        "[parameters.history.rates]\nusual_at_least = 0.5\n\n[parameters.novelty]\npoints = 12.0\nscale = 31.0\n"
    )
