"""The program `brainstem` in a process of its own, without the second and a half that its start takes.

Loading the libraries and the machine code costs more than most runs of tests do. One process beside each test process loads
them, runs nothing, and is forked for each run. What runs then is `flows.cli.main` with its own working folder, environment,
standard streams, signals and exit status, as if it had been started. That it can be started at all, and what happens
meanwhile, is for tests that start it themselves (`PROGRAM`).

Environment variables that are read while Python or a library is loaded (`PYTHONHASHSEED`, `NUMBA_...`) have no effect here,
and neither has a module that a test has changed.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from multiprocessing import reduction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, NamedTuple

PROGRAM = Path(sys.executable).with_name("brainstem")
"""the program as it is installed"""

_LOADED = multiprocessing.get_context("forkserver")
_LOADED.set_forkserver_preload(["tests.support.loaded_program"])


class Ran(NamedTuple):
    """How a program ended and what it said."""

    status: int
    out: str
    err: str


class Running(subprocess.Popen[bytes]):
    """The program while it runs, as any other child process.

    It replaces the three methods of its base by which a child is made and waited for; they are in no documentation, and the
    same in all versions of Python that the product takes.
    """

    _process: Any

    def __init__(
        self,
        arguments: Sequence[object],
        folder: Path | None = None,
        environment: dict[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.PIPE,
        is_group: bool = False,
    ) -> None:
        """Start the program, in a session of its own if it `is_group`; `environment` is added to that of this process."""
        super().__init__(
            [str(PROGRAM), *map(str, arguments)],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            start_new_session=is_group,
        )

    def _execute_child(self, words: list[str], *others: Any) -> None:
        # the order of subprocess: executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell,
        # both ends of each stream's pipe, restore_signals, gid, gids, uid, umask, start_new_session, process_group
        folder, environment = others[4:6]
        pipes = others[9:15]
        is_session = others[20]
        # nobody may kill a group before it is one: reading ends when the process has closed its end
        reading, begun = os.pipe()
        streams = [_Inherited(each) for each in (pipes[0], pipes[3], pipes[5], begun)]
        try:
            # pytest must not wait at its end for a run that a failed test has left
            self._process = _LOADED.Process(
                target=_run, args=(words, folder or Path.cwd(), environment, streams, is_session), daemon=True
            )
            self._process.start()
        finally:
            os.close(begun)
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]  # typeshed leaves it out
        os.read(reading, 1)
        os.close(reading)
        self._child_created = True
        self.pid = self._process.pid

    def _internal_poll(self, _deadstate: int | None = None) -> int | None:
        if self.returncode is None and getattr(self, "_process", None) is not None:
            self.returncode = self._process.exitcode
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        self._process.join(timeout)
        if self._internal_poll() is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.returncode


class _Inherited:
    """An open file descriptor on its way into a forked process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self._descriptor),)


def _received(descriptor: Any) -> int:
    """Return the number that a descriptor has here."""
    number: int = descriptor.detach()
    return number


def _run(words: list[str], folder: Path, environment: dict[str, str], streams: list[int], is_session: bool) -> None:
    """Run the program in this process, which ends with it."""
    from flows.cli.main import main

    *streams, begun = streams
    if is_session:
        os.setsid()
    os.close(begun)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    # multiprocessing has put the null device there
    sys.stdin = os.fdopen(0, closefd=False)
    sys.argv = words
    main()


class DiedError(Exception):
    """A process ended before its function returned; holds its exit status, negative for a signal."""


def in_a_new_process(function: Callable[..., Any], *arguments: object) -> Any:
    """Return what a function of a module returns in a process of its own, in which the product is loaded and nothing ran.

    Raises `DiedError`.
    """
    receiving, sending = _LOADED.Pipe(duplex=False)
    process = _LOADED.Process(target=_answer, args=(sending, function, arguments), daemon=True)
    process.start()
    sending.close()
    try:
        return receiving.recv()
    except EOFError:
        process.join()
        raise DiedError(process.exitcode) from None
    finally:
        receiving.close()
        process.join()


def _answer(sending: Connection, function: Callable[..., Any], arguments: Sequence[object]) -> None:
    sending.send(function(*arguments))


def run(folder: Path | None, *arguments: object, stdin: bytes = b"", **environment: str) -> Ran:
    """Run the program in a folder, with these variables beside those of this process, and return once it has ended."""
    with Running(arguments, folder, environment, stdin=subprocess.PIPE) as running:
        out, err = running.communicate(stdin)
    return Ran(running.returncode, out.decode(), err.decode())
