"""Countdown: a number in a message falls, time after time, and is nearly used up.

Takes rows of gauges; returns whether a number has run down. Takes features that a notice of it has filled in; returns their
points.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter
from brainstem.text.phrases import clock, counted, day, thousandths

_TO_THE_MINUTE_US: Final = 2 * 86_400_000_000
"""what runs out within this long is told with its hour, for its day alone would come too late"""

COUNTDOWN: Final = 8
"""column of its points"""

COUNTDOWN_POINTS: Final = parameter("countdown.points", 18.0, "decibans", "what a countdown gives")
COUNTDOWN_FALLS: Final = parameter("countdown.falls", 5, "falls", "falls by similar steps that make a countdown")
COUNTDOWN_ONLY_FALLS: Final = parameter(
    "countdown.only_falls", 4, "falls", "falls that are enough of a low number that never rose"
)
COUNTDOWN_CLOCK_FALLS: Final = parameter(
    "countdown.clock_falls", 3, "falls", "falls that are enough of one that never rose and falls by one a day"
)
COUNTDOWN_CLOCK_SLOTS: Final = parameter(
    "countdown.clock_slots",
    2 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "how long a number must fall by one a day to count days",
)
COUNTDOWN_LEAST_SLOTS: Final = parameter(
    "countdown.least_slots", SLOTS_PER_DAY, "slots of ten minutes", "how long any number must have fallen"
)
COUNTDOWN_LONG_FALLS: Final = parameter("countdown.long_falls", 8, "falls", "falls of any size that make a countdown")
COUNTDOWN_EVENNESS: Final = parameter(
    "countdown.evenness", 2, "number", "largest step over the smallest for them to be similar"
)
COUNTDOWN_MAX_MILLI: Final = parameter(
    "countdown.max_milli", 14_000, "thousandths", "a countdown is told below this number"
)
COUNTDOWN_DAYS_MOST: Final = parameter(
    "countdown.days_most", 14, "days", "a number that never rose counts down from so many days before it runs out"
)


@compiled_without_refcounts
def keeps_pace_with_days(slots: int, fallen_milli: int) -> bool:
    """Return whether a number has fallen by one a day, give or take what rounding to whole days makes: it counts days."""
    is_near = abs(fallen_milli * SLOTS_PER_DAY - 1000 * slots) < 1000 * SLOTS_PER_DAY
    return bool(is_near and slots >= COUNTDOWN_CLOCK_SLOTS)


@compiled_without_refcounts
def counts_down(row: Row) -> bool:
    """Return whether a number has run down: low, or soon to be if it never rose, and fallen for a day or more, evenly or
    long.

    Runs of falls come by chance too, but seldom even or long ones; a number that fell as far before and rose again does so
    by itself.
    """
    even = row.most_fall_milli <= COUNTDOWN_EVENNESS * row.least_fall_milli
    slots = row.slot - row.fell_from_slot
    fallen = row.fell_from_milli - row.value_milli
    # the first values of a number are tried once, a run of falls each time that one begins: more chances need more falls;
    # any number may be extrapolated to nothing, few are low
    is_low = row.value_milli < COUNTDOWN_MAX_MILLI
    enough = COUNTDOWN_ONLY_FALLS if row.rises == 0 and is_low else COUNTDOWN_FALLS
    if row.rises == 0 and keeps_pace_with_days(slots, fallen):
        enough = COUNTDOWN_CLOCK_FALLS
    if not (row.falls >= COUNTDOWN_LONG_FALLS or (row.falls >= enough and even)) or slots < COUNTDOWN_LEAST_SLOTS:
        return False
    is_soon_out = row.rises == 0 and row.value_milli * slots < fallen * COUNTDOWN_DAYS_MOST * SLOTS_PER_DAY
    return bool(row.value_milli >= 0 and (is_low or is_soon_out))


@compiled
def countdown_points(features: Row) -> float:
    """Return the points of a number that has run down."""
    if features.countdown_falls > 0:
        return COUNTDOWN_POINTS
    return 0.0


def _because(facts: Facts) -> str:
    left = thousandths(facts.get("countdown_milli", 0))
    return f"its number fell {counted(facts.get('countdown_falls', 0), 'time')} in a row and is {left} now"


def _headline(subject: Subject) -> str:
    left = thousandths(subject.facts.get("countdown_milli", 0))
    falls = counted(subject.facts.get("countdown_falls", 0), "time")
    said = f"{subject.message} is counting down{subject.where}: {left} left after it fell {falls} in a row"
    if subject.ended_us:
        rose = clock(subject.ended_us, subject.zone)
        return f"{subject.message} was counting down{subject.where} and rose again {rose}: {left} left now"
    if subject.runs_out_us <= 0:
        return said
    soon = subject.runs_out_us - subject.facts.get("last_time", 0) < _TO_THE_MINUTE_US
    when = (clock if soon else day)(subject.runs_out_us, subject.zone)
    return f"{said}, so it runs out on {when}"


KIND: Final = EvidenceKind(
    name="countdown",
    number=7,
    factors=(
        Factor(
            "countdown",
            COUNTDOWN,
            _because,
            "points, when a number has fallen for a day or more and is below max_milli, or never rose and will be"
            " nothing within days_most days. It takes falls even falls or long_falls of any size; only_falls of a"
            " number below max_milli that never rose, clock_falls where it falls by one a day.",
            called="how long its number has been falling",
        ),
    ),
    meaning="Something runs out: the days of a certificate, free blocks, lives of a retry counter.",
    example=example_facts(
        6.0, count=6, episodes=6, episodes_7d=6, active_days=6, countdown_milli=8000, countdown_falls=5, facet_kind=2
    ),
    columns=("countdown_milli", "countdown_falls"),
    stands_alone=True,
    headline_tells=True,
    headline=_headline,
    why_it_matters="Nothing fails until it reaches its end, and then everything that needs it fails at once.",
    says_what_is_going_on=True,
)
