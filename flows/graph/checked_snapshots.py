"""Snapshots with a check sum: what a source, a step or a sink remembers is sealed where the engine takes it, and checked
where it gives it back.

The engine stores a snapshot as it is handed over. A bit that flips in the file afterwards would be believed, so each
snapshot is bytes here: their CRC-32 first, then the state. `Recovery.resume` checks all of them before anything is touched.
"""

import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from bytewax.inputs import AbortExecution, FixedPartitionedSource, StatefulSourcePartition
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from connectors.base import InputError

SEAL_VERSION: Final = 1
_failed: Final[list[Exception]] = []
"""what steps of this process have raised, in order"""
_SUM_BYTES: Final = 4


class SnapshotDamagedError(InputError):
    """A snapshot is not what was stored."""


def seal(state: Any) -> bytes:
    """Return a state, plain values, as bytes with their check sum in front."""
    content = pickle.dumps(state, pickle.HIGHEST_PROTOCOL)
    return zlib.crc32(content).to_bytes(_SUM_BYTES, "big") + content


def unseal(sealed: Any) -> Any:
    """Return the state that `seal` took. Raises `SnapshotDamagedError` for bytes whose check sum is another."""
    if not is_whole(sealed):
        raise SnapshotDamagedError(
            "a snapshot of the recovery store is damaged: its check sum is not that of its bytes."
        )
    return pickle.loads(sealed[_SUM_BYTES:])  # noqa: S301 - our own, and as it was written


def is_whole(sealed: Any) -> bool:
    """Return whether a snapshot is as it was sealed."""
    if not isinstance(sealed, bytes) or len(sealed) <= _SUM_BYTES:
        return False
    return zlib.crc32(sealed[_SUM_BYTES:]) == int.from_bytes(sealed[:_SUM_BYTES], "big")


@contextmanager
def noting_failures() -> Iterator[None]:
    """Note what a step raises while the block runs: where workers end each other, the engine may raise something else in its
    place.
    """
    try:
        yield
    except (StopIteration, AbortExecution):
        # the end of a source, or of the run
        raise
    except Exception as error:
        _failed.append(error)
        raise


def take_failure() -> Exception | None:
    """Return what a step of this process has raised first since this was asked last; None for nothing."""
    first = _failed[0] if _failed else None
    _failed.clear()
    return first


class _SealedSourcePartition(StatefulSourcePartition[Any, bytes]):
    """A partition of a source whose snapshots are sealed."""

    def __init__(self, partition: StatefulSourcePartition[Any, Any]) -> None:
        self._partition = partition

    @override
    def next_batch(self) -> Iterable[Any]:
        with noting_failures():
            return self._partition.next_batch()

    @override
    def next_awake(self) -> datetime | None:
        return self._partition.next_awake()

    @override
    def snapshot(self) -> bytes:
        with noting_failures():
            return seal(self._partition.snapshot())

    @override
    def close(self) -> None:
        self._partition.close()


class SealedSource(FixedPartitionedSource[Any, bytes]):
    """A source whose snapshots are sealed."""

    def __init__(self, source: FixedPartitionedSource[Any, Any]) -> None:
        self._source = source

    @override
    def list_parts(self) -> list[str]:
        return self._source.list_parts()

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> _SealedSourcePartition:
        state = None if resume_state is None else unseal(resume_state)
        return _SealedSourcePartition(self._source.build_part(step_id, for_part, state))


class _SealedSinkPartition(StatefulSinkPartition[Any, bytes]):
    """A partition of a sink whose snapshots are sealed."""

    def __init__(self, partition: StatefulSinkPartition[Any, Any]) -> None:
        self._partition = partition

    @override
    def write_batch(self, items: list[Any]) -> None:
        with noting_failures():
            self._partition.write_batch(items)

    @override
    def snapshot(self) -> bytes:
        with noting_failures():
            return seal(self._partition.snapshot())

    @override
    def close(self) -> None:
        self._partition.close()


class SealedSink(FixedPartitionedSink[Any, bytes]):
    """A sink whose snapshots are sealed."""

    def __init__(self, sink: FixedPartitionedSink[Any, Any]) -> None:
        self._sink = sink

    @override
    def list_parts(self) -> list[str]:
        return self._sink.list_parts()

    @override
    def part_fn(self, item_key: str) -> int:
        return self._sink.part_fn(item_key)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> _SealedSinkPartition:
        state = None if resume_state is None else unseal(resume_state)
        return _SealedSinkPartition(self._sink.build_part(step_id, for_part, state))


class _SealedLogic(StatefulBatchLogic[Any, Any, bytes]):
    """Keyed state whose snapshots are sealed."""

    def __init__(self, logic: StatefulBatchLogic[Any, Any, Any]) -> None:
        self._logic = logic

    @override
    def on_batch(self, values: list[Any]) -> tuple[Iterable[Any], bool]:
        with noting_failures():
            return self._logic.on_batch(values)

    @override
    def on_notify(self) -> tuple[Iterable[Any], bool]:
        with noting_failures():
            return self._logic.on_notify()

    @override
    def on_eof(self) -> tuple[Iterable[Any], bool]:
        with noting_failures():
            return self._logic.on_eof()

    @override
    def notify_at(self) -> datetime | None:
        return self._logic.notify_at()

    @override
    def snapshot(self) -> bytes:
        with noting_failures():
            return seal(self._logic.snapshot())


def sealed_logic(build: Callable[[Any], StatefulBatchLogic[Any, Any, Any]]) -> Callable[[bytes | None], _SealedLogic]:
    """Return the function that creates keyed state from its sealed snapshot, from the one that takes it plain."""
    return lambda state: _SealedLogic(build(None if state is None else unseal(state)))
