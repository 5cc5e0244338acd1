"""A process that weighs a few rows of features under one set of parameters after another, without compiling anything.

A process has one set of parameters, and machine code is made from them; a search for the number that would have shown a
family asks for hundreds of sets. So this one runs the same functions uncompiled, and for each set imports anew the modules
that follow from what has changed. `Weigher` is the side that asks; run as a module it is the side that answers: lines of
JSON on standard input and output, first the facts of all rows, then one set of values a line.
"""

import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import IO, Any, Final, NamedTuple, cast

import orjson

from brainstem.parameters import Number

WITHOUT_COMPILER: Final = "NUMBA_DISABLE_JIT"
WEIGH: Final = "brainstem.attention.weigh"
STATE: Final = "brainstem.attention.state"
PARAMETERS: Final = "brainstem.parameters"
_ABOUT: Final = {"family": 0, "facet": 0, "slot": 0}


class Weighed(NamedTuple):
    """What a row of features is worth: its score in quarters of a deciban, and whether that promotes its family."""

    quarters: int
    is_promoted: bool


class Weigher:
    """Asks a process of its own. Use it as a context; the process ends with it."""

    def __init__(self, facts: Sequence[Mapping[str, int]]) -> None:
        environment = {**os.environ, WITHOUT_COMPILER: "1"}
        # -P: a folder named flows in the current folder is not the program
        command = [sys.executable, "-P", "-m", __name__]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        self.keys: tuple[str, ...] = tuple(self._ask([dict(each) for each in facts]))
        """the parameters that weighing may depend on"""

    def weigh(self, values: Mapping[str, Number]) -> list[Weighed]:
        """Return what each row is worth with these values, all others at their defaults."""
        return [Weighed(*each) for each in self._ask(dict(values))]

    def _ask(self, question: Any) -> Any:
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise RuntimeError("the process that weighs has no pipes")
        asked.write(orjson.dumps(question) + b"\n")
        asked.flush()
        line = answered.readline()
        if not line:
            raise RuntimeError(f"the process that weighs has ended with status {self._process.wait()}")
        return orjson.loads(line)

    def __enter__(self) -> "Weigher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()


class _Imports:
    """The modules that weighing consists of, and which of them follow from a parameter."""

    def __init__(self) -> None:
        self._parameters = cast("Any", importlib.import_module(PARAMETERS))
        self.module_of: dict[str, str] = {}
        """by key of a parameter, the module that declares it"""
        declare = self._parameters.parameter

        def noting(key: str, *rest: Any, **options: Any) -> Any:
            self.module_of[key] = sys._getframe(1).f_globals["__name__"]
            return declare(key, *rest, **options)

        self._parameters.parameter = noting
        for name in (WEIGH, STATE):
            importlib.import_module(name)
        self._order = [name for name in sys.modules if name.startswith("brainstem.")]
        """in the order in which they were begun; a module is complete only once those that it imports are"""
        self._imported = {name: _imports_of(sys.modules[name]) for name in self._order}
        self._bound: dict[str, Number] = {}

    def bind(self, values: Mapping[str, Number]) -> None:
        """Put these values in force, all others at their defaults."""
        keys = {
            key for key in {*values, *self._bound} if values.get(key) != self._bound.get(key) and key in self.module_of
        }
        self._bound = dict(values)
        self._parameters._BOUND.clear()
        self._parameters._BOUND.update(values)
        stale = {self.module_of[key] for key in keys}
        while more := {
            name for name in self._order if name not in stale and not stale.isdisjoint(self._imported[name])
        }:
            stale |= more
        for key, module in self.module_of.items():
            if module in stale:
                self._parameters._DECLARED.pop(key, None)
        for name in stale:
            del sys.modules[name]
        for name in self._order:
            if name in stale:
                importlib.import_module(name)


def _imports_of(module: Any) -> frozenset[str]:
    """Return the names of the modules that a module imports from."""
    path = getattr(module, "__file__", None)
    tree = ast.parse(Path(path).read_bytes()) if path else ast.Module([], [])
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return frozenset(found)


def _weigh(rows: Sequence[Mapping[str, int]]) -> list[Weighed]:
    """Return what rows of features are worth with what is in force."""
    weigh, state = (sys.modules[name] for name in (WEIGH, STATE))
    numpy = importlib.import_module("numpy")
    found = []
    for row in rows:
        points = numpy.zeros(len(state.FACTORS))
        weigh.weigh_one(SimpleNamespace(**row), points)
        quarters = numpy.array([round(each * weigh.POINT_QUANTUM) for each in points.tolist()], numpy.int32)
        score = int(quarters.sum()) + weigh.PRIOR_QUARTERS
        # as in machine code, unsigned numbers go round
        with numpy.errstate(over="ignore"):
            two_keys = bool(state.has_two_keys(state.kinds_of(quarters)))
        found.append(Weighed(score, bool(state.band_of(score, row["cue"], two_keys) == state.PROMOTE)))
    return found


def answer(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nothing more is asked."""
    imports = _Imports()
    rows = [_ABOUT | each for each in orjson.loads(asked.readline())]
    answers.write(orjson.dumps(sorted(imports.module_of)) + b"\n")
    answers.flush()
    for line in iter(asked.readline, b""):
        values = {key: tuple(each) if isinstance(each, list) else each for key, each in orjson.loads(line).items()}
        imports.bind(values)
        answers.write(orjson.dumps([tuple(each) for each in _weigh(rows)]) + b"\n")
        answers.flush()


if __name__ == "__main__":
    answer(sys.stdin.buffer, sys.stdout.buffer)
