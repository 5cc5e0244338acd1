"""What a test has started is gone when the test process is, also when that one is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
POLL_SECONDS = 0.05
TEST = """
import subprocess, sys, threading
from pathlib import Path

WAITS = "import threading; threading.Event().wait()"
STARTS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WAITS!r}])"

def test_that_leaves_a_session_of_two_behind():
    child = subprocess.Popen([sys.executable, "-c", STARTS], start_new_session=True)
    Path(__file__).with_name("child").write_text(str(child.pid))
    if {WAITS_HERE}:
        threading.Event().wait()
"""


def members_of(session: int) -> list[str]:
    """Return the processes of a session that have not ended."""
    listed = subprocess.run(["ps", "-o", "stat=,pid=", "--sid", str(session)], capture_output=True, text=True).stdout
    # what has ended stays in the list where the first process of a container does not ask how
    return [line for line in listed.splitlines() if not line.strip().startswith("Z")]


def wait_for_members(session: int, count: int) -> None:
    """Wait until a session has so many processes."""
    patience = time.monotonic() + SECONDS
    while len(found := members_of(session)) != count:
        assert time.monotonic() < patience, found
        time.sleep(POLL_SECONDS)


@pytest.mark.skipif(
    sys.platform != "linux", reason="the guard needs /proc; run the tests on Linux to have this one run"
)
@pytest.mark.parametrize(
    ("options", "is_killed"),
    [([], True), (["-p", "xdist", "-n", "1"], True), ([], False)],
    ids=["killed", "killed with a worker", "ends by itself"],
)
def test_nothing_is_left_of_a_session_that_a_test_started(tmp_path: Path, options: list[str], is_killed: bool) -> None:
    """Neither the child nor its own child, both in a session of their own as brokers and runs are."""
    (tmp_path / "test_it.py").write_text(TEST.replace("{WAITS_HERE}", str(is_killed)), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        os.devnull,
        "--rootdir",
        str(tmp_path),
        "-p",
        "tests.support.leftovers",
    ]
    tests = subprocess.Popen(
        [*command, *options, str(tmp_path / "test_it.py")],
        cwd=ROOT,
        # the plugins that are installed take longer to load than all of this
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    child = tmp_path / "child"
    patience = time.monotonic() + SECONDS
    while not (child.exists() and child.read_text(encoding="utf-8")):
        assert time.monotonic() < patience, "the test has not started anything"
        assert tests.poll() is None, "the test process has ended before it started anything"
        time.sleep(POLL_SECONDS)
    session = int(child.read_text(encoding="utf-8"))
    if is_killed:
        wait_for_members(session, 2)
        tests.send_signal(signal.SIGKILL)
    tests.wait(SECONDS)
    wait_for_members(session, 0)
