"""What may import what: a pure core, edges that know only the core, and one place that knows the engine."""

import ast
import importlib
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

import brainstem

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("brainstem", "connectors", "state", "flows")
ENGINE = "bytewax"

CORE_MAY_IMPORT = {
    "bisect",
    "collections",
    "collections.abc",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "itertools",
    "llvmlite",
    "math",
    "numba",
    "numba.core",
    "numba.core.dispatcher",
    "numba.extending",
    "numba.np.arrayobj",
    "numpy",
    "numpy.typing",
    "operator",
    "orjson",
    "pyarrow",
    "re",
    "types",
    "typing",
    "zoneinfo",
}
"""Only `datetime.now` asks for the time, see below, and only `zoneinfo` reads files, those of the zones."""

BUILTINS_THAT_REACH_OUT = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
CALLS_THAT_READ_THE_CLOCK = {"now", "utcnow", "today", "fromtimestamp"}
HASH_THAT_DIFFERS_BY_PROCESS = "hash"
MODULES_MOST = 14
"""modules and packages side by side in one folder"""
ONE_FILE_FOR_EACH = {"flows.cli.commands": 24}
"""packages that are a list of files of one form, where more of them take no longer to find one's way in"""
COMPILERS = {"compiled", "compiled_helper", "compiled_without_refcounts"}


def files_of(*packages: str) -> list[Path]:
    """Return the Python files of packages; there is at least one in each."""
    found = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    assert {path.relative_to(ROOT).parts[0] for path in found} == set(packages)
    return found


@cache
def parsed(path: Path) -> ast.Module:
    """Return what a file says, read once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    """Return the dotted name of a file of the repository."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Return the modules that a file imports anywhere; `from a import b` gives `a`, and `a.b` where that is a module."""
    found: list[str] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            submodules = [f"{module}.{alias.name}" for alias in node.names]
            known = [name for name in submodules if (ROOT / (name.replace(".", "/") + ".py")).is_file()]
            found += known or [module]
    return tuple(found)


def package_of(module: str) -> str:
    """Return the top-level package of a module."""
    return module.split(".")[0]


def test_the_core_imports_only_what_cannot_reach_out() -> None:
    """Every import in brainstem/ is on the list above."""
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files_of("brainstem")
        for name in imports_of(path)
        if package_of(name) != "brainstem" and name not in CORE_MAY_IMPORT
    }
    assert not foreign


def test_the_core_reads_no_clock_and_no_file_and_prints_nothing() -> None:
    """No call in brainstem/ opens, prints, asks for the time or depends on PYTHONHASHSEED."""
    forbidden = BUILTINS_THAT_REACH_OUT | {HASH_THAT_DIFFERS_BY_PROCESS}
    found = []
    for path in files_of("brainstem"):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            by_name = isinstance(called, ast.Name) and name in forbidden
            if by_name or (isinstance(called, ast.Attribute) and name in CALLS_THAT_READ_THE_CLOCK):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert not found


def packages_of_the_product() -> list[str]:
    """Return the dotted name of every package of the product, of those inside others too."""
    return [module_name(path) for path in files_of(*PRODUCT) if path.name == "__init__.py"]


def order_of(package: str) -> tuple[str, ...]:
    """Return the modules of a package in the order in which it lists them."""
    listed: tuple[str, ...] = importlib.import_module(package).MODULES
    return listed


@pytest.mark.parametrize("package", packages_of_the_product())
def test_a_package_lists_its_modules_once(package: str) -> None:
    """MODULES of each package names every module and package in it, and nothing else."""
    folder = ROOT / package.replace(".", "/")
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    inner = {path.parent.name for path in folder.glob("*/__init__.py")}
    assert sorted(order_of(package)) == sorted(modules | inner)


@pytest.mark.parametrize("package", packages_of_the_product())
def test_a_module_imports_only_what_stands_before_it(package: str) -> None:
    """Data moves one way, so imports do: within a package, from what it lists earlier."""
    rank = {f"{package}.{name}": position for position, name in enumerate(order_of(package))}
    depth = package.count(".") + 2
    backwards = []
    for path in files_of(package.split(".")[0]):
        importer = ".".join(module_name(path).split(".")[:depth])
        for name in imports_of(path):
            imported = ".".join(name.split(".")[:depth])
            if importer in rank and imported in rank and imported != importer and rank[imported] > rank[importer]:
                backwards.append(f"{module_name(path)} imports {name}")
    assert not backwards


@pytest.mark.parametrize("package", packages_of_the_product())
def test_a_package_says_what_belongs_there_and_is_small(package: str) -> None:
    """A newcomer learns from its paragraph where a line goes, and sees all of its modules at once."""
    assert len((importlib.import_module(package).__doc__ or "").split()) >= 5
    assert len(order_of(package)) <= ONE_FILE_FOR_EACH.get(package, MODULES_MOST)


@pytest.mark.parametrize("package", ["connectors", "state"])
def test_an_edge_knows_only_the_core_of_our_packages(package: str) -> None:
    """connectors/ and state/ import brainstem and libraries, and not each other."""
    others = set(PRODUCT) - {"brainstem", package}
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in files_of(package)
        for name in imports_of(path)
        if package_of(name) in others
    ]
    assert not wrong


def test_only_flows_knows_the_engine() -> None:
    """A module outside flows/ works without Bytewax."""
    packages = [each for each in PRODUCT if each != "flows"]
    users = [
        module_name(path) for path in files_of(*packages) for name in imports_of(path) if package_of(name) == ENGINE
    ]
    assert not users


def test_no_compiled_function_counts_from_the_end() -> None:
    """Compiled code takes an index as unsigned, so -1 is no element of an array there."""
    found = []
    for path in files_of("brainstem", "state"):
        for name, function in _compiled_functions(path).items():
            for node in ast.walk(function):
                index = node.slice if isinstance(node, ast.Subscript) else None
                if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
                    found.append(f"{module_name(path)}.{name}:{index.lineno}")
    assert not found


def _compiled_functions(path: Path) -> dict[str, ast.FunctionDef]:
    return _compiled_in(parsed(path))


def _compiled_in(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(each, ast.Name) and each.id in COMPILERS for each in node.decorator_list)
    }


def test_only_compiled_functions_call_a_compiled_helper() -> None:
    """A helper has no entry for Python: called from there, it is an address of nothing. Tests and benchmarks count too."""
    texts = {path: path.read_text(encoding="utf-8") for path in files_of(*PRODUCT, "tests", "benchmarks")}
    helpers = {
        module_name(path): {name for name, function in _compiled_in(parsed(path)).items() if _is_helper(function)}
        for path, text in texts.items()
        if "@compiled_helper" in text
    }
    assert sum(map(len, helpers.values())) > 100
    defined_in = re.compile("|".join(rf"from {re.escape(module)} import" for module in helpers))
    found = []
    for path, text in texts.items():
        module = module_name(path)
        if module not in helpers and not defined_in.search(text):
            continue
        tree = parsed(path)
        nodes = list(ast.walk(tree))
        known = helpers.get(module, set()) | {
            alias.asname or alias.name
            for node in nodes
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name in helpers.get(node.module or "", ())
        }
        calls = [
            node
            for node in nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known
        ]
        within = {id(node) for each in _compiled_in(tree).values() for node in ast.walk(each)} if calls else set()
        found += [f"{path.relative_to(ROOT)}:{call.lineno}" for call in calls if id(call) not in within]
    assert not found


def _is_helper(function: ast.FunctionDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "compiled_helper" for each in function.decorator_list)


def test_the_product_knows_no_folder_outside_the_repository() -> None:
    """No text in the product points at evaluation data or at somebody's machine."""
    outside = re.compile(r"\.\./shared|\bshared\b.{0,4}\bcorpora\b|/work/")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files_of(*PRODUCT)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if outside.search(line)
    ]
    assert not found


def test_the_wheel_holds_every_package_of_the_product() -> None:
    """Packages are found by name and by their `__init__`, so each folder with modules has one."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["setuptools"]["packages"]["find"]["include"] == [
        f"{package}*" for package in sorted(PRODUCT)
    ]
    assert not [path for path in files_of(*PRODUCT) if not (path.parent / "__init__.py").is_file()]


def test_the_version_is_said_once_and_the_same() -> None:
    """pyproject.toml, the package and the changelog agree."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["version"] == brainstem.__version__
    assert f"## {brainstem.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_test_says_in_one_line_what_it_holds() -> None:
    """A test function in tests/ has a one-line docstring and a name that is a sentence."""
    wrong = []
    for path in files_of("tests"):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
                continue
            docstring = ast.get_docstring(node) or ""
            if not docstring or "\n" in docstring.strip() or node.name.count("_") < 3:
                wrong.append(f"{path.name}:{node.lineno}: {node.name}")
    assert not wrong
