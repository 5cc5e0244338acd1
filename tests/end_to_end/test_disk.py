"""What happens to the folder of a run while it runs, and whose files it is: told in a sentence, with a documented status."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.config.settings import PARTITIONS
from tests.support.killing import ended, start, wait_until

ROOT = Path(__file__).resolve().parents[2]
UNREADABLE = 2
HALF = 8000
LINES = [
    b"Mar %2d %02d:%02d:00 web1 app[1]: cache swept, %d entries dropped\n"
    % (1 + minute // 1440, minute // 60 % 24, minute % 60, minute)
    for minute in range(2 * HALF)
]
AS_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
"""what takes from root the right to read everything"""
EACH_FORKED = """
import json, os, sys, tempfile
import flows.audit.proof, flows.recall.queue, flows.reports.digest, flows.reports.explanation
import flows.runs.compact_folder, flows.runs.repair
from flows.cli.main import main

ran = []
for command in json.loads(sys.argv[1]):
    with tempfile.TemporaryFile() as told:
        child = os.fork()
        if not child:
            os.dup2(told.fileno(), 1)
            os.dup2(told.fileno(), 2)
            sys.argv = ["brainstem", *command]
            main()
            sys.exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told.seek(0)
        ran.append((status, told.read().decode()))
print(json.dumps(ran))
"""
"""runs commands of the program one after the other, each in a process that is forked once their modules are loaded"""


def moved(out: Path) -> None:
    """Move the folder elsewhere."""
    out.rename(out.with_name("elsewhere"))


def removed(out: Path) -> None:
    """Remove the folder."""
    moved(out)
    shutil.rmtree(out.with_name("elsewhere"))


def replaced(out: Path) -> None:
    """Put a file in the place of the stored records."""
    shutil.rmtree(out / "evidence")
    (out / "evidence").write_bytes(b"")


@pytest.mark.parametrize("harm", [removed, moved, replaced])
def test_a_folder_that_is_taken_away_under_a_run_is_told(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    """In one sentence that names it; nothing is made anew in its place."""
    os.mkfifo(tmp_path / "pipe")
    out = tmp_path / "out"
    process = start(["replay", f"acme={tmp_path / 'pipe'}", "--out", str(out)])
    # it may have noticed, and have ended, before all is written
    with contextlib.suppress(BrokenPipeError), (tmp_path / "pipe").open("wb") as pipe:
        pipe.write(b"".join(LINES[:HALF]))
        pipe.flush()
        # seven of eight partitions have no file and end at once
        wait_until(process, lambda: len(list((out / "_accounts").glob("v*.json"))) == PARTITIONS - 1)
        harm(out)
        pipe.write(b"".join(LINES[HALF:]))
    status, told = ended(process)
    assert status == UNREADABLE, told
    assert "Traceback" not in told, told
    assert "panicked" not in told, told
    assert str(out) in told, told
    assert "Operator action" in told, told
    assert not out.exists() or harm is replaced


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can take files from others")
@pytest.mark.parametrize("mode", [0o000, 0o400])
def test_files_of_another_user_are_told(tmp_path: Path, mode: int) -> None:
    """Those that may not be read under every command, those that may not be written under those that write."""
    (tmp_path / "log").write_bytes(b"".join(LINES[:2000]))
    out = tmp_path / "out"
    status, told = ended(start(["replay", f"acme={tmp_path / 'log'}", "--out", str(out)]))
    assert status == 0, told
    for path in out.rglob("*"):
        if path.is_file():
            path.chmod(mode)
        os.chown(path, 65534, 65534)
    os.chown(out, 65534, 65534)
    may_read = mode == 0o400
    if may_read:
        for path in out.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        out.chmod(0o555)
    commands = [
        ["digest", str(out)],
        ["explain", "swept", "--out", str(out)],
        ["recall", "swept", str(out)],
        ["queue", str(out)],
        ["audit", str(out)],
        ["compact", str(out)],
        ["repair", str(out)],
    ]
    script = [*AS_ANYBODY, sys.executable, "-c", EACH_FORKED, json.dumps(commands)]
    ran = subprocess.run(script, capture_output=True, check=True, timeout=240, cwd=ROOT)
    for command, (status, told) in zip(commands, json.loads(ran.stdout), strict=True):
        assert "Traceback" not in told, told
        # compact looks first at what it would forget
        writes = command[0] == "repair" or (command[0] == "compact" and may_read)
        assert status == (3 if writes else 0 if may_read else 1 if command[0] == "audit" else 2), (
            command,
            told,
        )
        assert (may_read and not writes) or "ermission denied" in told or command[0] == "audit", (command, told)
