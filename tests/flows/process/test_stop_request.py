"""Requests to stop: answered at once, whatever the main thread is busy with."""

import signal
import subprocess
import sys
from typing import NamedTuple

BUSY = """
import sys, time
from flows.process import stop_request
stop_request.GRACE_SECONDS = {grace}
with stop_request.stopping_on_signals() as stop:
    sys.stderr.write("begun\\n"); sys.stderr.flush()
    # compiled code that Python cannot interrupt, as a loop that is being compiled
    import ctypes
    libc = ctypes.CDLL(None)
    for _ in range({rounds}):
        libc.usleep(50_000)
        if {heeds} and stop.asked:
            break
sys.stderr.write("ended in order\\n")
"""


class Ended(NamedTuple):
    """How the program ended, and what it said."""

    status: int
    said: str


def stopped(signals: tuple[int, ...], *, heeds: bool, grace: float = 30.0) -> Ended:
    """Return how a busy program ends that gets some signals once it has begun, each when the one before is answered."""
    program = BUSY.format(grace=grace, rounds=1200, heeds=heeds)
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = ""
    for number in signals:
        said += process.stderr.readline().decode()
        process.send_signal(number)
    said += process.communicate(timeout=60)[1].decode()
    return Ended(process.returncode, said)


def test_a_run_that_heeds_the_request_ends_in_order() -> None:
    """It is told on standard error that the request has come, and how to end at once."""
    ended = stopped((signal.SIGINT,), heeds=True)
    assert ended.status == 0
    assert "stopping after what is being read. Ctrl-C again ends it at once." in ended.said
    assert "ended in order" in ended.said


def test_what_takes_too_long_ends_by_itself() -> None:
    """After the time that a person waits, with the status of a run that was stopped."""
    ended = stopped((signal.SIGINT,), heeds=False, grace=0.3)
    assert ended.status == 75
    assert "stopped at once" in ended.said
    assert "ended in order" not in ended.said


def test_a_supervisor_waits_for_an_orderly_end() -> None:
    """SIGTERM comes from one that has a time of its own, so the run is not cut short."""
    ended = stopped((signal.SIGTERM,), heeds=True, grace=0.0)
    assert ended.status == 0
    assert "Ctrl-C" not in ended.said


def test_a_second_signal_ends_the_process_at_once() -> None:
    """By the signal itself, or with the status that shells give it."""
    ended = stopped((signal.SIGINT, signal.SIGINT), heeds=False)
    assert ended.status in (-signal.SIGINT, 128 + signal.SIGINT)
    assert "ended in order" not in ended.said
