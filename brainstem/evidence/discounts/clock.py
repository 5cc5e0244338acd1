"""Clock: a family keeps to a time of day, as people and schedules do.

Takes features; returns the log likelihood ratio of times of day as people keep them against any time of day, and what it
takes off.
"""

import math
from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, example_facts
from brainstem.evidence.statistics import DECIBANS_PER_NAT, bounded
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted

CLOCK: Final = 13
"""column of its points"""

CLOCK_MAX: Final = parameter("clock.max", 14.0, "decibans", "most that keeping to a time of day takes off")
CLOCK_CONCENTRATION: Final = parameter(
    "clock.concentration",
    2.0,
    "number",
    "von Mises concentration of what people do: four fifths of it in eight hours of the day",
)
CLOCK_EPISODES_MOST: Final = parameter(
    "clock.episodes_most", 20.0, "episodes", "episodes from which keeping to a time of day weighs no more"
)
SCATTERED_PERMILLE: Final = 411
"""Times of day of no larger resultant speak against the clock, however many: ln I0(x) < x, and ln I0(2) is 2 * 0.412. It
saves working out the ratio for most features, and changes no points."""
EPISODES_TOLD: Final = 3
"""from so many times of day on they may be called alike"""


@compiled
def log_bessel(x: float) -> float:
    """Return ln I0(x), the modified Bessel function of order 0 (Abramowitz and Stegun 1964, 9.8.1 and 9.8.2)."""
    if x < 3.75:
        t = (x / 3.75) ** 2
        series = 1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813))
        return math.log(1.0 + t * (3.5156229 + t * (3.0899424 + t * series)))
    t = 3.75 / x
    series = -0.02057706 + t * (0.02635537 + t * (-0.01647633 + t * 0.00392377))
    series = 0.01328592 + t * (0.00225319 + t * (-0.00157565 + t * (0.00916281 + t * series)))
    return x - 0.5 * math.log(x) + math.log(0.39894228 + t * series)


@compiled
def keeps_to_clock(features: Row) -> float:
    """Return the log likelihood ratio of times of day as people keep them against any time of day, in decibans.

    Of n times with the mean resultant length R it is ln I0(k n R) - n ln I0(k): von Mises about whatever hour it may be
    against uniform (Mardia and Jupp 2000).
    """
    number = max(1.0, min(float(features.episodes), CLOCK_EPISODES_MOST))
    along = CLOCK_CONCENTRATION * number * features.clock_permille / 1000.0
    return DECIBANS_PER_NAT * (log_bessel(along) - number * log_bessel(CLOCK_CONCENTRATION))


@compiled
def clock_points(features: Row, routine: float) -> float:
    """Return what keeping to a time of day takes off; `routine` is the share of it that counts, see `period`."""
    if features.clock_permille > SCATTERED_PERMILLE:
        return -bounded(keeps_to_clock(features), CLOCK_MAX) * routine
    return 0.0


def _because(facts: Facts) -> str:
    episodes = facts.get("episodes", 0)
    if episodes < EPISODES_TOLD:
        return f"seen {counted(episodes, 'time')}: too few to tell whether it keeps to a clock"
    return "comes at much the same time of day, as people and schedules do"


KIND: Final = EvidenceKind(
    name="clock",
    number=18,
    factors=(
        Factor(
            "clock",
            CLOCK,
            _because,
            "−(ln I₀(κ n R) − n ln I₀(κ)) in decibans, cut at max, · the share of a routine that counts (see period);"
            " n times of day, episodes_most at the most, R their mean resultant length, κ concentration.",
            held_down_by="its time of day",
        ),
    ),
    meaning="It comes when people work or schedules run. Five episodes within office hours may be chance, twelve are"
    " not. It does not count for what counts down, drifts, is silent or foretells incidents.",
    example=example_facts(10.0, count=20, episodes=12, episodes_7d=8, active_days=9, clock_permille=930),
    columns=("clock_permille",),
    is_key=False,
)
