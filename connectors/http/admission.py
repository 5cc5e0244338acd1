"""Which requests are let in: so many bytes at a time, so many records a second, and what was answered once no more.

Time is given by the caller, in seconds of a clock that never goes back.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

HELD_BYTES_MOST: Final = 32 << 20
"""of bodies that are being received or decoded, of all requests together"""
KEYS_MOST: Final = 20_000
"""idempotency keys that are remembered; of more, the oldest are forgotten"""
KEY_CHARACTERS_MOST: Final = 255
BURST_SECONDS: Final = 5
"""so many seconds of the rate may come at once"""


class Answer(NamedTuple):
    """What a request is answered with."""

    status: int
    body: bytes
    media_type: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class HeldBytes:
    """The bytes that requests hold in memory."""

    most: int = HELD_BYTES_MOST
    held: int = 0

    def take(self, size: int) -> bool:
        """Count bytes as held; return whether that is within the bound. They are to be released in any case."""
        self.held += size
        return self.held <= self.most

    def release(self, size: int) -> None:
        """Count bytes as held no more."""
        self.held -= size


@dataclass(slots=True)
class RecordRate:
    """How many records a second each tenant may send; 0 for any number.

    A request is let in while a tenant has a positive balance, whatever it holds, and its records are then taken off: so a
    large request is never refused for its size, and is paid for by a longer wait.
    """

    per_second: float
    clock: Callable[[], float]
    _balances: dict[str, tuple[float, float]] = field(default_factory=dict)
    """balance and when it was that, by tenant; tenants are those of the configuration, so they are few"""

    def wait_seconds(self, tenant: str) -> int:
        """Return after how many whole seconds a request of a tenant is let in, 0 for now."""
        balance = self._balance(tenant) if self.per_second else 1.0
        return 0 if balance > 0 else max(1, math.ceil(-balance / self.per_second))

    def take(self, tenant: str, records: int) -> None:
        """Take records off the balance of a tenant."""
        if self.per_second:
            self._balances[tenant] = (self._balance(tenant) - records, self.clock())

    def _balance(self, tenant: str) -> float:
        most = self.per_second * BURST_SECONDS
        balance, at = self._balances.get(tenant, (most, self.clock()))
        return min(most, balance + (self.clock() - at) * self.per_second)


class Answered(Protocol):
    """What a request came to."""

    @property
    def status(self) -> int:
        """Return its status."""


A = TypeVar("A", bound=Answered)


@dataclass(slots=True)
class _Known(Generic[A]):
    """A key: of what body, since when, and the answer once there is one."""

    digest: bytes
    since: float
    answer: "asyncio.Future[A]"


class IdempotencyKeys(Generic[A]):
    """Keys of requests that were let in since the start, for `window_seconds`; a buffer may keep them beyond it."""

    def __init__(self, window_seconds: float, clock: Callable[[], float], most: int = KEYS_MOST) -> None:
        self._window_seconds = window_seconds
        self._clock = clock
        self._most = most
        self._known: OrderedDict[tuple[str, str, str], _Known[A]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def known(self, key: tuple[str, str, str], digest: bytes) -> "asyncio.Future[A] | None":
        """Return the answer to a key, which may be yet to come; None for a key that is not known.

        `key` is the tenant, the path and the key. Raises `KeyReusedError` where the body was another one.
        """
        self._forget()
        known = self._known.get(key)
        if known is None:
            return None
        if known.digest != digest:
            raise KeyReusedError
        return known.answer

    def begin(self, key: tuple[str, str, str], digest: bytes) -> "asyncio.Future[A]":
        """Remember a key; return the answer that is to be set. One that fails, or is no success, is forgotten again."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._known[key] = _Known(digest, self._clock(), answer)

        def settled(done: "asyncio.Future[A]") -> None:
            failed = done.cancelled() or done.exception() is not None or done.result().status >= 300
            if failed and key in self._known and self._known[key].answer is done:
                del self._known[key]

        answer.add_done_callback(settled)
        return answer

    def _forget(self) -> None:
        """Forget keys that are too old, and the oldest of too many; those that wait for their answer stay."""
        oldest = self._clock() - self._window_seconds
        while self._known:
            key, known = next(iter(self._known.items()))
            if not known.answer.done() or (known.since > oldest and len(self._known) <= self._most):
                return
            del self._known[key]


class KeyReusedError(Exception):
    """A key comes with another body than the first time."""
