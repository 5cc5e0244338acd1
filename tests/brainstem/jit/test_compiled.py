"""Machine code on disk is used only as long as all that it was made from is the same."""

import json
import os
import subprocess
import sys
from enum import IntEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from brainstem.jit import cache
from brainstem.jit.cache_key import cache_key_of
from brainstem.jit.decorators import compiled, compiled_helper
from tests.support.program import in_a_new_process

ROOT = Path(__file__).resolve().parents[3]

LIMITS = """
from brainstem.jit.decorators import compiled_without_refcounts
from enum import IntEnum

LIMIT = {limit}

class Band(IntEnum):
    FULL = {full}

@compiled_without_refcounts
def doubled(value):
    return value * {factor}
"""

LOOPS = """
from brainstem.jit.decorators import compiled
from limits import LIMIT, Band, doubled

@compiled
def total(values):
    result = 0
    for value in values:
        result += min(doubled(value), LIMIT)
    return result + Band.FULL
"""


def total_in_a_new_process(folder: Path, limit: int, full: int, factor: int) -> tuple[int, int]:
    """Write the module that a loop imports from, and return what the loop makes of 1, 2, 3 in a process of its own.

    The second number is how many entries of machine code that process loaded from disk.
    """
    (folder / "limits.py").write_text(LIMITS.format(limit=limit, full=full, factor=factor), encoding="utf-8")
    result, hits = in_a_new_process(total_here, folder)
    return result, hits


def total_here(folder: Path) -> tuple[int, int]:
    """Import the loop and run it; for a process that has not done so."""
    # modules of one second and one size look the same to the cache of byte code
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    total = import_module("loops").total
    return int(total(np.array([1, 2, 3]))), sum(total.stats.cache_hits.values())


def test_machine_code_follows_what_its_module_takes_from_others(tmp_path: Path) -> None:
    """A constant, an enumeration or a function of another module that changes is compiled in by the next process."""
    (tmp_path / "loops.py").write_text(LOOPS, encoding="utf-8")
    assert total_in_a_new_process(tmp_path, limit=100, full=0, factor=2) == (12, 0)
    assert total_in_a_new_process(tmp_path, limit=3, full=0, factor=2) == (2 + 3 + 3, 0)
    assert total_in_a_new_process(tmp_path, limit=3, full=50, factor=2) == (2 + 3 + 3 + 50, 0)
    assert total_in_a_new_process(tmp_path, limit=3, full=50, factor=1) == (1 + 2 + 3 + 50, 0)


def test_machine_code_is_kept_where_nothing_changed(tmp_path: Path) -> None:
    """A second process loads from disk what the first one compiled."""
    (tmp_path / "loops.py").write_text(LOOPS, encoding="utf-8")
    assert total_in_a_new_process(tmp_path, limit=5, full=0, factor=2) == (2 + 4 + 5, 0)
    assert total_in_a_new_process(tmp_path, limit=5, full=0, factor=2) == (2 + 4 + 5, 1)


def test_machine_code_from_disk_is_built_into_what_is_compiled_anew(tmp_path: Path) -> None:
    """A loop that changed is compiled with a function that did not."""
    loops = tmp_path / "loops.py"
    loops.write_text(LOOPS, encoding="utf-8")
    assert total_in_a_new_process(tmp_path, limit=100, full=0, factor=2) == (12, 0)
    loops.write_text(LOOPS.replace("result = 0", "result = 1000"), encoding="utf-8")
    assert total_in_a_new_process(tmp_path, limit=100, full=0, factor=2) == (1012, 0)


def test_rewording_compiles_nothing(tmp_path: Path) -> None:
    """A comment, a docstring and another place in the file leave the machine code as it is; another loop does not."""
    loops = tmp_path / "loops.py"
    loops.write_text(LOOPS, encoding="utf-8")
    assert total_in_a_new_process(tmp_path, limit=100, full=0, factor=2) == (12, 0)
    with_docstring = LOOPS.replace("    result = 0", '    """Return a sum."""\n    result = 0')
    for text, hits in ((with_docstring, 1), (f"# a comment\n\n{with_docstring}", 1), (LOOPS.replace("= 0", "= 1"), 0)):
        loops.write_text(text, encoding="utf-8")
        assert total_in_a_new_process(tmp_path, limit=100, full=0, factor=2)[1] == hits


def total_of_what_came(folder: Path, shipped: Path, *, ships: bool = False) -> tuple[int, int]:
    """Do as `total_here` where nothing can be kept, and where `shipped` is the folder that came with the program.

    With `ships` that folder is made, of what is on disk.
    """
    if not ships:
        # neither beside the module nor in the user's folder
        (folder / "__pycache__").write_bytes(b"")
        os.environ["XDG_CACHE_HOME"] = f"{folder}/loops.py"
    cache.SHIPPED_FOLDER = str(shipped)  # type: ignore[misc]  # a process of its own
    result = total_here(folder)
    if ships:
        (shipped / "loops").mkdir(parents=True)
        assert vars(import_module("loops").total)["_cache"].copy_to(str(shipped)) == 1
    return result


def test_machine_code_that_came_with_the_program_is_loaded_where_no_folder_may_be_written(tmp_path: Path) -> None:
    """Without it the loop is compiled, as it is where what came is of other code, of another version, or damaged."""
    ours, shipped = tmp_path / "ours", tmp_path / "shipped"
    for folder in (ours, tmp_path / "installed"):
        folder.mkdir()
        (folder / "loops.py").write_text(LOOPS, encoding="utf-8")
        (folder / "limits.py").write_text(LIMITS.format(limit=100, full=0, factor=2), encoding="utf-8")
    installed = tmp_path / "installed"
    assert in_a_new_process(partial(total_of_what_came, ships=True), ours, shipped) == (12, 0)
    assert in_a_new_process(total_of_what_came, installed, shipped) == (12, 1)
    assert in_a_new_process(total_of_what_came, installed, tmp_path / "nothing") == (12, 0)
    (installed / "limits.py").write_text(LIMITS.format(limit=3, full=0, factor=2), encoding="utf-8")
    assert in_a_new_process(total_of_what_came, installed, shipped) == (2 + 3 + 3, 0)
    (installed / "limits.py").write_text(LIMITS.format(limit=100, full=0, factor=2), encoding="utf-8")
    for ending in ("nbc", "nbi"):
        (damaged,) = (shipped / "loops").glob(f"*.{ending}")
        for left in (damaged.read_bytes()[:300], b"", b"no pickle"):
            damaged.write_bytes(left)
            assert in_a_new_process(total_of_what_came, installed, shipped) == (12, 0)


class Band(IntEnum):
    """An enumeration that machine code may hold."""

    LOW = 1


class Other(IntEnum):
    """The same names, another value."""

    LOW = 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, 2),
        (1, 1.0),
        ("a", "b"),
        ((1, 2), (1, 3)),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1, 2], np.int32), np.array([1, 2], np.int64)),
        (np.uint8(1), np.uint16(1)),
        (Band, Other),
    ],
)
def test_constants_that_differ_have_different_keys(before: object, after: object) -> None:
    """Whatever machine code may hold of a name is part of the key."""
    assert cache_key_of({"LIMIT": before}) == cache_key_of({"LIMIT": before})
    assert cache_key_of({"LIMIT": before}) != cache_key_of({"LIMIT": after})
    assert cache_key_of({"LIMIT": before}) != cache_key_of({"LIMITS": before})


def module_with(body: str, **names: Any) -> ModuleType:
    """Make a module of compiled functions."""
    module = ModuleType("elsewhere")
    vars(module).update(compiled=compiled, compiled_helper=compiled_helper, **names)
    sys.modules["elsewhere"] = module
    exec(compile(body, "<elsewhere>", "exec"), vars(module))  # noqa: S102 - written here
    return module


def test_a_key_follows_what_a_foreign_function_uses_in_turn() -> None:
    """The constants of a compiled function of another module belong to the key of the one that calls it."""
    body = "@compiled_helper\ndef _limited(value):\n    return min(value, LIMIT)\n"
    keys = [cache_key_of({"limited": vars(module_with(body, LIMIT=limit))["_limited"]}) for limit in (1, 2, 1)]
    assert keys[0] == keys[2] != keys[1]


def test_keys_are_the_same_in_every_process() -> None:
    """No key depends on an address or an order of hashing, or nothing would ever be loaded from disk."""
    code = (
        "import json, sys, flows.runs.replay, flows.audit.original_inputs;"
        "import state.attention.evidence_lines, state.attention.family_table;"
        "from brainstem.jit.cache_key import Dispatcher, cache_key_of;"
        "print(json.dumps({name: cache_key_of(vars(module)) for name, module in sorted(sys.modules.items())"
        " if any(isinstance(v, Dispatcher) and v.__module__ == name for v in vars(module).values())}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        env=os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)},
    )
    keys = json.loads(ran.stdout)
    assert "brainstem.signature.tokenizer.scan" in keys
    assert keys == {name: cache_key_of(vars(import_module(name))) for name in keys}


HELPERS = """
from brainstem.jit.decorators import compiled, compiled_helper

@compiled_helper
def checked(value, limit):
    if value > limit:
        raise ValueError("too large")
    return value

@compiled_helper
def doubled(value):
    return checked(value, 100) * 2

@compiled_helper
def both(value):
    return checked(value, 50) + doubled(value)

@compiled
def total(values):
    result = 0
    for value in values:
        result += both(value)
    return result

@compiled
def first(values):
    return total(values[:1]) + doubled(values[0])
"""


def helpers_here(folder: Path) -> tuple[int, int, str, int]:
    """Import helpers that call helpers, call loops that share them, and count the types one was compiled for."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    helpers = import_module("helpers")
    values = np.array([1, 2, 3])
    failed = ""
    try:
        helpers.total(values + 50)
    except ValueError as error:
        failed = str(error)
    return int(helpers.total(values)), int(helpers.first(values)), failed, len(helpers.checked.signatures)


def test_helpers_that_share_helpers_are_built_into_each_loop(tmp_path: Path) -> None:
    """Also what they raise, also when the loops come from disk; a constant does not compile a helper again."""
    (tmp_path / "helpers.py").write_text(HELPERS, encoding="utf-8")
    assert in_a_new_process(helpers_here, tmp_path) == (18, 5, "too large", 1)
    # from disk, where no helper is compiled
    assert in_a_new_process(helpers_here, tmp_path) == (18, 5, "too large", 0)


def test_elements_of_arrays_with_gaps_and_of_records_are_read_and_written(tmp_path: Path) -> None:
    """Every second element, a column of a table, a record with an array, and an array of two dimensions."""
    (tmp_path / "loops.py").write_text(ELEMENTS, encoding="utf-8")
    assert in_a_new_process(elements_here, tmp_path) == ([0, 7, 2, 7, 4, 7], [3, 1, 4], 9, [[1, 9], [3, 4]])


ELEMENTS = """
from brainstem.jit.decorators import compiled

@compiled
def fill(values, value):
    for i in range(len(values)):
        values[i] = value

@compiled
def copy(source, target):
    for i in range(len(source)):
        target[i] = source[i]

@compiled
def put(rows, value):
    rows[1].counts[2] = value
    row = rows[1]
    return row.counts[2]

@compiled
def put_in_row(table, value):
    table[0][1] = value
"""


def elements_here(folder: Path) -> tuple[list[int], list[int], int, list[list[int]]]:
    """Read and write elements of arrays that are not plain columns."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    loops = import_module("loops")
    values = np.arange(6, dtype=np.int32)
    loops.fill(values[1::2], 7)
    table = np.array([(3, 0), (1, 0), (4, 0)], [("first", "u1"), ("other", "i8")])
    column = np.zeros(3, np.int64)
    loops.copy(table["first"], column)
    rows = np.zeros(2, [("flag", "u1"), ("counts", "i4", 4)])
    put = loops.put(rows, 9)
    pair = np.array([[1, 2], [3, 4]])
    loops.put_in_row(pair, 9)
    return values.tolist(), column.tolist(), int(put), pair.tolist()
