"""The modules of the benchmarks, and of what they share with the tests, import each other in one direction."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("benchmarks", "tests/support")


def imports_of(path: Path) -> set[Path]:
    """Return the files of these packages that a file imports anywhere, for its types too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found |= {ROOT / f"{name.replace('.', '/')}.py" for name in names}
    return {each for each in found if each.is_file()}


def test_no_module_of_the_benchmarks_imports_itself_in_a_circle() -> None:
    """Each can be read with what it imports alone."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    order = list(TopologicalSorter({path: imports_of(path) for path in files}).static_order())
    assert len(order) >= len(files) > 50
