"""A pytest plugin: what tests start does not outlive the process that started it, however that one ends.

Brokers and runs of the product are sessions of their own, so a test process that is killed cannot take them along. It has a
guard beside it instead: a small process that holds the reading end of a pipe. The pipe closes when the test process is gone,
killed or not, and the guard then kills every process that carries the mark which the test process has put into its
environment: children inherit it, and so do theirs. (`prctl(PR_SET_PDEATHSIG)` would have to be asked for at each start, is
tied to the thread that started the child, and does not reach the children of children.)

With pytest-xdist each worker has a guard and a mark of its own, and carries that of the controller, whose guard so ends the
workers. Needs the /proc of Linux; elsewhere nothing is guarded.
"""

import os
import sys
import uuid

from tests.support import guard

MARK = "BRAINSTEM_TEST_PROCESS"


def pytest_configure() -> None:
    """Mark this process for its children, and start the guard that waits for its end."""
    if not (guard.PROC / "self" / "environ").exists():
        return
    # the guard of a worker must not carry the mark of the controller, whose guard would kill it before it has done its work
    unmarked = {name: value for name, value in os.environ.items() if name != MARK}
    mark = uuid.uuid4().hex
    # the writing end is never written to, never closed and never inherited
    reading, _writing = os.pipe()
    # without an object that would ask at its end whether the process has ended
    os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", guard.__file__, f"{MARK}={mark}"],
        unmarked,
        file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        setsid=True,
    )
    os.close(reading)
    os.environ[MARK] = mark
