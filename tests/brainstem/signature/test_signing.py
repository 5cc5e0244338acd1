"""Signatures and templates: what is masked, what is kept, and that the two always agree."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.signature.signing import (
    SIGNATURE_VERSION,
    Signed,
    parse_signature_id,
    sign,
    signature_id,
    template,
)
from brainstem.signature.tokenizer.state import MAX_MESSAGE_BYTES, MAX_TOKENS


def sign_all(messages: list[bytes], margin: bytes = b"") -> Signed:
    """Sign messages that lie one behind the other, with `margin` around each."""
    text = bytearray()
    start, end = [], []
    for message in messages:
        text += margin
        start.append(len(text))
        text += message
        end.append(len(text))
        text += margin
    return sign(np.frombuffer(bytes(text), np.uint8), np.array(start, np.int64), np.array(end, np.int64))


def read(message: str) -> str:
    """Return the template text of a message."""
    return template(message.encode()).text


def entities(message: str) -> list[str]:
    """Return the entities found in a message, as they are written there."""
    raw = message.encode()
    signed = sign_all([raw])
    found = range(int(signed.entity_count[0]))
    return [raw[signed.entity_start[0, k] : signed.entity_end[0, k]].decode() for k in found]


def numbers(message: str) -> list[int]:
    """Return the numbers found in a message, in thousandths."""
    signed = sign_all([message.encode()])
    return [int(number) for number in signed.numbers[0, : signed.number_count[0]]]


def traits(message: str) -> tuple[int, int]:
    """Return cue and polarity of a message."""
    signed = sign_all([message.encode()])
    return int(signed.cue[0]), int(signed.polarity[0])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("took 12ms for 97% of 3.5MB", "took <time> for <num> of <num>"),
        ("took 12 ms for 3.5 MB", "took <time> for <num>"),
        ("waited 1h2m3s, <1 s or ~2 min", "waited <time>, <time> or <time>"),
        ("peer 10.1.2.3:443 gone", "peer <host> gone"),
        ("peer fe80::1%eth0 gone", "peer <host> gone"),
        ("peer db1.example.net:5432 gone", "peer <host> gone"),
        ("route 10.0.0.0/24 via 2001:db8::7", "route <host> via <host>"),
        ("station 00:1b:21:AA:bb:0c left", "station <mac> left"),
        ("station 001b.21aa.bb0c left", "station <mac> left"),
        ("id 6ba7b810-9dad-11d1-80b4-00c04fd430c8", "id <uuid>"),
        ("id 6ba7b8109dad11d180b400c04fd430c8", "id <hex>"),
        ("at 0x7f3a with 7f3a90", "at <hex> with <num>"),
        ("opened /var/lib/x.db", "opened <path>"),
        ("opened C:\\data\\x.db", "opened <path>"),
        ("opened \\\\server\\share\\x", "opened <path>"),
        ("get http://a.example/b?c=1&d=2, then", "get <url>, then"),
        ("mail from ann@example.com bounced", "mail from <email> bounced"),
        ("on Tue Mar  4 05:06:07 CET 2031 we", "on <time> we"),
        ("on 2031-03-04T05:06:07.123+01:00 we", "on <time> we"),
        ("on [04/Mar/2031:05:06:07 +0100] we", "on [<time>] we"),
        ("I0304 05:06:07.123456 17 pump.go:42] go", "<time> <num> pump.go:<num>] go"),
        ("\x1b[1;31mred\x1b[0m text", "red text"),
        ("libfoo.so and pump.py stay", "libfoo.so and pump.py stay"),
        ("java.net.Pump in org.example.pump", "java.net.Pump in org.example.pump"),
        ("worker-12 of eth0 and try_15_m_03_1", "worker-<num> of eth<num> and try_<num>"),
        ("sha256 over ipv6 stays", "sha256 over ipv6 stays"),
        ('user="Ann Lee" role=admin n=-5', 'user="<str>" role=admin n=<num>'),
        ('msg="pump was primed" level=info', 'msg="pump was primed" level=info'),
        ('open of "the big file" link "carrier lost"', 'open of "<str>" link "carrier lost"'),
        ('"GET /a/b HTTP/1.1" 200', '"GET <path> HTTP/<num>" <num>'),
        ("blob aGVsbG8gd29ybGQ1NnRoaXMgaXM3eA done", "blob <blob> done"),
        ("[req-3fa9c1] pump[312]: ok", "[req-<num>] pump[<num>]: ok"),
        ("ids 3, 4, 5 and n1 n2 n3", "ids <num> and n<num>"),
        ("from 10.0.0.1 (a.example.net) to 10.0.0.2 ()", "from <host> to <host>"),
        ("sent 1190 bytes (1.16 KB) now", "sent <num> bytes now"),
        ("ge-0/0/1 and Serial0/0/0:23", "ge-<num> and Serial<num>"),
        ("we can't go -- really", "we can't go -- really"),
        ("1,234,567 items", "<num> items"),
        ("[req-6ba7b810-9dad-11d1-80b4-00c04fd430c8 - -]", "[req-<num> - -]"),
        ("mem 0xfe00-0xff00 of db01, dc02 and 3fa9", "mem <hex> of db<num>, dc<num> and <num>"),
        ('a="x//y_<z>" b="q(r)" c', 'a="<str>" b="<str>" c'),
        ("on 2031-03-04 05:06:07 +0100 CET", "on <time>"),
    ],
)
def test_variable_parts_are_masked_by_kind(message: str, expected: str) -> None:
    """Each kind of value reads as its placeholder, and words stay words."""
    assert read(message) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lease 7f3a90bc ends", "lease 73419022 ends"),
        ("thread 7f6f90251700 ends", "thread 7f6fa1d2ad80 ends"),
        ("port fg-c8dcce74-c4", "port fg-18dcce74-47"),
        ("from 10.0.0.1 to", "from a.example.net to"),
        ("took 850ms", "took 2 s"),
        ("sent 0 bytes now", "sent 20480 bytes (20 KB) now"),
        ("pump  on\tdeck", "pump on deck"),
        ("=====", "========="),
        ("Traceback (last):\n  File 1\n  File 2\nOops: x", "Traceback (last):\n  File 9\nOops: x"),
    ],
)
def test_one_kind_of_line_has_one_signature(one: str, other: str) -> None:
    """Values that are printed in several ways do not split a signature."""
    assert template(one.encode()) == template(other.encode())
    signed = sign_all([one.encode(), other.encode()])
    assert signed.signature[0] == signed.signature[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("link up", "link down"),
        ("a b", "a-b"),
        ("screen 80x25", "screen 80y25"),
        ("Pump", "pump"),
        ("x=<num>", "x=5"),
        ("Traceback:\nOops: x", "Traceback:\nOther: x"),
        ("user=1", "group=1"),
    ],
)
def test_different_lines_differ(one: str, other: str) -> None:
    """Words, case, punctuation and the last line of a traceback count."""
    assert template(one.encode()) != template(other.encode())
    signed = sign_all([one.encode(), other.encode()])
    assert signed.signature[0] != signed.signature[1]


PIECES = st.sampled_from(
    [
        *["pump", "down", "10.0.0.1", "eth0", "7", "-3.5ms", "97%", "a=b", 'k="v w"', "'x y'", "/a/b", "C:\\x", "::1"],
        *["fe80::1%e", "x_1_m_2", "<num>", "\x1b[0m", "é", "\xa0", "http://a.example/?q=1", "12:30:01", "Mar 4", "()"],
        *[
            "deadbeef01",
            "0x1f",
            "[9]",
            "(",
            "]",
            ":",
            "...",
            "-",
            "\n",
            "\t",
            "a.example.net",
            "u@a.example",
            "KB",
            "s",
        ],
    ]
)
JOINED = st.lists(st.tuples(PIECES, st.sampled_from(["", " ", ", ", "  ", ":"])), max_size=12).map(
    lambda parts: "".join(piece + gap for piece, gap in parts).encode()
)
MESSAGES = st.one_of(JOINED, st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode()))


@given(st.lists(MESSAGES, max_size=8))
def test_equal_signatures_mean_equal_templates(messages: list[bytes]) -> None:
    """Signature and template are two forms of one thing, for any bytes."""
    signed = sign_all(messages)
    templates = [template(message) for message in messages]
    for i, one in enumerate(templates):
        assert signed.token_count[i] == len(one.tokens)
        for j, other in enumerate(templates):
            assert (one == other) == (signed.signature[i] == signed.signature[j])


@given(JOINED, st.integers(0, 11), PIECES)
def test_a_mutation_changes_both_or_neither(message: bytes, at: int, piece: str) -> None:
    """A word put into a message changes its signature exactly when it changes its template."""
    words = message.split(b" ")
    words.insert(at % (len(words) + 1), piece.encode())
    changed = b" ".join(words)
    signed = sign_all([message, changed])
    assert (signed.signature[0] == signed.signature[1]) == (template(message) == template(changed))


@given(st.lists(MESSAGES, min_size=1, max_size=6), st.sampled_from([b"", b"0", b"x", b'"', b" down ", b"\n5", b"::"]))
def test_a_batch_equals_its_rows(messages: list[bytes], margin: bytes) -> None:
    """Neither the neighbours in a batch nor the bytes around a message change its columns."""
    together = sign_all(messages, margin)
    for row, message in enumerate(messages):
        alone = sign_all([message])
        shift = together.entity_start[row] - alone.entity_start[0]
        for name in (
            "signature",
            "token_count",
            "cue",
            "polarity",
            "entities",
            "entity_count",
            "numbers",
            "number_count",
        ):
            assert np.array_equal(getattr(together, name)[row], getattr(alone, name)[0]), name
        found = int(alone.entity_count[0])
        assert len(set(shift[:found].tolist())) <= 1


@given(MESSAGES)
def test_names_lie_inside_their_message(message: bytes) -> None:
    """Whatever is shown as a name was in the message."""
    signed = sign_all([message], b"....")
    for k in range(int(signed.entity_count[0])):
        assert 4 <= signed.entity_start[0, k] < signed.entity_end[0, k] <= 4 + len(message)


@given(st.binary(max_size=400), st.integers(1, 40))
def test_long_messages_are_cut_not_refused(seed: bytes, times: int) -> None:
    """Any length of any bytes has a signature, of a bounded number of tokens."""
    signed = sign_all([seed * times * 20])
    assert signed.token_count[0] <= MAX_TOKENS + 1


def test_only_the_head_of_a_message_counts() -> None:
    """Beyond the first tokens nothing changes the signature; white space around a message never does."""
    head = " ".join(f"{chr(97 + i % 26)}{chr(97 + i // 26)}z" for i in range(MAX_TOKENS)).encode()
    signed = sign_all([head + b" one", head + b" two", b"  " + head + b" one\n"])
    assert len(set(signed.signature.tolist())) == 1
    long = b"x" * MAX_MESSAGE_BYTES
    signed = sign_all([long + b"a", long + b"b"])
    assert signed.signature[0] == signed.signature[1]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("job finished with exit code 0", "job finished with exit code 0"),
        ("job finished with exit code 137", "job finished with exit code 137"),
        ("main exited, code=exited, status=1/FAILURE", "main exited, code=exited, status=1/FAILURE"),
        (
            "done, rc=2, errno 13, [Errno 13], error(13), EventID: 4625",
            "done, rc=2, errno 13, [Errno 13], error(13), EventID: 4625",
        ),
        ("event id 7036, status is 3, exit status of 23", "event id 7036, status is 3, exit status of 23"),
        ("HRESULT 0x80070005 at 0x7f3a", "HRESULT 0x80070005 at <hex>"),
        ("return code 2147942401", "return code <num>"),
        ('exit_code="23" upstream_status=502 statusCode=503', 'exit_code="23" upstream_status=502 statusCode=503'),
        ('"GET /a HTTP/1.1" 502 157', '"GET <path> HTTP/<num>" 502 <num>'),
        ('"GET /a HTTP/1.1" 404 157', '"GET <path> HTTP/<num>" <num>'),
        ("GET /a 503 12ms", "GET <path> 503 <time>"),
        ("be/s1 10/0/30/69/109 503 2750", "be/s<num> <num>/<num>/<num>/<num>/<num> 503 <num>"),
        ("TCP_MISS/504 1500 GET", "TCP_MISS/504 <num> GET"),
        ("HTTP/1.1 502 Bad Gateway", "HTTP/<num> 502 Bad Gateway"),
        ("code 200 or HTTP 301 or 404 or code 404", "code <num> or HTTP <num> or <num> or code 4xx"),
        ("said: 550 5.1.1 no such user", "said: 550 <num> no such user"),
        ("Completed 500 Internal Server Error", "Completed 500 Internal Server Error"),
        (
            "error: 3 disks, returned 3 rows, completed 45 files",
            "error: <num> disks, returned <num> rows, completed <num> files",
        ),
        (
            "errors: 3, status 12.5, code 12%, status: 3 of 5",
            "errors: <num>, status <num>, code <num>, status: <num> of <num>",
        ),
        ("signal 11, signal -67 dBm", "signal 11, signal <num> dBm"),
        ("layer 2, Layer4, L7, phase 1", "layer 2, Layer4, L7, phase 1"),
        ("Port 1:12, port 0/12, slot 3", "Port <num>, port <num>, slot <num>"),
    ],
)
def test_codes_stay_and_counts_are_masked(message: str, expected: str) -> None:
    """A number that says a state is a word; a count, a size and a status that means nothing bad are masked."""
    assert read(message) == expected


def test_codes_are_no_measurements() -> None:
    """Neither a code, masked or not, nor the number of a port is drawn into a mean."""
    assert numbers("code 200 on port 12 in 34 ms") == [34_000]
    assert numbers('"GET /a HTTP/1.1" 502 157') == [157_000]


def test_an_empty_message_has_a_signature() -> None:
    """Nothing is a message too, the same one as blanks and colour codes."""
    signed = sign_all([b"", b" \n", b"\x1b[0m", b"x"])
    assert len(set(signed.signature[:3].tolist())) == 1
    assert signed.signature[0] != signed.signature[3]
    assert template(b"").tokens == ()
    assert signed.token_count.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("port Gi0/0/1 of 10.0.0.1 via db1.example.net", ["Gi0/0/1", "10.0.0.1", "db1.example.net"]),
        ("tunnel Oslo-Bergen rekeyed", ["Oslo-Bergen"]),
        ("user=ann state=up level=info", ["ann"]),
        ('pool "tank two" is full', ["tank two"]),
        ("pool 'tank' is full", ["tank"]),
        ("worker-12 Worker-12 WORKER-12", ["worker-12"]),
        ("[pool-3-thread-2] com.example.Main - tank7 is full", ["tank7"]),
        ("[http-nio-8080-exec-5] nioEventLoopGroup-2-1 tank7 is full", ["tank7"]),
        ("took 12ms at 10:00:00, pid 812, port 443, 0x7f, 97%", []),
        ("the interface is up", ["interface"]),
        ("🟥 Price feed is down (404 in 145 ms)", ["Price feed"]),
        ("monitoring: the price feed of all shops has gone offline", ["price feed of all shops"]),
        ("it is down", []),
        ("back up", []),
        ("is down", []),
        ("the interface is new", []),
        ("one two three four five six seven is down", []),
        ("pump 3 is not running again", ["pump 3"]),
        ("process 4711 was killed", []),
        ("12 leases are available", []),
        ("3 is down", []),
        ("🟥 is down", []),
        ("\x1b[31mPrice feed is down", []),
        ("link eth7 is down", ["eth7"]),
        ("The Print Spooler service entered the stopped state.", ["Print Spooler"]),
        ("The Windows Update service entered the running state.", ["Windows Update"]),
        ("SERVICE ALERT: web1;HTTP;CRITICAL", ["web1"]),
        ("Server nas1 is DOWN, reason: Layer4 timeout", ["nas1"]),
        ("Server listening on port 8080", []),
        ("Link Down on port 12", ["port 12"]),
        ("port 12 is now off-line", ["port 12"]),
        ("Port #7 up", ["Port #7"]),
        ("Interface 1/0/7 down", ["Interface 1/0/7"]),
        ("Link Down: 0/12", ["0/12"]),
        ("Received disconnect from 10.0.0.1 port 22", ["10.0.0.1"]),
        ("port 123 is open on slot 3.5", []),
        ("failed 3/5 attempts", []),
        ("error on line 12 of the list", []),
        ("queue of port: 7 frames", []),
        ("db01 and dc02 run 1.2-3 on 64bit", ["db01", "dc02"]),
        ("read /etc/pump.conf", ["/etc/pump.conf"]),
        ("a1 a2 a3 a4 a5", ["a1", "a2", "a3"]),
        ("lane/7 is dark, lane/12: too; (pool/3)", ["lane/7", "lane/12", "pool/3"]),
        ("spoke HTTP/1.1, 5/7 done, read/write", []),
        ("port 0/12 up, Port 1:12 up, Link Down: 0/12", ["port 0/12", "Port 1:12", "0/12"]),
        ("Power supply 2, fan 1 and disk #3 failed", ["Power supply 2", "fan 1", "disk #3"]),
        ("from 10.0.0.1 port 22 or port 443", ["10.0.0.1"]),
        ("disk 80%, disk 80 GB, drive 3 of 5, disk: 7", []),
        ("reason: Layer4 timeout, L7 check", []),
        ("layer 2 is down", []),
    ],
)
def test_names_are_found(message: str, expected: list[str]) -> None:
    """Addresses, interfaces, hosts, paths, quoted strings and values of keys are names; numbers and times are not."""
    assert entities(message) == expected


def test_a_name_is_one_name_in_either_case() -> None:
    """Hashes of names are case folded and do not depend on where the name stands."""
    signed = sign_all([b"link ETH0 gone", b"now eth0 is back", b"eth1"])
    assert signed.entities[0, 0] == signed.entities[1, 0]
    assert signed.entities[0, 0] != signed.entities[2, 0]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("certificate expires in 20d", [20_000]),
        ("97% of 1,234.5 MB", [97_000, 1_234_500]),
        ("took 3.5ms", [3_500]),
        ("temp=-4.25", [-4_250]),
        ("left: 12", [12_000]),
        ("pump[812]: eth0 10.0.0.1:443 v1.2.3 at 10:20:30 on 2031-02-03 0x12 7f3a90", []),
        ("1 2 3 4", [1_000, 2_000, 3_000]),
        ("12345678901234567", []),
        ("<1 s", [1_000]),
        ("pump.go:42: left: 3", [3_000]),
    ],
)
def test_free_standing_numbers_are_read(message: str, expected: list[int]) -> None:
    """The first three decimal numbers that stand by themselves, with or without a unit, in thousandths."""
    assert numbers(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("link is up", (0, 1)),
        ("link is down", (0, -2)),
        ("session closed", (0, -1)),
        ("state changed from up to down", (0, -2)),
        ("tunnel up after being down", (0, 1)),
        ("peer is not reachable", (1, -2)),
        ("peer no longer reachable", (1, -2)),
        ("connection refused", (2, -1)),
        ("no errors found", (0, 0)),
        ("0 errors, failed=0", (0, 0)),
        ("3 errors", (2, 0)),
        ("errors 0, warnings 0", (0, 0)),
        ("error code: 0", (0, 0)),
        ("exit code 0", (0, 0)),
        ("exit code 1", (2, 0)),
        ("rc=2", (2, 0)),
        ("code 200", (0, 0)),
        ("code 404", (0, 0)),
        ("code 503", (1, 0)),
        ("Link Down: 0/12", (0, -2)),
        ("port is now off-line", (0, -2)),
        ("port is now on-line", (0, 1)),
        ("up 0 days", (0, 1)),
        ("ready=false", (1, -2)),
        ("retry later", (1, 0)),
        ("ConnectionLost in link_monitor", (2, -2)),
        ("opened /var/log/error.log", (0, 1)),
        ("all is quiet", (0, 0)),
        ("downtown upgrade", (0, 0)),
    ],
)
def test_cue_and_polarity_come_from_whole_words(message: str, expected: tuple[int, int]) -> None:
    """The strongest cue counts and the last state decides, with negation, zero and the past taken into account."""
    assert traits(message) == expected


def test_state_and_cue_words_are_never_masked() -> None:
    """A quoted value with a cue or a state in it stays readable, and so stays part of the signature."""
    assert "carrier lost" in read('event "carrier lost on pump"')
    assert read("link1_down_2") == "link<num>_down_<num>"
    assert read("x_1_up_2") == "x_<num>_up_<num>"


def test_signatures_are_the_same_in_every_process() -> None:
    """Neither the hash seed of a process nor what it has seen changes a signature; the value is pinned by its version."""
    code = (
        "import numpy as np\nfrom brainstem.signature.signing import sign, signature_id\n"
        "m = b'pump 7 of eth0 is down'\n"
        "s = sign(np.frombuffer(m, np.uint8), np.array([0]), np.array([len(m)]))\n"
        "print(signature_id(int(s.signature[0])))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        for seed in ("1", "2")
    ]
    here = signature_id(int(sign_all([b"pump 7 of eth0 is down"]).signature[0]))
    assert {run.stdout.strip() for run in runs} == {here}


@given(st.integers(0, 2**64 - 1))
def test_a_signature_name_reads_back(signature: int) -> None:
    """The published name holds all 64 bits."""
    assert parse_signature_id(signature_id(signature)) == signature


@pytest.mark.parametrize(
    "name", ["", "s2-", "s2-xyz", "s1-0000000000000000", "0000000000000000", "s2-0000000000000000 "]
)
def test_a_name_of_another_version_is_refused(name: str) -> None:
    """Signatures of other masks are other signatures."""
    with pytest.raises(ValueError, match=f"version {SIGNATURE_VERSION}"):
        parse_signature_id(name)


def test_messages_outside_the_text_are_refused() -> None:
    """A slice beyond the buffer is a broken program, not a message."""
    text = np.zeros(4, np.uint8)
    for start, end in (([0], [5]), ([-1], [2]), ([3], [2]), ([0, 1], [2])):
        with pytest.raises(ValueError, match="inside the text"):
            sign(text, np.array(start, np.int64), np.array(end, np.int64))
    assert len(sign(text, np.zeros(0, np.int64), np.zeros(0, np.int64))) == 0


def test_the_message_kind_of_a_network_device_is_no_name() -> None:
    """`%LINK-3-UPDOWN` stands in every such line; the interface is what the line is about."""
    message = b"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel12, changed state to down"
    text = np.frombuffer(message, np.uint8)
    signed = sign(text, np.array([0]), np.array([len(message)]))
    named = [message[signed.entity_start[0, k] : signed.entity_end[0, k]] for k in range(int(signed.entity_count[0]))]
    assert named == [b"Tunnel12"]
