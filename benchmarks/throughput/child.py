"""The measured process: the command line, or a live run, with its stages timed and its waits for the disk counted.

    python -m benchmarks.throughput.child REPORT BEGAN CORES replay ARGUMENTS ...
    python -m benchmarks.throughput.child REPORT BEGAN CORES live ADDRESS TOPIC MESSAGES OUT

Functions that do the work of a stage are called through a wrapper that adds up seconds of a processor of its thread, called
once a batch or slot, never once a line. What a wrapped function calls that is wrapped itself counts for the inner one only.
`os.fsync` is counted likewise; what the engine's recovery store (SQLite) syncs is not seen from here. REPORT gets a JSON
object when the run has ended.
"""

import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import local
from typing import Any, Final

STAGES: Final = (
    ("read, parse", "flows.sources.file_source", "_Partition._read"),
    ("read, parse", "flows.sources.topic_source", "_Partition._read"),
    ("sign, fold", "flows.sources.batches", "sign_and_fold"),
    ("sign, fold", "flows.sources.topic_partition", "sign_and_fold"),
    ("attention", "flows.graph.steps", "AttentionLogic.on_batch"),
    ("discovery", "flows.graph.steps", "DiscoveryLogic.on_batch"),
    ("items", "flows.graph.dataflow", "_compose"),
    ("items", "flows.graph.steps", "OrderLogic.on_batch"),
    ("rows to store", "flows.graph.dataflow", "_evidence"),
    ("rows to store", "flows.graph.dataflow", "_rejects"),
    ("rows to store", "flows.graph.dataflow", "_decisions"),
    ("write Parquet", "state.store.parquet_store", "PartitionedParquet._write"),
    ("join files", "state.store.background", "Background._work"),
    ("snapshots", "flows.graph.checked_snapshots", "seal"),
    ("snapshots", "flows.graph.steps", "AttentionLogic.snapshot"),
    ("snapshots", "flows.graph.steps", "DiscoveryLogic.snapshot"),
    ("finish", "flows.runs.finish", "finish"),
)
"""stage, module and function; `profiles` looks for the same functions in stacks"""
ORDER: Final = tuple(dict.fromkeys(stage for stage, _, _ in STAGES))
LIVE_ONLY: Final = ("flows.sources.topic_source", "flows.sources.topic_partition", "state.store.background")
WHOLE_PROCESS: Final = ("finish",)
"""stages beside which nothing else runs: with the threads that Polars and Arrow start"""


class Stopwatch:
    """Seconds of a processor by stage, of all threads."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._own = local()

    def wrapped(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and adds what it took to a stage."""
        clock = time.process_time if stage in WHOLE_PROCESS else time.thread_time

        def timed(*arguments: Any, **named: Any) -> Any:
            inner: list[float] | None = getattr(self._own, "inner", None)
            self._own.inner = [0.0]
            began = clock()
            try:
                return function(*arguments, **named)
            finally:
                spent = clock() - began
                self.seconds[stage] += spent - self._own.inner[0]
                if inner is not None:
                    inner[0] += spent
                self._own.inner = inner

        return timed

    def watch(self, stage: str, module: str, name: str) -> None:
        """Put the wrapper in the place of a function, or of a method of a class."""
        holder: Any = import_module(module)
        *classes, last = name.split(".")
        for each in classes:
            holder = getattr(holder, each)
        setattr(holder, last, self.wrapped(stage, getattr(holder, last)))


class Syncs:
    """Counts waits for the disk, and passes them on."""

    def __init__(self) -> None:
        self.count = 0
        self._fsync: Callable[[Any], None] = os.fsync

    def __call__(self, descriptor: Any) -> None:
        """Wait for the disk, and count it."""
        self.count += 1
        self._fsync(descriptor)


def replay(arguments: list[str], began: float) -> dict[str, float]:
    """Run the command line; return when the graph began to read, in seconds since the process was started."""
    from flows.cli.main import give_back_memory
    from flows.cli.program import app
    from flows.process.bound_parameters import bind_from_environment
    from flows.runs import replay as runs

    startup: dict[str, float] = {}
    execute = runs.execute

    def noted(*positional: Any, **named: Any) -> None:
        startup.update(seconds=time.perf_counter() - began, cpu_seconds=time.process_time())
        execute(*positional, **named)

    vars(runs)["execute"] = noted
    sys.argv = ["brainstem", "replay", *arguments]
    # as `flows.cli.main` does, which ends the process at once
    give_back_memory()
    gc.disable()
    bind_from_environment()
    try:
        app()
    except SystemExit as ended:
        if ended.code:
            raise
    return startup


def live(arguments: list[str], began: float) -> dict[str, float]:
    """Run over a topic until all its messages have come; return when the first of them came, as `replay` does."""
    from flows.config.live_run import from_values
    from flows.process.status import StatusBoard
    from flows.process.stop_request import Stop
    from flows.recovery.store import Recovery
    from flows.runs.live import finish_live, prepare_run, run_until_stopped

    address, topic, messages, out = arguments
    kafka = {
        "brokers": address,
        "topics": [topic],
        "group": topic,
        "idle_seconds": 5.0,
        "tenant": {"by": "header", "header": "tenant"},
    }
    configuration = from_values({"run": {"out": out, "snapshot_seconds": 5}, "kafka": kafka})
    stop, startup, came = Stop(), dict[str, float](), [0]

    def observe(records: int, _encoded: int) -> None:
        if not startup:
            startup.update(seconds=time.perf_counter() - began, cpu_seconds=time.process_time())
        came[0] += records
        if came[0] >= int(messages):
            stop.ask()

    with Recovery(Path(out)).locked():
        prepare_run(configuration)
        run_until_stopped(configuration, StatusBoard(Path(out), 0), stop, observer=observe)
        # what an orderly stop does
        finish_live(configuration)
    return startup


def peak_bytes() -> int:
    """Return the highest resident memory of this program so far (proc(5)).

    That of getrusage(2) begins with the memory of the process that has started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    """Run what the command line says, measured, and write the report."""
    report, began, cores, what, *arguments = sys.argv[1:]
    if int(cores):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    syncs, stopwatch = Syncs(), Stopwatch()
    os.fsync = syncs  # type: ignore[assignment]  # takes what the product hands over
    # a replay does not load what reads topics, which takes memory
    stages = [each for each in STAGES if what == "live" or each[1] not in LIVE_ONLY]
    for _, module, _ in stages:
        # all before the first wrapper: a name that is imported from a wrapped module would be wrapped twice
        import_module(module)
    for stage, module, name in stages:
        stopwatch.watch(stage, module, name)
    startup = (live if what == "live" else replay)(arguments, float(began))
    spent = {"start-up": startup["cpu_seconds"], **{stage: stopwatch.seconds[stage] for stage in ORDER}}
    told = {"startup_seconds": startup["seconds"], "syncs": syncs.count, "stages": spent, "peak_bytes": peak_bytes()}
    Path(report).write_text(json.dumps(told), encoding="utf-8")
    # as the product ends: without freeing its memory
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
