"""`POST /v1/events`: what is answered with success is in the buffer, byte by byte, and nothing else is."""

import gzip
import json
from collections.abc import Callable

import pytest
import zstandard

from connectors.http.application import HttpLimits
from connectors.http.body import BodyLimits
from tests.support.http_intake import RunningListener, running_listener

EVENTS = "/v1/events"
LINES = [b'{"message":"pump 3 runs dry","level":"warn"}', b'{ "message" : "pump 3 is back" , "n": 1.50 }']


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b" [" + LINES[0] + b" ,\n" + LINES[1] + b"]\n", "application/json"),
        (LINES[0] + b"\n" + LINES[1], "application/json; charset=utf-8"),
        (LINES[0] + b"\r\n\r\n" + LINES[1] + b"\n", "application/x-ndjson"),
        (LINES[0] + b"\n" + LINES[1] + b"\n", "text/plain"),
        (b"\xef\xbb\xbf" + LINES[0] + b"\n" + LINES[1], "application/jsonl"),
    ],
)
def test_records_are_stored_as_they_came(body: bytes, media_type: str) -> None:
    """An array, objects behind each other, and lines become one record each, with its bytes."""
    with running_listener() as listener:
        reply = listener.post(EVENTS, body, media_type)
        assert (reply.status, reply.json) == (200, {"accepted": 2, "rejected": {}})
        assert listener.buffer.contents == LINES
        assert {(each.listener, each.tenant, each.peer, each.fault) for each in listener.buffer.messages} == {
            ("office", "acme", "127.0.0.1", None)
        }
        assert (listener.account.received, listener.account.accepted) == (2, 2)


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize(
    ("body", "contents"),
    [
        (b"<13>pump 3 runs dry & hot = bad%20", [b"<13>pump 3 runs dry & hot = bad%20"]),
        (b"a line\n\nanother\r\n", [b"a line", b"another"]),
        (b"[" + LINES[0] + b"," + LINES[1] + b"]", LINES),
        (LINES[0] + b"\n" + LINES[1], LINES),
        (b"[ 12.345678] usb 1-1: reset\n{not json", [b"[ 12.345678] usb 1-1: reset", b"{not json"]),
        (b'{"message":', [b'{"message":']),
        (b"", []),
    ],
)
def test_what_no_type_is_given_of_is_looked_at(media_type: str, body: bytes, contents: list[bytes]) -> None:
    """As curl sends it unless told otherwise: JSON where it is that as a whole, else lines, as they are."""
    with running_listener() as listener:
        assert listener.post(EVENTS, body, media_type).json == {"accepted": len(contents), "rejected": {}}
        assert listener.buffer.contents == contents


def test_a_pretty_printed_object_is_one_record() -> None:
    """Its line feeds are part of it."""
    body = json.dumps({"message": "pump 3 runs dry", "labels": {"site": "barge"}}, indent=2).encode()
    with running_listener() as listener:
        assert listener.post(EVENTS, body).json["accepted"] == 1
        assert listener.buffer.contents == [body]


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "x-gzip", "identity", "GZIP"])
def test_bodies_may_be_compressed(encoding: str) -> None:
    """Also long ones, which are decoded on a thread."""
    lines = [b"line %d of a long body" % number for number in range(5000)]
    body = b"\n".join(lines)
    own: dict[str, Callable[[bytes], bytes]] = {"zstd": zstandard.compress, "identity": bytes}
    compress = own.get(encoding, gzip.compress)
    with running_listener() as listener:
        reply = listener.post(EVENTS, compress(body), "text/plain", Content_Encoding=encoding)
        assert reply.json == {"accepted": 5000, "rejected": {}}
        assert listener.buffer.contents == lines


def test_a_body_without_records_is_taken() -> None:
    """There was nothing to store, and nothing is wrong."""
    with running_listener() as listener:
        for body, media_type in ((b"", "text/plain"), (b"[]", "application/json"), (b"\n\r\n", "application/x-ndjson")):
            assert listener.post(EVENTS, body, media_type).json == {"accepted": 0, "rejected": {}}
        assert not listener.buffer.messages


def test_what_is_no_record_among_others_is_a_reject() -> None:
    """Elements that are no objects, and records that are too long, are passed on under their fault with all their bytes."""
    long = b'{"message":"' + b"x" * 1000 + b'"}'
    with running_listener(HttpLimits(message_bytes_most=500)) as listener:
        reply = listener.post(EVENTS, b'["text",' + LINES[0] + b",7," + long + b"]")
        assert (reply.status, reply.json) == (200, {"accepted": 1, "rejected": {"not_an_object": 2, "oversize": 1}})
        faults = [(each.content, each.fault) for each in listener.buffer.messages]
        assert faults[:3] == [(b'"text"', "not_an_object"), (LINES[0], None), (b"7", "not_an_object")]
        parts = faults[3:]
        assert b"".join(content for content, _ in parts) == long
        assert all(len(content) <= 500 and fault == "oversize" for content, fault in parts)
        account = listener.account
        assert account.received == account.accepted + sum(account.rejected.values()) == len(faults)


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (b'{"message":', {}, 400, "invalid"),
        (b'[{"a":1},{"a":}]', {}, 400, "invalid"),
        (b"[" * 100_000, {}, 400, "invalid"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {}, 400, "invalid"),
        (b"not compressed", {"Content_Encoding": "gzip"}, 400, "invalid"),
        (b"{}", {"Content_Encoding": "br"}, 415, "encoding"),
        (b"{}", {"media_type": "application/octet-stream"}, 415, "media_type"),
        ("a\n".encode("utf-16"), {"media_type": "text/plain; charset=UTF-16"}, 415, "media_type"),
        (gzip.compress(bytes(2_000_000)), {"Content_Encoding": "gzip", "media_type": "text/plain"}, 413, "too_large"),
        (b"x" * 700_001, {"media_type": "text/plain"}, 413, "too_large"),
        (b"[" + b"{}," * 60_000 + b"{}]", {}, 413, "too_many_records"),
        (b"{}", {"Idempotency_Key": "k" * 256}, 400, "invalid"),
    ],
)
def test_what_is_refused_is_refused_whole_and_counted(
    body: bytes, headers: dict[str, str], status: int, reason: str
) -> None:
    """With a status that tells the sender whether to change something, and a sentence."""
    limits = HttpLimits(body=BodyLimits(sent_bytes_most=700_000, plain_bytes_most=1_000_000))
    with running_listener(limits) as listener:
        reply = listener.post(EVENTS, body, **headers)
        assert (reply.status, reply.json["error"]) == (status, reason), reply
        assert reply.json["message"].endswith(".")
        assert not listener.buffer.messages
        assert listener.account.refused_requests == {reason: 1}


def test_a_path_or_a_method_that_is_none_is_told() -> None:
    """As JSON, and counted."""
    with running_listener() as listener:
        assert listener.post("/v2/events", b"{}").status == 404
        assert listener.post("/v1/hooks/nobody", b"{}").status == 404
        reply = listener.request("GET", EVENTS, None, {})
        assert (reply.status, reply.headers["allow"]) == (405, "POST")
        assert listener.account.refused_requests == {"not_found": 2, "method": 1}


def test_success_is_answered_only_once_all_is_durable() -> None:
    """A request waits for the disk, and others are taken meanwhile."""
    with running_listener() as listener:
        listener.call(lambda: setattr(listener.buffer, "keeps", False))
        with listener.connect() as waiting, listener.connect() as other:
            for sender in (waiting, other):
                sender.sendall(_posted(b"{}"))
            listener.until(lambda: len(listener.buffer.messages) == 2)
            waiting.settimeout(0.1)
            with pytest.raises(TimeoutError):
                waiting.recv(1)
            listener.call(listener.buffer.keep)
            waiting.settimeout(20)
            assert waiting.recv(12) == b"HTTP/1.1 200"
            assert other.recv(12) == b"HTTP/1.1 200"


def _posted(body: bytes) -> bytes:
    head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


def test_what_is_not_durable_in_time_is_no_success() -> None:
    """The answer says that it may be stored all the same; so does that of a buffer that has failed."""
    with running_listener(HttpLimits(durable_seconds=0.05)) as listener:
        listener.call(lambda: setattr(listener.buffer, "keeps", False))
        late = listener.post(EVENTS, b"{}")
        assert (late.status, late.json["error"]) == (503, "not_durable")
        assert int(late.headers["retry-after"]) > 0
        listener.call(listener.buffer.fail)
        failed = listener.post(EVENTS, b"{}")
        assert (failed.status, failed.json["error"]) == (503, "buffer_failed")
        assert int(failed.headers["retry-after"]) > 0


def test_a_full_buffer_takes_nothing() -> None:
    """Senders are told when to come again, and may."""
    with running_listener() as listener:
        listener.call(lambda: setattr(listener.buffer, "is_full", True))
        reply = listener.post(EVENTS, b"{}")
        assert (reply.status, reply.json["error"]) == (503, "buffer_full")
        assert int(reply.headers["retry-after"]) > 0
        listener.call(lambda: setattr(listener.buffer, "is_full", False))
        assert listener.post(EVENTS, b"{}").status == 200
        assert listener.buffer.contents == [b"{}"]


def test_one_connection_carries_many_requests() -> None:
    """In their order, also where they are sent ahead."""
    with running_listener() as listener, listener.connect() as sender:
        bodies = [b'{"n":%d}' % number for number in range(50)]
        sender.sendall(b"".join(_posted(body) for body in bodies))
        answered = b""
        while answered.count(b'"rejected"') < 50:
            received = sender.recv(65536)
            assert received, answered
            answered += received
        assert answered.count(b"HTTP/1.1 200") == 50
        assert listener.buffer.contents == bodies
        assert listener.account.connections == 1


def _assert_balanced(listener: RunningListener) -> None:
    account = listener.account
    assert account.received == account.accepted + sum(account.rejected.values()) == len(listener.buffer.messages)


def test_a_stop_answers_what_is_being_received() -> None:
    """A request whose body is there is not cut off by the stop."""
    with running_listener() as listener:
        listener.call(lambda: setattr(listener.buffer, "keeps", False))
        sender = listener.connect()
        sender.sendall(_posted(b"{}"))
        listener.until(lambda: len(listener.buffer.messages) == 1)

        def keep_soon() -> None:
            listener.buffer.keeps = True
            listener.loop.call_later(0.1, listener.buffer.keep)

        listener.call(keep_soon)
    with sender:
        assert sender.recv(12) == b"HTTP/1.1 200"
    _assert_balanced(listener)
