"""`make` on a machine of today: which Python it takes, how it has one downloaded, and what it says where none can be had.

Interpreters and uv are stand-ins of a few lines of shell, so nothing is installed and no network is asked.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("cat", "cp", "make", "mkdir", "rm")
"""what recipes and stand-ins call; no Python of this machine is to be found beside them"""

PYTHON = """#!/bin/sh
case "$*" in
*version_info*) echo {version} ;;
*"-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*"install uv"*) cp "{registry}/uv" .venv-uv/bin/uv ;;
esac
"""
NO_VENV = PYTHON.replace('case "$*" in', 'case "$*" in\n*ensurepip*) exit 1 ;;')
BROKEN = '#!/bin/sh\necho "pyenv: command not found" >&2\nexit 127\n'
UV = """#!/bin/sh
case "$*" in
"python find"*) [ -e "{home}/downloaded/python3.12" ] && echo "{home}/downloaded/python3.12" ;;
"python install 3.12") {install} ;;
esac
"""


class Machine:
    """A copy of what `make` needs, a home, and a PATH with only the programs that a test puts there."""

    def __init__(self, root: Path) -> None:
        self.tree, self.home, self.programs, self.registry = (
            root / name for name in ("tree", "home", "programs", "registry")
        )
        for folder in (self.tree / ".ci", self.home, self.programs, self.registry):
            folder.mkdir(parents=True)
        for name in ("Makefile", "pyproject.toml", ".ci/find-python"):
            shutil.copy(ROOT / name, self.tree / name)
        for name in TOOLS:
            found = shutil.which(name)
            assert found
            (self.programs / name).symlink_to(found)

    def put_python(self, path: Path, version: str, text: str = PYTHON) -> None:
        """Install a stand-in for an interpreter."""
        self._put(path, text.format(version=version, registry=self.registry))

    def put_uv(self, folder: Path, install: str) -> None:
        """Install a stand-in for uv that knows a Python once `install` has put it into the home."""
        self._put(folder / "uv", UV.format(home=self.home, install=install))

    def downloading(self) -> str:
        """Return the shell command of an installation that succeeds."""
        self.put_python(self.registry / "python3.12", "3.12")
        return f'mkdir "{self.home}/downloaded" && cp "{self.registry}/python3.12" "{self.home}/downloaded/"'

    def make(self, *variables: str) -> subprocess.CompletedProcess[str]:
        """Run `make` for the environment alone."""
        environment = {"PATH": str(self.programs), "HOME": str(self.home)}
        command = ["make", ".venv/bin/python", *variables]
        return subprocess.run(command, cwd=self.tree, env=environment, capture_output=True, text=True, timeout=60)

    def version_of_environment(self) -> str:
        """Return the version of the interpreter that made the environment."""
        asked = [str(self.tree / ".venv" / "bin" / "python"), "-c", "version_info"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

    @staticmethod
    def _put(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine without any Python."""
    return Machine(tmp_path)


def test_the_default_is_taken_before_what_only_works(machine: Machine) -> None:
    """3.12 is what is tested, whatever `python3` is."""
    for name, version in (("python3", "3.13"), ("python3.11", "3.11"), ("python3.12", "3.12")):
        machine.put_python(machine.programs / name, version)
    assert machine.make().returncode == 0
    assert machine.version_of_environment() == "3.12"


def test_where_there_is_no_default_the_older_one_is_taken(machine: Machine) -> None:
    """Without a word and without a download."""
    machine.put_python(machine.programs / "python3", "3.11")
    done = machine.make()
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.version_of_environment() == "3.11"


def test_a_name_that_does_not_run_is_passed_over_for_the_version_it_stands_for(machine: Machine) -> None:
    """pyenv leaves `python3.12` on PATH though another version is the chosen one."""
    machine.put_python(machine.programs / "python3.12", "", BROKEN)
    machine.put_python(machine.programs / "python3.11", "3.11")
    machine.put_python(machine.home / ".pyenv" / "versions" / "3.12.7" / "bin" / "python3.12", "3.12")
    assert machine.make().returncode == 0
    assert machine.version_of_environment() == "3.12"


@pytest.mark.parametrize("text", [PYTHON, NO_VENV], ids=["too new", "no venv"])
@pytest.mark.parametrize("has_uv", [True, False], ids=["uv", "no uv"])
def test_where_no_version_fits_one_is_downloaded(machine: Machine, text: str, has_uv: bool) -> None:
    """With uv, which any Python can install; one line says so before it happens."""
    machine.put_python(machine.programs / "python3", "3.13" if text == PYTHON else "3.12", text)
    machine.put_uv(machine.programs if has_uv else machine.registry, machine.downloading())
    done = machine.make()
    assert done.returncode == 0, done.stderr
    assert machine.version_of_environment() == "3.12"
    announced = [line for line in done.stderr.splitlines() if line.startswith("no Python 3.12 or 3.11 here: ")]
    assert len(announced) == 1 + (not has_uv)


def test_where_nothing_can_be_had_it_is_said_what_was_found_and_tried_and_what_to_do(machine: Machine) -> None:
    """The status says that it failed, and no half-made environment is left."""
    machine.put_python(machine.programs / "python3", "3.13")
    machine.put_python(machine.programs / "python3.12", "", BROKEN)
    machine.put_uv(machine.registry, 'echo "no route to host" >&2; exit 2')
    done = machine.make()
    assert done.returncode != 0
    for said in (
        f"{machine.programs / 'python3'} (Python 3.13)",
        f"{machine.programs / 'python3.12'} (does not run)",
        "no route to host",
        "uv python install 3.12: it failed",
        "make demo PYTHON=/path/to/python3.12",
    ):
        assert said in done.stderr
    assert not (machine.tree / ".venv").exists()


def test_a_machine_without_any_python_is_told_what_to_install(machine: Machine) -> None:
    """There is nothing that could fetch one."""
    done = machine.make()
    assert done.returncode != 0
    assert "found: no Python" in done.stderr
    assert "PYTHON=" in done.stderr


def test_an_interpreter_that_is_named_is_taken_or_refused(machine: Machine) -> None:
    """No other takes its place."""
    machine.put_python(machine.programs / "python3.12", "3.12")
    older, newer = machine.home / "older", machine.home / "newer"
    machine.put_python(older, "3.11")
    machine.put_python(newer, "3.14")
    refused = machine.make(f"PYTHON={newer}")
    assert refused.returncode != 0
    assert f"{newer} (Python 3.14)" in refused.stderr
    assert machine.make(f"PYTHON={older}").returncode == 0
    assert machine.version_of_environment() == "3.11"


def test_the_package_allows_the_versions_that_make_looks_for() -> None:
    """`requires-python` and the script agree."""
    script = (ROOT / ".ci" / "find-python").read_text(encoding="utf-8")
    assert "find_installed 3.12 || find_installed 3.11 ||" in script
    assert 'requires-python = ">=3.11,<3.13"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "find-python", os.X_OK)
