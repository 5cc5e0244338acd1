"""Runs over files that are killed, stopped or refused on the way: nothing lost, nothing doubled, nothing different."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from brainstem.contracts.ledger import FaultReason
from connectors.base import InputError
from connectors.files.discovery import discover, parse_argument
from flows.config.settings import Settings
from flows.process.cluster import ORPHANED, SUPERVISOR
from flows.process.status import ledger_so_far
from flows.recovery.plan import Plan
from flows.recovery.store import Recovery
from flows.runs.replay import complete, prepare, run_process
from tests.support.killing import STOPPED, assert_same_outcome, ended, kill_group, run_through_kills, start, wait_until
from tests.support.small_town import town, write

NOISE_LINES = 30_000


def noise(dice: random.Random) -> str:
    """Return many lines of many hosts over the days of the town, some of them no events."""
    lines = []
    for number in range(NOISE_LINES):
        second = number * 12 * 86_400 // NOISE_LINES
        day, clock = 2 + second // 86_400, second % 86_400
        stamp = f"2026-03-{day:02d}T{clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}Z"
        lines.append(
            f"{stamp} n{dice.randrange(20)} job{number % 7}[{number % 999}]: part {dice.randrange(10**6)} done"
        )
        if not number % 500:
            lines.append("")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    """Return the arguments of a run, and the folder of one that was left alone."""
    folder = tmp_path_factory.mktemp("recovery")
    arguments = ["replay", *write(folder / "logs", town(7))]
    for name in ("acme/noise.log", "bolt/noise.log"):
        (folder / "logs" / name).write_text(noise(random.Random(name)), encoding="utf-8")
        arguments.append(f"{name.split('/')[0]}={folder / 'logs' / name}")
    # two processes take more of a processor to store a snapshot together than to read all of these lines
    arguments += ["--snapshot-seconds", "0.5", "--batch-records", "1024"]
    status, told = ended(start([*arguments, "--out", str(folder / "uncut")]))
    assert status == 0, told
    assert (folder / "uncut" / "items.jsonl").stat().st_size > 0
    return arguments, folder / "uncut"


@pytest.mark.parametrize(
    ("processes", "whom", "seed"),
    [
        ((1, 1), "group", 19),
        pytest.param((1, 2), "group", 19, marks=pytest.mark.long),
        pytest.param((2,), "supervisor", 24, marks=pytest.mark.long),
        pytest.param((2,), "worker", 5, marks=pytest.mark.long),
        pytest.param((1,) * 4, "group", 1, marks=pytest.mark.long),
        pytest.param((2,) * 2, "group", 9, marks=pytest.mark.long),
        pytest.param((1, 2, 1), "group", 3, marks=pytest.mark.long),
        pytest.param((2, 2), "supervisor", 4, marks=pytest.mark.long),
        pytest.param((2, 2), "worker", 12, marks=pytest.mark.long),
    ],
)
def test_a_run_that_is_killed_and_resumed_gives_what_an_uncut_one_gives(
    uncut: tuple[list[str], Path], tmp_path: Path, processes: tuple[int, ...], whom: str, seed: int
) -> None:
    """Whenever it was killed, and however many processes it had before and has now."""
    arguments, whole = uncut
    out = tmp_path / "out"
    attempts = [
        [*arguments, "--out", str(out), "--processes", str(count), "--resume"] for count in [*processes, processes[-1]]
    ]
    # one process begins to read at once; several are started first
    kills = run_through_kills(attempts, out, random.Random(seed), 2.0 if 1 in processes else 3.0, whom)
    assert kills.landed
    assert_same_outcome(out, whole)
    assert sorted(path.name for path in out.iterdir() if path.name.startswith("_")) == []


@pytest.mark.parametrize(
    ("processes", "asked_by"),
    [
        (1, signal.SIGINT),
        pytest.param(2, signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(1, signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(2, signal.SIGINT, marks=pytest.mark.long),
    ],
)
def test_a_run_that_is_asked_to_stop_stops_and_can_go_on(
    uncut: tuple[list[str], Path], tmp_path: Path, asked_by: signal.Signals, processes: int
) -> None:
    """It ends by itself, with a status of its own, and says how to go on."""
    arguments, whole = uncut
    out = tmp_path / "out"
    command = [*arguments, "--out", str(out), "--processes", str(processes)]
    process = start(command)
    _wait_for_snapshot(process, out)
    process.send_signal(asked_by)
    status, told = ended(process)
    assert status == STOPPED, told
    assert "--resume" in told
    assert not (out / "digest.md").exists()
    status, told = ended(start([*command, "--resume"]))
    assert status == 0, told
    assert_same_outcome(out, whole)


def test_a_finished_run_is_not_run_again(uncut: tuple[list[str], Path]) -> None:
    """Resuming it prints its digest, so that a supervisor may always say `--resume`."""
    arguments, whole = uncut
    before = (whole / "digest.md").stat().st_mtime_ns
    process = start([*arguments, "--out", str(whole), "--resume"])
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.decode() == (whole / "digest.md").read_text(encoding="utf-8") + "\n"
    assert (whole / "digest.md").stat().st_mtime_ns == before


@pytest.fixture(scope="module")
def killed(uncut: tuple[list[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that was killed on its way; tests take a copy."""
    out = tmp_path_factory.mktemp("killed") / "out"
    process = start([*uncut[0], "--out", str(out)])
    _wait_for_snapshot(process, out)
    kill_group(process)
    return out


@pytest.fixture
def stopped(uncut: tuple[list[str], Path], killed: Path, tmp_path: Path) -> tuple[list[str], Path]:
    """Return the command line of a run that was killed on its way, and its folder."""
    out = shutil.copytree(killed, tmp_path / "out")
    return [*uncut[0], "--out", str(out)], out


def test_an_unfinished_run_is_not_overwritten(stopped: tuple[list[str], Path]) -> None:
    """Without `--resume` nothing happens, and the fix is told."""
    status, told = ended(start(stopped[0]))
    assert status == 3
    assert "--resume" in told


def test_other_arguments_are_refused(stopped: tuple[list[str], Path]) -> None:
    """A run goes on with what it was begun with, or not at all."""
    status, told = ended(start([*stopped[0], "--resume", "--zone", "Europe/Berlin"]))
    assert status == 3
    assert "--zone = 'Europe/Berlin'" in told
    status, told = ended(start([*stopped[0], "--resume", "--zone", "acme=Europe/Berlin"]))
    assert status == 3
    assert "--zone = 'UTC, acme=Europe/Berlin'" in told
    status, told = ended(start([*stopped[0], "--resume", "--format", "plain"]))
    assert status == 3
    assert "--format = ['plain']" in told


def test_state_of_an_unknown_version_is_refused_with_what_to_do(stopped: tuple[list[str], Path]) -> None:
    """Nothing is touched, and both versions are named."""
    command, out = stopped
    path = Recovery(out).folder / "plan.json"
    plan = json.loads(path.read_bytes())
    plan["states"]["bucket"] += 1000
    path.write_text(json.dumps(plan), encoding="utf-8")
    status, told = ended(start([*command, "--resume"]))
    assert status == 3
    assert "bucket 100" in told
    assert "Operator action" in told


def _rows(out: Path, query: str) -> list[tuple[int, ...]]:
    """Ask every file of the store."""
    found = []
    for path in sorted(Recovery(out).folder.glob("part-*.sqlite3")):
        connection = sqlite3.connect(path)
        found += connection.execute(query).fetchall()
        connection.close()
    return found


def test_what_a_killed_process_had_begun_to_snapshot_is_forgotten(stopped: tuple[list[str], Path]) -> None:
    """Of epochs from the one on that the engine begins anew; a step that rests in it would take it for complete."""
    command, out = stopped
    (at_hand,) = max(_rows(out, "SELECT snap_epoch FROM snaps"))
    connection = sqlite3.connect(Recovery(out).folder / "part-0.sqlite3")
    with connection:
        connection.executemany(
            # a step that the engine does not know keeps it from touching them
            "INSERT INTO snaps (step_id, state_key, snap_epoch) VALUES ('brainstem.abandoned', 'b00', ?)",
            [(epoch,) for epoch in range(at_hand - 100, at_hand + 100)],
        )
    connection.close()
    recovery = Recovery(out)
    recovery.resume(recovery.plan().arguments)
    (kept,) = _rows(out, "SELECT snap_epoch FROM snaps WHERE step_id = 'brainstem.abandoned' ORDER BY snap_epoch")[-1]
    process = start([*command, "--resume"])
    wait_until(process, lambda: len(_rows(out, "SELECT ex_num FROM exs")) == 2, 60, lambda: "no second execution")
    kill_group(process)
    assert max(_rows(out, "SELECT ex_num, resume_epoch FROM exs")) == (1, kept + 1)


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_store_that_is_not_whole_is_refused(stopped: tuple[list[str], Path], harm: str) -> None:
    """A missing or damaged file of it is named before anything is read."""
    command, out = stopped
    part = Recovery(out).folder / "part-0.sqlite3"
    with sqlite3.connect(part) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    if harm == "missing":
        part.unlink()
    else:
        part.write_bytes(b"not a database" * 1000)
    status, told = ended(start([*command, "--resume"]))
    assert status == 2
    assert "part-0.sqlite3" in told
    assert "Operator action" in told


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path]:
    """Return the plan and the folder of a run that has read its inputs to the end and is not finished; tests take a copy."""
    folder = tmp_path_factory.mktemp("ready")
    settings = Settings(folder / "out")
    arguments = write(folder / "logs", town(7))
    plan = prepare(settings, {}, lambda: Plan({}, discover([parse_argument(each) for each in arguments])))
    run_process(plan, settings)
    return plan, folder / "out"


OUTPUTS = ["items.jsonl emptied", "items.jsonl", "evidence", "decisions", "_accounts"]


@pytest.mark.parametrize("lost", [*OUTPUTS, "_accounts of topics"])
def test_an_output_that_is_not_whole_is_refused(ready: tuple[Plan, Path], tmp_path: Path, lost: str) -> None:
    """What a run that is read to its end had written and is gone is named, in place of advice to go on for ever."""
    plan, out = ready[0], Path(shutil.copytree(ready[1], tmp_path / "out"))
    settings = Settings(out)
    if lost.endswith("topics"):
        # the partitions of topics end as those of files do
        path = Recovery(out).folder / "plan.json"
        written = json.loads(path.read_bytes())
        path.write_text(json.dumps({**written, "files": [], "topics": [["logs", 0, 0, 1]]}), encoding="utf-8")
    part = out / lost.partition(" ")[0]
    if part.is_dir():
        shutil.rmtree(part)
    elif lost.endswith("emptied"):
        assert part.stat().st_size
        part.write_bytes(b"")
    else:
        part.unlink()
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=r"(?s)Nothing was touched.*Operator action") as refused:
        prepare(settings, {}, lambda: plan, resume=True)
    assert str(part) in str(refused.value)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("harm", ["lost", "cut", "emptied", "of another shape"])
@pytest.mark.parametrize("account", ["v003.json", "t000.json"])
def test_an_account_that_is_not_whole_is_refused_in_one_sentence(
    ready: tuple[Plan, Path], tmp_path: Path, account: str, harm: str
) -> None:
    """A run that is read to its end does not say for ever that one should go on, and no command ends with a traceback."""
    plan, out = ready[0], Path(shutil.copytree(ready[1], tmp_path / "out"))
    settings = Settings(out)
    _harm(out / "_accounts" / account, harm)
    with pytest.raises(InputError, match=rf"(?s){account} is .*Nothing was touched.*Operator action"):
        prepare(settings, {}, lambda: plan, resume=True)
    if harm != "lost":
        with pytest.raises(InputError, match=rf"{account} is damaged.*Operator action"):
            ledger_so_far(out)
        with pytest.raises(InputError, match=rf"{account} is damaged.*Operator action"):
            complete(plan, settings)
    for command in ("audit", "status"):
        status, told = ended(start([command, str(out)]))
        assert (status, "Traceback" in told) == ({"audit": 1, "status": 2}[command], False), told


def _harm(path: Path, harm: str) -> None:
    """Take a file away, or put other bytes in its place."""
    whole = path.read_bytes()
    if harm == "lost":
        path.unlink()
    else:
        path.write_bytes({"cut": whole[: len(whole) // 2], "emptied": b"", "of another shape": b"[1]"}[harm])


def test_a_file_that_was_replaced_before_it_was_begun_is_told_of(tmp_path: Path) -> None:
    """Other bytes in the place of what the run had found are not read without a word."""
    log = tmp_path / "app.log"
    log.write_text("2026-03-02T06:00:00Z mill1 grind[5]: stone wears thin\n" * 50, encoding="utf-8")
    settings = Settings(tmp_path / "out")
    plan = prepare(settings, {}, lambda: Plan({}, discover([parse_argument(str(log))])))
    log.write_text("2026-03-02T06:00:00Z mill2 grind[5]: stone wears thin\n" * 60, encoding="utf-8")
    assert prepare(settings, {}, lambda: plan, resume=True) == plan
    run_process(plan, settings)
    ((_, account),) = complete(plan, settings)
    assert (account.received.records, dict(account.faults)) == (0, {FaultReason.CUT: 1})
    assert "was cut or replaced" in (tmp_path / "out" / "digest.md").read_text(encoding="utf-8")


def test_two_runs_do_not_write_into_one_folder(uncut: tuple[list[str], Path], tmp_path: Path) -> None:
    """The second one is refused while the first one lives."""
    command = [*uncut[0], "--out", str(tmp_path / "out")]
    first = start(command)
    _wait_for_snapshot(first, tmp_path / "out")
    first.send_signal(signal.SIGSTOP)
    status, told = ended(start([*command, "--resume"]))
    first.send_signal(signal.SIGCONT)
    kill_group(first)
    assert status == 3
    assert "another run" in told


def _wait_for_snapshot(process: subprocess.Popen[bytes], out: Path) -> None:
    """Wait until a run has begun to write evidence."""
    wait_until(process, lambda: any((out / "evidence").rglob("*.parquet")))


def test_a_full_disk_ends_a_run_that_goes_on_once_there_is_room(uncut: tuple[list[str], Path], tmp_path: Path) -> None:
    """It says what to do, and nothing is lost or doubled."""
    arguments, whole = uncut
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk: run the tests as root")
    try:
        command = [*arguments, "--out", str(disk / "out"), "--resume"]
        status, told = ended(start(command))
        assert status == 2, told
        assert "make room" in told
        subprocess.run(["mount", "-o", "remount,size=500m", disk], check=True)
        status, told = ended(start(command))
        assert status == 0, told
        assert_same_outcome(disk / "out", whole)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_disk_that_becomes_read_only_ends_a_run_that_goes_on_once_it_is_writable(
    uncut: tuple[list[str], Path], tmp_path: Path, processes: int
) -> None:
    """Whichever of its workers meets it first says what to do, and nothing is lost or doubled."""
    arguments, whole = uncut
    out = tmp_path / "out"
    command = [*arguments, "--out", str(out), "--processes", str(processes)]
    process = start(command)
    _wait_for_snapshot(process, out)
    # its workers too: a file that one opens meanwhile would keep the folder busy
    os.killpg(process.pid, signal.SIGSTOP)
    # what is open stays writable, as nobody may take that from a run; all that is opened from here on is refused
    mounted = not subprocess.run(["mount", "--bind", out, out], capture_output=True).returncode
    try:
        if mounted:
            subprocess.run(["mount", "-o", "remount,bind,ro", out], check=True)
        os.killpg(process.pid, signal.SIGCONT)
        if not mounted:
            kill_group(process)
            pytest.skip("this user may not mount a folder: run the tests as root")
        for status, told in (ended(process), ended(start([*command, "--resume"]))):
            assert (status, "make the disk writable" in told) == (2, True), told
            assert "Traceback" not in told
            assert "panicked" not in told
    finally:
        if mounted:
            subprocess.run(["umount", "-l", out], check=True)
    status, told = ended(start([*command, "--resume"]))
    assert status == 0, told
    assert_same_outcome(out, whole)
    status, told = ended(start(["audit", str(out)]))
    assert status == 0, told


def test_a_worker_whose_supervisor_was_gone_before_it_asked_ends_as_well() -> None:
    """Whoever started it has told it who that was, so a process that takes its place is not taken for it."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    ends = "from flows.process.cluster import end_with_parent; end_with_parent()"
    waits = "import threading; threading.Event().wait(60)"
    told = {**os.environ, SUPERVISOR: str(gone.pid)}
    assert subprocess.run([sys.executable, "-c", f"{ends}; {waits}"], env=told, timeout=60).returncode == ORPHANED
