"""The entries of the product, each with inputs made for it and what must hold of any input.

An input is bytes, so that a finding is a file. `check` does the same each time for the same bytes: where it cuts them, and
what it changes besides, follows from their check sum. It returns where all holds, raises `BrokenError` where a promise is
broken, and lets every exception through that the entry does not declare; both are findings.
"""

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import numpy as np
import orjson
import zstandard

from benchmarks.fuzz.mutations import SPECIAL, mutated
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import Kind
from brainstem.contracts.reject import RejectReason
from brainstem.parse.formats.registry import FORMATS
from brainstem.parse.parser import ParsedBatch, SourceContext, parse
from connectors.base import ConfigurationError, InputError
from connectors.files.compression import PlainStream, compression_of
from connectors.files.cursor import FileCursor, FileInput
from connectors.files.discovery import discover, parse_argument
from connectors.http.body import BodyLimits, TooLargeError, UnreadableBodyError, plain_body
from connectors.http.hooks.alert import UnreadableHookError
from connectors.http.hooks.registry import FORM, Reader, hook_records, posted_value, readers
from connectors.http.json_parts import InvalidJsonError
from connectors.http.otlp import InvalidProtobufError, records_of_json, records_of_protobuf
from connectors.http.records import BodyKind, TooManyRecordsError, records
from connectors.received import ReceivedMessage
from connectors.spool.check import check, repair
from connectors.spool.folder import Folder
from connectors.spool.groups import encode, segment_head
from connectors.spool.marks import DURABLE, write_mark
from connectors.spool.places import place_of
from connectors.spool.reader import SpoolReader
from connectors.spool.segments import segment_name
from connectors.syslog.framing import FrameDecoder
from flows.config import intake, live_run
from flows.config.advice import advice_of
from flows.config.parameter_file import load_parameters
from flows.graph.checked_snapshots import SnapshotDamagedError, seal, unseal
from flows.reports.backtest.expectations import load_expectations

REFERENCE_US: Final = 1_646_092_800_000_000
"""2022-03-01, the reference time of the samples of formats"""
_TENANT: Final = "lab"
MESSAGE_BYTES_MOST: Final = 4096
BETWEEN: Final = b"\0\x1e\0"
"""stands between the messages of an input, and between the arguments of a command line"""


class BrokenError(Exception):
    """A promise is broken for an input. The message says which."""


class Entry(NamedTuple):
    """One way into the product."""

    make: Callable[[Random], bytes]
    check: Callable[[bytes], None]
    share: float = 1.0
    """how often it is tried, compared with others: a program takes a second to start"""


def require(holds: bool, promise: str) -> None:
    """Raise `BrokenError` unless a promise holds."""
    if not holds:
        raise BrokenError(promise)


def _dice(case: bytes) -> Random:
    return Random(zlib.crc32(case))  # noqa: S311 - where an input is cut, no secret


@cache
def samples() -> tuple[bytes, ...]:
    """Return the lines of all samples of all formats, with the lines above them."""
    return tuple(
        b"".join(line + b"\n" for line in (sample.above, sample.line) if line)
        for entry in FORMATS
        for sample in entry.samples
    )


def _lines(random: Random) -> bytes:
    """Return lines of several formats, some of them damaged, sometimes nothing but noise."""
    if random.random() < 0.05:
        return random.randbytes(random.randint(0, 2000))
    some = [random.choice(samples()) for _ in range(random.randint(1, 12))]
    return mutated(random, b"".join(some), samples())


# --- records and their parsing


def _columns(batches: list[ParsedBatch]) -> list[tuple[object, ...]]:
    """Return the rows of parsed batches as plain values, names in place of their codes."""
    return [
        (
            batch.message(row),
            int(batch.event_time[row]),
            int(batch.origin[row]),
            bool(batch.late[row]),
            int(batch.tick_time[row]),
            # of a reject neither is stored
            batch.hosts[batch.host[row]] if batch.reject_reason[row] == RejectReason.ACCEPTED else None,
            batch.services[batch.service[row]] if batch.reject_reason[row] == RejectReason.ACCEPTED else None,
            int(batch.process_id[row]),
            int(batch.facility[row]),
            int(batch.severity[row]),
            int(batch.kind[row]),
            int(batch.format[row]),
            batch.attributes[row] if batch.attributes else None,
            RejectReason(int(batch.reject_reason[row])).name,
            int(batch.misread[row]),
            batch.stated.get(row),
            batch.tenants[row] if batch.tenants else _TENANT,
        )
        for batch in batches
        for row in range(len(batch))
    ]


def _envelopes(contents: list[bytes], position: int = 0) -> Envelopes:
    length = np.array([len(each) for each in contents], np.int32)
    start = np.cumsum(length, dtype=np.int64) - length
    received = np.full(len(contents), REFERENCE_US, np.int64)
    buffer = np.frombuffer(b"".join(contents), np.uint8)
    return Envelopes("fuzz", _TENANT, "", start + position, length, received, buffer, start)


def _parsed(contents: list[bytes], kind: Kind, cuts: list[int]) -> list[tuple[object, ...]]:
    """Parse records in batches that end at `cuts`, each with what a snapshot kept of the one before."""
    context = SourceContext(REFERENCE_US, kind=kind)
    batches, position = [], 0
    for begin, end in zip([0, *cuts], [*cuts, len(contents)], strict=True):
        if begin == end:
            continue
        batches.append(parse(_envelopes(contents[begin:end], position), context))
        position += sum(map(len, contents[begin:end]))
        anew = SourceContext(REFERENCE_US, kind=kind)
        anew.restore(context.snapshot())
        context = anew
    return _columns(batches)


def _parses(contents: list[bytes], kind: Kind, dice: Random) -> None:
    """Require one row for each record, the same however the records are cut into batches."""
    whole = _parsed(contents, kind, [])
    require(len(whole) == len(contents), "every record is an event or a reject")
    cuts = sorted(dice.randint(0, len(contents)) for _ in range(dice.randint(1, 4)))
    cut = _parsed(contents, kind, cuts)
    differing = next((row for row, (one, other) in enumerate(zip(whole, cut, strict=True)) if one != other), None)
    require(differing is None, f"record {differing} is read the same in batches cut at {cuts}")


def _read(file: FileInput, max_records: int, block_bytes: int) -> tuple[list[bytes], str | None]:
    """Return all records of a file, and its fault."""
    cursor, found, position = FileCursor(file, received_at_us=REFERENCE_US, block_bytes=block_bytes), [], 0
    while (envelopes := cursor.read(max_records)) is not None:
        require(0 < len(envelopes) <= max_records, "a batch has one record or more, and not too many")
        for row in range(len(envelopes)):
            require(int(envelopes.position[row]) == position, "a record begins where the one before it ends")
            found.append(envelopes.raw(row))
            position += len(found[-1])
    return found, cursor.fault.value if cursor.fault else None


def check_file(case: bytes) -> None:
    """A file is refused with a reason or read to its last byte, the same in blocks and batches of any size."""
    dice = _dice(case)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.log"
        path.write_bytes(case)
        inventory = discover([parse_argument(folder)])
        require(len(inventory.files) + len(inventory.refused) == 1, "a file is read or refused")
        if not inventory.files:
            return
        contents, fault = _read(inventory.files[0], 1000, 1 << 20)
        again = _read(inventory.files[0], dice.randint(1, 9), dice.choice((1, 7, 64, 4096)))
        require((contents, fault) == again, "records do not depend on the sizes of reading")
    stream = PlainStream(io.BytesIO(case), compression_of(case))
    plain = b"".join(iter(lambda: stream.read(4096), b""))
    require(b"".join(contents) == plain, "every byte is in one record")
    _parses(contents, Kind.LOG, dice)


def _packed(random: Random) -> bytes:
    compress: Callable[[bytes], bytes] = random.choice(
        (lambda text: gzip.compress(text, mtime=0), lzma.compress, bz2.compress, zstandard.compress)
    )
    return mutated(random, compress(_lines(random)), changes=2)


def check_messages(case: bytes) -> None:
    """A message is one record, whatever it holds."""
    _parses(case.split(BETWEEN), Kind.LOG, _dice(case))


def _messages(random: Random) -> bytes:
    return BETWEEN.join(mutated(random, random.choice(samples())) for _ in range(random.randint(1, 12)))


_KEYS: Final = (
    *("time", "timestamp", "ts", "@timestamp", "@t", "_time", "level", "severity"),
    *("severityNumber", "host", "hostname", "service", "message", "msg", "log", "kind"),
    *("id", "title", "verdict", "item", "signature", "tenant", "note", "pid"),
    *("PRIORITY", "__REALTIME_TIMESTAMP", "resourceLogs", "scopeLogs", "logRecords", "body", "attributes", "resource"),
    *("scope", "timeUnixNano", "key", "value", "stringValue", "EventID", "Channel", "System"),
    *("Provider", "labels", "annotations", "alerts", "status", "startsAt", "state", "monitor"),
    *("name", "$date", "seconds", "nanos", "kubernetes"),
)


def _value(random: Random, depth: int = 0) -> object:
    kind = random.randrange(9 if depth < 5 else 7)
    if kind == 0:
        return random.choice((None, True, False, "", 0, -1, 1e25, -1e300, 1646092800, 1646092800123, 2**63, 5e-324))
    if kind == 1:
        return random.choice(SPECIAL)[:200].decode("utf-8", "replace")
    if kind < 5:
        return random.choice(
            ("2022-02-04T10:00:00Z", "incident", "feedback", "error", "db1", "firing", "useful", "link down")
        )
    if kind < 7:
        return random.randint(-5, 2 ** random.randint(1, 60))
    if kind == 7:
        return [_value(random, depth + 1) for _ in range(random.randint(0, 4))]
    return {random.choice(_KEYS): _value(random, depth + 1) for _ in range(random.randint(0, 6))}


def _json(random: Random) -> bytes:
    lines = [
        orjson.dumps({random.choice(_KEYS): _value(random, 1) for _ in range(random.randint(0, 8))}) + b"\n"
        for _ in range(random.randint(1, 8))
    ]
    return mutated(random, b"".join(lines), changes=2)


_STATEMENTS: Final = (
    b'{"kind":"incident","time":"2022-02-04T10:00:00Z","id":"T-1","title":"mail is down","service":"mail",'
    b'"tenant":"acme"}\n',
    b'{"kind":"feedback","time":"2022-02-04T11:00:00Z","item":"i1-0123456789abcdef01234567","verdict":"useful"}\n',
    b'{"kind":"feedback","time":1643972400,"signature":"s2-0123456789abcdef","verdict":"useless","note":"a test"}\n',
)


def _statements(random: Random) -> bytes:
    some = [random.choice(_STATEMENTS) for _ in range(random.randint(1, 6))]
    return mutated(random, b"".join(some) + (_json(random) if random.random() < 0.3 else b""), samples())


def check_statements(case: bytes) -> None:
    """A line of incidents or feedback is a statement or a reject."""
    contents = case.splitlines(keepends=True)
    for kind in (Kind.INCIDENT, Kind.FEEDBACK):
        _parses(contents, kind, _dice(case))


def warm_up() -> None:
    """Load what is compiled, or compile it where it was not: that takes longer than an input may."""
    for kind in Kind:
        _parses(list(samples()), kind, _dice(b""))


# --- what a person writes


_CONFIGURATIONS: Final = (
    b'[run]\nout = "/tmp/out"\nzone = "Europe/Berlin"\nitems_a_day = 5\nsnapshot_seconds = 5.0\nbatch_records = 100\n'
    b'[run.zones]\nacme = "Asia/Tokyo"\n[kafka]\nbrokers = "127.0.0.1:9092"\ntopics = ["logs"]\ngroup = "g"\n'
    b'start = "2026-03-01T12:00:00Z"\nidle_seconds = 60\n[kafka.tenant]\nby = "header"\nheader = "tenant"\n'
    b'default = "d"\n[kafka.output]\nitems = "i"\n[kafka.client]\n"sasl.password" = { env = "X" }\n',
    b'[run]\nout = "/tmp/out"\n[spool]\nfolder = "/tmp/spool"\n'
    b'[[listen.syslog]]\nname = "office"\naddress = "127.0.0.1:5514"\n'
    b'transports = ["udp", "tcp"]\ntenant = "acme"\nnetworks = ["10.0.0.0/8", "::/0"]\n[[listen.http]]\nname = "web"\n'
    b'address = "127.0.0.1:8080"\ntenant = "acme"\n[listen.hooks.mine]\nmessage = "text"\n',
    b"[parameters.novelty]\npoints = 30.0\n[parameters.bands]\nwatch_from_decibans = 20\n",
)
_TOML: Final = (
    b"nan", b"inf", b"-1", b"1e400", b"2026-03-01", b"07:32:00", b"[[1], [2]]", b'""', b'"\\u0000"', b"{ a = 1 }", b"true",
    b"0x" + b"f" * 5000, b"9" * 5000, b"[" * 2000, b"{a=" * 1500, b'"""x', b"[run.run]\n", b"[[run]]\n",
    b"[kafka]\n", b"a.b.c = 1\n",
    b'"/dev/null/x"', b'"[::1]:0"', b'"10.0.0.0/99"', b'":99999"', b'["a", 1]',
)  # fmt: skip


def _configuration(random: Random) -> bytes:
    lines = random.choice(_CONFIGURATIONS).split(b"\n")
    for _ in range(random.randint(0, 3)):
        at = random.randrange(len(lines))
        key, mark, _ = lines[at].partition(b" = ")
        lines[at] = key + b" = " + random.choice(_TOML) if mark and random.random() < 0.8 else random.choice(_TOML)
    return mutated(random, b"\n".join(lines), changes=1)


def check_configuration(case: bytes) -> None:
    """A configuration is taken, or refused as bad configuration."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.toml"
        path.write_bytes(case)
        loads: tuple[Callable[[], object], ...] = (
            lambda: live_run.load(path),
            lambda: intake.load(path),
            lambda: load_parameters("--parameters", path),
            lambda: advice_of(path),
            lambda: load_expectations(path),
        )
        for load in loads:
            try:
                load()
            except (ConfigurationError, InputError) as error:
                require(bool(str(error)), "a refusal says why")


_WORDS: Final = (
    *(
        "replay",
        "run",
        "listen",
        "check",
        "status",
        "digest",
        "explain",
        "recall",
        "queue",
        "audit",
        "repair",
        "feedback",
    ),
    *(
        "compact",
        "config",
        "spool",
        "backtest",
        "--out",
        "--config",
        "--parameters",
        "--incidents",
        "--feedback",
        "--zone",
    ),
    *("--year", "--date-order", "--host-from", "--service-from", "--tenant", "--resume", "--processes", "--since"),
    *("--until", "--limit", "--json", "--version", "--help", "-h", "-", "--", "=", "acme=x", "default=/dev/null"),
    *("/dev/zero", "/proc/self/mem", "/nonexistent", ".", "..", "0", "-1", "9" * 20, "nan", "1e400", "2026-13-01"),
    *("Europe/Nowhere", "i1-0", "s2-0123456789abcdef"),
)


def _arguments(random: Random) -> bytes:
    chosen = [random.choice(_WORDS[:16]), *(random.choice(_WORDS) for _ in range(random.randint(0, 5)))]
    odd = ("\x1b[31m", "\u202e", "a" * 5000, "x\ny", "\udcff", "'; rm", "%s{}", "../" * 1500)
    return BETWEEN.join(
        (random.choice(odd) if random.random() < 0.1 else word).encode("utf-8", "surrogateescape") for word in chosen
    )


def check_arguments(case: bytes) -> None:
    """A command line ends with a documented exit status and no traceback. Nothing it names lies outside an empty folder."""
    arguments = [each.replace(b"\0", b"") for each in case.split(BETWEEN)]
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "flows.cli", *arguments],
            cwd=folder,
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PATH": "/usr/bin:/bin", "HOME": folder},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
    require(ended.returncode in (0, 1, 2, 3, 75), f"exit status {ended.returncode}: {ended.stderr[-400:]!r}")
    require(b"Traceback" not in ended.stderr, f"no traceback: {ended.stderr[-400:]!r}")


# --- what comes over the network


def _http(random: Random) -> bytes:
    """Return a byte that says how the body is declared, and the body."""
    body = random.choice((_json, _lines, _alert))(random)
    return bytes([random.randrange(256)]) + mutated(random, _encoded(random, body), changes=2)


def _alert(random: Random) -> bytes:
    hook = {"alerts": [{"status": "firing", "labels": _value(random, 2), "annotations": _value(random, 2)}]}
    return orjson.dumps(hook | {random.choice(_KEYS): _value(random, 1) for _ in range(4)})


def _encoded(random: Random, body: bytes) -> bytes:
    return random.choice((body, body, gzip.compress(body, mtime=0), zstandard.compress(body)))


_REFUSALS: Final = (
    UnreadableBodyError,
    TooLargeError,
    InvalidJsonError,
    InvalidProtobufError,
    TooManyRecordsError,
    UnreadableHookError,
)


@cache
def _hooks() -> dict[str, Reader]:
    return readers({})


def _of_hook(read: Reader, media_type: str, body: bytes) -> list[bytes]:
    return hook_records(read, posted_value(body, media_type), REFERENCE_US)


def check_http(case: bytes) -> None:
    """A body is refused, or taken apart into records that the parser takes; of lines no byte but blanks is lost."""
    declared, body = (case[0], case[1:]) if case else (0, b"")
    for encoding in ("identity", "gzip", "zstd"):
        try:
            plain = plain_body(body, encoding, BodyLimits(plain_bytes_most=1 << 20))
        except _REFUSALS:
            continue
        found = [each.content for each in records(plain, BodyKind.LINES, MESSAGE_BYTES_MOST)]
        squeezed = b"".join(plain.removeprefix(b"\xef\xbb\xbf").split())
        require(b"".join(b"".join(found).split()) == squeezed, "every byte of the lines is in a record")
        _parses(found, Kind.LOG, _dice(case))
        read = _hooks()[sorted(_hooks())[declared % len(_hooks())]]
        takes: tuple[Callable[[bytes], list[bytes]], ...] = (
            lambda text: [each.content for each in records(text, BodyKind.JSON, MESSAGE_BYTES_MOST)],
            lambda text: [each.content for each in records_of_json(text, MESSAGE_BYTES_MOST)],
            lambda text: [each.content for each in records_of_protobuf(text, MESSAGE_BYTES_MOST)],
            partial(_of_hook, read, ""),
            partial(_of_hook, read, FORM),
        )
        for take in takes:
            try:
                taken = take(plain)
            except _REFUSALS:
                continue
            _parses(taken, Kind.LOG, _dice(case))


def _frames(random: Random) -> bytes:
    parts = []
    for _ in range(random.randint(1, 10)):
        message = random.choice(samples())
        if random.random() < 0.5:
            message = b"<13>" + message
            message = b"%d %b" % (len(message) + random.choice((0, 0, 0, 0, 1, -1)), message)
        parts.append(message)
    return mutated(random, b"".join(parts), samples())


def check_frames(case: bytes) -> None:
    """Frames do not depend on how the network cuts a connection, and hold its bytes in their order."""
    dice = _dice(case)

    def frames_of(pieces: Iterator[bytes], in_order: bool) -> list[tuple[bytes, object]]:
        decoder, found = FrameDecoder(MESSAGE_BYTES_MOST), []
        for piece in pieces:
            found += decoder.feed(piece)
            if decoder.is_broken:
                break
        found += decoder.end(in_order=in_order)
        # what a broken connection had sent by then depends on the network; that it is rejected does not
        return [(b"" if decoder.is_broken and frame.fault else frame.content, frame.fault) for frame in found]

    def pieces() -> Iterator[bytes]:
        at = 0
        while at < len(case):
            size = dice.choice((1, 2, 5, 50, 500))
            yield case[at : at + size]
            at += size

    for in_order in (True, False):
        whole = frames_of(iter([case]), in_order)
        require(whole == frames_of(pieces(), in_order), "frames do not depend on how the network cuts them")
        at = 0
        for content, _ in whole:
            at = case.find(content, at)
            require(at >= 0, "frames hold the bytes that came, in their order")
            at += len(content)
    _parses([content for content, _ in frames_of(iter([case]), True)], Kind.LOG, dice)


# --- what the product itself has written


SPOOL_ID: Final = bytes(range(16))
_MESSAGES: Final = 12
_SEGMENT_MESSAGES: Final = 4
_OFFICE: Final = place_of("office", "acme")


@cache
def _segments() -> tuple[bytes, ...]:
    """Return the segments of a spool, with numbered messages in several groups each."""
    found = []
    for first in range(1, _MESSAGES + 1, _SEGMENT_MESSAGES):
        groups = [
            b"".join(encode([_message(each), _message(each + 1)], SPOOL_ID, each, 0))
            for each in range(first, first + _SEGMENT_MESSAGES, 2)
        ]
        found.append(segment_head(SPOOL_ID, first) + b"".join(groups))
    return tuple(found)


def _message(number: int) -> ReceivedMessage:
    return ReceivedMessage("office", "acme", "10.0.0.7", b"message %d" % number, None, 1)


def _segment(random: Random) -> bytes:
    """Return the number of a segment, and what became of its bytes."""
    number = random.randrange(len(_segments()))
    return bytes([number]) + mutated(random, _segments()[number], changes=3)


def check_segment(case: bytes) -> None:
    """A damaged segment costs what was damaged: the other messages come in order, before a repair and after it."""
    number = (case[0] if case else 0) % len(_segments())
    written = {each: b"message %d" % each for each in range(1, _MESSAGES + 1)}
    of_others = {each for each in written if (each - 1) // _SEGMENT_MESSAGES != number}
    with tempfile.TemporaryDirectory() as name:
        files = Folder(Path(name))
        for place, content in enumerate(_segments()):
            first = 1 + place * _SEGMENT_MESSAGES
            (Path(name) / segment_name(first)).write_bytes(case[1:] if place == number else content)
        write_mark(files, DURABLE, SPOOL_ID, _MESSAGES + 1)
        for step in ("as it is", "after a repair"):
            check(files, 1)
            reader = SpoolReader(files, 0, lambda _: [])
            reader.assign({_OFFICE: 1})
            found: dict[int, bytes | None] = {}
            is_reported = False
            while (polled := reader.poll()).came or polled.damaged:
                is_reported = is_reported or bool(polled.damaged)
                for _, messages in polled.messages:
                    for offset, value in zip(messages.offsets.tolist(), messages.values, strict=True):
                        require(offset not in found, f"no message comes twice, {step}")
                        found[offset] = value
            require(list(found) == sorted(found), f"messages come in their order, {step}")
            require(found.keys() >= of_others, f"damage costs no message of another segment, {step}")
            require(found.items() <= written.items(), f"a message is what was written, {step}")
            # a segment of which nothing is left looks as one whose messages were all consumed, and the repair has told of it
            require(len(found) == len(written) or is_reported or step != "as it is", "what is lost is reported")
            files.close()
            repair(files)
        files.close()


def _state(random: Random) -> bytes:
    return mutated(random, _sealed(), changes=3)


@cache
def _sealed() -> bytes:
    context = SourceContext(REFERENCE_US)
    parse(_envelopes(list(samples())), context)
    return seal(context.snapshot())


def check_state(case: bytes) -> None:
    """Of a snapshot everything is believed, or nothing."""
    try:
        unsealed = unseal(case)
    except SnapshotDamagedError:
        require(case != _sealed(), "a snapshot as it was sealed is whole")
    else:
        require(case == _sealed(), "a snapshot with other bytes is not believed")
        SourceContext(REFERENCE_US).restore(unsealed)
        for version in (0, -1, 99, None, "1"):
            try:
                SourceContext(REFERENCE_US).restore((version, *unsealed[1:]))
            except ValueError:
                continue
            require(False, "a snapshot of another version is not believed")


ENTRIES: Final[dict[str, Entry]] = {
    "files": Entry(_lines, check_file),
    "compressed": Entry(_packed, check_file),
    "json": Entry(_json, check_file),
    "messages": Entry(_messages, check_messages),
    "statements": Entry(_statements, check_statements),
    "configuration": Entry(_configuration, check_configuration),
    "http": Entry(_http, check_http),
    "syslog": Entry(_frames, check_frames),
    "spool": Entry(_segment, check_segment),
    "state": Entry(_state, check_state),
    "command_line": Entry(_arguments, check_arguments, share=0.01),
}
"""by the name that `--entry` takes"""
