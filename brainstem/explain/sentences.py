"""One sentence for each kind of evidence, from the integers of a reading.

A sentence says what was seen, not what it is worth: a technician can check it against the log.
"""

from collections.abc import Callable, Mapping
from typing import Final

from brainstem.attention.weigh import (
    ERROR_SEVERITY,
    GROWTH_POINTS,
    own_share,
    shrinking_points,
    sustained_points,
    trend_points,
)
from brainstem.contracts.finding import family_id
from brainstem.contracts.slots import SLOT_SECONDS
from brainstem.evidence.statistics import days_apart, growth_share
from brainstem.text.phrases import counted, duration, thousandths

Facts = Mapping[str, int]

ALIKE: Final = ("message", "host", "name", "wording")
"""What there are several of, by the kind of facet that a reading is about."""

CLOCK_EPISODES: Final = 3
"""from so many times of day on they may be called alike"""

_DAY_US: Final = 86_400 * 1_000_000


def because(factor: str, facts: Facts) -> str:
    """Say why a factor has points; a factor without a sentence of its own is named.

    `facts` are columns of `READING_DTYPE` by name; what is missing counts as 0.
    """
    sentence = _SENTENCES.get(factor)
    return sentence(facts) if sentence else f"{factor.replace('_', ' ')} speaks for or against it"


def _memory(facts: Facts) -> str:
    span_days = (facts.get("last_time", 0) - facts.get("first_time", 0)) // _DAY_US
    within = f"over {counted(span_days, 'day')}" if span_days else "within a day"
    return f"{counted(facts.get('count', 0), 'event')} {within}"


def days_known(facts: Facts) -> int:
    """Return on how many of the last 14 days it has come."""
    return days_apart(*(facts.get(name, 0) for name in ("active_days", "first_time", "last_time")))


def _recurrence(facts: Facts) -> str:
    days = days_known(facts)
    if facts.get("count", 0) == 1:
        return "seen once"
    if days < 2:
        return f"{counted(facts.get('episodes', 0), 'episode')} within {duration(_age_seconds(facts))}"
    return f"seen on {days} of the last 14 days"


def _rise(facts: Facts) -> str:
    hours = facts.get("rise_hours", 0) or 24
    seen = counted(facts.get("episodes_72h" if hours == 72 else "episodes_24h", 0), "episode")
    mean = facts.get("daily_mean_milli", 0)
    if mean < 50:
        return f"{seen} in {hours} h where there used to be almost none"
    return f"{seen} in {hours} h where {thousandths(mean, 1)} a day were usual"


def more_over_days(facts: Facts) -> str:
    """Say which sign of more and more weighs most: "growth", "sustained", "shrinking" or "trend"."""
    growth, sustained, shrinking, trend = (
        facts.get(name, 0) / 1000 for name in ("growth_z_milli", "sustained_milli", "shrinking_z_milli", "trend_milli")
    )
    own = own_share(float(facts.get("rising_together", 0)), float(facts.get("daily_windows", 0)))
    worth = {
        "trend": own * trend_points(trend),
        "sustained": own * sustained_points(sustained, _age_seconds(facts) / 86_400),
        "shrinking": own * shrinking_points(shrinking),
        "growth": GROWTH_POINTS * growth_share(growth, float(facts.get("growth_permille", 0))),
    }
    # of equals the first, which is what is said where none has points
    return max(worth, key=worth.__getitem__)


def _acceleration(facts: Facts) -> str:
    sign = more_over_days(facts)
    if sign == "growth":
        times = thousandths(facts.get("growth_permille", 0), 1)
        return f"grew day by day, over up to 14 days, to {times} times as many events"
    if sign == "sustained":
        return f"has come more often than it used to for {facts['sustained_days']} days, not on one of them only"
    chance = thousandths(facts.get(f"{'shrinking_z' if sign == 'shrinking' else 'trend'}_milli", 0), 1)
    beyond = f"{chance} {'standard deviation' if chance == '1' else 'standard deviations'} beyond chance"
    if sign == "shrinking":
        return f"comes back after ever shorter gaps, {beyond}"
    return f"comes ever more often over the last 14 days, {beyond}"


def _spread(facts: Facts) -> str:
    joined, hosts = facts.get("hosts_joined_7d", 0), facts.get("hosts", 0)
    return f"{counted(joined, 'further host')} joined in the last 7 days, {hosts} in all"


def _self_heal(facts: Facts) -> str:
    times = facts.get("heal_cycles_7d", 0)
    usual = duration(facts.get("heal_seconds", 0))
    if facts.get("heal_learned", 0):
        return f"came {counted(times, 'time')} in 7 days, and its counterpart soon after it, usually within {usual}"
    return f"went down and came back {counted(times, 'time')} in 7 days, usually within {usual}"


def _novelty(facts: Facts) -> str:
    age_seconds = _age_seconds(facts)
    if age_seconds < 60:
        first, since = "seen for the first time", ""
    else:
        first = f"first seen {duration(age_seconds)} before its latest line"
        episodes = facts.get("episodes", 0)
        since = f", in {counted(episodes, 'episode')} since" if episodes > 1 else ""
    silence = silence_seconds(facts)
    return f"{first}{f' after {duration(silence)} without it' if silence >= 600 else ''}{since}"


def silence_seconds(facts: Facts) -> int:
    """Return for how long the tenant, or the service if it has enough to say, was heard before the first event."""
    known = facts.get("born_after_slots", 0)
    alone = known // max(1, facts.get("service_families", 0))
    return SLOT_SECONDS * max(0, min(known, max(alone, facts.get("born_into_service_slots", 0))))


def _age_seconds(facts: Facts) -> int:
    return max(0, facts.get("last_time", 0) - facts.get("first_time", 0)) // 1_000_000


def _concentration(facts: Facts) -> str:
    own, whole, others = (facts.get(name, 0) for name in ("episodes_7d", "whole_7d", "siblings"))
    alike = counted(others + 1, ALIKE[facts.get("facet_kind", 0)])
    usual = thousandths(max(0, whole - own) * 1000 // max(1, others), 1)
    return (
        f"stands out among {alike}: {own} of {counted(max(own, whole), 'episode')} in 7 days, the usual one has {usual}"
    )


def _clock(facts: Facts) -> str:
    episodes = facts.get("episodes", 0)
    if episodes < CLOCK_EPISODES:
        return f"seen {counted(episodes, 'time')}: too few to tell whether it keeps to a clock"
    return "comes at much the same time of day, as people and schedules do"


def _crowd(facts: Facts) -> str:
    active, rising = counted(facts.get("active_families", 0), "active family", "active families"), ""
    if facts.get("rising_together", 0):
        rising = f"; {counted(facts['rising_together'], 'other')} began to rise with it"
    return f"with {active} some look like this by chance{rising}"


def _cue(facts: Facts) -> str:
    if facts.get("cue", 0) == 2:
        return "its own words say that something broke"
    if facts.get("severity", 0) >= ERROR_SEVERITY:
        return "its source grades it as an error"
    return "its words or its grade hint at trouble"


def _period(facts: Facts) -> str:
    usual = duration(facts.get("period_seconds", 0))
    share = facts.get("regularity_permille", 0)
    if share >= 800:
        return f"comes every {usual} on its hosts, so it is a job"
    if share < 10 or not facts.get("period_seconds", 0):
        return "its gaps look like those of a job"
    return f"{share // 10} % of its gaps are {usual}, as those of a job would be"


def _habituation(facts: Facts) -> str:
    mean = thousandths(facts.get("daily_mean_milli", 0), 1)
    known = max(1, _age_seconds(facts) // 86_400)
    return f"known here for {counted(known, 'day')}, {mean} episodes a day are usual"


def _change_event(facts: Facts) -> str:
    beside = max(facts.get("born_together", 0), facts.get("service_births_2d", 0))
    if beside == 0:
        hosts = counted(facts.get("hosts", 0), "host")
        return f"came {counted(facts.get('episodes', 0), 'time')} on {hosts} since it is new, as a roll-out does"
    others = counted(beside, "other new message")
    return f"appeared together with {others}, as after an update or a restart"


def _countdown(facts: Facts) -> str:
    left = thousandths(facts.get("countdown_milli", 0))
    return f"its number fell {counted(facts.get('countdown_falls', 0), 'time')} running and stands at {left}"


def _precursor(facts: Facts) -> str:
    hits, incidents = facts.get("precursor_hits", 0), facts.get("precursor_incidents", 0)
    lag, unfollowed = duration(facts.get("precursor_lag_seconds", 0)), facts.get("precursor_unfollowed", 0)
    without = (
        f"; {counted(unfollowed, 'other time')} none followed" if unfollowed else ", and never without one following"
    )
    return f"came before {hits} of {counted(incidents, 'earlier incident')} of one sort, usually {lag} ahead{without}"


def _precedent(facts: Facts) -> str:
    days, cases = counted(facts.get("precedent_days", 0), "day"), facts.get("precedent_cases", 0)
    where = "here" if facts.get("precedent_here", 0) else "at another tenant"
    more = f", and before {counted(cases - 1, 'more', 'more')}" if cases > 1 else ""
    seldom = "hardly ever" if facts.get("precedent_permille", 0) >= 750 else "not often"
    return f"the like of it was new before an incident {where} {days} ago{more}, and is {seldom} seen otherwise"


def _silence(facts: Facts) -> str:
    usual, quiet = duration(facts.get("silence_period_seconds", 0)), duration(facts.get("silence_seconds", 0))
    runs = counted(facts.get("silence_runs", 0), "run")
    others = facts.get("silence_together", 0)
    beside = f", as did {counted(others, 'other job')} about then" if others else ""
    went_on = "while its host and its source went on"
    return f"used to come every {usual}, in {runs}, and has been quiet for {quiet} {went_on}{beside}"


def _drift(facts: Facts) -> str:
    level, now = thousandths(facts.get("drift_from_milli", 0), 1), thousandths(facts.get("drift_to_milli", 0), 1)
    pace = thousandths(abs(facts.get("drift_pace_milli", 0)), 1)
    way = "up" if facts.get("drift_pace_milli", 0) > 0 else "down"
    far = thousandths(facts.get("drift_deviations_milli", 0), 0)
    days = counted(facts.get("drift_days", 0), "day")
    return (
        f"its number used to be about {level}, goes {way} by {pace} a day for {days} and is at {now} now,"
        f" {far} standard deviations away"
    )


def _lineage(facts: Facts) -> str:
    if not facts.get("succeeded_permille", 0):
        return "it only says that what another message told of has passed, so it is no news"
    family = family_id(facts.get("succeeded_family", 0) & 0xFFFFFFFFFFFFFFFF)
    alike = thousandths(facts.get("succeeded_permille", 0), 2)
    return f"it goes on in nearly the same words ({alike} alike) since {family} fell silent, so it is no news"


def _feedback(facts: Facts) -> str:
    useful, useless = facts.get("feedback_useful", 0), facts.get("feedback_useless", 0)
    scope = "its items or its signature" if facts.get("feedback_scope", 0) == 2 else "its items"
    return f"people called {scope} useful {counted(useful, 'time')} and useless {counted(useless, 'time')}"


_SENTENCES: Final[Mapping[str, Callable[[Facts], str]]] = {
    "memory": _memory,
    "recurrence": _recurrence,
    "rise": _rise,
    "acceleration": _acceleration,
    "spread": _spread,
    "self_heal": _self_heal,
    "novelty": _novelty,
    "cue": _cue,
    "period": _period,
    "habituation": _habituation,
    "change_event": _change_event,
    "countdown": _countdown,
    "concentration": _concentration,
    "clock": _clock,
    "crowd": _crowd,
    "precursor": _precursor,
    "precedent": _precedent,
    "silence": _silence,
    "drift": _drift,
    "feedback": _feedback,
    "lineage": _lineage,
}
FACTORS_TOLD: Final = tuple(_SENTENCES)
"""Factors that have a sentence."""
