"""Statements: what people say about the systems, as events on the same stream as the logs.

An incident is a ticket: something broke. Feedback is what a person says about an item, a family or a signature: whether it
was worth their eyes, or what is done about it. Takes the members of a JSON object, returns its statement, or None where the
object is none. It never looks at the clock.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from brainstem.contracts.event import Kind

KIND_NAMES: Final = {"incident": Kind.INCIDENT, "feedback": Kind.FEEDBACK}
"""Values of the member `kind` that make a record of a JSON source a statement."""

WORTH: Final = ("useful", "useless")
"""verdicts that weigh for and against a family"""
ACKNOWLEDGED: Final = "acknowledged"
"""somebody has it in hand"""
SNOOZED: Final = "snoozed"
"""nobody needs to look at it until a time, or until it escalates"""
RESOLVED: Final = "resolved"
"""its cause is gone"""
HANDLING: Final = (ACKNOWLEDGED, SNOOZED, RESOLVED)
"""verdicts that weigh nothing: they say what is done about a family"""
VERDICTS: Final = (*WORTH, *HANDLING)
ESCALATES: Final = "escalates"
"""the value of `until` that stands for no time"""
ID_CHARACTERS: Final = 200
TEXT_CHARACTERS: Final = 1000
"""of a title or a note that are used; the whole record is in the event store"""

_ABOUT: Final = {
    "item": re.compile(r"i1-[0-9a-f]{24}"),
    "family": re.compile(r"f1-[0-9a-f]{16}"),
    "signature": re.compile(r"s2-[0-9a-f]{16}"),
}
_OWN_MEMBERS: Final = {Kind.INCIDENT: ("id", "title"), Kind.FEEDBACK: ("verdict", *_ABOUT)}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""members that a statement has beside `kind`; a record with such a `kind` and none of these is an ordinary event"""


class Stated(NamedTuple):
    """What a record states, apart from its time. `name` is an incident's id, or the item, family or signature that feedback
    is about.
    """

    kind: int
    """`event.Kind`"""
    tenant: str
    """empty where the record names none"""
    name: str
    service: str
    text: str
    """an incident's title, or the note of feedback"""
    verdict: str
    """one of `VERDICTS` for feedback, else empty"""
    by: str = ""
    """who says so; empty where the record does not tell"""
    until_us: int = 0
    """end of what is snoozed, in microseconds since the epoch, UTC; 0 for until it escalates, and for everything else"""


class Statement(NamedTuple):
    """A statement at its time (microseconds since the epoch, UTC). Statements are learned in the order of these fields."""

    time_us: int
    tenant: str
    source: str
    position: int
    stated: Stated


def kind_of(members: Mapping[str, object], usual: Kind) -> Kind:
    """Return what a record is: what its member `kind` says, else what is usual for its source."""
    named = members.get("kind")
    kind = KIND_NAMES.get(named) if isinstance(named, str) else None
    if kind is not None and any(member in members for member in _OWN_MEMBERS[kind]):
        return kind
    return usual


def stated_by(members: Mapping[str, object], kind: Kind) -> Stated | None:
    """Return what an object states; None where it lacks what its kind must have or holds it in another form."""
    tenant, service = _text(members, "tenant", ID_CHARACTERS), _text(members, "service", ID_CHARACTERS)
    if tenant is None or service is None:
        return None
    if kind == Kind.INCIDENT:
        name, title = _text(members, "id", ID_CHARACTERS), _text(members, "title", TEXT_CHARACTERS)
        return Stated(int(kind), tenant, name, service, title, "") if name and title else None
    about, by = _about(members), _text(members, "by", ID_CHARACTERS)
    note, verdict = _text(members, "note", TEXT_CHARACTERS), _text(members, "verdict", ID_CHARACTERS)
    until_us = _until_us(members, verdict)
    if about is None or by is None or note is None or verdict not in VERDICTS or until_us is None:
        return None
    return Stated(int(kind), tenant, about, service, note, verdict, by, until_us)


def what_is_wrong(members: Mapping[str, object], kind: Kind) -> str:
    """Return in words why an object was refused as a statement of its kind."""
    for name in ("tenant", "service", *(("id", "title") if kind == Kind.INCIDENT else ("note", "by"))):
        if _text(members, name, TEXT_CHARACTERS) is None:
            return f"{name} is no text"
    if kind == Kind.INCIDENT:
        for name in ("id", "title"):
            if not _text(members, name, TEXT_CHARACTERS):
                return f"{name} is missing"
    elif members.get("verdict") not in VERDICTS:
        return f"verdict is none of {', '.join(VERDICTS)}"
    elif _about(members) is None:
        return "names neither one item (i1-...) nor one family (f1-...) nor one signature (s2-...)"
    elif _until_us(members, members["verdict"]) is None:
        if members["verdict"] != SNOOZED:
            return f"until belongs to the verdict {SNOOZED}"
        return f"until is neither a time with its zone, such as 2026-03-18T07:00:00Z, nor {ESCALATES}"
    return "time is missing or cannot be read: give ISO 8601"


def _about(members: Mapping[str, object]) -> str | None:
    """Return the item, the family or the signature that feedback is about: one of them, well formed."""
    named = [(key, members[key]) for key in _ABOUT if members.get(key) is not None]
    if len(named) != 1:
        return None
    key, name = named[0]
    return name if isinstance(name, str) and _ABOUT[key].fullmatch(name) else None


def _until_us(members: Mapping[str, object], verdict: object) -> int | None:
    """Return until when something is snoozed (microseconds since the epoch, UTC; 0 for until it escalates); None where that
    is missing, cannot be read or has no zone, and where something else has it.
    """
    until = members.get("until")
    if verdict != SNOOZED:
        return 0 if until is None else None
    if until == ESCALATES:
        return 0
    try:
        when = datetime.fromisoformat(until) if isinstance(until, str) else None
    except ValueError:
        return None
    if when is None or when.tzinfo is None:
        return None
    try:
        return max(0, (when - _EPOCH) // timedelta(microseconds=1)) or None
    except OverflowError:
        return None


def _text(members: Mapping[str, object], name: str, most: int) -> str | None:
    """Return a member's text, empty where there is none; None where it is no text. A number may stand for an id."""
    value = members.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        # an id may be a number, as in many ticket systems
        value = str(value)
    if not isinstance(value, str):
        return None
    words = " ".join(value.split())[:most]
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)
