"""The examples of docs/contributing.md: each diff applies to the tree as it is, and what it adds works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIFFS = ROOT / "docs" / "contributing"
PARTS = ("brainstem", "connectors", "flows", "state", "tests", "benchmarks", "pyproject.toml", "CHANGELOG.md")
TRIED_BY = {
    "kind": ("tests/contract/test_kinds.py", "tests/contract/test_stored_layouts.py", "tests/contract/test_purity.py"),
    "format": ("tests/brainstem/parse/formats/test_formats.py", "tests/contract/test_purity.py"),
    "connector": ("tests/contract/test_sources.py", "-k", "drop-folder or promise"),
    "command": ("tests/contract/test_purity.py", "-k", "commands"),
}
"""what runs over the tree with the diff applied"""


def changed_tree(name: str, folder: Path) -> Path:
    """Return a copy of the tree, with its machine code, that the diff of an example was applied to."""
    if shutil.which("git") is None:
        pytest.skip("no git to apply a diff with: install git")
    tree = folder / "tree"
    tree.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tree / part)
        else:
            shutil.copy2(source, tree / part)
    # a folder inside a checkout is none of its own to git
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(tree.parent)}
    applied = subprocess.run(
        ["git", "apply", DIFFS / f"{name}.diff"], cwd=tree, env=environment, capture_output=True, text=True
    )
    assert applied.returncode == 0, applied.stderr
    return tree


def in_tree(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a changed tree, with its packages before the installed ones."""
    environment = os.environ | {"PYTHONPATH": str(tree)}
    return subprocess.run([sys.executable, *arguments], cwd=tree, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", TRIED_BY)
def test_an_example_applies(name: str) -> None:
    """To the tree as it is."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git to apply a diff with: install git")
    command = [git, "apply", "--check", str(DIFFS / f"{name}.diff")]
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(ROOT.parent)}
    tried = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr


@pytest.mark.long
@pytest.mark.parametrize("name", TRIED_BY)
def test_an_example_applies_and_holds(name: str, tmp_path: Path) -> None:
    """The contract suites run over the tree with the diff, and see what it adds."""
    tree = changed_tree(name, tmp_path)
    ran = in_tree(tree, "-m", "pytest", "-p", "no:cacheprovider", *TRIED_BY[name])
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (passed,) = re.findall(r"(\d+) passed", ran.stdout)
    assert int(passed) > 0


def test_the_command_of_the_example_runs(tmp_path: Path) -> None:
    """It is in the help, and lists the tenants of a run."""
    tree = changed_tree("command", tmp_path)
    (tmp_path / "a.log").write_text("2026-03-01T00:00:00Z anvil app: fine\n" * 3, encoding="utf-8")
    replay = in_tree(tree, "-m", "flows.cli", "replay", f"acme={tmp_path / 'a.log'}", "--out", str(tmp_path / "out"))
    assert replay.returncode == 0, replay.stderr
    assert "tenants" in in_tree(tree, "-m", "flows.cli", "--help").stdout
    assert in_tree(tree, "-m", "flows.cli", "tenants", str(tmp_path / "out")).stdout == "acme: 3 records of 1 sources\n"


def test_every_diff_is_tried() -> None:
    """A further example needs what tries it."""
    assert {path.stem for path in DIFFS.glob("*.diff")} == TRIED_BY.keys()
