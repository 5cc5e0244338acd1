"""Compile every loop ahead of the first real run: replay the formats' own samples, and events made up for it, once.

Run `python -m flows.runs.compile_ahead` after an installation; where a platform wheel brought its machine code, there is
nothing to compile. `python -m flows.runs.compile_ahead FOLDER` then also copies all machine code into a new folder, from
which `setup.py` builds such a wheel; the folder's file `platform` names the systems that it fits.
"""

import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Final

import numpy as np
from numba.core.dispatcher import Dispatcher

from brainstem.aggregate.facet_deltas import keys_of_facets
from brainstem.attention.co_occurrence import co_occurs, ends
from brainstem.attention.state import is_covered_by, new_attention_states
from brainstem.evidence.history.episodes import revive
from brainstem.evidence.history.state import FAMILY_DTYPE
from brainstem.evidence.incidents.occurrences import new_occurrences, weigh_up
from brainstem.evidence.kinds import FACTORS
from brainstem.evidence.silence.liveness import PAIR_DTYPE, add_heard
from brainstem.jit.baseline import target
from brainstem.parse.formats.registry import FORMATS
from connectors.base import ConfigurationError
from connectors.files.discovery import Argument, discover
from flows.audit.proof import audit
from flows.config.settings import Settings
from flows.runs.compile_progress import is_compiled, machine_code_of, tell_progress
from flows.runs.replay import replay

REPEATS = 12
"""days of made-up events: enough that every loop is called, also those of windows, hosts, numbers and outages"""
PLATFORM_FILE: Final = "platform"


def compile_graph() -> None:
    """Compile every loop of the graph by a replay into a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples = [sample.line for each in FORMATS for sample in each.samples]
        stamped = [
            b"2026-03-%02dT0%d:00:%02d+00:00 host%d app: link eth%d is %s after %d tries"
            % (day, hour, second, second % 3, 1, word, 20 - day)
            for day in range(1, REPEATS)
            for hour in (1, 5)
            for second, word in ((1, b"down"), (31, b"up"))
        ]
        # signatures that differ in one word, so that families merge, on several hosts
        merging = [
            b"2026-03-%02dT02:%02d:00+00:00 host%d app: the queue of %s waits for a reader"
            % (day, minute, minute % 3, name)
            for day in range(1, REPEATS)
            for minute, name in enumerate((b"orders", b"letters", b"returns", b"payments", b"drawings"))
        ]
        for number, lines in enumerate((samples, stamped, merging)):
            (folder / f"{number}.log").write_bytes(b"".join(line + b"\n" for line in lines))
        replay(discover([Argument("warm", folder)]), Settings(folder / "out"))
        audit(folder / "out")
    _call_what_few_runs_reach()


def _call_what_few_runs_reach() -> None:
    """Call the loops that the replay does not, with arguments of the types that runs pass."""
    states = new_attention_states(2)
    is_covered_by(states[0], np.zeros(len(FACTORS), np.int32), states[1], np.uint32(0))
    co_occurs(states[0]["heard_seconds"], states[1]["heard_seconds"])
    ends(states[0]["heard_seconds"], states[1]["heard_seconds"])
    add_heard(np.zeros(1, PAIR_DTYPE)[0], 0, np.zeros(1, bool))
    weigh_up(new_occurrences(1), np.zeros(1, np.int64), 1, 0, 1, np.zeros((1, 5), np.int64))
    revive(np.zeros(1, FAMILY_DTYPE), 0, 0, 0)
    keys_of_facets(np.zeros(1, FAMILY_DTYPE), np.zeros(1, np.uint64))


def require_baseline() -> None:
    """Raise `ConfigurationError` where this machine makes code that fits no other one."""
    if target() is None:
        raise ConfigurationError(
            "this machine lacks some of its baseline, so its machine code fits no other one. Build a wheel without"
            " (python -m pip wheel), and an image with --build-arg MACHINE_CODE=."
        )


def copy_machine_code(folder: Path) -> None:
    """Copy the machine code of all loaded functions into a new folder, and name the platform that numba's own code is for.

    Raises `ConfigurationError` where this machine makes code that fits no other one, and where there is no code to copy.
    """
    require_baseline()
    folder.mkdir(parents=True)
    loaded = [each for module in list(sys.modules.values()) for each in list(vars(module).values())]
    functions = {id(each): each for each in loaded if isinstance(each, Dispatcher)}
    copied = 0
    for function in functions.values():
        code = machine_code_of(function)
        if code is not None and code.signatures():
            (folder / function.__module__).mkdir(exist_ok=True)
            copied += code.copy_to(str(folder))
    if not copied:
        raise ConfigurationError(
            "no machine code lies in a folder that may be written: run this from a clone, not a wheel"
        )
    # it is for the version of Python and the systems that numba's wheel is for: what it calls is part of that
    lines = (metadata.distribution("numba").read_text("WHEEL") or "").splitlines()
    platforms = [line.rpartition("-")[2] for line in lines if line.startswith("Tag: ")]
    (folder / PLATFORM_FILE).write_text(".".join(platforms), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:]:
        require_baseline()
    if not is_compiled():
        sys.stderr.write("compiling; this is done once\n")
        tell_progress(lambda line: sys.stderr.write(f"{line}\n"))
    compile_graph()
    if sys.argv[1:]:
        copy_machine_code(Path(sys.argv[1]))
