"""How a line stands in a file: the formats of the bench.

Each renderer takes a stamp in microseconds since the epoch (UTC), host, service, process id, syslog severity and message,
and returns the line without its end.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from benchmarks.weak_signal.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, moment
from benchmarks.weak_signal.error_words import words

MONTHS: Final = words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
LEVELS: Final = ("emergency", "alert", "critical", "error", "warn", "notice", "info", "debug")
_FACILITY: Final = 3
_OFFSET_HOURS: Final = 2

Renderer = Callable[[int, str, str, int, int, str], str]


@lru_cache(maxsize=256)
def _date(day: int) -> tuple[int, int, int]:
    date = moment(day * DAY_US)
    return date.year, date.month, date.day


def _parts(time_us: int) -> tuple[int, int, int, int, int, int, int]:
    day, rest = divmod(time_us, DAY_US)
    hour, rest = divmod(rest, HOUR_US)
    minute, rest = divmod(rest, MINUTE_US)
    second, rest = divmod(rest, SECOND_US)
    return *_date(day), hour, minute, second, rest


def _iso(time_us: int, digits: int, zone: str) -> str:
    year, month, day, hour, minute, second, rest = _parts(time_us)
    return f"{year}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{rest // 10 ** (6 - digits):0{digits}d}{zone}"


def bsd(time_us: int, host: str, service: str, pid: int, severity: int, message: str) -> str:
    """RFC 3164 as files have it: no year, no zone, no severity."""
    del severity
    _, month, day, hour, minute, second, _ = _parts(time_us)
    return f"{MONTHS[month - 1]} {day:2d} {hour:02d}:{minute:02d}:{second:02d} {host} {service}[{pid}]: {message}"


def pri(time_us: int, host: str, service: str, pid: int, severity: int, message: str) -> str:
    """RFC 3164 as it comes from the wire, with its priority."""
    return f"<{_FACILITY * 8 + severity}>{bsd(time_us, host, service, pid, severity, message)}"


def iso(time_us: int, host: str, service: str, pid: int, severity: int, message: str) -> str:
    """Syslog with a full stamp in a zone of its own."""
    del severity
    return (
        f"{_iso(time_us + _OFFSET_HOURS * HOUR_US, 6, f'+{_OFFSET_HOURS:02d}:00')} {host} {service}[{pid}]: {message}"
    )


def rfc5424(time_us: int, host: str, service: str, pid: int, severity: int, message: str) -> str:
    """RFC 5424."""
    return f"<{_FACILITY * 8 + severity}>1 {_iso(time_us, 3, 'Z')} {host} {service} {pid} - - {message}"


def jsonl(time_us: int, host: str, service: str, pid: int, severity: int, message: str) -> str:
    """One JSON object."""
    return json.dumps(
        {
            "time": _iso(time_us, 3, "Z"),
            "level": LEVELS[severity],
            "host": host,
            "service": service,
            "pid": pid,
            "msg": message,
        },
        separators=(",", ":"),
    )


def logfmt(time_us: int, host: str, service: str, pid: int, severity: int, message: str) -> str:
    """key=value pairs."""
    del pid
    quoted = message.replace('"', "'")
    return f'time={_iso(time_us, 3, "Z")} level={LEVELS[severity]} host={host} service={service} msg="{quoted}"'


def access(time_us: int, host: str, service: str, pid: int, severity: int, message: str) -> str:
    """Log a request as web servers do; the message is the client's address, a bar, and the rest."""
    del host, service, pid, severity
    client, _, rest = message.partition("|")
    year, month, day, hour, minute, second, _ = _parts(time_us)
    return f"{client} - - [{day:02d}/{MONTHS[month - 1]}/{year}:{hour:02d}:{minute:02d}:{second:02d} +0000] {rest}"


RENDERERS: Final[dict[str, Renderer]] = {
    "bsd": bsd,
    "pri": pri,
    "iso": iso,
    "rfc5424": rfc5424,
    "json": jsonl,
    "logfmt": logfmt,
    "access": access,
}
