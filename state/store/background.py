"""Compaction and forgetting beside a run that does not end by itself: on one thread of low priority, so never two at once
in a process, and no snapshot waits for it.

A run goes on where it fails: the rows are stored, and only the number of files grows. What went wrong is printed once.
"""

import os
import sys
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from types import TracebackType
from typing import Final

from state.store.compaction import MIXED_FILES, WHILE_RUNNING, WRITING, Outcome, compact
from state.store.forgetting import LEAST_SHARE, forget
from state.store.layouts import EVIDENCE
from state.store.parquet_store import PartitionedParquet

NICENESS: Final = 10
"""of the thread, on the scale of the operating system: a tenth of the processor beside a flow that needs it all"""


class _EndingError(Exception):
    """The run ends."""


class Background:
    """Joins files of stores while they are written. Leaving the context gives up what is being written, and ends a swap."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="compaction", initializer=_be_nice)
        self._published: Counter[str] = Counter()
        self._working: dict[str, Future[Outcome]] = {}
        self._checked: dict[str, dict[str, int]] = {}
        """by writer, for `forget`"""
        self._printed: set[str] = set()
        self._ending = threading.Event()

    def __enter__(self) -> "Background":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.shutdown(cancel_futures=True)

    def note(self, store: PartitionedParquet, published: int) -> None:
        """Take note of files of a store that have been published; begin to join them when they are many. Does not wait."""
        name = store.writer
        self._published[name] += published
        working = self._working.get(name)
        if working is not None and working.done():
            self._report(name, working)
            del self._working[name]
            working = None
        if working is None and self._published[name] >= MIXED_FILES:
            self._published[name] = 0
            self._working[name] = self._thread.submit(self._work, store)

    def wait(self) -> None:
        """Wait until nothing is being joined."""
        wait(self._working.values())

    def _work(self, store: PartitionedParquet) -> Outcome:
        """Join the files of a writer, and forget what of its events has been kept long enough."""
        outcome = compact(store.root, store.layout, store.writer, WHILE_RUNNING, self._reach)
        if store.layout is EVIDENCE:
            checked = self._checked.setdefault(store.writer, {})
            outcome.left |= forget(store.root.parent, store.writer, LEAST_SHARE, checked, self._reach).left
        return outcome

    def _reach(self, step: str) -> None:
        """Abandon a compaction that has only written so far, when the run ends: a stop must not wait for it."""
        if self._ending.is_set() and step == WRITING:
            raise _EndingError

    def _report(self, name: str, working: "Future[Outcome]") -> None:
        """Print what went wrong, each thing once."""
        error = working.exception()
        if error is None:
            told = [f"{path} is not joined with others: {reason}" for path, reason in working.result().left.items()]
        else:
            told = [f"files of {name} are not joined: {type(error).__name__}: {error}"]
        for each in told:
            if each not in self._printed:
                self._printed.add(each)
                sys.stderr.write(f"compaction: {each}\n")


def _be_nice() -> None:
    """Lower the priority of the thread, so that the flow goes first; only Linux has priorities of threads."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
