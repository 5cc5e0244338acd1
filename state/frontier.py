"""Frontiers: how far event time is complete, given what each input has said of itself."""

from typing import Final

NOT_YET: Final = -(2**31)


class Frontier:
    """The slot that all of a fixed number of inputs have passed.

    An input says which slots it is done with; a closed input says that nothing more will come and which slot was its last.
    """

    def __init__(self, inputs: int) -> None:
        self._done_before = [NOT_YET] * inputs
        self._closed = [False] * inputs

    def advance(self, index: int, done_before: int, closed: bool) -> None:
        """Note that input `index` has nothing more for slots below `done_before`."""
        self._done_before[index] = max(self._done_before[index], done_before)
        self._closed[index] = self._closed[index] or closed

    @property
    def closed(self) -> bool:
        """Tell whether all inputs are closed."""
        return all(self._closed)

    @property
    def done_before(self) -> int:
        """Give the slot below which nothing more will come; once all are closed, the last of their ends."""
        if self.closed:
            return max(self._done_before)
        return min(done for done, closed in zip(self._done_before, self._closed, strict=True) if not closed)

    def snapshot(self) -> tuple[tuple[int, ...], tuple[bool, ...]]:
        """Give the state as plain values."""
        return tuple(self._done_before), tuple(self._closed)

    def restore(self, state: tuple[tuple[int, ...], tuple[bool, ...]]) -> None:
        """Take the state of `snapshot`."""
        self._done_before, self._closed = list(state[0]), list(state[1])
