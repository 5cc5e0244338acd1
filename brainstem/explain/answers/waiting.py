"""What a family waits for until it is shown, and which families stand before which: ranks the entries of a queue, and says
in a sentence what each lacks and when it fades.

Takes the latest decision about each family up to a moment, with what was heard and said of it by then; returns entries of
a queue, the most deserving first, with words for a person. What somebody has set aside stands behind the rest. Scores are
those that were decided: nothing is weighed anew, so an answer for a past moment uses nothing that came later.
"""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final, NamedTuple

from brainstem.attention.bands import (
    BEHAVIOURS,
    KEY_DECIBANS,
    LEAVE_PROMOTE_DECIBANS,
    LEAVE_PROMOTE_HOURS,
    SURFACE_AGAIN_DAYS,
    SURFACE_SOONER_DECIBANS,
    SURFACE_SOONER_HOURS,
    Band,
)
from brainstem.attention.state import RECENT_SLOTS
from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import family_id
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.statement import HANDLING, RESOLVED
from brainstem.evidence.kinds import KIND_NAMED
from brainstem.explain.answers.handling import Handling, Verdict
from brainstem.explain.changes import keys_of
from brainstem.explain.sentences import because
from brainstem.text.phrases import clock, counted, days_or_hours, listed

_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
LOG_ENDED_US: Final = _HOUR_US
"""the last event of all is told where it lies this long before the moment asked about"""
AGAINST_TOLD: Final = 2
STATES: Final = ("shown", "held back", "waiting", "quiet", "answered", *HANDLING)
"""all words of `Entry.state`, in the order in which they are counted"""
BAND_OF: Final = {each.title: each.band for each in BEHAVIOURS}
"""bands by the names that decisions hold"""


class Known(NamedTuple):
    """What is known of a family at a moment. Times are microseconds since the epoch, UTC, 0 for never."""

    latest: Decision
    band_since_us: int
    """when it came into its band"""
    shown_us: int
    """when it was shown last"""
    heard_us: int
    """its latest event"""
    shown_as: str = ""
    """the headline of its latest item"""
    verdict: Verdict | None = None
    """the latest one"""
    handling: Handling | None = None
    """what was said last of what is done about it, and whether that still holds"""

    @property
    def is_set_aside(self) -> bool:
        """Return whether somebody has it in hand, or does not want to see it for now."""
        return self.handling is not None and not self.handling.is_over

    @property
    def has_come_back(self) -> bool:
        """Return whether it had been set aside and has earned eyes since."""
        return self.handling is not None and self.handling.is_over


class Waiting(NamedTuple):
    """What a family lacks to be shown. Times are microseconds since the epoch, UTC, 0 for none."""

    points: float
    """decibans that are missing"""
    keys: tuple[str, ...]
    """kinds of evidence that are strong enough to count"""
    keys_missing: int
    blocker: str
    """what held it back although its score would do; empty for nothing"""
    again_us: int
    """when it is shown again if it is as strong as now, where it was shown lately"""
    silent_us: int
    """from when on it is not shown without a new event; 0 where it needs none"""


class Entry(NamedTuple):
    """A place in the queue."""

    rank: int
    known: Known
    waiting: Waiting
    state: str
    """`shown`, `held back`, `waiting` or `quiet`; `answered` where a person has said since what it is worth; `acknowledged`,
    `snoozed` or `resolved` where it is set aside
    """


def waiting_of(known: Known) -> Waiting:
    """Return what a family lacks to be shown."""
    latest = known.latest
    keys = keys_of(latest.contributions)
    alone = any(KIND_NAMED[key].stands_alone for key in keys)
    needs_event = not any(KIND_NAMED[key].needs_no_event for key in keys)
    return Waiting(
        points=max(0.0, BEHAVIOURS[Band.PROMOTE].from_decibans - latest.score),
        keys=keys,
        keys_missing=0 if alone else max(0, 2 - len(keys)),
        blocker="" if latest.blocker == "none" else latest.blocker,
        again_us=known.shown_us + SURFACE_AGAIN_DAYS * _DAY_US if known.shown_us else 0,
        # a family is looked at until the end of the slot that lies this far behind that of its latest event
        silent_us=(known.heard_us // SLOT_US + 1 + RECENT_SLOTS) * SLOT_US if needs_event and known.heard_us else 0,
    )


def ranked(families: Iterable[Known], now_us: int, least: Band) -> list[Entry]:
    """Return the families of a band and above, the most deserving first; of whichever band what has come back after it was
    set aside, and what is acknowledged or snoozed.

    What a person has answered since it was shown stands behind the rest, before it what has fallen silent within its band.
    What is set aside comes last, the longest ago first.
    """
    found = []
    for known in families:
        band = BAND_OF[known.latest.to_band]
        if band >= least or known.has_come_back or _is_kept(known):
            waiting = waiting_of(known)
            found.append((known, waiting, _state(known, waiting, now_us)))

    def place(each: tuple[Known, Waiting, str]) -> tuple[object, ...]:
        known, _, state = each
        latest = known.latest
        return (
            *((True, known.handling.said.time_us) if known.is_set_aside and known.handling else (False, 0)),
            state == "answered",
            -BAND_OF[latest.to_band],
            state == "quiet",
            -latest.score,
            -known.heard_us,
            latest.tenant,
            latest.family,
        )

    return [Entry(rank, *each) for rank, each in enumerate(sorted(found, key=place), 1)]


def _state(known: Known, waiting: Waiting, now_us: int) -> str:
    """Return in a word where a family stands."""
    if known.handling is not None and not known.handling.is_over:
        return known.handling.said.verdict
    if known.verdict is not None and known.verdict.is_of_worth and known.verdict.time_us >= max(known.shown_us, 1):
        return "answered"
    if waiting.silent_us and now_us >= waiting.silent_us:
        return "quiet"
    if known.latest.to_band == BEHAVIOURS[Band.PROMOTE].title and known.shown_us >= known.band_since_us:
        return "shown"
    return "held back" if waiting.blocker else "waiting"


def _is_kept(known: Known) -> bool:
    """Return whether it is told in every band that it is set aside: what is resolved and faded needs nobody's memory."""
    return known.is_set_aside and known.handling is not None and known.handling.said.verdict != RESOLVED


def wanted(entry: Entry, zone: tzinfo) -> str:
    """Return in a sentence what would make it be shown."""
    known, waiting = entry.known, entry.waiting
    if waiting.blocker == "told_already" and known.latest.teller_family is not None:
        return f"comes whenever {family_id(known.latest.teller_family)} does, which was shown: look there"
    if entry.state == "shown":
        again, sooner = clock(waiting.again_us, zone), clock(known.shown_us + SURFACE_SOONER_HOURS * _HOUR_US, zone)
        return (
            f"is shown again if it earns it: from {sooner} with {SURFACE_SOONER_DECIBANS:g} points more than then or a new"
            f" kind of evidence, from {again} in any case"
        )
    needs = ["a new event"] if entry.state == "quiet" else []
    if waiting.points:
        needs.append(f"{waiting.points:.2f} points more")
    if waiting.keys_missing:
        needs.append(
            f"{'another kind' if waiting.keys else 'two kinds'} of evidence"
            f" with {KEY_DECIBANS:g} points{'' if waiting.keys else ' each'}"
        )
    if waiting.blocker == "budget":
        needs.append("a day (UTC) of its tenant with room: it had all its items")
    speak = "speaks" if len(waiting.keys) == 1 else "speak"
    speaks = f"; {listed([_named(key) for key in waiting.keys], 0, 9)} {speak} for it" if waiting.keys else ""
    return f"waits for {listed(needs, 0)}{speaks}" if needs else "has what it takes; its next event decides"


def against(known: Known, zone: tzinfo) -> list[str]:
    """Return what weighs most against a family, in words."""
    weights = sorted((each for each in known.latest.contributions if each[1] < 0), key=lambda each: each[1])
    return [
        f"{factor} {points:.2f}: {because(factor, known.latest.facts, zone)}"
        for factor, points in weights[:AGAINST_TOLD]
    ]


def fades(entry: Entry, now_us: int, zone: tzinfo) -> str:
    """Return in a sentence when it leaves the queue by itself."""
    waiting, latest = entry.waiting, entry.known.latest
    below = ""
    if latest.to_band == BEHAVIOURS[Band.PROMOTE].title and latest.score < LEAVE_PROMOTE_DECIBANS:
        below = (
            f"; leaves the band once it has had less than {LEAVE_PROMOTE_DECIBANS:g} points for {LEAVE_PROMOTE_HOURS} h:"
            f" it has {latest.score:.2f} as of {clock(latest.tick_us, zone)}"
        )
    if not waiting.silent_us:
        return f"stays while it is overdue{below}" if entry.known.heard_us else f"nothing of it is stored{below}"
    when = clock(waiting.silent_us, zone)
    if now_us >= waiting.silent_us:
        quiet = days_or_hours((now_us - entry.known.heard_us) // 1_000_000)
        return f"not shown since {when} without a new event: nothing heard for {quiet}{below}"
    return f"not shown from {when} on unless it is heard again{below}"


def summed_up(entries: Iterable[Entry]) -> str:
    """Return how many entries are in which state, in words; empty for none."""
    states = [entry.state for entry in entries]
    counts = [(state, states.count(state)) for state in STATES]
    told = [f"{number:,} {state}" for state, number in counts if number]
    return f"{counted(len(states), 'kind')} of message: {', '.join(told)}" if states else ""


def log_ended(end_us: int, now_us: int, zone: tzinfo) -> str:
    """Return in a sentence that nothing was read of a while before a moment; empty where that is no while."""
    silent_us = now_us - end_us
    if not end_us or silent_us < LOG_ENDED_US:
        return ""
    return (
        f"Nothing was read of the {days_or_hours(silent_us // 1_000_000)} before that: the last event is of"
        f" {clock(end_us, zone)}, and bands and points are those of then."
    )


def _named(kind: str) -> str:
    return kind.replace("_", " ")
