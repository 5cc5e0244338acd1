"""The recovery store of a run: where the engine keeps its snapshots, and the plan they belong to.

It lies in the output folder, because the two are only worth something together: a snapshot says how much of the output
counts. Made before a run begins, checked before one resumes, removed when a replay is finished.
"""

import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from bytewax.recovery import RecoveryConfig, init_db_dir

from connectors.base import ConfigurationError, InputError
from flows.recovery.plan import Plan
from flows.sinks.output_folder import LEADER_LOCK_NAME, LOCK_NAME, require_creatable
from state.store.atomic_files import sync, write_file

LOCK_PATIENCE_SECONDS: Final = 3.0
"""longer than the workers of a killed run take to notice"""
STORE_PATIENCE_SECONDS: Final = 60.0
LOCK_POLL_SECONDS: Final = 0.05
LET_IN: Final = b"let in"
STORE_PARTS_MOST: Final = 4
"""Files of the store, one for each process up to so many. Fixed when it is made; each is one writer, so a few let processes
write at the same time, and each is brought to disk for itself, so a process has no use for a second one."""


class Recovery:
    """The recovery store below an output folder."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.folder = out / "_recovery"
        self._plan = self.folder / "plan.json"

    @property
    def exists(self) -> bool:
        """Return whether there is a run to go on with; the plan is written last, so a half-made store does not count."""
        return self._plan.is_file()

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the folder for one run; gives a descriptor to pass on to workers, which then hold it too.

        Raises `ConfigurationError` when another run holds it, or the workers of one that was killed linger, and where
        there can be no such folder.
        """
        refusal = ConfigurationError(
            f"--out {self._out}: another run is writing there. Wait for it, stop it, or give a new folder."
        )
        with self._held(LOCK_NAME, refusal) as descriptor:
            yield descriptor

    @contextmanager
    def leading(self) -> Iterator[Callable[[], None]]:
        """Hold the folder as process 0 of a cluster whose processes are started one by one; gives what lets the others in.

        All of them hold the folder together from then on, so that none of an earlier run is left when process 0 is started
        anew: one that hung would wake up and write beside it. Raises `ConfigurationError` where another process 0 is at
        work, `InputError` while another process of a run whose process 0 is gone lives on.
        """
        other = ConfigurationError(f"--out {self._out}: another run is writing there. Wait for it, or stop it.")
        lingering = InputError(
            f"{self._out}: a process of an earlier run is still alive and could write there. Operator action: end it"
            " (status-N.json in that folder tells the pid of process N), then start all processes again."
        )
        with self._held(LEADER_LOCK_NAME, other) as leader:
            os.ftruncate(leader, 0)
            with self._held(LOCK_NAME, lingering) as descriptor:

                def let_in() -> None:
                    fcntl.flock(descriptor, fcntl.LOCK_SH)
                    os.pwrite(leader, LET_IN, 0)

                yield let_in

    @contextmanager
    def following(self) -> Iterator[None]:
        """Hold the folder as another process of such a cluster, once process 0 lets it in.

        Raises `InputError` where there is no process 0.
        """
        self.wait()
        descriptors = [
            os.open(self._out / name, os.O_RDWR | os.O_CREAT, 0o640) for name in (LOCK_NAME, LEADER_LOCK_NAME)
        ]
        try:
            patience = time.monotonic() + STORE_PATIENCE_SECONDS
            while not _is_let_in(*descriptors):
                if time.monotonic() > patience:
                    raise InputError(f"no process 0 is at work in {self._out}. Start all processes of a cluster.")
                time.sleep(LOCK_POLL_SECONDS)
            yield
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    @contextmanager
    def _held(self, name: str, refusal: Exception) -> Iterator[int]:
        """Hold a lock alone. Raises `refusal` when others do not let go of it."""
        path = self._out / name
        with require_creatable(self._out):
            made = not self._out.exists()
            self._out.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            patience = time.monotonic() + LOCK_PATIENCE_SECONDS
            while not _lock(descriptor, fcntl.LOCK_EX):
                if time.monotonic() > patience:
                    raise refusal
                time.sleep(LOCK_POLL_SECONDS)
            try:
                yield descriptor
            finally:
                if not self.exists:
                    # nothing began, or everything has ended: no trace of the lock stays
                    path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)
            if made:
                with suppress(OSError):
                    self._out.rmdir()

    def make(self, plan: Plan, processes: int = 1) -> None:
        """Make an empty store for a run that begins with so many processes; it may go on with more or fewer."""
        self.folder.mkdir(parents=True)
        parts = min(processes, STORE_PARTS_MOST)
        make_store: Callable[[Path, int], None] = init_db_dir  # Bytewax leaves its own function untyped
        make_store(self.folder, parts)
        told = {**plan.to_plain(), "store_parts": parts}
        write_file(self._plan, orjson.dumps(told, option=orjson.OPT_INDENT_2))
        sync(self._out)

    def wait(self) -> None:
        """Wait until another process has made the store. Raises `InputError` when it does not come."""
        patience = time.monotonic() + STORE_PATIENCE_SECONDS
        while not self.exists:
            if time.monotonic() > patience:
                raise InputError(
                    f"{self.folder} is not there. All processes of a cluster need the same folder; start 0 first."
                )
            time.sleep(LOCK_POLL_SECONDS)

    def plan(self) -> Plan:
        """Read the plan. Raises `StateVersionError` for another build's, `InputError` where it cannot be read."""
        return Plan.from_plain(self._told())

    def parts(self) -> list[Path]:
        """Return the files that the store was made of. Raises `InputError` where its plan cannot be read."""
        # a plan that does not say so is of a build that made as many as there can be
        parts: int = self._told().get("store_parts", STORE_PARTS_MOST)
        return [self.folder / f"part-{number}.sqlite3" for number in range(parts)]

    def _told(self) -> dict[str, Any]:
        try:
            told: dict[str, Any] = orjson.loads(self._plan.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise InputError(
                f"{self._plan} cannot be read ({error}). Operator action: restore the folder from a copy, or start anew"
                " with an empty one."
            ) from error
        return told

    def resume(self, arguments: dict[str, Any]) -> Plan:
        """Check that the store is whole and belongs to a run of the same arguments, and take back what a killed process
        had begun to write; gives the plan. No process of the run may be alive.
        """
        plan = self.plan()
        differing = [name for name in arguments if plan.arguments.get(name) != arguments[name]]
        if differing:
            was, now = plan.arguments.get(differing[0]), arguments[differing[0]]
            raise ConfigurationError(
                f"{differing[0]} = {now!r}, and the run in {self._out} was begun with {was!r}. Resume with the same"
                " arguments, or give a new folder."
            )
        for part in self.parts():
            _check_part(part)
        self._forget_abandoned()
        return plan

    def _forget_abandoned(self) -> None:
        """Delete the snapshots of epochs that were not complete when their process died.

        The engine numbers the epochs of the next process from the first incomplete one on, and does not know its own
        snapshots from those of the dead: where a step has nothing to say in that epoch, its state would be the one that the
        dead process had reached, while the sources go back to where they were before (docs/decisions/0013).
        """
        connections = [sqlite3.connect(part) for part in self.parts()]
        try:
            first = first_incomplete_epoch(connections)
            for connection in connections:
                with connection:
                    connection.execute("DELETE FROM snaps WHERE snap_epoch >= ?", (first,))
        finally:
            for connection in connections:
                connection.close()

    def config(self) -> RecoveryConfig:
        """Return what the engine wants to know."""
        # nothing is backed up from here by a slower copy, so what is not needed any more goes at once
        configured: Callable[[Path, timedelta], RecoveryConfig] = RecoveryConfig  # untyped, as above
        return configured(self.folder, timedelta(0))

    def clear(self) -> None:
        """Remove the store, of a finished run or one that never began; without its plan it counts as gone."""
        if not self.folder.is_dir():
            return
        self._plan.unlink(missing_ok=True)
        sync(self.folder)
        shutil.rmtree(self.folder)


def _lock(descriptor: int, operation: int) -> bool:
    """Take a lock if it is to be had now; tells whether it was."""
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_let_in(folder: int, leader: int) -> bool:
    """Return whether a process 0 is at work and lets others in; then the folder is held together with it."""
    if _lock(leader, fcntl.LOCK_SH):
        # nobody is there, whatever an earlier one has written
        fcntl.flock(leader, fcntl.LOCK_UN)
        return False
    return os.pread(leader, len(LET_IN), 0) == LET_IN and _lock(folder, fcntl.LOCK_SH)


def first_incomplete_epoch(parts: Sequence[sqlite3.Connection]) -> int:
    """Return the epoch from which the engine goes on: the least that a worker of the last execution has reached.

    As the engine works it out (Bytewax 0.21.1, `src/recovery.rs`): tables `exs` (execution, workers, epoch it began with)
    and `fronts` (execution, worker, epoch reached), each row in any one of the parts.
    """
    executions = [row for part in parts for row in part.execute("SELECT ex_num, worker_count, resume_epoch FROM exs")]
    if not executions:
        return 1
    last, worker_count, began = max(executions)
    reached: dict[int, int] = dict.fromkeys(range(worker_count), began)
    for part in parts:
        for worker, epoch in part.execute("SELECT worker_index, worker_frontier FROM fronts WHERE ex_num = ?", (last,)):
            reached[worker] = max(reached[worker], epoch)
    return min(reached.values())


def _check_part(path: Path) -> None:
    """Check one file of the store. Raises `InputError` with what to do."""
    fix = "Operator action: restore the whole folder from a copy (.sqlite3, -wal and -shm together), or start anew."
    if not path.is_file():
        raise InputError(f"{path} is missing: the recovery store is not whole. {fix}")
    try:
        connection = sqlite3.connect(path)
        try:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is damaged ({error}). {fix}") from error
    if verdict != "ok":
        raise InputError(f"{path} is damaged ({verdict}). {fix}")
