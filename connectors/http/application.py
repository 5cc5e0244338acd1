"""What the paths of an HTTP listener do: take a request apart into records, put them into the buffer, and answer once they
are durable.

A request is answered with success only once all of its records are durable, those among them that are rejects too. What is
refused is refused as a whole, with a reason that is counted, and none of it was passed on; the one exception is said in the
answer: a buffer that is not durable in time may become so later. The tenant comes from the token or the listener; nothing
that a sender writes into a request can change it.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.http import otlp
from connectors.http.account import HttpAccount
from connectors.http.admission import (
    KEY_CHARACTERS_MOST,
    Answer,
    HeldBytes,
    IdempotencyKeys,
    KeyReusedError,
    RecordRate,
)
from connectors.http.body import ENCODINGS, BodyLimits, TooLargeError, UnreadableBodyError, plain_body
from connectors.http.hooks.alert import UnreadableHookError
from connectors.http.hooks.registry import FORM, Reader, hook_records, posted_value
from connectors.http.json_parts import InvalidJsonError
from connectors.http.openapi import description
from connectors.http.records import (
    CHARSETS,
    KINDS,
    RECORDS_MOST,
    Record,
    TooManyRecordsError,
    records,
    rejected_of,
    sized,
)
from connectors.http.statements import PATHS, InvalidStatementError, statements
from connectors.http.tokens import Token, tenant_of
from connectors.kept_requests import KEPT, KeptRequest, note_of
from connectors.received import Buffer, BufferFailedError, ReceivedMessage

JSON: Final = "application/json"
INLINE_BYTES_MOST: Final = 32 << 10
"""a shorter body is taken apart at once, a longer one on a thread, so that other requests have their turn"""
DECODED_AT_ONCE: Final = 2
"""bodies that are decoded at the same time, each of which may take several times its length"""
_REPLAYED: Final = ("Idempotent-Replayed", "true")
PASSED_OVER_BYTES_MOST: Final = 64 << 20
"""what is received of a refused body and thrown away, so that its sender comes to the answer"""
FULL_RETRY_SECONDS: Final = 5
BUSY_RETRY_SECONDS: Final = 1
FAILED_RETRY_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """The bounds of a listener. Times are in seconds."""

    body: BodyLimits = field(default_factory=BodyLimits)
    message_bytes_most: int = 262_144
    connections_most: int = 1024
    head_seconds: float = 10.0
    """from the beginning of a connection, or the first byte of a later request, to the end of its head"""
    body_seconds: float = 30.0
    durable_seconds: float = 25.0
    records_per_second: float = 0.0
    """of each tenant; 0 for any number"""
    idempotency_seconds: float = 3600.0


@dataclass(slots=True)
class HttpListener:
    """One listener: who may send, within which bounds, and its account."""

    name: str
    tenant: str = ""
    """whose messages these are where no token says so"""
    tokens: Sequence[Token] = ()
    """none: no request needs one"""
    limits: HttpLimits = field(default_factory=HttpLimits)
    hooks: Mapping[str, Reader] = field(default_factory=dict)
    note: Callable[[str], None] = lambda _: None
    account: HttpAccount = field(default_factory=HttpAccount)


class RefusedError(Exception):
    """A request that is not taken, with the answer to it."""

    def __init__(self, status: int, reason: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.headers = tuple((name.replace("_", "-"), value) for name, value in headers.items())

    def again(self) -> "RefusedError":
        """Return the same without where it was raised, which would hold all that was being read there."""
        error = RefusedError(self.status, self.reason, self.message)
        error.headers = self.headers
        return error


Outcome = Answer | RefusedError


class _Taken(NamedTuple):
    """A request that was let in: whose it is, what it holds, and how it is taken apart."""

    tenant: str
    peer: str
    media_type: str
    encoding: str
    body: bytes
    read: Callable[[bytes], list[Record]]
    told: Callable[[list[Record]], Answer]
    kept: KeptRequest | None = None
    """how the buffer is to keep it, with what was stored of it already; None for one that it does not keep"""


class HttpIntake:
    """The paths of one listener."""

    def __init__(self, listener: HttpListener, buffer: Buffer) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._account = listener.account
        self._buffer = buffer
        self._held = HeldBytes()
        self._rate = RecordRate(listener.limits.records_per_second, time.monotonic)
        self._keys: IdempotencyKeys[Outcome] = IdempotencyKeys(listener.limits.idempotency_seconds, time.monotonic)
        kept = buffer.kept_requests()
        self._buffer_keeps = kept is not None
        self._kept = {(each.tenant, each.path, each.key): each for each in kept or () if each.listener == listener.name}
        """requests of an earlier start, with what was stored of each"""
        # threads of its own: each keeps some of the memory that it had, so there should be few
        self._decoders = ThreadPoolExecutor(DECODED_AT_ONCE, thread_name_prefix=f"decode {listener.name}")
        self._works: set[asyncio.Task[Outcome]] = set()
        routes = [
            Route("/v1/events", self._guarded(self._events), methods=["POST"]),
            *(Route(f"/v1/{name}", self._guarded(self._statements), methods=["POST"]) for name in PATHS),
            Route("/v1/logs", self._guarded(self._logs), methods=["POST"]),
            Route("/v1/hooks/{name}", self._guarded(self._hook), methods=["POST"]),
            Route("/v1/openapi.json", self._describe, methods=["GET"]),
        ]
        self.application = Starlette(routes=routes, exception_handlers={HTTPException: self._no_such_path})

    @property
    def has_unsettled(self) -> bool:
        """Return whether messages were put that are not known to be durable."""
        return bool(self._works)

    def close(self) -> None:
        """End the threads; nothing is taken any more."""
        self._decoders.shutdown(wait=False, cancel_futures=True)

    async def _events(self, request: Request) -> Response:
        """`POST /v1/events`: objects or lines."""
        media_type, parameters = _media_type(request)
        kind = KINDS.get(media_type)
        if kind is None:
            raise RefusedError(415, "media_type", f"{media_type}: send one of {', '.join(filter(None, KINDS))}.")
        charset = parameters.get("charset", "").lower()
        if charset not in CHARSETS:
            raise RefusedError(415, "media_type", f"charset {charset[:40]!r}: send UTF-8.")
        most = self._limits.message_bytes_most
        return await self._take(request, media_type, lambda body: records(body, kind, most), _counted)

    async def _statements(self, request: Request) -> Response:
        """`POST /v1/incidents` and `POST /v1/feedback`: statements of people, all of a request or none."""
        media_type, _ = _media_type(request)
        if media_type not in KINDS:
            raise RefusedError(415, "media_type", f"{media_type}: send {JSON}.")
        kind = PATHS[request.url.path.rpartition("/")[2]]
        most = self._limits.message_bytes_most
        return await self._take(request, media_type, lambda body: statements(body, kind, most), _counted)

    async def _logs(self, request: Request) -> Response:
        """`POST /v1/logs`: log records of OpenTelemetry."""
        media_type, _ = _media_type(request)
        most = self._limits.message_bytes_most

        def told(found: list[Record]) -> Answer:
            return Answer(200, otlp.answer(sum(rejected_of(found).values()), media_type), media_type)

        if media_type == otlp.PROTOBUF:
            return await self._take(request, media_type, lambda body: otlp.records_of_protobuf(body, most), told)
        if media_type == otlp.JSON:
            return await self._take(request, media_type, lambda body: otlp.records_of_json(body, most), told)
        raise RefusedError(415, "media_type", f"send {otlp.PROTOBUF} or {otlp.JSON}.")

    async def _hook(self, request: Request) -> Response:
        """`POST /v1/hooks/NAME`: alerts of a monitoring system."""
        reader = self._listener.hooks.get(request.path_params["name"])
        if reader is None:
            raise RefusedError(404, "not_found", f"no such hook; there are {', '.join(sorted(self._listener.hooks))}.")
        media_type, _ = _media_type(request)
        # monitoring systems often send JSON under another name
        if media_type not in ("", JSON, "text/plain", "text/json", FORM) and not media_type.endswith("+json"):
            raise RefusedError(415, "media_type", f"send {JSON} or {FORM}.")
        most = self._limits.message_bytes_most
        received_at_us = _now_us()

        def read(body: bytes) -> list[Record]:
            alerts = hook_records(reader, posted_value(body, media_type), received_at_us)
            if len(alerts) > RECORDS_MOST:
                raise TooManyRecordsError(f"more than {RECORDS_MOST:,} alerts in one request")
            return [part for alert in alerts for part in sized(Record(alert), most)]

        return await self._take(request, media_type, read, _counted)

    async def _describe(self, _request: Request) -> Response:
        """`GET /v1/openapi.json`."""
        self._account.requests += 1
        body = description(sorted(self._listener.hooks), needs_token=bool(self._listener.tokens))
        return Response(orjson.dumps(body), 200, media_type=JSON)

    async def _no_such_path(self, request: Request, error: Exception) -> Response:
        """Answer a path or a method that is none."""
        assert isinstance(error, HTTPException)  # noqa: S101 - it is the handler of that alone
        self._account.requests += 1
        await self._pass_over(request)
        reason = "not_found" if error.status_code == 404 else "method"
        refused = RefusedError(error.status_code, reason, str(error.detail))
        refused.headers = tuple((error.headers or {}).items())
        return self._refusal(request, refused)

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that counts and answers what is refused, and whatever fails."""

        async def guarded(request: Request) -> Response:
            self._account.requests += 1
            try:
                return await answer(request)
            except RefusedError as refused:
                if refused.status != 408:
                    await self._pass_over(request)
                return self._refusal(request, refused)
            except ClientDisconnect:
                return self._refusal(
                    request, RefusedError(400, "disconnected", "the connection ended within the body.")
                )
            except Exception as error:  # noqa: BLE001 - one request must not end the listener, and its fault is said
                self._listener.note(
                    f"{self._listener.name}: {request.url.path} failed: {type(error).__name__}: {error}"
                )
                return self._refusal(request, RefusedError(500, "failed", "this program failed on the request."))

        return guarded

    def _refusal(self, request: Request, refused: RefusedError) -> Response:
        self._account.refused_requests[refused.reason] += 1
        media_type = JSON
        body = orjson.dumps({"error": refused.reason, "message": refused.message})
        if request.url.path == "/v1/logs" and refused.status not in (404, 405):
            media_type = otlp.PROTOBUF if _media_type(request)[0] == otlp.PROTOBUF else JSON
            body = otlp.refusal(refused.message, media_type)
        return Response(body, refused.status, dict(refused.headers), media_type)

    def _admitted(self, request: Request) -> str:
        """Return the tenant of a request. Raises `RefusedError` for one that may not come in now."""
        tenant: str | None = self._listener.tenant
        if self._listener.tokens:
            tenant = tenant_of(self._listener.tokens, request.headers.get("authorization", ""))
            if tenant is None:
                raise RefusedError(
                    401, "unauthorized", "send Authorization: Bearer with a token.", WWW_Authenticate="Bearer"
                )
        elif "origin" in request.headers:
            # a page that somebody looks at on this machine could else write log lines
            raise RefusedError(403, "origin", "requests of web pages are not taken without a token.")
        wait = self._rate.wait_seconds(tenant or "")
        if wait:
            raise RefusedError(429, "rate", "more records than the tenant may send.", Retry_After=str(wait))
        if not self._buffer.has_room():
            raise RefusedError(503, "buffer_full", "the buffer is full.", Retry_After=str(FULL_RETRY_SECONDS))
        return tenant or ""

    async def _take(
        self,
        request: Request,
        media_type: str,
        read: Callable[[bytes], list[Record]],
        told: Callable[[list[Record]], Answer],
    ) -> Response:
        """Receive a request, put its records into the buffer, and answer once they are durable. Raises `RefusedError`."""
        tenant = self._admitted(request)
        encoding = request.headers.get("content-encoding", "").strip().lower() or "identity"
        if encoding not in ENCODINGS:
            raise RefusedError(415, "encoding", f"{encoding[:40]}: send gzip or zstd.", Accept_Encoding="gzip, zstd")
        key = request.headers.get("idempotency-key", "").strip()
        if len(key) > KEY_CHARACTERS_MOST:
            raise RefusedError(400, "invalid", f"an Idempotency-Key has {KEY_CHARACTERS_MOST} characters at the most.")
        held = _Holding(self._held)
        try:
            body = await self._received(request, held)
            peer = request.client.host if request.client is not None else ""
            taken = _Taken(tenant, peer, media_type, encoding, body, read, told)
            answer = await (self._once(taken, request.url.path, key) if key else self._settled(self._begin(taken)))
        finally:
            held.release()
        return Response(answer.body, answer.status, dict(answer.headers), answer.media_type)

    async def _once(self, taken: _Taken, path: str, key: str) -> Answer:
        """Take a request once for its key; answer it again as the first time."""
        named = (taken.tenant, path, key)
        digest = hashlib.sha256(
            taken.media_type.encode() + b"\0" + taken.encoding.encode() + b"\0" + taken.body
        ).digest()
        try:
            known = self._keys.known(named, digest)
        except KeyReusedError as error:
            raise RefusedError(422, "key_reused", "the Idempotency-Key came with another body before.") from error
        if known is not None:
            self._account.repeated += 1
            answer = await self._settled(known)
            return answer._replace(headers=(*answer.headers, _REPLAYED))
        earlier = self._kept_of(named, digest)
        if self._buffer_keeps:
            until_us = _now_us() + int(self._limits.idempotency_seconds * 1e6)
            fresh = KeptRequest(self._listener.name, *named, digest, 0, until_us)
            taken = taken._replace(kept=earlier or fresh)
        remembered = self._keys.begin(named, digest)
        work = self._begin(taken)

        def settle(done: "asyncio.Task[Outcome]") -> None:
            if remembered.done():
                return
            error = None if done.cancelled() else done.exception()
            if done.cancelled():
                remembered.cancel()
            elif error is not None:
                remembered.set_exception(error)
            else:
                if not isinstance(done.result(), RefusedError):
                    self._kept.pop(named, None)
                remembered.set_result(done.result())

        work.add_done_callback(settle)
        answer = await self._settled(work)
        if earlier is not None and earlier.is_whole:
            self._account.repeated += 1
            return answer._replace(headers=(*answer.headers, _REPLAYED))
        return answer

    def _kept_of(self, named: tuple[str, str, str], digest: bytes) -> KeptRequest | None:
        """Return the request of an earlier start that has this key. Raises `RefusedError` where its body was another."""
        kept = self._kept.get(named)
        if kept is None or kept.until_us <= _now_us():
            return None
        if kept.digest != digest:
            raise RefusedError(422, "key_reused", "the Idempotency-Key came with another body before.")
        return kept

    def _begin(self, taken: _Taken) -> "asyncio.Task[Outcome]":
        """Begin to take a request; that goes on also when its sender does not wait any longer."""
        work = asyncio.get_running_loop().create_task(self._work(taken))
        self._works.add(work)
        work.add_done_callback(self._works.discard)
        return work

    async def _settled(self, answer: "asyncio.Future[Outcome]") -> Answer:
        """Wait for an answer. Raises `RefusedError` where it takes too long, or the buffer has failed."""
        done, _ = await asyncio.wait((answer,), timeout=self._limits.durable_seconds)
        if not done:
            message = "not durable in time; it may be stored all the same. Send it again with the same Idempotency-Key."
            raise RefusedError(503, "not_durable", message, Retry_After=str(FULL_RETRY_SECONDS))
        outcome = answer.result()
        if isinstance(outcome, RefusedError):
            raise outcome.again()
        return outcome

    async def _work(self, taken: _Taken) -> Outcome:
        """Take a body apart, put its records into the buffer, and wait until they are durable.

        What is refused is returned: a task that has raised keeps everything that its error was raised in.
        """
        try:
            return await self._stored(taken)
        except RefusedError as refused:
            return refused.again()
        except BufferFailedError:
            message = "the buffer has failed; this may not be stored."
            return RefusedError(503, "buffer_failed", message, Retry_After=str(FAILED_RETRY_SECONDS))

    async def _stored(self, taken: _Taken) -> Answer:
        """Return the answer once all records of a request are durable. Raises `RefusedError` and `BufferFailedError`."""
        found = await self._decoded(taken)
        put, note = found, None
        if taken.kept is not None and found:
            note = taken.kept._replace(records=len(found))
            put = [found[number] for number in note.missing]
        if put:
            now_us, number = _now_us(), 0
            if note is not None:
                # in front of them, so that none can be found after a crash without it
                self._buffer.put(ReceivedMessage(self._listener.name, taken.tenant, "", note_of(note), KEPT, now_us))
            for each in put:
                fault = None if each.fault is None else each.fault.value
                self._account.settle(each)
                number = self._buffer.put(
                    ReceivedMessage(self._listener.name, taken.tenant, taken.peer, each.content, fault, now_us)
                )
            self._rate.take(taken.tenant, len(put))
            await self._buffer.durable(number)
        return taken.told(found)

    async def _decoded(self, taken: _Taken) -> list[Record]:
        """Return the records of a body. Raises `RefusedError` for one that is none as a whole."""
        limits = self._limits.body

        def work() -> list[Record]:
            return taken.read(plain_body(taken.body, taken.encoding, limits))

        try:
            if taken.encoding == "identity" and len(taken.body) <= INLINE_BYTES_MOST:
                return work()
            return await asyncio.get_running_loop().run_in_executor(self._decoders, work)
        except TooLargeError as error:
            raise RefusedError(413, "too_large", f"the body is {error}.") from error
        except TooManyRecordsError as error:
            raise RefusedError(413, "too_many_records", f"{error}.") from error
        except InvalidStatementError as error:
            raise RefusedError(400, "invalid_statement", f"{error}.") from error
        except (InvalidJsonError, UnreadableBodyError, UnreadableHookError, otlp.InvalidProtobufError) as error:
            raise RefusedError(400, "invalid", f"the body cannot be read: {error}.") from error

    async def _received(self, request: Request, held: "_Holding") -> bytes:
        """Return the body as it was sent. Raises `RefusedError` where it is too long or too slow."""
        most = self._limits.body.sent_bytes_most
        too_large = RefusedError(413, "too_large", f"the body is longer than {most:,} bytes.")
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > most:
            raise too_large
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                async for chunk in _chunks(request):
                    size += len(chunk)
                    if size > most:
                        raise too_large
                    if not held.take(len(chunk)):
                        message = "too much is being received at once."
                        raise RefusedError(503, "busy", message, Retry_After=str(BUSY_RETRY_SECONDS))
                    chunks.append(chunk)
        except TimeoutError as error:
            message = f"the body took longer than {self._limits.body_seconds:g} s."
            raise RefusedError(408, "slow", message, Connection="close") from error
        return b"".join(chunks)

    async def _pass_over(self, request: Request) -> None:
        """Receive the rest of a body that is refused, within bounds: a sender that still writes would not see the answer."""
        declared = request.headers.get("content-length", "")
        if "expect" in request.headers or (declared.isdecimal() and int(declared) > PASSED_OVER_BYTES_MOST):
            return
        passed = 0
        with contextlib.suppress(TimeoutError, ClientDisconnect):
            async with asyncio.timeout(self._limits.head_seconds):
                async for chunk in _chunks(request):
                    passed += len(chunk)
                    if passed > PASSED_OVER_BYTES_MOST:
                        return


class _Holding:
    """What one request holds of the bytes that all may hold."""

    def __init__(self, held: HeldBytes) -> None:
        self._held = held
        self._size = 0

    def take(self, size: int) -> bool:
        """Hold more bytes; return whether that is within the bound."""
        self._size += size
        return self._held.take(size)

    def release(self) -> None:
        """Hold nothing any more."""
        self._held.release(self._size)
        self._size = 0


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes, or what is left of it; nothing once it has ended. Raises `ClientDisconnect`."""
    while not getattr(request.state, "has_ended", False):
        message = await request.receive()
        if message["type"] == "http.disconnect":
            request.state.has_ended = True
            raise ClientDisconnect
        request.state.has_ended = not message.get("more_body", False)
        yield message.get("body", b"")


def _counted(found: list[Record]) -> Answer:
    """Return the answer that says how many records were taken, and how many as rejects."""
    accepted = sum(each.fault is None for each in found)
    return Answer(200, orjson.dumps({"accepted": accepted, "rejected": rejected_of(found)}), JSON)


def _media_type(request: Request) -> tuple[str, dict[str, str]]:
    """Return the media type of a body in lower case, and its parameters."""
    first, *rest = request.headers.get("content-type", "").split(";")
    pairs = (each.partition("=") for each in rest)
    return first.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _now_us() -> int:
    return time.time_ns() // 1000
