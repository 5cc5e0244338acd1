"""Webhooks of Prometheus Alertmanager, version 4: one record for each alert of the group.

A group that is notified again holds alerts that fired before: they come again with the time at which they began. What is
watched is the alert with its labels, apart from those that say where it is and how bad; Alertmanager's fingerprint of all
labels is the id.

Specification: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from typing import Any, Final

from connectors.http.hooks.alert import (
    NAME_CHARACTERS_MOST,
    RESOLVED,
    Alert,
    UnreadableHookError,
    host_of,
    listed_objects,
    severity_of,
    state_of,
    text_of,
    titled,
)
from connectors.http.hooks.mapping import is_time

NAME: Final = "alertmanager"
_HOSTS: Final = ("host", "hostname", "host_name", "nodename", "node", "server", "device_host", "instance")
_SERVICES: Final = ("service", "service_name", "app", "application", "job")
_MESSAGES: Final = ("summary", "message", "description", "title")
_SEVERITIES: Final = ("severity", "level", "priority")
_SAID_ELSEWHERE: Final = frozenset(
    {"alertname", *_HOSTS, *_SERVICES, *_SEVERITIES, "cluster", "environment", "env", "prometheus", "team", "receiver"}
)


def alerts_of(posted: Any) -> list[Alert]:
    """Return the alerts of a notification. Raises `UnreadableHookError`."""
    listed = posted.get("alerts") if isinstance(posted, dict) else None
    if not isinstance(listed, list):
        raise UnreadableHookError("it has no list of alerts, as notifications of Alertmanager have")
    return [_alert(each, posted) for each in listed_objects(listed)]


def _alert(alert: dict[str, Any], posted: dict[str, Any]) -> Alert:
    labels = {**_texts(posted.get("commonLabels")), **_texts(alert.get("labels"))}
    annotations = {**_texts(posted.get("commonAnnotations")), **_texts(alert.get("annotations"))}
    state = state_of(alert.get("status") or posted.get("status"), {})
    ended = alert.get("endsAt")
    time = ended if state == RESOLVED and is_time(ended) else alert.get("startsAt")
    name = labels.get("alertname", "")
    others = [f"{label}={value}" for label, value in sorted(labels.items()) if label not in _SAID_ELSEWHERE and value]
    monitor = " ".join([name, *(each.partition("=")[2] for each in others)]).strip()
    said = alert | {"groupKey": posted.get("groupKey"), "receiver": posted.get("receiver")}
    return Alert(
        hook=NAME,
        state=state,
        message=titled(name, _first(annotations, _MESSAGES) or ", ".join(others)),
        time=text_of(time) if is_time(time) else "",
        host=host_of(_first(labels, _HOSTS)),
        service=_first(labels, _SERVICES),
        severity=severity_of(_first(labels, _SEVERITIES), {}),
        id=text_of(alert.get("fingerprint")),
        # with long labels the id is the shorter name of the same
        monitor=monitor if len(monitor) <= NAME_CHARACTERS_MOST else "",
        said=said,
    )


def _texts(members: object) -> dict[str, str]:
    return {str(name): text_of(value) for name, value in members.items()} if isinstance(members, dict) else {}


def _first(members: dict[str, str], names: tuple[str, ...]) -> str:
    return next((members[name] for name in names if members.get(name)), "")
