"""Numbers, times and lists in words, as a technician would write them.

Takes integers (thousandths, seconds, microseconds since the epoch, UTC) and a zone, returns short English. The locale of the
machine changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones in which times are shown: the usual one, and those of tenants that have one of their own."""

    usual: tzinfo
    tenants: Mapping[str, tzinfo] = field(default_factory=dict)

    def of(self, tenant: str) -> tzinfo:
        """Return the zone in which a tenant's times are shown."""
        return self.tenants.get(tenant, self.usual)


IN_UTC: Final = Zones(UTC)


def local(time_us: int, zone: tzinfo) -> datetime:
    """Return microseconds since the epoch as a date and time in a zone."""
    return (_EPOCH + timedelta(microseconds=time_us)).astimezone(zone)


def microseconds(stamp: str) -> int:
    """Return an RFC 3339 stamp in microseconds since the epoch, UTC."""
    when = datetime.fromisoformat(stamp)
    return int(when.timestamp()) * 1_000_000 + when.microsecond


def clock(time_us: int, zone: tzinfo) -> str:
    """Return a time to the minute, such as "Tue 17 Mar 2026 03:12"."""
    when = local(time_us, zone)
    return f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]} {when.year} {when.hour:02d}:{when.minute:02d}"


def day(time_us: int, zone: tzinfo) -> str:
    """Return a date, such as "Tue 17 Mar 2026"."""
    return clock(time_us, zone).rpartition(" ")[0]


def days_or_hours(seconds: int) -> str:
    """Return a span in whole days from two on, such as "15 days", a shorter one as `duration`."""
    days = seconds // 86_400
    return counted(days, "day") if days >= 2 else duration(seconds)


def duration(seconds: int) -> str:
    """Return a duration in its largest unit and, below ten of them, the next: "42 s", "1 h 30 min", "24 h", "2 d 4 h".

    Days begin at two, as people say "24 h" of a nightly job.
    """
    if seconds < 60:
        return f"{seconds} s"
    for position, (size, name) in enumerate(_UNITS):
        if seconds >= size * (1 + (name == "d")):
            many, rest = divmod(seconds, size)
            if many < 10 and position + 1 < len(_UNITS):
                smaller, word = _UNITS[position + 1]
                if rest // smaller:
                    return f"{many} {name} {rest // smaller} {word}"
            return f"{many} {name}"
    raise AssertionError("a minute is the smallest unit")


def thousandths(value: int, places: int = 3) -> str:
    """Return thousandths as a decimal number with at most `places` places and no empty ones."""
    rounded = f"{value / 1000:.{places}f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: "1 host", "3 hosts", "1,204 events"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listed(names: Sequence[str], total: int, most: int = 4) -> str:
    """Return names as "a, b and c", or "a, b, c, d and 5 more" when there are `total` of them."""
    shown = list(names[:most])
    more = max(total, len(names)) - len(shown)
    if more > 0 and shown:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part) if shown else ""


def printable(text: str) -> str:
    """Return text with what a terminal would act upon (controls, bidi marks, lone surrogates) as visible escapes."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
