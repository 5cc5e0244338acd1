"""How far compiling is, as it is told while it goes on."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from flows.runs.compile_progress import SECONDS_BETWEEN_LINES, CompileProgress, function_names


def compiled(name: str) -> Any:
    """Return what numba says of a function that it has compiled."""
    return SimpleNamespace(
        data={"dispatcher": SimpleNamespace(py_func=SimpleNamespace(__module__="m", __qualname__=name))}
    )


def test_a_line_every_ten_seconds_says_how_many_functions_are_compiled_and_how_long_the_others_take() -> None:
    """A function counts once for all types of arguments, and one of others does not count."""
    moments: Iterator[float] = iter([0, 4, SECONDS_BETWEEN_LINES, 12, 100, 101])
    lines: list[str] = []
    progress = CompileProgress(frozenset({"m.a", "m.b", "m.c", "m.d"}), lines.append, lambda: next(moments))
    for name in ("a", "a", "elsewhere", "b", "c"):
        progress.on_end(compiled(name))
    assert lines == [
        "compiling: 1 of 4 functions, less than a minute left",
        "compiling: 2 of 4 functions, about 2 minutes left",
    ]


def test_functions_of_modules_that_are_not_loaded_count_too() -> None:
    """Loops and helpers, each by the name that numba tells when it has compiled it."""
    assert {"brainstem.signature.tokenizer.scan.sign_rows", "brainstem.arrays.hash_table.mix"} <= function_names()
    assert not [name for name in function_names() if not name.startswith("brainstem.")]
