"""A log file of the demo while it is written: lines with their time, in the format of the file.

Times are microseconds since the epoch, UTC; severities are syslog numbers (RFC 5424 section 6.2.1, 6 informational).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LEVELS = ("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug")
"""Level words of application logs by syslog severity."""

FACILITY_DAEMON = 3
FACILITY_LOCAL7 = 23

Form = Callable[[int, str, str, int, int, str], str]
"""Time, host, program, process id (0 for none), severity and message to one line without its end."""


class Line(NamedTuple):
    """One line, its end included; `trouble` names the planted trouble it belongs to, or is empty."""

    time_us: int
    raw: bytes
    trouble: str


def moment(time_us: int) -> datetime:
    """Return a time as a UTC datetime."""
    return datetime.fromtimestamp(time_us // 1_000_000, UTC)


def plain_syslog(time_us: int, host: str, program: str, process: int, severity: int, message: str) -> str:
    """Write RFC 3164 as it stands in a file: no priority, no year, no zone."""
    del severity
    when = moment(time_us)
    tag = f"{program}[{process}]" if process else program
    return f"{MONTHS[when.month - 1]} {when.day:2d} {when.time()} {host} {tag}: {message}"


def relayed_syslog(time_us: int, host: str, program: str, process: int, severity: int, message: str) -> str:
    """Write RFC 3164 as a collector keeps it: with its priority."""
    return f"<{FACILITY_LOCAL7 * 8 + severity}>{plain_syslog(time_us, host, program, process, severity, message)}"


def ietf_syslog(time_us: int, host: str, program: str, process: int, severity: int, message: str) -> str:
    """Write RFC 5424 without structured content."""
    stamp = f"{moment(time_us).isoformat()[:19]}.{time_us % 1_000_000:06d}Z"
    return f"<{FACILITY_DAEMON * 8 + severity}>1 {stamp} {host} {program} {process or '-'} - - {message}"


def iso_application(time_us: int, host: str, program: str, process: int, severity: int, message: str) -> str:
    """Write an application's own file: ISO 8601 time, level, logger, message; the host is nowhere in the line."""
    del host, process
    stamp = f"{moment(time_us).isoformat(' ')[:19]}.{time_us // 1000 % 1000:03d}Z"
    return f"{stamp} {LEVELS[severity].upper():5s} [{program}] {message}"


def json_object(time_us: int, host: str, program: str, process: int, severity: int, message: str) -> str:
    """Write one JSON object."""
    stamp = f"{moment(time_us).isoformat()[:19]}.{time_us // 1000 % 1000:03d}Z"
    record: dict[str, str | int] = {"time": stamp, "level": LEVELS[severity], "host": host, "service": program}
    if process:
        record["pid"] = process
    return json.dumps(record | {"message": message}, separators=(",", ":"))


@dataclass(slots=True)
class Journal:
    """One file of one tenant; `path` starts with the tenant's folder."""

    path: str
    form: Form
    lines: list[Line] = field(default_factory=list)

    @property
    def tenant(self) -> str:
        """Return the tenant of the file."""
        return self.path.partition("/")[0]

    def log(
        self,
        time_us: int,
        host: str,
        program: str,
        message: str,
        *,
        process: int = 0,
        severity: int = 6,
        trouble: str = "",
    ) -> None:
        """Write one line; lines may come in any order of time."""
        text = self.form(time_us, host, program, process, severity, message)
        self.lines.append(Line(time_us, text.encode() + b"\n", trouble))

    def settle(self, end_us: int) -> None:
        """Sort the lines by time (equal times as written) and drop those at or after `end_us`."""
        self.lines = sorted((line for line in self.lines if line.time_us < end_us), key=lambda line: line.time_us)
