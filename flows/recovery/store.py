"""Reads and writes the recovery store of a run: the engine's snapshots in SQLite, unsealed for who asks what they hold, the
plan that they belong to, and the locks of the folder.

**Problem.** A run may be killed at any moment, by a signal or a power cut, and must go on as if nothing had happened: no
gap and no repetition in evidence, the same items and decisions.

**How a run recovers.** Bytewax cuts the stream into epochs. At the end of an epoch every step takes a snapshot at the same
place of the stream: how far each source was emitted, the state of each key, how much of each output is durable. An epoch
counts once all workers have written theirs. After a kill the run starts at the first incomplete epoch: sources go back to
their snapshots, stores delete files staged after theirs, `items.jsonl` is cut to its length then, and the rest is processed
again with the same outcome, since nothing depends on the clock or on where batches are cut. A snapshot is worth nothing
without the output that it describes, so the store lies inside the output folder.

**Files** in `OUT/_recovery`: `plan.json` (arguments, inputs, version of every stored layout) and `part-N.sqlite3`, the
engine's tables `snaps` (step, key, epoch, state), `exs` (executions) and `fronts` (the epoch each worker has reached). The
plan is written last and removed first, so a store without a plan counts as absent, and a crash between the two leaves
nothing half valid.

**Invariants.**

- One run writes into a folder. `_lock` is an exclusive `flock`; worker processes inherit its descriptor, so it is free only
  when all of them are gone.
- Processes of a cluster that are started one by one all hold `_lock` shared. Process 0 first takes it exclusively, which
  proves that no process of an earlier run lives, and then writes into `_lock-0` that others may enter. A process that hung
  for an hour and wakes up must not write beside its successor.
- A run resumes only with the arguments it began with and with a build that reads every stored version
  (`plan.state_versions`).
- Snapshots of an incomplete epoch are deleted before the engine starts.
- Each snapshot is bytes with a check sum (`flows.graph.checked_snapshots`), and all are checked before anything is touched.

**The trap behind the last one.** Bytewax 0.21.1 files a snapshot under step, key and epoch and not under the execution. Say
a run is killed while epoch 7 closes: some steps have written snapshots of 7. The next execution begins with 7 again. A key
that has no item in that epoch writes none, and once 7 is complete the dead execution's snapshot counts: that step is then
ahead of the sources that feed it, and events come too late for slots it has sealed (docs/decisions/0013). So `resume` works
out the first incomplete epoch as the engine does and deletes everything from there on.
"""

import fcntl
import os
import pickle
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import orjson
from bytewax.recovery import RecoveryConfig, init_db_dir
from typing_extensions import override

from brainstem.arrays.state_version import StateVersionError
from connectors.base import ConfigurationError, InputError
from connectors.files.item_file import ItemsLostError, require_lines
from flows.config.settings import PARTITIONS, Settings
from flows.graph.checked_snapshots import is_whole, seal, unseal
from flows.process.accounts import read_account
from flows.process.bound_parameters import PARAMETERS_ARGUMENT
from flows.recovery.plan import Plan
from flows.recovery.run_record import write_record
from flows.sinks.folder_sinks import EVIDENCE_PARTS
from flows.sinks.output_folder import LEADER_LOCK_NAME, LOCK_NAME, OutputFolder, require_creatable
from state.store.atomic_files import sync, write_file
from state.store.layouts import STORES
from state.store.parquet_store import MissingFilesError, OutputInUseError, PartitionedParquet

LOCK_TIMEOUT_SECONDS: Final = 3.0
"""longer than the workers of a killed run take to notice and end"""
STORE_TIMEOUT_SECONDS: Final = 60.0
LOCK_POLL_SECONDS: Final = 0.05
_TABLES: Final = frozenset({"snaps", "exs", "fronts"})
ADMISSION: Final = b"let in"
STORE_PARTS_MOST: Final = 4
"""Files of the store: one for each process, up to this number, fixed when the store is created. A SQLite file has one
writer at a time, so a few let processes write at the same time; each is synchronized to disk by itself, so one process
gains nothing by two."""


class Recovery:
    """The recovery store below an output folder, and the locks of that folder."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.folder = out / "_recovery"
        self._plan = self.folder / "plan.json"

    @property
    def exists(self) -> bool:
        """Return whether there is a run to resume; the plan is written last, so a half-made store does not count."""
        return self._plan.is_file()

    @contextmanager
    def locked(self, refusal: Exception | None = None) -> Iterator[int]:
        """Hold the folder for one run; yields the descriptor of the lock, which workers inherit and so hold as well.

        Raises `ConfigurationError` when another run or the workers of a killed one hold it (`refusal` where that is given),
        and where the folder cannot be created.
        """
        refusal = refusal or ConfigurationError(
            f"--out {self._out}: another run is writing there. Wait for it, stop it, or give a new folder."
        )
        with self._hold_lock(LOCK_NAME, refusal) as descriptor:
            yield descriptor

    @contextmanager
    def leading(self) -> Iterator[Callable[[], None]]:
        """Hold the folder as process 0 of a cluster whose processes are started one by one; yields the function that admits
        the others.

        From then on all of them share the lock. Raises `ConfigurationError` where another process 0 runs, `InputError` while
        a process of an earlier run is alive.
        """
        other = ConfigurationError(f"--out {self._out}: another run is writing there. Wait for it, or stop it.")
        lingering = InputError(
            f"{self._out}: a process of an earlier run is still alive and could write there. Operator action: end it"
            " (status-N.json in that folder tells the pid of process N), then start all processes again."
        )
        with self._hold_lock(LEADER_LOCK_NAME, other) as leader:
            os.ftruncate(leader, 0)
            with self._hold_lock(LOCK_NAME, lingering) as descriptor:

                def admit_followers() -> None:
                    fcntl.flock(descriptor, fcntl.LOCK_SH)
                    os.pwrite(leader, ADMISSION, 0)

                yield admit_followers

    @contextmanager
    def following(self) -> Iterator[None]:
        """Share the lock of the folder as another process of such a cluster, once process 0 admits it.

        Raises `InputError` where no process 0 appears in time.
        """
        self.wait_until_created()
        paths = [self._out / name for name in (LOCK_NAME, LEADER_LOCK_NAME)]
        descriptors = [_open_lock(path) for path in paths]
        try:
            deadline = time.monotonic() + STORE_TIMEOUT_SECONDS
            while True:
                for place, path in enumerate(paths):
                    if not _is_at(descriptors[place], path):
                        current = _open_lock(path)
                        os.close(descriptors[place])
                        descriptors[place] = current
                if _is_admitted(*descriptors):
                    break
                if time.monotonic() > deadline:
                    raise InputError(f"no process 0 is at work in {self._out}. Start all processes of a cluster.")
                time.sleep(LOCK_POLL_SECONDS)
            yield
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    @contextmanager
    def _hold_lock(self, name: str, refusal: Exception) -> Iterator[int]:
        """Hold a lock exclusively. Raises `refusal` when others hold it for longer than `LOCK_TIMEOUT_SECONDS`."""
        path = self._out / name
        with require_creatable(self._out):
            made = not self._out.exists()
            self._out.mkdir(parents=True, exist_ok=True)
            descriptor = _open_lock(path)
        try:
            deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
            while not _lock(descriptor, fcntl.LOCK_EX) or not _is_at(descriptor, path):
                if time.monotonic() > deadline:
                    raise refusal
                if not _is_at(descriptor, path):
                    # a run that ended has removed the file meanwhile: a lock on what it has removed keeps nobody away
                    with require_creatable(self._out):
                        self._out.mkdir(parents=True, exist_ok=True)
                        current = _open_lock(path)
                    os.close(descriptor)
                    descriptor = current
                    continue
                time.sleep(LOCK_POLL_SECONDS)
            try:
                yield descriptor
            finally:
                if not self.exists and _is_at(descriptor, path):
                    # no run began, or it has ended: the file of the lock goes with it
                    path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)
            if made:
                with suppress(OSError):
                    self._out.rmdir()

    def create(self, plan: Plan, processes: int = 1) -> None:
        """Create an empty store for a run that begins with `processes`; it may resume with more or fewer."""
        self._out.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o750)
        parts = min(processes, STORE_PARTS_MOST)
        create_store: Callable[[Path, int], None] = init_db_dir  # Bytewax leaves its own function untyped
        create_store(self.folder, parts)
        document = {**plan.to_plain(), "store_parts": parts, "begun_at_us": plan.inventory.begun_at_us}
        write_file(self._plan, orjson.dumps(document, option=orjson.OPT_INDENT_2))
        sync(self._out)

    def wait_until_created(self) -> None:
        """Wait until another process has created the store. Raises `InputError` after `STORE_TIMEOUT_SECONDS`."""
        deadline = time.monotonic() + STORE_TIMEOUT_SECONDS
        while not self.exists:
            if time.monotonic() > deadline:
                raise InputError(
                    f"{self.folder} is not there. All processes of a cluster need the same folder; start 0 first."
                )
            time.sleep(LOCK_POLL_SECONDS)

    def plan(self) -> Plan:
        """Read the plan. Raises `StateVersionError` for another build's, `InputError` where it cannot be read."""
        document = self._read_plan()
        try:
            return Plan.from_plain(document)
        except StateVersionError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._damaged_plan(f"{type(error).__name__}: {error}") from error

    def parts(self) -> list[Path]:
        """Return the files of the store. Raises `InputError` where its plan cannot be read."""
        # a plan without the number was written by a build that always made the most
        parts = self._read_plan().get("store_parts", STORE_PARTS_MOST)
        if not isinstance(parts, int):
            raise self._damaged_plan("its number of files is none")
        return [self.folder / f"part-{number}.sqlite3" for number in range(parts)]

    def is_of(self, kind: str) -> bool:
        """Return whether there is a store, of a run of that kind. Raises `InputError` where its plan cannot be read."""
        if not self.exists:
            return False
        arguments = self._read_plan().get("arguments")
        return isinstance(arguments, dict) and arguments.get("kind") == kind

    def _read_plan(self) -> dict[str, Any]:
        try:
            document: dict[str, Any] = orjson.loads(self._plan.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise self._damaged_plan(str(error)) from error
        if not isinstance(document, dict):
            raise self._damaged_plan("it is no plan")
        return document

    def _damaged_plan(self, why: str) -> InputError:
        return InputError(
            f"{self._plan} cannot be read ({why}). Nothing was touched, and what is stored can be read. Operator action:"
            f" restore the file from a copy, or start anew with a new folder; `brainstem repair {self._out}` makes a whole"
            " output of what this one has stored."
        )

    def resume(self, arguments: dict[str, Any]) -> Plan:
        """Check that the store is whole and of a run with the same arguments, delete snapshots of the incomplete epoch, and
        return the plan.

        No process of the run may be alive. Raises `ConfigurationError` for other arguments, `InputError` for a damaged
        store, `StateVersionError` for another build's.
        """
        plan = self.plan()
        # also what only the run itself has: parameters are absent where they are the defaults
        names = [*arguments, *(name for name in plan.arguments if name not in arguments)]
        differing = [name for name in names if plan.arguments.get(name) != arguments.get(name)]
        if differing and differing[0] == PARAMETERS_ARGUMENT:
            self.require_parameters(arguments)
        if differing:
            was, now = plan.arguments.get(differing[0]), arguments.get(differing[0])
            raise ConfigurationError(
                f"{differing[0]} = {now!r}, and the run in {self._out} was begun with {was!r}. Resume with the same"
                " arguments, or give a new folder."
            )
        self._require_whole()
        self._delete_incomplete_epochs()
        return plan

    def require_parameters(self, arguments: dict[str, Any]) -> None:
        """Raise `ConfigurationError` where the parameters among some arguments are not those that the run was begun with."""
        begun = self.plan().arguments
        if begun.get(PARAMETERS_ARGUMENT) != arguments.get(PARAMETERS_ARGUMENT):
            raise ConfigurationError(
                f"the run in {self._out} was begun with {_parameters_told(begun)}, and was now given"
                f" {_parameters_told(arguments)}. Go on with the same parameters, or give a new folder."
            )

    def is_whole(self) -> bool:
        """Return whether there is a run to resume, whose store and output are whole and whose inputs can be read again."""
        if not self.exists:
            return False
        try:
            plan = self.plan()
            self._require_whole()
        except (InputError, StateVersionError):
            return False
        return not any(file.is_pipe for file in plan.inventory.files)

    def _require_whole(self) -> None:
        """Check store and output, and touch nothing. Raises `InputError`."""
        for part in self.parts():
            _check_part(part, self._out)
        for _, fault in self._faults_of_output():
            raise fault

    def lost_parts(self) -> set[str] | None:
        """Return which parts of the output are not those of the last snapshots: stores by their folder, `items`, `accounts`;
        None where there are no snapshots that can be read, or they are of another build.
        """
        if not self.exists:
            return None
        try:
            self.plan()
            for part in self.parts():
                _check_part(part, self._out)
        except (InputError, StateVersionError):
            return None
        return {name for name, _ in self._faults_of_output()}

    def _faults_of_output(self) -> Iterator[tuple[str, InputError]]:
        """Yield each part of the output that is not that of the last snapshots, and what is wrong with it; nothing is
        touched.
        """
        states = self._states()
        for layout in STORES:
            for part in map(str, range(EVIDENCE_PARTS)):
                store = PartitionedParquet(self._out / layout.folder, layout, part)
                try:
                    store.require_fit(states.get((layout.folder, part), 0))
                except OutputInUseError:
                    yield (
                        layout.folder,
                        InputError(
                            f"{self.folder} is older than {self._out / layout.folder}: its last snapshots are lost, as where"
                            f" a -wal file is missing or damaged. {_fix(self._out)}"
                        ),
                    )
                except MissingFilesError as error:
                    told = str(error).partition(" Nothing was")[0]
                    yield layout.folder, InputError(f"{told} {_fix(self._out)}")
        folder = OutputFolder(self._out)
        try:
            require_lines(folder.items, states.get(("items", "0"), 0))
        except ItemsLostError as error:
            yield "items", InputError(f"{error} {_fix(self._out)}")
        accounts = folder.accounts
        # a partition that has ended, of files or of topics, does not write its account again
        ended = [key for step, key in sorted(states) if step == "read" and states[step, key][1]]
        # what buckets have not given on yet is still to be judged
        is_sealed = len(ended) == PARTITIONS and not self._latest({"attention"})
        for account in (
            accounts / f"{key}.json" for key in (*ended, *_shards_with_account(states, is_sealed=is_sealed))
        ):
            try:
                read_account(account)
            except InputError as error:
                yield "accounts", InputError(f"{error} {_fix(self._out)}")

    def recover_stores(self, names: Set[str]) -> None:
        """Go back to the last snapshots in some stores, as a run that resumes does: publish what they cover, and delete what
        was staged behind them, which is read again. No process of the run may be alive, and the stores must fit.
        """
        states = self._states()
        for layout in STORES:
            for part in map(str, range(EVIDENCE_PARTS)):
                if layout.folder in names:
                    store = PartitionedParquet(self._out / layout.folder, layout, part)
                    store.recover(states.get((layout.folder, part), 0))

    def put_states(self, states: Mapping[tuple[str, str], Any]) -> None:
        """Put other states, by step and key, in the place of those from which the engine goes on.

        No process of the run may be alive. Snapshots of the incomplete epoch are deleted first.
        """
        self._delete_incomplete_epochs()
        connections = [sqlite3.connect(part) for part in self.parts()]
        try:
            held = {
                (step.rpartition(".")[2], key): (connection, step, epoch)
                for connection, step, key, epoch in sorted(
                    (
                        (connection, *row)
                        for connection in connections
                        for row in connection.execute("SELECT step_id, state_key, snap_epoch FROM snaps")
                    ),
                    key=lambda each: each[3],
                )
            }
            if not held:
                raise InputError(f"{self.folder} holds no snapshots. {_fix(self._out)}")
            for (name, key), state in states.items():
                # of a key that has had nothing to remember there is no row yet; the last of all says where the others are
                connection, step, epoch = held.get((name, key)) or max(held.values(), key=lambda each: each[2])
                whole_name = f"{step.rpartition('.')[0]}.{name}"
                with connection:
                    connection.execute(
                        "DELETE FROM snaps WHERE step_id = ? AND state_key = ? AND snap_epoch = ?",
                        (whole_name, key, epoch),
                    )
                    connection.execute(
                        "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES (?, ?, ?, ?)",
                        (whole_name, key, epoch, pickle.dumps(seal(state))),
                    )
        finally:
            for connection in connections:
                connection.close()

    def _states(self) -> dict[tuple[str, str], Any]:
        """Return the state of each step and key that says what of the output is durable."""
        return self.states_of({layout.folder for layout in STORES} | {"read", "items", "discovery"})

    def states_of(self, steps: Set[str]) -> dict[tuple[str, str], Any]:
        """Return the state of each key of some steps from which the engine goes on, by step and key.

        While the run goes on, another process than the engine's may ask: closing a file of the store would take the locks of
        the engine's own connections in the same process. The engine deletes older snapshots meanwhile, so of a store of
        several files keys may be missing then.
        """
        return {name: unseal(_PlainBytes(BytesIO(stored)).load()) for name, stored in self._latest(steps).items()}

    def _latest(self, steps: Set[str]) -> dict[tuple[str, str], bytes]:
        """Return the stored bytes of each state of some steps from which the engine goes on."""
        connections = [sqlite3.connect(part) for part in self.parts()]
        try:
            first = first_incomplete_epoch(connections)
            latest: dict[tuple[str, str], tuple[int, bytes | None]] = {}
            for connection in connections:
                for step, key, epoch, stored in connection.execute(
                    "SELECT step_id, state_key, snap_epoch, ser_change FROM snaps WHERE snap_epoch < ?", (first,)
                ):
                    name = step.rpartition(".")[2], key
                    if name[0] in steps:
                        latest[name] = max(latest.get(name, (-1, None)), (epoch, stored), key=lambda each: each[0])
        finally:
            for connection in connections:
                connection.close()
        return {name: stored for name, (_, stored) in latest.items() if stored is not None}

    def _delete_incomplete_epochs(self) -> None:
        """Delete the snapshots of epochs that were not complete when their process died; see the trap in the module."""
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
        """Return the configuration of recovery for the engine."""
        # no slower copy of the store is kept elsewhere, so snapshots that are no longer needed may go at once
        configured: Callable[[Path, timedelta], RecoveryConfig] = RecoveryConfig  # untyped, as above
        return configured(self.folder, timedelta(0))

    def keep_plan_as(self, path: Path, settings: Settings) -> None:
        """Write the record of a run from its plan, where that was lost. Raises `InputError` where there is no plan."""
        write_record(path, self.plan(), settings)

    def discard_unbegun(self) -> None:
        """Remove the store of a run that was interrupted before its plan was written, which has read nothing.

        Raises `InputError`, and removes nothing, where the folder holds what a run has written: the plan was lost then.
        """
        own = (
            LOCK_NAME,
            LEADER_LOCK_NAME,
            self.folder.name,
            *(each.name for each in OutputFolder(self._out).start_files),
        )
        if not self.folder.is_dir() or self.exists:
            return
        if any(each.name not in own for each in self._out.iterdir()):
            raise InputError(
                f"{self._plan} is missing, and {self._out} holds what a run has written. Nothing was touched."
                " Operator action: restore the file from a copy, or give a new folder and start anew."
            )
        self.clear()

    def clear(self) -> None:
        """Remove the store of a run that has finished or never began; its plan goes first, for without one it counts as
        absent."""
        if not self.folder.is_dir():
            return
        self._plan.unlink(missing_ok=True)
        sync(self.folder)
        shutil.rmtree(self.folder)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o640)


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether an open file is the one that has the name now."""
    try:
        named = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(descriptor))


def _lock(descriptor: int, operation: int) -> bool:
    """Take a lock without waiting; return whether it was free."""
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_admitted(folder: int, leader: int) -> bool:
    """Return whether process 0 runs and admits others; if so, the lock of the folder is now shared with it."""
    if _lock(leader, fcntl.LOCK_SH):
        # no process 0 holds it, so what stands in the file is of an earlier one
        fcntl.flock(leader, fcntl.LOCK_UN)
        return False
    return os.pread(leader, len(ADMISSION), 0) == ADMISSION and _lock(folder, fcntl.LOCK_SH)


def first_incomplete_epoch(parts: Sequence[sqlite3.Connection]) -> int:
    """Return the epoch at which the engine resumes: the lowest that a worker of the last execution has reached.

    The rule is the engine's (Bytewax 0.21.1, `src/recovery.rs`): tables `exs` (execution, workers, epoch it began with)
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


def _parameters_told(arguments: dict[str, Any]) -> str:
    """Return the parameters among the arguments of a run in words."""
    values = arguments.get(PARAMETERS_ARGUMENT, {})
    named = ", ".join(f"{key} = {value}" for key, value in sorted(values.items()))
    return f"the parameters {named}" if named else "the default parameters"


def _shards_with_account(states: Mapping[tuple[str, str], Any], *, is_sealed: bool) -> Iterator[str]:
    """Yield the names of the accounts that tenant shards have written by the snapshots `states`; `is_sealed` says whether
    all was read, and buckets hold nothing of it any more.
    """
    # loads the code of discovery, which only a run needs
    from state.discovery.tenant_shard import SHARDS, Shard

    for number in range(SHARDS):
        state = states.get(("discovery", f"t{number:02d}"))
        # of a shard that has ended, the engine has dropped the state; one that has not begun has none either
        if is_sealed if state is None else Shard.has_evicted(state):
            yield f"t{number:03d}"


def _fix(out: Path) -> str:
    return (
        "Nothing was touched, and what is stored can be read. Operator action: restore the whole folder from a copy"
        " (.sqlite3, -wal and -shm together), or start anew with a new folder;"
        f" `brainstem repair {out}` makes a whole output of what this one has stored."
    )


def _check_part(path: Path, out: Path) -> None:
    """Check one file of the store, and every snapshot in it. Raises `InputError` with what is safe and what to do."""
    fix = _fix(out)
    if not path.is_file():
        raise InputError(f"{path} is missing: the recovery store is not whole. {fix}")
    try:
        # read only: a file that is empty must not become a store
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if verdict == "ok" and not tables >= _TABLES:
                verdict = "it holds no snapshots; its -wal file is lost, or it was emptied"
            if verdict == "ok":
                verdict = _damaged_snapshot(connection) or "ok"
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is damaged ({error}). {fix}") from error
    if verdict != "ok":
        raise InputError(f"{path} is damaged ({verdict}). {fix}")


def _damaged_snapshot(connection: sqlite3.Connection) -> str:
    """Return what is wrong with the first snapshot whose check sum is another; empty for none."""
    rows = connection.execute(
        "SELECT step_id, state_key, snap_epoch, ser_change FROM snaps WHERE ser_change IS NOT NULL"
    )
    for step, key, epoch, stored in rows:
        try:
            # the engine pickles what it is given, which is bytes
            sealed = _PlainBytes(BytesIO(stored)).load()
        except Exception:  # noqa: BLE001 - damaged bytes raise whatever they like
            sealed = None
        if not is_whole(sealed):
            return f"the snapshot of {key} in {step}, epoch {epoch}, is not what was stored"
    return ""


class _PlainBytes(pickle.Unpickler):
    """Loads bytes and nothing else: damaged bytes must not name a class."""

    @override
    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no snapshot")
