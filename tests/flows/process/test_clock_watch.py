"""A clock that is set back ends a run in a sentence, for its engine would wait as long; no other step of a clock does."""

import threading
import time

import pytest

from flows.process.clock_watch import ending_where_the_clock_goes_back

HOUR, YEAR = 3600.0, 365 * 86_400.0


class Clock:
    """A clock that people set."""

    def __init__(self) -> None:
        self.seconds_off = 0.0
        self.reads = 0
        self._read = threading.Condition()

    def __call__(self) -> float:
        """Return the time in seconds."""
        with self._read:
            self.reads += 1
            self._read.notify_all()
        return time.monotonic() + self.seconds_off

    def set_by(self, seconds: float) -> None:
        """Set it, and wait until it was read twice since."""
        with self._read:
            self.seconds_off += seconds
            until = self.reads + 2
            self._read.wait_for(lambda: self.reads >= until, timeout=30)


@pytest.mark.parametrize(("back", "told"), [(HOUR, "1 h"), (YEAR, "365 d"), (60.0, "1 min")])
def test_a_clock_that_is_set_back_ends_the_run_in_a_sentence(back: float, told: str) -> None:
    """It says by how much, that nothing durable is lost, and what to do."""
    clock, said, ended = Clock(), list[str](), threading.Event()

    def end(sentence: str) -> None:
        said.append(sentence)
        ended.set()

    with ending_where_the_clock_goes_back(0.01, clock, end):
        clock.set_by(HOUR)
        assert not said
        with clock._read:
            clock.seconds_off -= back
        assert ended.wait(30)
    assert len(said) == 1
    assert f"was set back by {told}" in said[0]
    assert "Operator action" in said[0]


def test_small_steps_and_steps_ahead_end_nothing() -> None:
    """Services that keep time make small steps; ahead, nothing waits."""
    clock, said = Clock(), list[str]()
    with ending_where_the_clock_goes_back(0.01, clock, said.append):
        for step in (-1.0, -4.0, HOUR, YEAR, -2.0):
            clock.set_by(step)
    assert not said
