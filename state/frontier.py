"""Frontiers: how far event time is complete, given what each input has said of its progress.

The problem: counts of a slot of event time are final only when no event of it can still come. Lines come from many files and
topics, each at its own pace, some of them late, some with a clock that is wrong. Nothing here asks for the time of day.

The idea, from the record to the slot:

- A *source* is one file or one partition of a topic. Its *watermark* is the least of its last 8 event times, less the
  allowed lateness of ten minutes (`brainstem.parse.event_time`, docs/decisions/0005), and never moves back. It promises
  that no later record of the source is earlier, or else that this record is flagged late.
- A *partition* of the input holds several sources. It has passed a slot when all of them have. The first slot that it has
  not passed is its *progress*, `done_before`.
- The *frontier* of a bucket is the least progress of all partitions. All slots below it are complete, and the bucket
  seals them. A shard of tenants has a frontier over buckets, and the order of items one over shards, of the same kind.

States of an input:

- open: it is waited for. Its progress never goes back: a lower number than before is ignored.
- idle: in a live run it has been silent so long that nobody waits for it. It is waited for again as soon as it has news.
  This is not stored: after a restart an input first has to be silent again.
- closed: nothing will follow, ever. It is not waited for, and its progress says where its last event stood.

When no input is left to wait for, the frontier is the furthest end of all, so that the rest is sealed too.

An example with two inputs. A is done before slot 5, B before slot 3: the frontier is 3. B closes: only A is waited for,
and the frontier is 5. A closes, done before slot 9: no input is left, and the frontier is 9.

What follows:

- Late events. One whose slot is sealed counts in the earliest open slot (`PendingDeltas.add`). No event is dropped, and a
  sealed slot is never opened again.
- A clock that runs ahead. Fewer than 8 consecutive lines with a time in the future move no watermark. A source that is
  ahead as a whole moves its own watermark only; the least of all still decides, and its deltas wait meanwhile.
- A clock that is behind. It holds back the frontier of all until its partition closes or becomes idle.
- One slow partition holds back everyone, so a partition says at once that it has ended.

Traps: progress counts slots, not time, and excludes `done_before` itself. `NOT_YET` lies below every slot. The outcome
must depend on the least progress only, never on the order in which inputs report it.
"""

from typing import Final

NOT_YET: Final = -(2**31)
"""progress of an input that has not said anything: below every slot"""


class Frontier:
    """The slot that all of a fixed number of inputs have passed."""

    def __init__(self, inputs: int) -> None:
        self._done_before = [NOT_YET] * inputs
        self._closed = [False] * inputs
        # not part of the state: after a restart an input first has to be silent again
        self._idle = [False] * inputs

    def advance(self, index: int, done_before: int, closed: bool, idle: bool = False) -> None:
        """Note that input `index` has nothing more for slots below `done_before`."""
        self._done_before[index] = max(self._done_before[index], done_before)
        self._closed[index] = self._closed[index] or closed
        self._idle[index] = idle

    @property
    def closed(self) -> bool:
        """Return whether all inputs are closed."""
        return all(self._closed)

    @property
    def done_before(self) -> int:
        """Return the slot below which nothing more will come; the furthest end when no input is left to wait for."""
        states = zip(self._done_before, self._closed, self._idle, strict=True)
        awaited = [done for done, closed, idle in states if not closed and not idle]
        return min(awaited) if awaited else max(self._done_before)

    def snapshot(self) -> tuple[tuple[int, ...], tuple[bool, ...]]:
        """Return the state as plain values."""
        return tuple(self._done_before), tuple(self._closed)

    def restore(self, state: tuple[tuple[int, ...], tuple[bool, ...]]) -> None:
        """Restore the state that `snapshot` returned."""
        self._done_before, self._closed = list(state[0]), list(state[1])
