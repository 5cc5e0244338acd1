"""What the first and last bytes of a file show before it is read.

Takes a path, or the bytes of both ends; returns why the file cannot be a log, the latest date in it, and the hosts that its
syslog headers name. It never judges by the name of a file.
"""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import orjson

from brainstem.contracts.ledger import RefusalReason
from connectors.files.compression import Compression, PlainStream, compression_of
from connectors.files.encoding import as_utf8, encoding_of

END_BYTES: Final = 64 << 10
"""how much of each end is looked at"""

_BLOCK_BYTES: Final = 1 << 20

LONGEST_UNPACKING_BYTES: Final = 256 << 20
"""how far a compressed file is unpacked to find its end; what was reached by then takes the place of the end"""

_SIGNATURES: Final = {
    b"LPKSHHRH": RefusalReason.JOURNAL,  # systemd journal file format
    b"SQLite format 3\0": RefusalReason.DATABASE,
    b"ElfFile\0": RefusalReason.WINDOWS_EVENT_LOG,
    b"\xd4\xc3\xb2\xa1": RefusalReason.PACKET_CAPTURE,
    b"\xa1\xb2\xc3\xd4": RefusalReason.PACKET_CAPTURE,
    b"\x4d\x3c\xb2\xa1": RefusalReason.PACKET_CAPTURE,
    b"\xa1\xb2\x3c\x4d": RefusalReason.PACKET_CAPTURE,
    b"\n\r\r\n": RefusalReason.PACKET_CAPTURE,  # pcapng section header block
    b"PK\x03\x04": RefusalReason.ARCHIVE,
    b"7z\xbc\xaf\x27\x1c": RefusalReason.ARCHIVE,
    b"Rar!\x1a\x07": RefusalReason.ARCHIVE,
    b"\x7fELF": RefusalReason.EXECUTABLE,
    b"MZ\x90\0": RefusalReason.EXECUTABLE,
    b"\x04\x22\x4d\x18": RefusalReason.UNSUPPORTED_COMPRESSION,  # lz4 frame
    b"\x1f\x9d": RefusalReason.UNSUPPORTED_COMPRESSION,  # compress
    b"\xff\xfe\0\0": RefusalReason.UNSUPPORTED_ENCODING,  # UTF-32, little endian
    b"\0\0\xfe\xff": RefusalReason.UNSUPPORTED_ENCODING,
    b"PAR1": RefusalReason.BINARY,
    b"%PDF-": RefusalReason.BINARY,
}
_TAR_MAGIC: Final = (257, b"ustar")

_CONTROLS: Final = bytes([*range(0x20), 0x7F]).translate(None, b"\t\n\v\f\r\b\x1b")
"""control characters that no text needs; escapes of terminals and backspaces do occur in logs"""

_LONG_NULS: Final = re.compile(rb"\0{64,}")

_LARGEST_CONTROL_SHARE: Final = 0.05
"""Measured: login records (utmp) are more than half NUL, machine code is a tenth control characters, and logs have them by
accident only."""

_STAMP: Final = (
    rb"((?:19|20|21)\d\d)[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?(?:[.,]\d{1,9})?(?: ?(Z|[+-]\d\d:?\d\d)\b)?"
)
# at the beginning of a line only, because a date within a message may lie years ahead (the end of a certificate)
_LINE_STAMP: Final = re.compile(rb"(?m)^(?:<\d{1,3}>(?:1 )?|\[)?" + _STAMP)
_JSON_STAMP: Final = re.compile(rb'(?m)^\{.{0,512}?"(?:@?timestamp|time|ts|datetime)"\s*:\s*"' + _STAMP)
_SYSLOG_HOST: Final = re.compile(
    rb"(?m)^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d))"
    rb" ([\w.:-]{1,255}) [^\s:\[]{1,128}(?:\[\d+\])?: "
)
_SLASHED_DATE: Final = re.compile(
    # the slash is first, because a search for one byte is the fastest there is
    rb"/(?:(?<=[^0-9/.][0-9]/)|(?<=[^0-9/.][0-9][0-9]/))[0-9]{1,2}(?:/[0-9]{2,4})?[ ,;T:\t\"'-]"
)
"""a date whose day and month may stand in either order, or a fraction that looks like one; not at the first byte"""
_DEVICE_LINE: Final = re.compile(rb"(?m)^.{0,160}?%[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*-[0-7]-[A-Z0-9_]+ ?:")
"""a message of a network device (Cisco IOS, IOS-XR, NX-OS); these name themselves only in what they send to a collector"""
_LEVEL_WORDS: Final = frozenset(
    re.findall(r"\w+", "trace debug info notice warn warning err error crit critical alert emerg emergency fatal panic")
)
_KUBERNETES_PATH: Final = re.compile(
    # "containers/<pod>_<namespace>_<container>-<id>.log" and "pods/<namespace>_<pod>_<uid>/<container>/0.log"
    r"(?:^|/)(?P<pod>[^/_]+)_[^/_]+_(?P<container>[^/_]+)-[0-9a-f]{64}\.log(?:\.[^/]*)?$"
    r"|(?:^|/)[^/_]+_(?P<pod_of_folder>[^/_]+)_[0-9a-f-]{32,36}/(?P<folder>[^/]+)/[0-9]+\.log(?:\.[^/]*)?$"
)
_DOCKER_PATH: Final = re.compile(r"(?:^|/)([0-9a-f]{64})/\1-json\.log(?:\.[^/]*)?$")
"""`containers/<id>/<id>-json.log`, of Docker's json-file driver"""
_SUFFIX: Final = re.compile(
    r"(?:\.(?:gz|xz|zst|bz2|log|txt|json|jsonl|ndjson|out|err|old|bak|\d{1,4})|~"
    r"|[-._](?:19|20)\d{6}(?:[-T_]?\d{2,6})?|[-._](?:19|20)\d\d-\d\d-\d\d(?:[-T_]\d\d(?:[-:.]?\d\d){0,2})?)$",
    re.IGNORECASE,
)
"""a suffix of compression, kind or rotation; taken off the end of a name again and again until none is left"""

_SHORT_ID: Final = 12
_LONGEST_SETTINGS_BYTES: Final = 1 << 20

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Content(NamedTuple):
    """Plain bytes in short: equal bytes have equal ones, however they are packed or cut."""

    digest: bytes
    size_bytes: int


@dataclass(slots=True)
class Peek:
    """What both ends of a file show; `refusal` is why it cannot be an input, None where it can."""

    compression: Compression = Compression.NONE
    refusal: RefusalReason | None = None
    latest_stamp_us: int | None = None
    hosts: Counter[str] = field(default_factory=Counter)
    """of the beginning alone"""
    has_slashed_dates: bool = False
    """whether there may be dates such as `04/02/2022`"""
    is_of_device: bool = False
    """whether more than half of the lines are of a network device, and none names its host"""
    beginning: Content | None = None
    """the first plain bytes in short: files that differ in them have other content; None for a file without any"""


def peek(path: Path, zone: tzinfo, *, both_ends: bool = True) -> Peek:
    """Return what the ends of a regular file show; dates without a zone are in `zone`.

    Finding the end of a compressed file means unpacking all of it, so callers that need no date turn `both_ends` off.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(END_BYTES)
            compression = compression_of(beginning)
            if compression is Compression.NONE:
                encoding = encoding_of(beginning)
                end = as_utf8(_end_of(file, len(beginning)), encoding)
                beginning = as_utf8(beginning, encoding)
            else:
                file.seek(0)
                beginning, end = _unpacked_ends(PlainStream(file, compression), both_ends)
    except OSError:
        return Peek(refusal=RefusalReason.UNREADABLE)
    if refusal := refusal_of(beginning, end):
        return Peek(compression, refusal)
    # the second end begins within a line; what is left of that line is no beginning of one, so its date must not count
    ends = (beginning, end.partition(b"\n")[2])
    seen = Peek(compression, None, latest_stamp_us(ends, zone), beginning=digested([beginning]))
    # they name the host of other files, whose records may be older than what stands at the end
    seen.hosts.update(syslog_hosts(beginning))
    seen.has_slashed_dates = any(_SLASHED_DATE.search(b"\n" + each) for each in ends)
    seen.is_of_device = not seen.hosts and is_of_device(beginning)
    return seen


def digested(blocks: Iterable[bytes]) -> Content | None:
    """Return what stands for plain bytes, None where there are none."""
    digest, size_bytes = hashlib.blake2b(digest_size=16), 0
    for block in blocks:
        digest.update(block)
        size_bytes += len(block)
    return Content(digest.digest(), size_bytes) if size_bytes else None


def content_of(path: Path, compression: Compression) -> Content | None:
    """Return what stands for all that a regular file holds, unpacked; None where it is empty, damaged or cannot be read."""
    try:
        with path.open("rb") as file:
            stream = PlainStream(file, compression)
            whole = digested(iter(lambda: stream.read(_BLOCK_BYTES), b""))
    except OSError:
        return None
    # a damaged copy lacks what stands behind the damage
    return whole if stream.fault is None else None


def refusal_of(beginning: bytes, end: bytes = b"") -> RefusalReason | None:
    """Return why the bytes of a file's ends cannot be text with records; None when they can, as those of an empty file."""
    for signature, reason in _SIGNATURES.items():
        if beginning.startswith(signature):
            return reason
    offset, magic = _TAR_MAGIC
    if beginning[offset : offset + len(magic)] == magic:
        return RefusalReason.ARCHIVE
    # a crash, or a truncation while somebody writes, leaves long runs of NUL in a log, so those are not counted
    solid = _LONG_NULS.sub(b"", beginning) or _LONG_NULS.sub(b"", end)
    controls = len(solid) - len(solid.translate(None, _CONTROLS))
    if controls > _LARGEST_CONTROL_SHARE * len(solid) or (beginning and not solid):
        return RefusalReason.BINARY
    return None


def latest_stamp_us(ends: Iterable[bytes], zone: tzinfo) -> int | None:
    """Return the latest full date and time with which a line begins or which a JSON time field holds, in microseconds since
    the epoch, UTC; None without one. Dates without a zone are in `zone`.
    """
    stamps = (
        stamp
        for end in ends
        for pattern in (_LINE_STAMP, _JSON_STAMP)
        for match in pattern.finditer(end)
        if (stamp := _stamp_us(match, zone)) is not None
    )
    return max(stamps, default=None)


def syslog_hosts(beginning: bytes) -> Counter[str]:
    """Count the hosts that syslog headers name, of RFC 3164 or with an ISO 8601 time; words of severity are no hosts."""
    hosts = Counter(match[1].decode("ascii", "replace") for match in _SYSLOG_HOST.finditer(beginning))
    return Counter(
        {host: count for host, count in hosts.items() if host.lower() not in _LEVEL_WORDS and host[-1:] != ":"}
    )


def is_of_device(beginning: bytes) -> bool:
    """Return whether more than half of the lines are messages of a network device."""
    lines = sum(1 for line in beginning.splitlines() if line.strip())
    return 2 * len(_DEVICE_LINE.findall(beginning)) > lines


def named_day(path: Path) -> date | None:
    """Return the day that a file's name says its records are of, or the folder that it is in; None for none.

    `app-2026-03-14.log`, `u_ex260314.log`, `catalina.out.2026-03-14`, `14.03.2026.log` and `2026-03-14/app.log` say one.
    What logrotate appends with a hyphen (`messages-20260314`) is the day on which it did so; the records are of days before.
    """
    name = _COMPRESSED.sub("", path.name)
    if _ROTATED_ON.search(name):
        return None
    for found in (_DAY_IN_NAME.search(name), _DAY_IN_NAME.fullmatch(path.parent.name)):
        if found is None:
            continue
        year, month, day = (found[part] or found[f"{part}2"] or found[f"{part}3"] for part in "ymd")
        try:
            return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        except ValueError:
            continue
    return None


_COMPRESSED: Final = re.compile(r"(?:\.(?:gz|xz|zst|bz2))+$")
_ROTATED_ON: Final = re.compile(r"-20[0-9]{6}(?:-[0-9]+)?$")
_DAY_IN_NAME: Final = re.compile(
    r"(?<![0-9])(?:"
    r"(?P<y>20[0-9]{2})(?P<mark>[-_.]?)(?P<m>[0-9]{2})(?P=mark)(?P<d>[0-9]{2})"
    r"|(?<=ex)(?P<y2>[0-9]{2})(?P<m2>[0-9]{2})(?P<d2>[0-9]{2})"
    r"|(?P<d3>[0-9]{2})\.(?P<m3>[0-9]{2})\.(?P<y3>20[0-9]{2})"
    r")(?![0-9])"
)
"""the second is that of Microsoft's web server"""


def service_of(path: str, host: str = "") -> str:
    """Return the service after which a log file is named: `web-api` for `web-api.log.2.gz` and for `web-api.<host>.log`.

    Kubernetes names files by pod, namespace and container, and the container is the service. Docker names them by the
    container's id, whose first twelve digits it shows to people.
    """
    in_kubernetes = _KUBERNETES_PATH.search(path)
    if in_kubernetes is not None:
        return in_kubernetes["container"] or in_kubernetes["folder"]
    in_docker = _DOCKER_PATH.search(path)
    if in_docker is not None:
        return in_docker[1][:_SHORT_ID]
    stem = path.rpartition("/")[2]
    while (shorter := _SUFFIX.sub("", stem)) not in ("", stem):
        stem = shorter
    if host and stem.endswith(host):
        stem = stem.removesuffix(host).rstrip(".@_-") or stem
    return stem


def pod_of(path: str) -> str:
    """Return the pod after which Kubernetes named a log file, empty for any other file."""
    found = _KUBERNETES_PATH.search(path)
    return (found["pod"] or found["pod_of_folder"]) if found else ""


def docker_container(path: Path) -> str:
    """Return the name of the container whose log Docker keeps at `path`; empty where that is no such log, or where the
    container's settings (`config.v2.json`), which name it, are not beside it.
    """
    if not _DOCKER_PATH.search(str(path)):
        return ""
    try:
        with (path.parent / "config.v2.json").open("rb") as file:
            settings = orjson.loads(file.read(_LONGEST_SETTINGS_BYTES))
    except (OSError, orjson.JSONDecodeError):
        return ""
    name = settings.get("Name") if isinstance(settings, dict) else None
    return name.removeprefix("/") if isinstance(name, str) and name.isprintable() else ""


def _stamp_us(match: re.Match[bytes], zone: tzinfo) -> int | None:
    """Return a match of `_STAMP` in microseconds since the epoch, UTC; None for a date that does not exist."""
    year, month, day, hour, minute = (int(match[group]) for group in range(1, 6))
    try:
        # datetime knows no leap second, so it counts as the second before; an offset beyond a day raises ValueError
        local = datetime(year, month, day, hour, minute, min(int(match[6] or 0), 59), tzinfo=_zone(match[7], zone))
        return (local - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


def _zone(offset: bytes | None, zone: tzinfo) -> tzinfo:
    """Return the zone of a time stamp's offset, and `zone` where it has none."""
    if offset is None:
        return zone
    if offset == b"Z":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset.startswith(b"-") else minutes))


def _end_of(file: BinaryIO, passed_bytes: int) -> bytes:
    """Return the last `END_BYTES` of a file, without its first `passed_bytes`."""
    size_bytes = file.seek(0, os.SEEK_END)
    # at an even place, where a unit of UTF-16 begins
    file.seek(max(passed_bytes, (size_bytes - END_BYTES) // 2 * 2))
    return file.read(END_BYTES)


def _unpacked_ends(stream: PlainStream, both_ends: bool) -> tuple[bytes, bytes]:
    """Return both ends of what a compressed file holds; the second one is empty without `both_ends`, and that of the first
    `LONGEST_UNPACKING_BYTES` where the file is longer.
    """
    beginning = stream.read(END_BYTES)
    end, passed_bytes = b"", 0
    while both_ends and passed_bytes < LONGEST_UNPACKING_BYTES:
        block = stream.read(1 << 20)
        if not block:
            break
        passed_bytes += len(block)
        end = (end + block)[-END_BYTES:]
    return beginning, end
