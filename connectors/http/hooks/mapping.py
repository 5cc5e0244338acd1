"""Rows of the table of webhooks: where the fields of an alert stand in what a sender posts.

A row names paths for each field, the best one first; the first that leads to a text or a number is taken. A path is names of
members with points between them (`labels.host`), numbers for elements of lists (`messages.0.text`), `$.` in front for the
whole of what was posted where the row lists alerts, and `=` in front for a text that is meant itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.base import ConfigurationError
from connectors.http.hooks.alert import RESOLVED, Alert, host_of, listed_objects, severity_of, state_of, text_of, titled

FIELDS: Final = (
    "time",
    "resolved_time",
    "host",
    "service",
    "severity",
    "title",
    "message",
    "state",
    "id",
    "monitor",
    "parts",
)
"""`monitor` is what is watched, and `parts` which of several; of `parts` all that are there count, not the first alone"""
_ZONED: Final = ("Z", "z", "UTC", "GMT")


@dataclass(frozen=True, slots=True)
class HookMapping:
    """One row: how the alerts of a sender are read."""

    name: str
    paths: Mapping[str, Sequence[str]]
    """by field"""
    each: str = ""
    """where the list of alerts stands; empty: what is posted is one alert, or a list of them"""
    states: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    is_utc: bool = False
    """whether times that name no zone are in UTC"""


def mapping_of(name: str, row: Mapping[str, Any], where: str) -> HookMapping:
    """Return the mapping of a row of the table. Raises `ConfigurationError` with key, value and fix; `where` is its name."""
    known = ("each", "states", "severities", "utc", *FIELDS)
    for key in row:
        if key not in known:
            raise ConfigurationError(f"{where}.{key} is not a known key. Known here: {', '.join(known)}.")
    paths: dict[str, Sequence[str]] = {}
    for key in FIELDS:
        given = row.get(key, [])
        listed = [given] if isinstance(given, str) else given
        if not isinstance(listed, list) or not all(isinstance(each, str) and each for each in listed):
            raise ConfigurationError(
                f'{where}.{key} = {given!r} cannot be used. Give a path such as "labels.host", or several.'
            )
        paths[key] = tuple(listed)
    if not paths["message"] and not paths["title"]:
        raise ConfigurationError(f'{where}.message is missing. Give the path of the text, such as message = "text".')
    each, is_utc = row.get("each", ""), row.get("utc", False)
    if not isinstance(each, str):
        raise ConfigurationError(
            f'{where}.each = {each!r} cannot be used. Give the path of the list, such as "alerts".'
        )
    if not isinstance(is_utc, bool):
        raise ConfigurationError(f"{where}.utc = {is_utc!r} cannot be used. Give true or false.")
    return HookMapping(name, paths, each, _words(row, "states", where), _words(row, "severities", where), is_utc)


def _words(row: Mapping[str, Any], key: str, where: str) -> dict[str, str]:
    """Return the words of a sender by what they are written as, from lists by what they mean."""
    given = row.get(key, {})
    if not isinstance(given, dict) or not all(isinstance(words, list) for words in given.values()):
        raise ConfigurationError(
            f'{where}.{key} = {given!r} cannot be used. Give lists, such as {{firing = ["down"]}}.'
        )
    return {text_of(word).lower().replace(" ", "_"): meant for meant, words in given.items() for word in words}


def mapped_alerts(mapping: HookMapping, posted: Any) -> list[Alert]:
    """Return the alerts of what was posted, as its row reads them. Raises `UnreadableHookError`."""
    listed = found_at(mapping.each, posted, posted) if mapping.each else posted
    each = listed if isinstance(listed, list) else posted if isinstance(posted, list) else [posted]
    return [_alert(mapping, alert, posted) for alert in listed_objects(each)]


def _alert(mapping: HookMapping, alert: dict[str, Any], posted: Any) -> Alert:
    def value(key: str) -> Any:
        return first_at(mapping.paths[key], alert, posted)

    message = titled(text_of(value("title")), text_of(value("message")))
    state = state_of(value("state"), mapping.states, message)
    time = value("time")
    if state == RESOLVED:
        ended = value("resolved_time")
        time = ended if is_time(ended) else time
    parts = [text_of(first_at((path,), alert, posted)) for path in mapping.paths["parts"]]
    return Alert(
        hook=mapping.name,
        state=state,
        message=message,
        time=zoned(time, mapping.is_utc) if is_time(time) else "",
        host=host_of(text_of(value("host"))),
        service=text_of(value("service")),
        severity=severity_of(value("severity"), mapping.severities),
        id=text_of(value("id")),
        monitor=" ".join(dict.fromkeys(each for each in (text_of(value("monitor")), *parts) if each)),
        said=alert,
    )


def first_at(paths: Sequence[str], alert: Any, posted: Any) -> Any:
    """Return the first text or number that a path leads to, None for none; an empty text is none."""
    for path in paths:
        found = path[1:] if path.startswith("=") else found_at(path, alert, posted)
        if text_of(found) and not is_placeholder(text_of(found)):
            return found
    return None


def found_at(path: str, alert: Any, posted: Any) -> Any:
    """Return what a path leads to, None for nothing. A member whose name has points is found by the longest such name."""
    if path.startswith("$."):
        path, alert = path[2:], posted
    names = path.split(".")
    if isinstance(alert, list):
        place = int(names[0]) if names[0].isdecimal() else len(alert)
        inner = alert[place] if place < len(alert) else None
        return inner if len(names) == 1 else found_at(".".join(names[1:]), inner, posted)
    if not isinstance(alert, dict):
        return None
    for end in range(len(names), 0, -1):
        key = ".".join(names[:end])
        if key in alert:
            return alert[key] if end == len(names) else found_at(".".join(names[end:]), alert[key], posted)
    return None


def is_placeholder(text: str) -> bool:
    """Return whether a text is a variable that the sender's template did not fill in: `##END##`, `$NAME`, `{EVENT.ID}`."""
    bare = text.replace(".", "").replace("_", "")
    if len(text) > 4 and text.startswith("##") and text.endswith("##") and " " not in text:
        return True
    if len(text) > 1 and text.startswith("$") and bare[1:].isupper() and bare[1:].isalnum():
        return True
    return text.startswith("{") and text.endswith("}") and bare[1:-1].isupper() and bare[1:-1].isalnum()


def is_time(value: object) -> bool:
    """Return whether a value can be a time; year 1 stands for none (Go's zero time)."""
    text = text_of(value)
    return bool(text) and text[0].isdigit() and not text.startswith("0001-") and text not in ("0", "0.0")


def zoned(time: Any, is_utc: bool) -> Any:
    """Return a time, with Z behind a stamp in UTC that names no zone."""
    if not is_utc or not isinstance(time, str) or time.isdecimal() or time.endswith(_ZONED):
        return time
    # an offset stands behind the time of day, and no date has a sign there
    return time if "+" in time[10:] or "-" in time[10:] else f"{time.strip()}Z"
