"""`Idempotency-Key`: the same request again is answered as the first time, and stored once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.http.admission import Answer, IdempotencyKeys, KeyReusedError
from connectors.http.application import HttpLimits
from connectors.http.tokens import token_of
from connectors.kept_requests import KEPT, noted
from tests.support.http_intake import running_listener

EVENTS = "/v1/events"
ONE, OTHER = b'[{"n":1},{"n":2}]', b'[{"n":3}]'


def test_the_same_request_again_is_stored_once() -> None:
    """And says that it was answered before; another key, or none, is another request."""
    with running_listener() as listener:
        first = listener.post(EVENTS, ONE, Idempotency_Key="a")
        again = listener.post(EVENTS, ONE, Idempotency_Key="a")
        assert (first.status, first.body) == (again.status, again.body)
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert len(listener.buffer.messages) == 2
        assert listener.account.repeated == 1
        listener.post(EVENTS, ONE, Idempotency_Key="b")
        listener.post(EVENTS, ONE)
        listener.post(EVENTS, ONE)
        assert len(listener.buffer.messages) == 8


def test_a_key_with_another_body_is_refused() -> None:
    """It is a mistake of the sender, and nothing is stored."""
    with running_listener() as listener:
        listener.post(EVENTS, ONE, Idempotency_Key="a")
        reply = listener.post(EVENTS, OTHER, Idempotency_Key="a")
        assert (reply.status, reply.json["error"]) == (422, "key_reused")
        assert len(listener.buffer.messages) == 2


def test_requests_with_one_key_at_the_same_time_are_stored_once() -> None:
    """The later ones wait for the answer to the first."""
    with running_listener() as listener, ThreadPoolExecutor(8) as senders:
        listener.call(lambda: setattr(listener.buffer, "keeps", False))
        replies = [senders.submit(listener.post, EVENTS, ONE, Idempotency_Key="a") for _ in range(8)]
        listener.until(lambda: listener.account.repeated == 7)
        listener.call(listener.buffer.keep)
        assert [each.result().status for each in replies] == [200] * 8
        assert len(listener.buffer.messages) == 2


def test_what_was_not_durable_in_time_is_not_stored_again() -> None:
    """The sender that comes again with its key gets the answer that it did not wait for."""
    with running_listener(HttpLimits(durable_seconds=0.05)) as listener:
        listener.call(lambda: setattr(listener.buffer, "keeps", False))
        assert listener.post(EVENTS, ONE, Idempotency_Key="a").status == 503
        assert listener.post(EVENTS, ONE, Idempotency_Key="a").status == 503
        listener.call(listener.buffer.keep)
        assert listener.post(EVENTS, ONE, Idempotency_Key="a").status == 200
        assert len(listener.buffer.messages) == 2


def test_a_request_that_was_refused_may_come_again() -> None:
    """Its key is not remembered, whether the body or the buffer was at fault."""
    with running_listener() as listener:
        assert listener.post(EVENTS, b"[", Idempotency_Key="a").status == 400
        assert listener.post(EVENTS, ONE, Idempotency_Key="a").status == 200
        listener.call(lambda: setattr(listener.buffer, "is_full", True))
        assert listener.post(EVENTS, OTHER, Idempotency_Key="b").status == 503
        listener.call(lambda: setattr(listener.buffer, "is_full", False))
        assert listener.post(EVENTS, ONE, Idempotency_Key="b").status == 200


def test_tenants_and_paths_have_keys_of_their_own() -> None:
    """One tenant cannot take the keys of another."""
    tokens = (token_of("acme-token-000000", "acme"), token_of("globex-token-0000", "globex"))
    with running_listener(tokens=tokens) as listener:
        for token in ("acme-token-000000", "globex-token-0000"):
            for path in (EVENTS, "/v1/hooks/generic"):
                reply = listener.post(path, b'{"text":"x"}', Authorization=f"Bearer {token}", Idempotency_Key="a")
                assert reply.status == 200
        assert [each.tenant for each in listener.buffer.messages] == ["acme", "acme", "globex", "globex"]


def test_a_buffer_that_keeps_requests_gets_a_note_in_front_of_each() -> None:
    """Of those with a key, and without what the note says a message could not be found again after a crash."""
    with running_listener(kept=[]) as listener:
        listener.post(EVENTS, OTHER)
        listener.post(EVENTS, ONE, Idempotency_Key="a")
        listener.post(EVENTS, b"[]", Idempotency_Key="b")
        assert listener.post(EVENTS, ONE, Idempotency_Key="a").headers["idempotent-replayed"] == "true"
        assert [each.fault for each in listener.buffer.messages] == [None, KEPT, None, None]
        note = noted(listener.buffer.messages[1].content)
        assert note is not None
        assert (*note[:4], note.records, note.stored) == ("office", "acme", EVENTS, "a", 2, ())
        assert listener.account.received == 3
    with running_listener() as listener:
        listener.post(EVENTS, ONE, Idempotency_Key="a")
        assert len(listener.buffer.messages) == 2


@pytest.mark.parametrize(("stored", "put"), [([], [0, 1, 2]), ([1], [0, 2]), ([0, 1], [2]), ([0, 1, 2], [])])
def test_what_was_stored_before_a_restart_is_not_stored_again(stored: list[int], put: list[int]) -> None:
    """The rest of a request is, and its answer is that of a request that was stored at once."""
    body = b'[{"n":0},{"n":1},{"n":2}]'
    with running_listener(kept=[]) as listener:
        first = listener.post(EVENTS, body, Idempotency_Key="a")
        note = noted(listener.buffer.messages[0].content)
        assert note is not None
    with running_listener(kept=[note.with_stored(stored)]) as listener:
        other = listener.post(EVENTS, OTHER, Idempotency_Key="a")
        assert (other.status, other.json["error"]) == (422, "key_reused")
        for again in (False, True):
            reply = listener.post(EVENTS, body, Idempotency_Key="a")
            assert (reply.status, reply.body) == (first.status, first.body)
            assert (reply.headers.get("idempotent-replayed") == "true") == (again or not put)
        contents = [each.content for each in listener.buffer.messages if each.fault is None]
        assert contents == [b'{"n":%d}' % number for number in put]
        assert listener.account.received == len(put)
    with running_listener(kept=[note.with_stored(range(3))._replace(until_us=5)]) as listener:
        listener.post(EVENTS, body, Idempotency_Key="a")
        assert listener.account.received == 3, "it is forgotten after its time"
    with running_listener(kept=[note.with_stored(range(3))._replace(listener="branch")]) as listener:
        listener.post(EVENTS, body, Idempotency_Key="a")
        assert listener.account.received == 3, "each listener has keys of its own"


def test_keys_are_forgotten_after_their_time_and_beyond_their_number() -> None:
    """The oldest first; those that wait for their answer stay."""

    async def story() -> None:
        now = 0.0
        keys: IdempotencyKeys[Answer] = IdempotencyKeys(60, lambda: now, most=3)
        names = [("acme", "/", str(number)) for number in range(6)]
        for name in names[:5]:
            keys.begin(name, b"digest").set_result(Answer(200, b"", ""))
        assert keys.known(names[5], b"digest") is None
        assert [keys.known(name, b"digest") is not None for name in names[:5]] == [False, False, True, True, True]
        with pytest.raises(KeyReusedError):
            keys.known(names[4], b"another")
        now = 60.5
        assert keys.known(names[4], b"digest") is None
        waiting = keys.begin(names[5], b"digest")
        now = 1000.0
        assert keys.known(names[5], b"digest") is waiting
        waiting.set_result(Answer(503, b"", ""))
        await asyncio.sleep(0)
        assert keys.known(names[5], b"digest") is None
        assert len(keys) == 0

    asyncio.run(story())
