"""Bytes have names: code that compares a byte says COMMA, not 44."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("brainstem/parse",)
BUFFER_TYPE = "Bytes"
BYTE_NAME = "byte"
"""a parameter or a loop variable of this name is a byte wherever it comes from"""


def compared_with_numbers(source: str) -> list[int]:
    """Return the lines that compare a byte with a bare number."""
    tree = ast.parse(source)
    scopes: list[ast.Module | ast.FunctionDef] = [tree]
    scopes += (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return sorted({line for scope in scopes for line in _lines(scope)})


def _lines(scope: ast.Module | ast.FunctionDef) -> Iterator[int]:
    buffers = _buffers(scope)
    names = {BYTE_NAME}
    # twice, as a byte may be handed on from one name to another
    for _ in range(2):
        names |= set(_names_of_bytes(scope, buffers, names))
    for node in ast.walk(scope):
        if isinstance(node, ast.Compare):
            operands = (node.left, *node.comparators)
            if any(_is_byte(each, buffers, names) for each in operands) and any(map(_is_number, operands)):
                yield node.lineno


def _buffers(scope: ast.Module | ast.FunctionDef) -> set[str]:
    """Return the parameters that are buffers of bytes."""
    parameters = scope.args.args if isinstance(scope, ast.FunctionDef) else []
    return {each.arg for each in parameters if each.annotation and ast.unparse(each.annotation) == BUFFER_TYPE}


def _names_of_bytes(scope: ast.Module | ast.FunctionDef, buffers: set[str], names: set[str]) -> Iterator[str]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and _is_byte(node.value, buffers, names):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _is_byte(node: ast.expr, buffers: set[str], names: set[str]) -> bool:
    """Return whether an expression is an element of a buffer, also with a bit set or inside a conversion."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and node.value.id in buffers and not isinstance(node.slice, ast.Slice)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _is_byte(node.left, buffers, names)
    if isinstance(node, ast.IfExp):
        return _is_byte(node.body, buffers, names) or _is_byte(node.orelse, buffers, names)
    if isinstance(node, ast.Call) and len(node.args) == 1:
        return _is_byte(node.args[0], buffers, names)
    return isinstance(node, ast.Name) and node.id in names


def _is_number(node: ast.expr) -> bool:
    """Return whether an expression is a number written out, or a choice of such numbers."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(_is_number, node.elts))
    if isinstance(node, ast.Call) and len(node.args) == 1:
        return _is_number(node.args[0])
    return isinstance(node, ast.Constant) and type(node.value) is int


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_byte_is_compared_with_a_name(folder: str) -> None:
    """No comparison of a buffer's element with a number in these folders."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line in compared_with_numbers(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    "line",
    [
        "buffer[at] == 44",
        "48 <= buffer[at] <= 57",
        "97 <= (buffer[at] | 32) <= 122",
        "buffer[at] in (44, 46)",
        "np.uint64(buffer[at]) == np.uint64(44)",
        "mark == 44",
    ],
)
def test_a_bare_number_beside_a_byte_is_noticed(line: str) -> None:
    """The check sees what it is there for, however the byte is written."""
    assert compared_with_numbers(
        f"def read(buffer: Bytes, at: int) -> bool:\n    mark = buffer[at]\n    return {line}\n"
    )


@pytest.mark.parametrize(
    "line", ["buffer[at] == COMMA", "at < 44", "len(buffer) == 44", "buffer[at] == buffer[at + 1]"]
)
def test_a_name_or_a_length_beside_a_byte_is_no_bare_number(line: str) -> None:
    """Only bytes have names; places and lengths are numbers."""
    assert not compared_with_numbers(f"def read(buffer: Bytes, at: int) -> bool:\n    return {line}\n")
