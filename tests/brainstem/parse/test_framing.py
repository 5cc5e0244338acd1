"""Framing: every byte in a record, continuation lines with what they continue, however the stream arrives."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.parse.boundaries.framing import BUFFER_BYTES_NEEDED, MAX_JOINED_LINES, MAX_RECORD_BYTES, frame
from tests.support.parsing import records

LINE_PARTS = st.sampled_from(
    [
        b'{"Records":[',
        b'{"count":2,"value":[',
        b'{"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[',
        b'{"time":1},',
        b'"next":{"a":["x"]}',
        b"<![LOG[pump",
        b']LOG]!><time="10:00:00.000+000">\n',
        b"[**] [1:2:3] pump [**]\n",
        b"]}",
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\n",
        b" ",
        b"\t",
        b"pump dry",
        b"{",
        b"}",
        b"[",
        b"]\n",
        b",",
        b'"',
        b"Traceback (most recent call last):\n",
        b'  File "a.py", line 1\n',
        b"\nDuring handling of the above exception, another exception occurred:\n\n",
        b"\tat lab.Pump.run(Pump.java:7)\n",
        b"Caused by: lab.Dry: no water\n",
        b"... 12 more\n",
        b"lab.errors.DryError: no water\n",
        b"ValueError: x\n",
        b"--- End of stack trace from previous location ---\n",
        b"panic: dry\n",
        b"\ngoroutine 7 [running]:\n",
        b"main.run(0x1)\n",
        b"Stack trace:\n",
        b"#0 /srv/x.php(3): run()\n",
        b"thread 'main' panicked at src/main.rs:4:5:\n",
        b"note: run with `RUST_BACKTRACE=1`\n",
        b"/srv/x.js:3\n",
        b"    ^\n",
        b"Error: dry\n",
        b"    at run (/srv/x.js:3:9) {\n",
        b"Node.js v20.1.0\n",
        b"app/pump.rb:3:in 'run'\n",
        b"# Time: 2022-02-04T10:00:00Z\n",
        b"# User@Host: lab[lab]\n",
        b"SELECT 1;\n",
        b"2022-02-04T10:00:00+00:00\n",
        b"2022-02-04 10:00:00 ERROR pump 3 runs dry\n",
        b"2022-02-04 10:00:00 ERROR pump 3 in the second hall of the works runs dry again\n",
        b"Feb  4 10:00:00 barge pumpd[812]: pump 3 in the second hall of the works runs dry again\n",
        b"2022-02-04T10:00:00.123456789Z stdout P pump 3 ",
        b"2022-02-04T10:00:00.123456789Z stdout P pump 3\n",
        b"2022-02-04T10:00:00.123456789Z stdout F runs dry\n",
        b"2022-02-04T10:00:00.123456789Z stderr F   indented\n",
        b"2022-02-04T10:00:00.123456789Z stderr F {\n",
        b"2022-02-04T10:00:00.123456789Z stderr F }\n",
        b'{"log":"pump 3 ","stream":"stdout","time":"2022-02-04T10:00:00Z"}\n',
        b'{"log":"runs dry\\n","stream":"stdout","time":"2022-02-04T10:00:00Z"}\n',
        b'{"log":"\\tat x\\n","stream":"stdout","time":"2022-02-04T10:00:00Z"}\n',
        b'{\n  "pump": 3\n}\n',
        b'{"pump":[3,{}]}',
        b'{"pump":\n',
        b'[\n  {"pump":3},\n',
        b"\x1e{",
        b"\xef\xbb\xbf",
        b"__CURSOR=s=1\n",
        b"MESSAGE=pump 3\n",
        b"MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n",
        b"Fri 2022-02-04 10:00:00.123456 UTC [s=1;i=1]\n",
        b"    MESSAGE=pump 3\n",
        b'4,"pump","runs\n',
        b'dry",3\n',
        b"\x00",
        b"\xff\xfe",
    ]
)
STREAMS = st.lists(LINE_PARTS, max_size=40).map(b"".join)

SPANNING: dict[str, tuple[bytes, ...]] = {
    "a stamp of its own behind a blank": (
        b" 2022-02-04 10:00:00 ERROR one\n  indented\n",
        b" 2022-02-04 10:05:00 ERROR two\n",
        b"\tFeb  4 10:06:00 barge pumpd: three\n",
        b"\t[04/Feb/2022:10:07:00 +0000] four\n",
        b"   812:20220204:100000.123 five\n",
    ),
    "a stamp alone behind a blank": (
        b"2022-02-04 10:00:00.12 Server      Lab 2019 (RTM)\n\tSep 24 2019 13:48:23 \n\tCopyright\n",
        b"2022-02-04 10:00:01.12 Server      next\n",
    ),
    "an array of objects": (b'[\n  {"a":1},\n', b'  {"a":[{"b":2}]}\n]\n', b"next line\n"),
    "an array on one line": (b'[{"a":1}, ', b'{"a":2},', b'{"a":3}]\n', b"next line\n"),
    "an array of objects over many lines": (
        b'\xef\xbb\xbf[\n  {\n    "a": 1\n  },\n',
        b'  {\n    "a": {\n      "b": "]}"\n    }\n  }\n]\n',
    ),
    "objects over many lines": (b'{\n  "a": "\\"}"\n}\n', b'{\n\t"b": [\n1\n]\n}\r\n', b'{"c":1}\n'),
    "a comma before each object": (b'[ {"a":1}\n', b', {"a":2}\n]\n'),
    "objects without anything between them": (b'{"a":1}', b'{"a":2}', b'{"a":3}\n'),
    "a byte order mark and objects behind blanks": (b'\xef\xbb\xbf{"a":1}\n', b' {"a":2}\n', b' {"a":3}\n'),
    "a torn object before whole ones": (b'{\n  "a": 1,\n  "b\n', b'{\n  "a": 2\n}\n'),
    "a torn object on one line": (b'{"a":1,"b\n', b'{"a":2}\n', b'{"a":\n', b'{"b":3}\n', b'{"b":4}\n'),
    "record separators": (b'\x1e{"a":1}\n', b'\x1e{\n"a":2\n}\n', b'\x1e{"a":3}\n'),
    "a torn object before a record separator": (b'\x1e{"a":1', b'\x1e{"a":2}\n'),
    "text that begins with a brace": (b"{main} dry\n", b"  x\n", b"{ 3 }\n"),
    "Java's exception without an indent": (
        b"2022-02-04 10:00:00,123 ERROR failed\njava.lang.IllegalStateException: dry\n\tat lab.Pump.run(Pump.java:7)\n"
        b"Caused by: lab.Leak: x\n\tat lab.Pump.run(Pump.java:9)\n\t... 12 more\n",
        b"2022-02-04 10:00:01,123 INFO next\n",
    ),
    "Java's exception behind a blank line": (
        b"2022-02-04 10:00:00,123 ERROR failed\n\norg.lab.DryException: dry\n\tat lab.Pump.run(Pump.java:7)\n",
        b"\n",
        b"2022-02-04 10:00:01,123 INFO next\n",
    ),
    "Go's panic of a server": (
        b"2022/02/04 10:00:00 http: panic serving 192.0.2.5:1: dry\ngoroutine 52 [running]:\n"
        b"net/http.(*conn).serve.func1(0xc000198000)\n\t/usr/local/go/src/net/http/server.go:1769 +0x139\n"
        b"panic(0x4750f80, 0xc000246260)\n\t/usr/local/go/src/runtime/panic.go:522 +0x1b5\n"
        b"created by net/http.(*Server).Serve\n\t/usr/local/go/src/net/http/server.go:2912 +0x5ab\n",
        b"2022/02/04 10:00:05 next\n",
    ),
    "Go's panic of a program": (
        b"panic: dry\n\ngoroutine 1 [running]:\nmain.main()\n\t/tmp/x.go:8 +0x1d\n\n"
        b"goroutine 2 [select, 3 minutes]:\nmain.(*T).run(0xc000010000, {0x1, 0x2})\n\t/tmp/x.go:9\nexit status 2\n",
        b"next line\n",
    ),
    ".NET's exception": (
        b"2022-02-04 10:00:00.123 +00:00 [ERR] Unhandled\nSystem.InvalidOperationException: dry\n   at Lab.Pump.Run()\n"
        b" ---> System.Exception: inner\n   --- End of inner exception stack trace ---\n"
        b"--- End of stack trace from previous location ---\n   at Lab.Pump.Go()\n",
        b"2022-02-04 10:00:01.123 +00:00 [INF] next\n",
    ),
    "Node's error with its source": (
        b"/srv/x.js:3\n    throw new Error('dry');\n    ^\n\nError: dry\n    at run (/srv/x.js:3:9)\n"
        b"    at main (/srv/x.js:9:1) {\n  code: 'EDRY'\n}\n\nNode.js v20.1.0\n",
        b"next line\n",
    ),
    "Node's error with source at the margin": (
        b"/srv/x.js:3\nthrow new Error('dry');\n^\n\nError: dry\n    at run (/srv/x.js:3:9)\n",
        b"next line\n",
    ),
    "Node's error of a module": (
        b"node:internal/modules/cjs/loader:936\n  throw err;\n  ^\n\nError: Cannot find module './x'\nRequire stack:\n"
        b"- /app/a.js\n    at run (node:internal/a:1:2) {\n  code: 'MODULE_NOT_FOUND'\n}\n",
        b"next line\n",
    ),
    "Node's error behind a line with a stamp": (
        b"2022-02-04T10:00:00Z error: failed\nTypeError [ERR_DRY]: dry\n    at run (/srv/x.js:3:9)\n",
        b"2022-02-04T10:00:01Z info: next\n",
    ),
    "Python's chained exceptions": (
        b'2022-02-04 10:00:00,123 ERROR failed\nTraceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\n'
        b"KeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\n"
        b'Traceback (most recent call last):\n  File "a.py", line 5, in f\n    h()\nlab.Dry\n\n'
        b"The above exception was the direct cause of the following exception:\n\n"
        b'Traceback (most recent call last):\n  File "a.py", line 7, in f\nKeyboardInterrupt\n',
        b"2022-02-04 10:00:01,123 INFO next\n",
    ),
    "Rust's panics": (
        b"thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1` to see more\n",
        b"thread '<unnamed>' panicked at 'dry', src/main.rs:4:5\nstack backtrace:\n   0: rust_begin_unwind\n"
        b"             at /rustc/x/panicking.rs:575:5\nnote: Some details are omitted\n",
        b"Error: dry\n\nCaused by:\n    0: no water\n\nStack backtrace:\n   0: lab::run\n",
        b"next line\n",
    ),
    "PHP's traces": (
        b"[04-Feb-2022 10:00:00 UTC] PHP Fatal error:  Uncaught Exception: dry in /srv/x.php:12\nStack trace:\n"
        b"#0 /srv/y.php(3): f()\n#1 {main}\n\nNext Exception: two in /srv/x.php:9\nStack trace:\n#0 {main}\n"
        b"  thrown in /srv/x.php on line 12\n",
        b'[2022-02-04 10:00:00] production.ERROR: dry {"exception":"[object] (Exception(code: 0): dry at /srv/x.php:12)\n'
        b"[stacktrace]\n#0 /srv/y.php(3): f()\n#1 [internal function]: g()\n#2 {main}\n\n[previous exception] [object] (x)\n"
        b'[stacktrace]\n#0 {main}\n"} \n',
        b"[2022-02-04 10:00:01] production.INFO: next\n",
    ),
    "Ruby's trace": (
        b"E, [2022-02-04T10:00:00.123456 #812] ERROR -- : dry (RuntimeError)\napp/pump.rb:3:in 'run'\n"
        b"<internal:kernel>:187:in 'loop'\n/srv/x.rb:7:in `<main>'\n",
        b"I, [2022-02-04T10:00:01.123456 #812]  INFO -- : next\n",
    ),
    "slow queries of MySQL": (
        b"# Time: 2022-02-04T10:00:00.123456Z\n# User@Host: lab[lab] @ web1 []  Id:    12\n# Query_time: 12.3\n"
        b"SET timestamp=1643968800;\nSELECT *\n  FROM t\n\nWHERE a = 5;\n",
        b"# User@Host: lab[lab] @ web1 []  Id:    13\n# Query_time: 13.3\nSELECT 2;\n",
        b"# Time: 2022-02-04T10:05:00.123456Z\n# User@Host: lab[lab] @ web1 []\n# Query_time: 1.3\nSELECT 3;\n",
    ),
    "alerts of Oracle": (
        b"2022-02-04T10:00:00.123456+01:00\nORA-00600: internal error\nIncident details\n",
        b"2022-02-04T10:05:00.123456+01:00\nThread 1 advanced\n",
        b"Fri Feb 04 10:00:00 2022\nThread 1 advanced\n",
    ),
    "quoted fields with line breaks": (
        b'2022-02-04 10:00:00.123 UTC,"app","db",812,"","INSERT ""x"" INTO t\n\nVALUES (5)",,,"psql"\n',
        b'2022-02-04 10:00:01.123 UTC,,,1,,"checkpoint starting: time",""\r\n',
        b'"Information";"04.02.2022 10:00:00";"Service";"The service\r\nhas stopped"\r\n',
        b'Error in a,b,"c\n',
        b"2022-02-04 10:00:02.123 UTC next\n",
    ),
    "parts of container lines": (
        b"2022-02-04T10:00:00.123456789Z stdout P pump 3 \n2022-02-04T10:00:00.123456789Z stdout F runs dry\n",
        b"2022-02-04T10:00:00.123456789+01:00 stdout P pump 4\n",
        b"2022-02-04T10:00:00.123456789+01:00 stderr F other stream\n",
        b"2022-02-04T10:00:01.123456789+01:00 stderr F next\n",
    ),
    "a trace in container lines": (
        b"2022-02-04T10:00:00.1Z stderr F Traceback (most recent call last):\n"
        b'2022-02-04T10:00:00.123456781Z stderr F   File "a.py", line 3, in f\n'
        b"2022-02-04T10:00:00.123456782Z stderr F KeyError: 'a'\n2022-02-04T10:00:00.123456782Z stderr F \n"
        b"2022-02-04T10:00:00.123456782Z stderr F During handling of the above exception, another exception occurred:\n",
        b"2022-02-04T10:00:01.123456789Z stdout F next\n",
    ),
    "an object over many container lines": (
        b'2022-02-04T10:00:00.123456789Z stdout F {\n2022-02-04T10:00:00.123456789Z stdout F   "a": 1\n'
        b"2022-02-04T10:00:00.123456789Z stdout F }\n",
        b"2022-02-04T10:00:01.123456789Z stdout F next\n",
    ),
    "parts of Docker's lines": (
        b'{"log":"pump 3 ","stream":"stdout","time":"2022-02-04T10:00:00.1Z"}\n'
        b'{"log":"runs \\"dry\\"\\n","stream":"stdout","time":"2022-02-04T10:00:00.2Z"}\n',
        b'{"log":"failed\\n","stream":"stderr","time":"2022-02-04T10:00:00.3Z"}\n'
        b'{"log":"java.lang.IllegalStateException: dry\\n","stream":"stderr","time":"2022-02-04T10:00:00.3Z"}\n'
        b'{"log":"\\tat lab.Pump.run(Pump.java:7)\\n","stream":"stderr","time":"2022-02-04T10:00:00.3Z"}\n',
        b'{"log":"next\\n","stream":"stdout","time":"2022-02-04T10:00:00.4Z"}\n',
    ),
    "entries of the journal": (
        b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1643968800123456\nMESSAGE\n\x05\0\0\0\0\0\0\0a\n\nb\n\n_HOSTNAME=barge\n\n",
        b"__CURSOR=s=2\nMESSAGE=pump 3\n",
        b"__CURSOR=s=3\nMESSAGE=pump 3\n\n",
    ),
    "verbose entries of the journal": (
        b"Fri 2022-02-04 10:00:00.123456 UTC [s=1;i=1]\n    MESSAGE=one\n            2022-02-04 10:00:00 two\n",
        b"Fri 2022-02-04 10:00:01.123456 UTC [s=1;i=2]\n    MESSAGE=three\n",
    ),
    "carriage returns alone": (
        b"2022-02-04 10:00:00 ERROR one\r",
        b"2022-02-04 10:00:05 ERROR 10 %\r20 %\r30 %\r",
        b"<34>Feb  4 10:00:06 barge pumpd: three\r",
        b'{"a":1}\r',
        b'{"a":2}\r\n',
    ),
}
"""streams of one kind each, cut where their records end"""


def cut(content: bytes, sizes: list[int], max_records: int | None, max_record_bytes: int) -> list[bytes]:
    """Read a stream in pieces as a connector does: keep what is not consumed, read on when nothing is."""
    found: list[bytes] = []
    held, position = b"", 0
    step = 0
    while True:
        final = position == len(content)
        frames = frame(np.frombuffer(held, np.uint8), final, max_records, max_record_bytes=max_record_bytes)
        found += [held[s : s + n] for s, n in zip(frames.start.tolist(), frames.length.tolist(), strict=True)]
        held = held[frames.consumed_bytes :]
        if final and not held:
            return found
        if len(frames) == 0 or not final:
            size = sizes[step % len(sizes)] if sizes else 1
            held += content[position : position + size]
            position = min(len(content), position + size)
            step += 1


@pytest.mark.parametrize("kind", SPANNING)
def test_records_that_span_lines_are_whole(kind: str) -> None:
    """Each kind is cut where its records end, also behind and before a plain line."""
    expected = list(SPANNING[kind])
    assert records(b"".join(expected)) == expected
    plain = b"2022-02-04 10:00:00 INFO pump 3 in the second hall of the works is switched on again\n"
    if kind != "carriage returns alone":
        assert records(plain + b"".join(expected) + plain)[-1] == plain
    if expected[0][:1] not in b" \t[" and not expected[0].startswith(b"panic"):
        assert records(plain + b"".join(expected))[1:] == expected


@pytest.mark.parametrize("kind", SPANNING)
def test_records_that_span_lines_are_the_same_wherever_a_buffer_ends(kind: str) -> None:
    """Every kind, with a buffer that ends at each of its bytes."""
    content = b"".join(SPANNING[kind])
    for size in range(1, len(content)):
        assert cut(content, [size, 1], None, 4096) == list(SPANNING[kind])


@given(STREAMS)
def test_records_tile_the_stream(content: bytes) -> None:
    """No byte is lost, added or moved."""
    assert b"".join(records(content)) == content


@given(STREAMS, st.lists(st.integers(1, 60), max_size=6), st.sampled_from([None, 1, 3]), st.sampled_from([8, 40, 4096]))
def test_records_do_not_depend_on_how_the_stream_was_read(
    content: bytes, sizes: list[int], max_records: int | None, max_record_bytes: int
) -> None:
    """Any sequence of read sizes and any limit of records find what one read finds."""
    assert cut(content, sizes, max_records, max_record_bytes) == records(content, max_record_bytes=max_record_bytes)


@given(st.binary(max_size=300), st.integers(1, 30))
def test_any_bytes_are_framed_the_same_in_pieces(content: bytes, size: int) -> None:
    """The same for bytes of any kind."""
    assert cut(content, [size], None, 16) == records(content, max_record_bytes=16)


@given(STREAMS, st.sampled_from([8, 16]))
def test_a_piece_of_a_long_line_is_never_mistaken_for_a_record(content: bytes, limit: int) -> None:
    """Each piece of a line that is too long is too long itself; whole objects on it are no pieces."""
    longest = {line for line in content.splitlines(keepends=True) if len(line) > limit and b"\n" in line}
    framed = [*records(content, max_record_bytes=limit), b""]
    for record, following in pairwise(framed):
        is_object = record.strip(b" \t\r,[]\x1e\xef\xbb\xbf")[-1:] == b"}"
        # a separator of records (RFC 7464) ends the one before it, wherever on the line it stands
        is_whole = record.endswith((b"\n", b"\r")) or b"\x1e" in (record[:1], following[:1])
        is_piece = any(record in line and record != line for line in longest) and not is_whole
        if is_piece and not is_object:
            assert len(record) > limit or content.endswith(record)


def test_a_torn_last_line_is_still_a_record() -> None:
    """What stands behind the last newline is not dropped."""
    assert records(b"one\ntwo") == [b"one\n", b"two"]


def test_an_unfinished_line_is_held_back() -> None:
    """Before the end of the stream a line without its newline is no line yet."""
    frames = frame(np.frombuffer(b"one\ntwo\nthr", np.uint8), final=False)
    assert frames.consumed_bytes == 4


def test_an_indented_line_belongs_to_the_record_above() -> None:
    """Spaces and tabs both continue."""
    assert records(b"one\n two\n\tthree\nfour\n") == [b"one\n two\n\tthree\n", b"four\n"]


def test_a_blank_line_is_a_record_that_nothing_continues() -> None:
    """So its rejection takes no text with it."""
    assert records(b"one\n\n two\n") == [b"one\n", b"\n", b" two\n"]


def test_a_python_trace_is_one_record_with_its_last_line() -> None:
    """The exception's own line is not indented."""
    trace = (
        b'boom\nTraceback (most recent call last):\n  File "a.py", line 1, in run\n    go()\nlab.errors.Dry: no water\n'
    )
    assert records(trace + b"next: line\n") == [trace, b"next: line\n"]


def test_a_java_trace_is_one_record_with_its_causes() -> None:
    """Causes, suppressed ones and elisions continue it."""
    trace = (
        b"failed lab.Dry: no water\n\tat lab.Pump.run(Pump.java:7)\n"
        b"Caused by: lab.Leak\n\tat lab.Pipe.open(Pipe.java:3)\n... 12 more\nSuppressed: lab.Cold\n"
    )
    assert records(trace + b"next line\n") == [trace, b"next line\n"]


def test_an_error_line_outside_a_trace_is_a_record_of_its_own() -> None:
    """Only a trace is closed by it."""
    assert records(b"one\nValueError: x\n") == [b"one\n", b"ValueError: x\n"]


def test_a_json_record_takes_no_continuation() -> None:
    """It is whole on its line."""
    assert records(b'{"a":1}\n  x\n') == [b'{"a":1}\n', b"  x\n"]


def test_joined_lines_have_a_limit() -> None:
    """A file that is indented throughout does not become one record."""
    content = b"x\n" + b" y\n" * (MAX_JOINED_LINES + 5)
    assert [record.count(b"\n") for record in records(content)] == [MAX_JOINED_LINES, 6]


@pytest.mark.parametrize("newline", [True, False])
def test_a_line_longer_than_a_record_does_not_stop_progress(newline: bool) -> None:
    """A buffer of the stated size is always enough."""
    content = b"x" * (2 * BUFFER_BYTES_NEEDED) + (b"\n" if newline else b"")
    frames = frame(np.frombuffer(content[:BUFFER_BYTES_NEEDED], np.uint8), final=False)
    assert frames.consumed_bytes == MAX_RECORD_BYTES + 1
    assert all(len(record) > MAX_RECORD_BYTES for record in records(content))


def test_an_empty_stream_has_no_record() -> None:
    """Nothing is framed as nothing."""
    assert records(b"") == []


@pytest.mark.parametrize("name", [b"Records", b"records"])
def test_each_record_of_a_wrapped_list_is_one(name: bytes) -> None:
    """As cloud trails and diagnostic settings write a file: one object, whose only key holds all records."""
    on_a_line = b'{"' + name + b'":[{"a":1},{"b":[2]}]}\n'
    assert records(on_a_line + b"dry\n") == [b'{"' + name + b'":[{"a":1},', b'{"b":[2]}]}\n', b"dry\n"]
    printed = b'{\n  "' + name + b'": [\n    {\n      "a": 1\n    },\n    {"b": 2}\n  ]\n}\n'
    first = printed[: printed.index(b'    {"b"')]
    assert records(printed + b"dry\n") == [first, printed[len(first) :], b"dry\n"]


def test_a_list_that_is_one_field_among_others_is_not_taken_apart() -> None:
    """Only an object that holds nothing else is a list of records."""
    for content in (b'{"other":[{"a":1},{"b":2}]}\n', b'{"time":"2022-02-04","records":[{"a":1},{"b":2}]}\n'):
        assert records(content) == [content]


@pytest.mark.parametrize("before", [b"", b'"@odata.context":"lab","took":3,', b'"meta":{"a":["}",1]},'])
@pytest.mark.parametrize("behind", [b"", b',"next":"x"', b',"total":{"a":[2]},"took":0.5'])
@pytest.mark.parametrize("name", [b"value", b"events", b"data", b"items", b"hits", b"logs", b"activities", b"threats"])
def test_each_record_of_a_list_that_says_when_is_one(before: bytes, behind: bytes, name: bytes) -> None:
    """As clouds and search engines answer: pages of records, with what the page says of itself before and behind them."""
    first = b"{" + before + b'"' + name + b'":[{"a":1,"timestamp":1},'
    last = b'{"b":[2]}]' + behind + b"}\n"
    assert records(first + last + b"dry\n") == [first, last, b"dry\n"]


def test_a_list_printed_over_lines_ends_with_what_is_said_behind_it() -> None:
    """The lines that close it are part of its last record."""
    first = b'{\n  "events": [\n    {\n      "timestamp": 1\n    },\n'
    last = b'    {\n      "timestamp": 2\n    }\n  ],\n  "next": "x",\n  "more": {"a": 1}\n}\n'
    assert records(first + last + b"dry\n") == [first, last, b"dry\n"]


def test_lists_of_resources_and_scopes_are_lists_of_their_records() -> None:
    """As OpenTelemetry's collector writes a request."""
    parts = [
        b'{"resourceLogs":[{"resource":{"a":1},"scopeLogs":[{"scope":{},"logRecords":[{"body":1},',
        b'{"body":2}]},',
        b'{"scope":{},"logRecords":[{"body":3}],"schemaUrl":"x"}]},',
        b'{"resource":{},"scopeLogs":[{"logRecords":[{"body":4}]}]}]}\n',
    ]
    assert records(b"".join(parts)) == parts


def test_an_entry_of_several_lines_ends_where_it_is_closed() -> None:
    """Entries of CMTrace hold line breaks; one that is never closed is lines of text."""
    entry = b'<![LOG[pump 3\n2022-02-04 10:00:00 runs\ndry]LOG]!><time="10:00:00.000+000" date="02-04-2022">\n'
    assert records(entry + entry) == [entry, entry]
    assert records(b"<![LOG[pump\n" + entry) == [b"<![LOG[pump\n", entry]


def test_an_alert_of_several_lines_ends_at_a_blank_one() -> None:
    """As Snort's full mode writes them."""
    alert = b"[**] [1:2:3] pump [**]\n[Priority: 1]\n02/04-10:00:00.123456 10.20.0.7 -> 192.0.2.4\n"
    assert records(alert + b"\n" + alert) == [alert, b"\n", alert]


def test_a_row_of_many_quoted_fields_costs_its_length() -> None:
    """Ten times the fields took a hundred times as long: each looked for the end of its line."""
    row = b"2026-03-01T12:00:00Z," + b",".join(b'"%d"' % number for number in range(200_000)) + b"\n"
    records(row[:100])
    begun = time.process_time()
    assert records(row + row) == [row, row]
    assert time.process_time() - begun < 1
