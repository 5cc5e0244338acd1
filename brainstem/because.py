"""One sentence for each kind of evidence, from the integers of a reading.

A sentence says what was seen, not what it is worth: a technician can check it against the log.
"""

from collections.abc import Callable, Mapping
from typing import Final

from brainstem.wording import counted, duration, thousandths

Facts = Mapping[str, int]

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


def _recurrence(facts: Facts) -> str:
    return f"seen on {facts.get('active_days', 0)} of the last 14 days"


def _rise(facts: Facts) -> str:
    hours = facts.get("rise_hours", 0) or 24
    seen = counted(facts.get("episodes_72h" if hours == 72 else "episodes_24h", 0), "episode")
    mean = facts.get("daily_mean_milli", 0)
    if mean < 50:
        return f"{seen} in {hours} h where there used to be almost none"
    return f"{seen} in {hours} h where {thousandths(mean, 1)} a day were usual"


def _acceleration(facts: Facts) -> str:
    trend = thousandths(facts.get("trend_milli", 0), 1)
    return f"comes ever more often over the last 14 days, {trend} standard deviations beyond chance"


def _spread(facts: Facts) -> str:
    joined, hosts = facts.get("hosts_joined_7d", 0), facts.get("hosts", 0)
    return f"{counted(joined, 'further host')} joined in the last 7 days, {hosts} in all"


def _self_heal(facts: Facts) -> str:
    times = facts.get("heal_cycles_7d", 0)
    usual = duration(facts.get("heal_seconds", 0))
    return f"went down and came back {counted(times, 'time')} in 7 days, usually within {usual}"


def _novelty(facts: Facts) -> str:
    age_seconds = max(0, facts.get("last_time", 0) - facts.get("first_time", 0)) // 1_000_000
    return (
        f"first seen {duration(age_seconds)} before its latest line" if age_seconds >= 60 else "seen for the first time"
    )


def _cue(facts: Facts) -> str:
    if facts.get("cue", 0) == 2:
        return "its own words say that something broke"
    if facts.get("severity", 0) >= 17:
        return "its source grades it as an error"
    return "its words or its grade hint at trouble"


def _period(facts: Facts) -> str:
    usual = duration(facts.get("period_seconds", 0))
    share = facts.get("regularity_permille", 0)
    if share >= 800:
        return f"comes every {usual} on its hosts, so it is a job"
    return f"{share // 10} % of its gaps are {usual}, as those of a job would be"


def _habituation(facts: Facts) -> str:
    mean = thousandths(facts.get("daily_mean_milli", 0), 1)
    return f"known here for more than 8 days, {mean} episodes a day are usual"


def _change_event(facts: Facts) -> str:
    others = counted(facts.get("born_together", 0), "other new message")
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
    usual, quiet = duration(facts.get("period_seconds", 0)), duration(facts.get("silence_seconds", 0))
    return f"used to come every {usual} and has been quiet for {quiet} while its host went on"


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
    "precursor": _precursor,
    "precedent": _precedent,
    "silence": _silence,
    "feedback": _feedback,
}
FACTORS_TOLD: Final = tuple(_SENTENCES)
"""Factors that have a sentence."""
