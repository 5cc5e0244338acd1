"""One alert as a record: a JSON object whose fields the parser reads, with all that the sender said beside them.

`status` and `state` stand behind the message when it is signed, so that an alert and its end are two messages that differ by
words of a state. `monitor` names what is watched: it is the thing that goes down and comes back, and has to be the same in
both. So the pair is found by the words, whatever the texts say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

FIRING, RESOLVED, ACKNOWLEDGED, SUPPRESSED, PENDING, TEST = (
    "firing",
    "resolved",
    "acknowledged",
    "suppressed",
    "pending",
    "test",
)
KIND: Final = "alert"
STATUS: Final = {FIRING: "degraded", RESOLVED: "ok"}
"""words of a state as any log has them; the other states say nothing of what is watched"""
STATES: Final[Mapping[str, str]] = {
    word: state
    for state, words in (
        (
            FIRING,
            "firing alerting alert alarm problem triggered trigger re-triggered retriggered down critical crit error err"
            " fatal major minor emergency disaster warn warning no_data nodata active open opened new created failed failing"
            " failure fail raised unhealthy escalated reopened unacknowledged unreachable offline degraded start started"
            " begin breached",
        ),
        (
            RESOLVED,
            "resolved resolve ok okay recovered recovery up clear cleared closed close normal inactive success healthy"
            " online good passing passed ended end stop stopped",
        ),
        (ACKNOWLEDGED, "acknowledged acknowledge ack acked acknowledgement"),
        (SUPPRESSED, "suppressed paused maintenance muted silenced sdt downtime snoozed grace"),
        (PENDING, "pending"),
        (TEST, "test testing ping"),
    )
    for word in words.split()
}
"""what senders call a state; a word that is not here is the state itself"""
SEVERITIES: Final[Mapping[str, str]] = {
    word: level
    for level, words in (
        ("critical", "critical crit fatal emergency emerg disaster page p1 sev1 sev-1 blocker highest"),
        ("error", "error err high major p2 sev2 sev-2"),
        ("warning", "warning warn average medium moderate minor p3 sev3 sev-3"),
        ("info", "info information informational notice low lowest none p4 p5 sev4 sev-4 sev5 sev-5 ok not_classified"),
    )
    for word in words.split()
}
"""what senders call a severity; the parser knows other words"""
NAME_CHARACTERS_MOST: Final = 80
"""a longer name is none to the parser"""
TEXT_CHARACTERS_MOST: Final = 8000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadableHookError(Exception):
    """What was posted holds no alerts where they should stand. The message says why; none of it is taken."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a sender says of one alert, in words of our own; empty where it says nothing."""

    hook: str
    state: str
    """one of the constants above, or the sender's own word"""
    message: str
    time: str | int | float = ""
    """a stamp, or a number since the epoch; empty: when it was received"""
    host: str = ""
    service: str = ""
    severity: str = ""
    id: str = ""
    """of the alert at its sender, the same when it ends"""
    monitor: str = ""
    """what is watched"""
    said: Any = None
    """what was sent of this alert"""


def record_of(alert: Alert, received_at_us: int) -> bytes:
    """Return an alert as a record."""
    members: dict[str, Any] = {
        "time": alert.time or (_EPOCH + timedelta(microseconds=received_at_us)).isoformat(),
        # without a host of its own it would be that of the connection, which may be another one when the alert ends
        "host": alert.host or alert.hook,
        "service": alert.service or alert.hook,
        "severity": _severity(alert),
        "message": alert.message[:TEXT_CHARACTERS_MOST] or alert.monitor or alert.id or f"an alert of {alert.hook}",
        "status": STATUS.get(alert.state, ""),
        "state": alert.state,
        "monitor": _thing(alert),
        "kind": KIND,
        "hook": alert.hook,
        "alert_id": alert.id,
        "alert": alert.said,
    }
    return orjson.dumps({name: value for name, value in members.items() if value not in ("", None)})


def listed_objects(listed: list[Any]) -> list[dict[str, Any]]:
    """Return the objects of a list. Raises `UnreadableHookError` for a list of anything else."""
    if not all(isinstance(each, dict) for each in listed):
        raise UnreadableHookError("an alert is no object")
    return listed


def state_of(value: object, own: Mapping[str, str], message: str = "") -> str:
    """Return the state that a value means, by a sender's `own` words first; without one that of the label of a message."""
    word = text_of(value).lower().replace(" ", "_")
    if not word:
        label = message.strip().removeprefix("[").replace(":", " ").replace("]", " ").lower().split()
        return STATES.get(label[0], FIRING) if label else FIRING
    # `incident.triggered` is `triggered`
    return own.get(word) or STATES.get(word) or STATES.get(word.rpartition(".")[2]) or word[:NAME_CHARACTERS_MOST]


def severity_of(value: object, own: Mapping[str, str]) -> str:
    """Return a severity as a word of levels, by a sender's `own` words first; as it is where nobody knows it."""
    word = text_of(value).lower().replace(" ", "_")
    return own.get(word) or SEVERITIES.get(word) or ("" if word.isdigit() else word)


def text_of(value: object) -> str:
    """Return a text, a number or a truth as text without blanks around it; empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def host_of(text: str) -> str:
    """Return the host that an address names: without scheme, path and port. `db1:9100` is of `db1`."""
    host = text.partition("://")[2] or text
    host = host.partition("/")[0].rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and ":" not in name else host


def titled(title: str, message: str) -> str:
    """Return a message with a title in front, unless it says it."""
    if not title or title.lower() in message.lower():
        return message or title
    return f"{title}: {message}" if message else title


def _severity(alert: Alert) -> str:
    """Return the level of the record: that of the alert while it fires."""
    if alert.state in (RESOLVED, ACKNOWLEDGED, SUPPRESSED, TEST):
        return "info"
    return alert.severity or ("error" if alert.state == FIRING else "info")


def _thing(alert: Alert) -> str:
    names = (alert.monitor, alert.id, alert.monitor[:NAME_CHARACTERS_MOST])
    return next((name for name in names if 0 < len(name) <= NAME_CHARACTERS_MOST), "")
