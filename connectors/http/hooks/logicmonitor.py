"""Webhooks of LogicMonitor: a custom HTTP delivery, whose body is a template of the customer's own.

Names are compared without case, blanks and underscores, so that `ALERTID`, `alertId` and `alert_id` are one. The template
that docs/http.md publishes fills in all of them; of others, what is there is taken. A token that was not filled in
(`##END##`) is nothing. One alert keeps its id when it is acknowledged and when it clears.

Specification: https://www.logicmonitor.com/support/tokens-available-in-datasource-alert-messages
"""

from typing import Any, Final

from connectors.http.hooks.alert import (
    RESOLVED,
    TEST,
    Alert,
    UnreadableHookError,
    host_of,
    listed_objects,
    severity_of,
    state_of,
    text_of,
    titled,
)
from connectors.http.hooks.mapping import is_placeholder, is_time

NAME: Final = "logicmonitor"
_IDS: Final = ("alertid", "id", "internalid", "alertinternalid")
_STATES: Final = ("alertstatus", "status", "state", "alertstate", "event")
_LEVELS: Final = ("level", "alertlevel", "severity", "alertseverity", "priority")
_HOSTS: Final = (
    "host",
    "hostname",
    "device",
    "devicename",
    "resource",
    "resourcename",
    "displayname",
    "systemhostname",
    "service",
    "website",
    "hostip",
)
_MESSAGES: Final = ("message", "alertmessage", "subject", "body", "text", "detail", "details", "description")
_WATCHED: Final = (
    ("datasource", "datasourcename", "dsname", "eventsource", "logsource", "configsource", "checkpoint"),
    ("instance", "instancename", "dsidescription", "dsinstance"),
    ("datapoint", "datapointname", "dpname"),
)
_BEGINS: Final = ("startepoch", "alertstartepoch", "start", "starttime", "alertstart", "time", "timestamp", "date")
_ENDS: Final = ("endepoch", "clearepoch", "end", "endtime", "cleartime", "alertend")
_GROUPS: Final = ("type", "alerttype")
_OWN_STATES: Final = {
    "active": "firing",
    "alert": "firing",
    "escalation": "firing",
    "in_escalation": "firing",
    "adjusted": "firing",
    "ackd": "acknowledged",
    "ack'ed": "acknowledged",
    "in_sdt": "suppressed",
}
_OWN_LEVELS: Final = {"2": "warning", "3": "error", "4": "critical"}
"""the numbers of LogicMonitor's levels"""


def alerts_of(posted: Any) -> list[Alert]:
    """Return the alert of a delivery, or those of a list of them. Raises `UnreadableHookError`."""
    return [_alert(each) for each in listed_objects(posted if isinstance(posted, list) else [posted])]


def _alert(posted: dict[str, Any]) -> Alert:
    members = {_folded(name): text_of(value) for name, value in posted.items()}
    members = {name: value for name, value in members.items() if value and not is_placeholder(value)}
    if not members:
        raise UnreadableHookError("it says nothing")
    watched = [_first(members, names) for names in _WATCHED]
    message = _first(members, _MESSAGES)
    stated = _first(members, _STATES)
    state = state_of(stated, _OWN_STATES, message)
    if _first(members, _GROUPS).lower() == TEST:
        state = TEST
    begins, ends = _first(members, _BEGINS), _first(members, _ENDS)
    time = ends if state == RESOLVED and is_time(ends) else "" if state == RESOLVED else begins
    said_value = members.get("value", "")
    measured = " ".join(dict.fromkeys(each for each in watched if each))
    if not message and said_value:
        message = f"{measured} is {said_value}" + (f" ({members['threshold']})" if members.get("threshold") else "")
    return Alert(
        hook=NAME,
        state=state,
        message=titled("" if message else measured, message),
        time=time if is_time(time) else "",
        host=host_of(_first(members, _HOSTS)),
        service=watched[0] or NAME,
        severity=severity_of(_first(members, _LEVELS), _OWN_LEVELS),
        id=_first(members, _IDS),
        monitor=measured,
        said=posted,
    )


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _first(members: dict[str, str], names: tuple[str, ...]) -> str:
    return next((members[name] for name in names if members.get(name)), "")
