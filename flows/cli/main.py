"""The program `brainstem`. Results go to standard output, notes and progress to standard error.

Exit status: 0 fine, 1 findings that were asked for (`audit`, `--fail-on`), 2 unreadable input, 3 bad configuration, 70 a
fault of the program itself, 75 stopped on request before its end.
"""

import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final, NoReturn

# what takes long to load is loaded by `main`, which answers an interruption from its first moment on
from flows.process.stop_request import SIGNALS, STOPPED_STATUS, StoppedError

M_MMAP_THRESHOLD: Final = -3
"""number of the option in malloc.h of the GNU C library, mallopt(3)"""
MAPPED_BYTES_LEAST: Final = 1 << 19
"""Allocations of so many bytes are given back to the system when they are freed. By itself the library raises that bound to
what was freed last, up to 32 MiB, and tables that come and go leave holes in its heap that nothing fits into. With one bound
a month of twenty tenants peaks at 520 in place of 720 MiB, a million lines of one day at 620 in place of 800, and the second
takes up to a twentieth more time of the processor [measured]."""
_GOES_ON: Final = {
    "replay": "; a replay that had begun goes on with --resume",
    "run": "; started again, it goes on where it was",
}
"""by command, how it goes on after it was stopped"""


def main() -> None:
    """Run the command line, and end the process with the exit status that its outcome has."""
    give_back_memory()
    # Python takes signals on its main thread only
    answers = threading.current_thread() is threading.main_thread()
    if answers:
        _answer_with(_end_at_once)
    from flows.cli.console import BAD_CONFIGURATION, UNREADABLE, report_failure
    from flows.cli.program import app
    from flows.process.bound_parameters import bind_from_environment

    # what the imports made stays until the end; a graph turns collection on again, and other commands end soon
    gc.disable()
    try:
        if answers:
            _answer_with(_stop)
        # before a command is loaded, and with it what uses parameters
        bind_from_environment()
        app()
    except SystemExit as ended:
        # typer ends with 2 where the command line itself is wrong, which is bad configuration here
        _exit(BAD_CONFIGURATION if ended.code == UNREADABLE else ended.code)
    except Exception as error:  # noqa: BLE001 - the outermost edge: every fault gets its exit status here
        _exit(report_failure(error))
    finally:
        gc.enable()


def give_back_memory() -> None:
    """Set the bound from which freed memory goes back to the system, where the C library has one."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES_LEAST)


def _answer_with(handler: Callable[[int, FrameType | None], None]) -> None:
    """Make a handler answer a person's interruption, and the request to end that a service manager or `timeout` sends."""
    for number in SIGNALS:
        signal.signal(number, handler)


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    """End what is interrupted before anything has begun."""
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"brainstem: stopped before it began.\n")
    os._exit(STOPPED_STATUS)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End what is interrupted before or after a run; a run itself ends in order (`flows.process.stop_request`)."""
    raise StoppedError(f"stopped{_GOES_ON.get(sys.argv[1] if sys.argv[1:] else '', '')}.")


def _exit(status: str | int | None) -> NoReturn:
    """End the process without freeing its memory, which would take a while; no file is open any more."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # nobody reads the output any more; Python has its own way to say so
        sys.exit(status)
    if isinstance(status, str):
        sys.exit(status)
    os._exit(status or 0)
