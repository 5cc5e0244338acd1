"""Frontiers: how far event time is complete, given what each input has said of itself."""

from typing import Final

NOT_YET: Final = -(2**31)


class Frontier:
    """The slot that all of a fixed number of inputs have passed.

    An input says which slots it is done with; a closed input says that nothing more will come and which slot was its last.
    An idle one has been silent so long that the others no longer wait for it; what it says later may come too late.
    """

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
        """Return the slot below which nothing more will come; once none is left to wait for, the last of their ends."""
        states = zip(self._done_before, self._closed, self._idle, strict=True)
        awaited = [done for done, closed, idle in states if not closed and not idle]
        return min(awaited) if awaited else max(self._done_before)

    def snapshot(self) -> tuple[tuple[int, ...], tuple[bool, ...]]:
        """Return the state as plain values."""
        return tuple(self._done_before), tuple(self._closed)

    def restore(self, state: tuple[tuple[int, ...], tuple[bool, ...]]) -> None:
        """Take the state of `snapshot`."""
        self._done_before, self._closed = list(state[0]), list(state[1])
