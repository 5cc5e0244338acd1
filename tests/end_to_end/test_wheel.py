"""A wheel for a platform brings the machine code of all loops, and an installation of it compiles nothing."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numba
import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("brainstem", "connectors", "flows", "state", "setup.py", "pyproject.toml", "README.md", "LICENSE")
OTHERS_PACKAGES = Path(numba.__file__).parents[1]
LINES = "".join(
    f"2026-03-{day:02}T{hour:02}:{second:02}:00Z anvil pump{second % 3}: pressure of line {hour} fell to {day * hour} bar\n"
    for day in range(1, 20)
    for hour in range(24)
    for second in (4, 34)
)


def ran(*command: object, folder: Path, **environment: str) -> str:
    """Return what a program says on both streams; its environment has nothing of this one but the search path."""
    shown = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert not shown.returncode, shown.stdout
    return shown.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with the machine code that this clone has, built from a copy of its files."""
    setuptools = pytest.importorskip("setuptools", reason="setuptools is not installed: make .venv/.test")
    folder = tmp_path_factory.mktemp("wheel")
    # as users of this clone run it, so that what it has compiled is found
    subprocess.run(
        [sys.executable, "-m", "flows.runs.compile_ahead", folder / "machine_code"],
        cwd=ROOT,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    build = "from setuptools import build_meta; build_meta.build_wheel('../dist')"
    packages = Path(setuptools.__file__).parents[1]
    environment = {"BRAINSTEM_MACHINE_CODE": str(folder / "machine_code"), "PYTHONPATH": str(packages)}
    ran(sys.executable, "-c", build, folder=source, **environment)
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the wheel, and with the other packages of this one."""
    folder = tmp_path_factory.mktemp("installation")
    ran(sys.executable, "-m", "venv", folder / "venv", folder=folder)
    python = folder / "venv/bin/python"
    ran(python, "-m", "pip", "install", "--no-index", "--no-deps", wheel, folder=folder)
    (packages,) = (folder / "venv/lib").glob("python*/site-packages")
    (packages / "others.pth").write_text(f"{OTHERS_PACKAGES}\n", encoding="utf-8")
    return folder


def machine_code_elsewhere(folder: Path) -> list[Path]:
    """Return the files of machine code that came with no wheel."""
    return [path for path in folder.rglob("*.nb?") if path.parent.parent.name != "machine_code"]


def test_the_wheel_is_for_this_python_and_platform(wheel: Path) -> None:
    """Its name says so, and it has no machine code beside what the clone can load."""
    version = f"cp{sys.version_info.major}{sys.version_info.minor}"
    assert f"-{version}-{version}-" in wheel.name
    assert not wheel.name.endswith("-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if "__pycache__" in name]
    assert [name for name in names if name.startswith("brainstem/jit/machine_code/brainstem.signature.tokenizer.scan/")]


def test_an_installed_wheel_compiles_nothing(installation: Path) -> None:
    """Neither for a replay nor to audit it; so nothing is written beside the modules or into the home folder."""
    home = installation / "home"
    home.mkdir()
    (installation / "pumps.log").write_text(LINES, encoding="utf-8")
    program = installation / "venv/bin/brainstem"
    said = ran(program, "replay", "acme=pumps.log", "--out", "out", folder=installation, HOME=str(home))
    said += ran(program, "audit", "out", folder=installation, HOME=str(home))
    assert "compiling" not in said
    assert not machine_code_elsewhere(installation)


def test_where_the_machine_code_does_not_fit_the_loops_are_compiled_and_kept(installation: Path) -> None:
    """As for a processor that lacks some of the baseline: what is compiled goes beside the modules, as without a wheel."""
    code = (
        "from flows.runs.compile_progress import is_compiled; from brainstem.aggregate.kernels import bucket_of;"
        "import numpy; print(is_compiled(), bucket_of(numpy.uint64(1), numpy.uint64(2)))"
    )
    python = installation / "venv/bin/python"
    fitting = ran(python, "-c", code, folder=installation).split()
    assert not machine_code_elsewhere(installation)
    other = ran(python, "-c", code, folder=installation, NUMBA_CPU_NAME="generic").split()
    assert (fitting[0], other[0]) == ("True", "False")
    assert fitting[1] == other[1]
    assert "aggregate" in {path.parent.parent.name for path in machine_code_elsewhere(installation)}


def test_nothing_of_the_machine_code_is_left_when_the_wheel_is_removed(installation: Path) -> None:
    """pip knows all files that came."""
    (packages,) = (installation / "venv/lib").glob("python*/site-packages")
    assert list((packages / "brainstem/jit/machine_code").iterdir())
    ran(installation / "venv/bin/python", "-m", "pip", "uninstall", "--yes", "brainstem-memory", folder=installation)
    assert not (packages / "brainstem/jit/machine_code").exists()
