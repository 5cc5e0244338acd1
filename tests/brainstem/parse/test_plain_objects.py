"""JSON records that are read together: that each is the event it is when it is read by itself."""

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.arrays.aliases import Bytes
from brainstem.contracts.envelope import Envelopes
from brainstem.parse.boundaries.framing import sealed
from brainstem.parse.formats.registry import FORMATS, GIVEN_FORMATS, IS_JSON
from brainstem.parse.parser import ParsedBatch, SourceContext, parse
from brainstem.parse.plain_objects import RECORDS_LEAST, read_plain
from brainstem.parse.scan.json_members import BEYOND_ASCII, NOT_PLAIN, WRITTEN_OTHERWISE, scan_members
from tests.support.examples import examples
from tests.support.parsing import context_of, envelopes_of

MOMENT = "2022-02-04T10:00:0%d.5Z"
INNER = {"level": "error", "msg": 'pump "3" runs dry', "ts": MOMENT % 3, "pid": 7}
RECORDS: dict[str, dict[str, Any]] = {
    "plain": {
        "timestamp": MOMENT % 1,
        "host": "gate",
        "service": "pumpd",
        "level": "info",
        "message": "pump 3 runs dry",
    },
    "ECS": {
        "@timestamp": MOMENT % 1,
        "log.level": "warn",
        "message": "user logged in",
        "host": {"name": "gate", "os": {"family": "debian"}},
        "service": {"name": "api"},
        "process": {"pid": 7},
        "tags": ["x", "y"],
        "labels": {"a": 1.5},
    },
    "Docker": {"log": "pump 3 runs dry\n", "stream": "stderr", "time": MOMENT % 1},
    "Docker round a logger": {"log": json.dumps(INNER) + "\n", "stream": "stderr", "time": MOMENT % 1},
    "Kubernetes": {
        "log": "GET /items 200\n",
        "time": MOMENT % 1,
        "kubernetes": {"pod_name": "api-7d9f8b6c5d-x2kqz", "container_name": "server", "namespace_name": "prod"},
    },
    "journald": {
        "__REALTIME_TIMESTAMP": "1643968800123456",
        "_HOSTNAME": "gate",
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "sshd",
        "_PID": "812",
        "SYSLOG_FACILITY": "4",
        "MESSAGE": "closed",
    },
    "pino": {"level": 50, "time": 1643968800123, "pid": 4, "hostname": "web-1", "req": {"id": 1}, "msg": "done"},
    "zap": {"level": "error", "ts": 1643968800.123456, "took": 0.8444218515250481, "msg": "über"},
    "FortiGate": {
        "date": "2022-02-04",
        "time": "10:00:00",
        "tz": "+0100",
        "eventtime": 1643968800000000000,
        "devname": "FG1",
        "level": "notice",
        "action": "tunnel-down",
        "vpntunnel": "hq-1",
        "remip": "10.0.0.7",
        "msg": "IPsec connection status change",
    },
    "no message": {"eventTime": MOMENT % 1, "eventName": "GetObject", "sourceIPAddress": "10.0.0.7", "count": 3},
    "web request": {
        "time": MOMENT % 1,
        "host": "shop.example",
        "request_method": "GET",
        "status": 200,
        "msg": "served",
    },
}
TEXTS = [
    *(
        "",
        "x",
        " x",
        "x ",
        "{",
        "{}",
        '{"message":"in","level":"error"}',
        json.dumps(INNER),
        "a\nb",
        "end\n",
        "\r\n",
        'a"b',
    ),
    *("back\\slash", "a/b", "\x1b[1m", "\x7f", "\x00", "ü", "\u2028", "日本", "😀", "<&>", "-", "null", "true", "DOWN"),
    *("12", "1234567890", "1643968800123", "1643968800.5", "20220204100000", "999999999999999999", "1.2.3.4", ".", "/"),
    *(
        MOMENT % 7,
        "2022-02-04 10:00:00",
        "04/02/2022 10:00:00",
        "13/02/2022 10:00:00",
        "10:00:00",
        "2022-13-45T99:00:00Z",
    ),
    *("/Date(1643968800123)/", "now", "Feb  4 10:00:00", "+0100", "Europe/Berlin", "error", "ERROR", "I", "3", "info "),
    *("incident", "feedback", "/usr/bin/prog", "svc[12]:", "api-7d9f8b6c5d-x2kqz", "low", "x" * 300, "\ud800"),
]
NUMBERS = [
    *(
        0,
        1,
        3,
        7,
        30,
        -1,
        2**31 - 1,
        2**31,
        99,
        1643968800,
        1643968800123,
        1643968800123456,
        1643968800123456789,
        10**19,
    ),
    *(-0.0, 0.5, 1.0, 1e5, 1e-7, 1.5e300, 0.001, 0.00012, 1643968800.123456, 253402300800000, 123456789012345680.0),
]
VALUES = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.sampled_from([None, True, False, [], {}, [1, 2], ["x"], [{"a": 1}, {}], {"name": "n"}, {"a": {"b": [1.50]}}]),
    st.text(max_size=8),
    st.floats(allow_nan=False, allow_infinity=False),
)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """Write records of one kind with a few values exchanged, and now and then something else."""
    record = RECORDS[draw(st.sampled_from(sorted(RECORDS)))]
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]))
    is_ascii = draw(st.booleans())
    lines = []
    for number in range(draw(st.integers(RECORDS_LEAST, 40))):
        changed = dict(record)
        if number > 2:
            for name in draw(st.lists(st.sampled_from(sorted(record)), max_size=2)):
                changed[name] = draw(VALUES)
        text = json.dumps(changed, separators=separators, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
        if draw(st.integers(0, 30)) == 0:
            cut = draw(st.integers(1, len(text)))
            text = draw(st.sampled_from([text[:cut], text + b"x", text[:-1] + b"," + text[1:], b"dry", b"{dry", b""]))
        lines.append(text)
    return b"\n".join(lines) + b"\n"


def events_of(batches: list[ParsedBatch]) -> list[tuple[object, ...]]:
    """Return all that events are made of."""
    return [
        (
            batch.message(row),
            int(batch.event_time[row]),
            int(batch.origin[row]),
            int(batch.tick_time[row]),
            batch.hosts[batch.host[row]],
            batch.services[batch.service[row]],
            int(batch.process_id[row]),
            int(batch.facility[row]),
            int(batch.severity[row]),
            int(batch.kind[row]),
            int(batch.format[row]),
            None if batch.attributes is None else batch.attributes[row],
            int(batch.reject_reason[row]),
            int(batch.misread[row]),
        )
        for batch in batches
        for row in range(len(batch))
    ]


def part(envelopes: Envelopes, begin: int, end: int) -> Envelopes:
    """Return consecutive records of a batch."""
    position, length, start = envelopes.position[begin:end], envelopes.length[begin:end], envelopes.start[begin:end]
    received = envelopes.received_at[begin:end]
    return Envelopes("file:lab.log", "lab", "", position, length, received, envelopes.buffer, start)


def verify_same(content: bytes, given_format: int | None = None) -> None:
    """Assert that records are the same events, and leave the same behind, read together and few at a time."""
    envelopes = envelopes_of(content)
    together, apart = context_of(), context_of()
    together.given_format = apart.given_format = given_format
    few = RECORDS_LEAST - 1
    singly = [parse(part(envelopes, at, at + few), apart) for at in range(0, len(envelopes), few)]
    assert events_of([parse(envelopes, together)]) == events_of(singly)
    assert snapshot_of(together) == snapshot_of(apart)


def snapshot_of(context: SourceContext) -> object:
    """Return what a source remembers but for its guards of names, which look at batches of names."""
    version, searching, last_format, times, orders, _, table, above = context.snapshot()
    return version, searching, last_format, times, orders, table, above


@given(content=written())
@settings(max_examples=examples(15))
def test_records_are_the_same_events_read_together_and_one_by_one(content: bytes) -> None:
    """Whatever stands in their fields."""
    verify_same(content)


@given(content=written())
@settings(max_examples=examples(8))
def test_records_of_a_given_format_are_the_same_events_read_together_and_one_by_one(content: bytes) -> None:
    """The format of the source goes before the one that the keys show."""
    number = next(number for number in GIVEN_FORMATS.values() if IS_JSON[number])
    verify_same(content, given_format=number)


@pytest.mark.parametrize("entry", [each for each in FORMATS if each.is_json], ids=lambda each: each.name)
def test_samples_of_json_formats_are_the_same_events_read_together_and_one_by_one(entry: Any) -> None:
    """Also where texts and broken records stand between them."""
    lines = [sample.line for sample in entry.samples]
    verify_same(b"\n".join([*lines * RECORDS_LEAST, b"a text", *lines * RECORDS_LEAST, b"{broken", *lines * 2]) + b"\n")


def taken_of(lines: list[bytes]) -> list[int]:
    """Return the places of the records that are read together."""
    buffer = sealed(np.frombuffer(b"\n".join(lines), np.uint8))
    end = np.cumsum([len(line) + 1 for line in lines]) - 1
    read = read_plain(buffer, end - [len(line) for line in lines], end, np.arange(len(lines)), None)
    return [] if read is None else read.rows.tolist()


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_usual_records_are_read_together(name: str) -> None:
    """Or reading together would gain nothing, and no other test would show it."""
    lines = [orjson.dumps(RECORDS[name])] * RECORDS_LEAST
    assert taken_of(lines) == list(range(len(lines)))


def test_a_record_that_reads_otherwise_is_left_to_the_decoder_alone() -> None:
    """The others of its batch are read together all the same."""
    record = RECORDS["plain"]
    others: list[dict[str, Any]] = [
        {"host": " gate"},
        {"timestamp": "now"},
        {"message": ""},
        {"level": None},
        {"service": "pümpd"},
    ]
    lines = [orjson.dumps(record)] * RECORDS_LEAST + [orjson.dumps(record | other) for other in others]
    assert taken_of(lines) == list(range(RECORDS_LEAST))


def test_names_that_stand_twice_are_left_to_the_decoder() -> None:
    """Of two values the decoder takes the last."""
    twice = b'{"time":"2022-02-04T10:00:00Z","msg":"one","msg":"two"}'
    inside = b'{"time":"2022-02-04T10:00:00Z","msg":"one","a":{"b":1,"b":2},"more":1.50}'
    listed = b'{"time":"2022-02-04T10:00:00Z","msg":"one","a":[{"b":1,"b":2}],"more":1.50}'
    for each in (twice, inside, inside.replace(b"1.50", b"1.5"), listed, listed.replace(b"1.50", b"1.5")):
        assert taken_of([each] * RECORDS_LEAST) == []


def test_values_that_are_new_each_time_are_left_to_the_decoder() -> None:
    """To work out what each of them means would take longer than to decode the records."""
    lines = [orjson.dumps(RECORDS["pino"] | {"level": f"level {number}"}) for number in range(2000)]
    assert taken_of(lines) == []


BOUNDS_CHECKED = """
import numpy as np
from brainstem.parse.scan import json_members
from brainstem.parse.scan.json_members import scan_members

def copy_bytes(into, place, source, start, length):
    into[place : place + length] = source[start : start + length]

# these two are machine code only
json_members.begin_of, json_members.copy_bytes = lambda buffer: buffer, copy_bytes
for depth in range(1, 12):
    for text in (b'{' + b'"":{' * depth + b'"":', b'{' + b'"":[' * depth + b'{"":', b'{"":0' + b',"":0' * depth + b',"":'):
        for size in range(1, len(text) + 1):
            scan_members(np.frombuffer(text, np.uint8), np.zeros(1, np.int64), np.array([size], np.int64), size)
"""


def test_a_record_that_is_cut_off_writes_nothing_behind_its_room() -> None:
    """Compiled loops check no bounds, so they are looked at as Python runs them."""
    subprocess.run([sys.executable, "-c", BOUNDS_CHECKED], env=os.environ | {"NUMBA_DISABLE_JIT": "1"}, check=True)


def bytes_of(text: bytes) -> Bytes:
    """Return bytes as compiled loops take them."""
    return sealed(np.frombuffer(text, np.uint8))


@given(
    parts=st.lists(
        st.one_of(
            st.sampled_from(list(b'{}[]:,"\\ \n0123456789.-+eEtrufalsn/')).map(lambda byte: bytes([byte])),
            st.sampled_from([b'"a":', b'"\\u00e4"', b'"\\ud83d\\ude00"', b'"\\/"', b"1.50", b"-0", b"1E+5"]),
            st.floats(allow_nan=False, allow_infinity=False).map(lambda number: repr(number).encode()),
            st.decimals(allow_nan=False, allow_infinity=False, places=7).map(lambda number: str(number).encode()),
            st.binary(max_size=2),
        ),
        max_size=6,
    )
)
@settings(max_examples=examples(150))
def test_what_is_called_plain_is_what_the_decoder_reads_and_writes(parts: list[bytes]) -> None:
    """Any bytes: those that are no JSON are never plain, and a copy of the others is what `orjson` writes."""
    raw = b'{"a":' + b"".join(parts) + b"}"
    nature, *_ = scan_members(bytes_of(raw), np.zeros(1, np.int64), np.array([len(raw)], np.int64), len(raw))
    if nature[0] == NOT_PLAIN:
        return
    if nature[0] & BEYOND_ASCII:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return
    parsed = orjson.loads(raw)
    if not nature[0] & WRITTEN_OTHERWISE and len(parsed) == 1 and b'"a":' not in b"".join(parts):
        assert orjson.dumps(parsed) == b"".join(piece for piece in _pieces(raw))


def _pieces(raw: bytes) -> list[bytes]:
    """Return the bytes of a JSON text without the blanks between its parts."""
    found, quoted, escaped = [], False, False
    for byte in raw:
        if quoted or byte not in b" \t\r\n":
            found.append(bytes([byte]))
        quoted ^= byte == ord('"') and not escaped
        escaped = quoted and byte == ord("\\") and not escaped
    return found
