"""What follows from what people said of a family (acknowledged, snoozed, resolved): whether it is set aside, by whom, and
what brings it back.

Somebody has it in hand (acknowledged), nobody needs to look at it for a while (snoozed), or its cause is gone (resolved).
Takes the latest such statement with what came after it up to a moment; returns whether it still holds, and words for people.

It comes back when it has earned that, and stays until somebody says something again:

- one that is acknowledged or snoozed, when it is in a higher band than at that time, or on more hosts;
- one that is acknowledged, also when it is shown again; one that is snoozed until a time, also at that time;
- one that is resolved, when it is heard again.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Final, NamedTuple

from brainstem.attention.bands import BEHAVIOURS
from brainstem.contracts.statement import ACKNOWLEDGED, HANDLING, RESOLVED, SNOOZED
from brainstem.explain.redaction.redact import clean
from brainstem.text.phrases import clock, days_or_hours, listed

_BAND_OF: Final = {each.title: each.band for each in BEHAVIOURS}
NOTE_CHARACTERS: Final = 600
NAME_CHARACTERS: Final = 80
HOSTS_TOLD: Final = 3
HOSTS_FOR_ONE_MORE: Final = 10
"""one further host brings a family of up to this many back; with more it takes a further host for each so many, as such a
message is heard on another host every day"""


class Verdict(NamedTuple):
    """What a person said of a family, at a time in microseconds since the epoch, UTC."""

    time_us: int
    verdict: str
    note: str
    by: str = ""
    until_us: int = 0
    """of one that is snoozed; 0 for until it escalates"""

    @property
    def is_of_worth(self) -> bool:
        """Return whether it says what the family is worth, and not what is done about it."""
        return self.verdict not in HANDLING


class Since(NamedTuple):
    """What is known of a family around the time of a statement. Times are microseconds since the epoch, UTC, 0 for never."""

    bands: tuple[tuple[int, str], ...] = ()
    """the band that each decision led to, with its tick, in order"""
    hosts: Mapping[str, int] = {}
    """the first event on each host"""
    heard_us: int = 0
    """the latest event"""
    shown_us: int = 0
    """when it was shown last"""


class Handling(NamedTuple):
    """What is done about a family."""

    said: Verdict
    is_over: bool
    """whether it has come back since"""
    why: tuple[tuple[str, int], ...] = ()
    """what brought it back, in words that a time follows, with that time"""


def handling_of(said: Verdict, since: Since, now_us: int) -> Handling:
    """Return whether what was said is done about a family still holds at a moment."""
    why: list[tuple[str, int]] = []
    if said.verdict == RESOLVED:
        if since.heard_us > said.time_us:
            why.append(("heard again, last", since.heard_us))
        return Handling(said, bool(why), tuple(why))
    higher = _higher_band(said, since)
    if higher is not None:
        why.append(higher)
    more = _more_hosts(said, since)
    if more is not None:
        why.append(more)
    if said.verdict == ACKNOWLEDGED and since.shown_us > said.time_us:
        why.append(("shown again", since.shown_us))
    if said.verdict == SNOOZED and said.until_us and now_us >= said.until_us:
        why.append(("its time was over", said.until_us))
    return Handling(said, bool(why), tuple(why))


def _higher_band(said: Verdict, since: Since) -> tuple[str, int] | None:
    """Return since when a family was in a higher band than when something was said of it, in words; None for never."""
    before = [band for tick_us, band in since.bands if tick_us <= said.time_us]
    was = before[-1] if before else BEHAVIOURS[min(_BAND_OF.values())].title
    for tick_us, band in since.bands:
        if tick_us > said.time_us and _BAND_OF[band] > _BAND_OF[was]:
            return f"{band}, {was} then, since", tick_us
    return None


def _more_hosts(said: Verdict, since: Since) -> tuple[str, int] | None:
    """Return since when a family was on so many more hosts that it comes back, in words; None where it is not."""
    known = sum(first_us <= said.time_us for first_us in since.hosts.values())
    new = sorted((first_us, host) for host, first_us in since.hosts.items() if first_us > said.time_us)
    enough = max(1, -(-known // HOSTS_FOR_ONE_MORE))
    if not known or len(new) < enough:
        return None
    names = [clean(host, NAME_CHARACTERS) for _, host in new[:enough]]
    return f"also on {listed(names, enough, HOSTS_TOLD)} since", new[enough - 1][0]


def set_aside(handling: Handling, now_us: int, zone: tzinfo) -> str:
    """Return in a sentence what is done about a family, for how long so far, and why."""
    said = handling.said
    age = days_or_hours(max(0, now_us - said.time_us) // 1_000_000)
    until = ""
    if said.verdict == SNOOZED:
        until = f" until {clock(said.until_us, zone)}" if said.until_us else " until it escalates"
    return f"{_by(said)} {age} ago, {clock(said.time_us, zone)}{until}{_note(said)}"


def came_back(handling: Handling, zone: tzinfo) -> str:
    """Return in a sentence who had said what of a family that has come back, and what brought it back."""
    said = handling.said
    until = f" until {clock(said.until_us, zone)}" if said.until_us else ""
    told = [f"{words} {clock(time_us, zone)}" for words, time_us in handling.why]
    return f"{_by(said)} {clock(said.time_us, zone)}{until}{_note(said)}; came back: {'; '.join(told)}"


def _by(said: Verdict) -> str:
    return f"{said.verdict} by {clean(said.by, NAME_CHARACTERS)}" if said.by else said.verdict


def _note(said: Verdict) -> str:
    return f": {clean(said.note, NOTE_CHARACTERS)}" if said.note else ""
