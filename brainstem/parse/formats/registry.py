"""The list of formats; a format's place in it is the number events carry."""

from typing import Final

from brainstem.parse.formats.application import APPLICATION_FORMATS
from brainstem.parse.formats.definition import Format
from brainstem.parse.formats.structured import STRUCTURED_FORMATS
from brainstem.parse.formats.syslog import SYSLOG_FORMATS

_ORDER: Final = (
    "plain",
    "rfc5424",
    "rfc3164",
    "iso-syslog",
    "network-device",
    "application",
    "web-access",
    "klog",
    "epoch",
    "key-value",
    "container",
    "embedded-stamp",
    "json-lines",
    "docker-json",
    "journald-json",
)

_BY_NAME: Final = {entry.name: entry for entry in (*SYSLOG_FORMATS, *APPLICATION_FORMATS, *STRUCTURED_FORMATS)}

FORMATS: Final[tuple[Format, ...]] = tuple(_BY_NAME[name] for name in _ORDER)


def format_number(name: str) -> int:
    """Return the number of a format by its name; ValueError for an unknown one."""
    return _ORDER.index(name)
