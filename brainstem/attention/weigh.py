"""Weighing: what each kind of evidence in features is worth, in decibans. The sum is the score of a family's attention.

The problem. Of thousands of kinds of message that a tenant's machines write, a person can read five a day. None of the
signs that a message matters is sure: it is new, it keeps coming, one host has it and the others have not. What is
needed is one number that grows with each sign, that two weak signs can reach together, and that can be explained
afterwards sign by sign.

The idea. A score is the odds that a family deserves eyes, in decibans: ten times their decimal logarithm. The prior is
-20, one family in a hundred. By Bayes' rule independent evidence multiplies odds, so its logarithms add up: each kind
of evidence contributes ten times the logarithm of how much likelier its sign is in a family that deserves eyes than in
one that does not. Where a likelihood ratio can be worked out (a Poisson rate against its past, times of day against a
uniform clock) it is, and a fitted share of it counts; elsewhere the points are fitted. Kinds are not independent in
truth. What would be counted twice is cut by a maximum, divided by the number of others that do the same at the same
time ("company"), or taken off again by a discount: a habit, a clock, an update explains a family away.

An example: a family that began two days ago, after its service was heard for twenty days without it, has come three times on
two days (novelty +16, recurrence +2.25) and hints at trouble (cue +3). It scores -20 + 16 + 2.25 + 3 = 1.25 and is promoted.
The same in a tenant of 360 active families loses 5 (crowd) and is not: the more there is to look at, the more looks new by
chance.

What must stay so:

- Points are rounded to quarters of a deciban before they are added. Sums of quarters are exact in binary, so a score
  is the sum of the contributions that are shown with it, whatever the order, and a test may compare with `==`.
- Each factor has one column of a row of points; columns sit in snapshots and never move. One call in `weigh_one` fills
  one column. The calls are written out, in order, and their conditions stand beside them: compiled code cannot loop
  over a table of functions, and a reader sees in one place what excludes what. Some factors are weighed by the points
  of others (change_event and lineage take off novelty), so these come last.
- Order of operations within a factor is part of the result: floats are rounded at each step, and replays compare byte
  by byte.
- Weighing knows nothing of bands, of what was shown, or of time: the same features always get the same points.

Who weighs. A bucket holds some families of a tenant, or of many. It knows all that a family does, but not how many
others are active, rise or were born with it, nor heal cycles, incidents or feedback. The tenant's step fills those
columns in and weighs. A bucket still has to decide which facets are worth sending. It weighs with the columns that it
lacks at 0, and `attention.bounds` adds the most that the tenant can add to that. This is sound only as long as every
column that a bucket lacks can do no more than the bound says: whoever lets a tenant's column add points must raise the
bound in `bounds.reach_of`, or facets get lost in silence. `tests/brainstem/attention/test_weigh.py` holds this for
random features.

To add a kind: write its file in `evidence` (a compiled function that returns points, and its definition), a line in
`evidence.kinds.KINDS`, and a line here. Everything else that names kinds is derived.
"""

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Floats, Row, Rows
from brainstem.contracts.points import POINT_QUANTUM, PRIOR_QUARTERS
from brainstem.evidence.concentration import CONCENTRATION, concentration_points
from brainstem.evidence.cue import CUE, cue_points
from brainstem.evidence.discounts.change_event import CHANGE_EVENT, change_event_points
from brainstem.evidence.discounts.clock import CLOCK, clock_points
from brainstem.evidence.discounts.crowd import CROWD, crowd_points
from brainstem.evidence.discounts.habituation import HABITUATION, habituation_points
from brainstem.evidence.discounts.lineage import LINEAGE, lineage_points
from brainstem.evidence.discounts.period import PERIOD, evenness, period_points, routine_share
from brainstem.evidence.feedback import FEEDBACK, feedback_points
from brainstem.evidence.frequency.acceleration import ACCELERATION, acceleration_points
from brainstem.evidence.frequency.burst import RISE, rise_points
from brainstem.evidence.frequency.novelty import NOVELTY, emergence, novelty_points
from brainstem.evidence.frequency.recurrence import MEMORY, RECURRENCE, memory_points, recurrence_points
from brainstem.evidence.frequency.spread import SPREAD, spread_points
from brainstem.evidence.incidents.precedent import PRECEDENT, precedent_points
from brainstem.evidence.incidents.precursor import PRECURSOR, precursor_points
from brainstem.evidence.kinds import FACTORS
from brainstem.evidence.numbers.countdown import COUNTDOWN, countdown_points
from brainstem.evidence.numbers.drift import DRIFT, drift_points
from brainstem.evidence.self_heal.kind import SELF_HEAL, routine_of_healing, self_heal_points
from brainstem.evidence.silence.changed_outcome import OUTCOME, outcome_points
from brainstem.evidence.silence.kind import SILENCE, silence_points
from brainstem.evidence.statistics import age_in_days, own_share
from brainstem.jit.decorators import compiled


@compiled
def weigh_one(features: Row, points: Floats) -> None:
    """Write the points of one row of features, in decibans, into a row of zeros with a column for each factor."""
    # that it is there at all: it began, keeps coming, comes back, and says that something is wrong
    news = emergence(features, age_in_days(features))
    points[CUE] = cue_points(features)
    points[NOVELTY] = novelty_points(features, news)
    points[MEMORY] = memory_points(features)
    points[RECURRENCE] = recurrence_points(features)
    points[SELF_HEAL] = self_heal_points(features, news)
    # that there is more of it than there was: today, over days, on more hosts
    own = own_share(float(features.rising_together), float(features.daily_windows))
    points[RISE] = rise_points(features, own)
    points[ACCELERATION] = acceleration_points(features, own)
    points[SPREAD] = spread_points(features)
    # what earlier incidents, people, numbers and schedules that were followed say of it
    points[PRECURSOR] = precursor_points(features)
    points[PRECEDENT] = precedent_points(features)
    points[FEEDBACK] = feedback_points(features)
    points[COUNTDOWN] = countdown_points(features)
    points[DRIFT] = drift_points(features)
    points[SILENCE] = silence_points(features)
    points[OUTCOME] = outcome_points(features)
    # what comes by the clock, or is always there, is news all the same when it stops, ends otherwise, runs down or drifts
    is_noticed = (
        features.countdown_falls > 0
        or features.drift_days > 0
        or features.silence_runs > 0
        or features.outcome_times > 0
    )
    if not is_noticed:
        points[HABITUATION] = habituation_points(features) * routine_of_healing(features, points[SELF_HEAL])
        # what foretells incidents may come as regularly as they do, and is chosen by no chance
        if features.precursor_hits == 0:
            even = evenness(features)
            routine = routine_share(features, news, even)
            points[PERIOD] = period_points(even, routine)
            points[CLOCK] = clock_points(features, routine)
            if features.facet_kind > 0:
                points[CONCENTRATION] = concentration_points(features)
            points[CROWD] = crowd_points(features)
    # what explains others of its points away, so these have to be known
    points[CHANGE_EVENT] = change_event_points(features, points[NOVELTY])
    points[LINEAGE] = lineage_points(
        features, points[CUE], points[NOVELTY], points[SELF_HEAL], points[SPREAD], points[ACCELERATION]
    )


@compiled
def weigh_all(feature_rows: Rows, quarters: npt.NDArray[np.int32]) -> None:
    """Write the points of each row of features into a row of quarters of a deciban."""
    points = np.zeros(quarters.shape[1], np.float64)
    for index in range(len(feature_rows)):
        points[:] = 0.0
        weigh_one(feature_rows[index], points)
        for column in range(quarters.shape[1]):
            quarters[index, column] = np.int32(round(points[column] * POINT_QUANTUM))


def weigh(feature_rows: Rows) -> npt.NDArray[np.int32]:
    """Return the contributions of each row of features in quarters of a deciban, shape (rows, factors)."""
    quarters = np.zeros((len(feature_rows), len(FACTORS)), np.int32)
    weigh_all(feature_rows, quarters)
    return quarters


@compiled
def weigh_and_score(feature_rows: Rows, quarters: npt.NDArray[np.int32], score: npt.NDArray[np.int32]) -> int:
    """Write the points of each row of features into a row of quarters of a deciban, and its score; return the highest."""
    weigh_all(feature_rows, quarters)
    highest = -(2**31)
    for index in range(len(feature_rows)):
        total = PRIOR_QUARTERS
        for column in range(quarters.shape[1]):
            total += quarters[index, column]
        score[index] = total
        highest = max(highest, total)
    return highest


def scores(quarters: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the score of each row of contributions: they and the prior, in quarters of a deciban."""
    total: npt.NDArray[np.int32] = quarters.sum(axis=1, dtype=np.int32) + np.int32(PRIOR_QUARTERS)
    return total
