"""The command line as an operator meets it: help, what is refused, requests to end, and what a terminal shows."""

import ctypes
import os
import pty
import re
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from brainstem import __version__
from flows.cli.commands import COMMANDS
from flows.cli.console import report_failure
from state.store.parquet_store import read_evidence
from tests.support.flapping import BAD_CONFIGURATION, FINDINGS, FINE, STOPPED, UNREADABLE, flapping_log
from tests.support.program import PROGRAM, Ran, in_a_new_process
from tests.support.program import run as brainstem

ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10\d)(?:;\d+)*m")


def test_the_version_is_the_package_s(tmp_path: Path) -> None:
    """`--version` prints name and version and ends well, as the program is installed."""
    started = subprocess.run([PROGRAM, "--version"], cwd=tmp_path, capture_output=True, text=True)
    assert (started.returncode, started.stdout, started.stderr) == (FINE, f"brainstem {__version__}\n", "")


def resident_after_half_was_freed(is_given_back: bool) -> float:
    """Return the share of tables still in memory when every second one was freed, as a run frees them."""
    import numpy as np

    from flows.cli.main import give_back_memory

    if is_given_back:
        give_back_memory()
    # what was freed raises the bound from which the library gives back
    freed = np.ones(3 << 20)
    del freed
    before = resident_bytes()
    tables = [np.ones(1 << 17) for _ in range(64)]
    all_of_them = resident_bytes() - before
    del tables[::2]
    return (resident_bytes() - before) / all_of_them


def resident_bytes() -> int:
    """Return how much memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library has no bound that could be set")
def test_tables_that_are_freed_are_given_back() -> None:
    """Memory that one table leaves between others is the system's again."""
    assert in_a_new_process(resident_after_half_was_freed, True) < 0.6
    assert in_a_new_process(resident_after_half_was_freed, False) > 0.9, "the library does so by itself"


def test_help_names_every_command_and_where_to_start(tmp_path: Path) -> None:
    """The first help a newcomer sees has a way in."""
    helped = brainstem(tmp_path, "--help")
    listed = re.findall(r"^  (\w+)  +\S", helped.out.partition("Commands:")[2], re.MULTILINE)
    assert helped.status == FINE
    assert tuple(listed) == COMMANDS
    assert "brainstem demo" in helped.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_says_what_every_option_does(tmp_path: Path, command: str) -> None:
    """Each command has a sentence, and each of its options too."""
    helped = brainstem(tmp_path, command, "--help")
    _, _, entries = helped.out.partition("\n\nOptions:\n" if "Arguments:" not in helped.out else "\n\nArguments:\n")
    # an entry begins two columns in; its words may go on in lines that are indented further
    told = [" ".join(entry.split()) for entry in re.split(r"^  (?=\S)", entries, flags=re.MULTILINE)[1:]]
    assert helped.status == FINE
    assert re.search(r"\w\.$", helped.out.partition("\n\n")[2].partition("\n\n")[0])
    assert any(entry.startswith("-h, --help") for entry in told)
    assert all(len(re.findall(r"[A-Za-z]{2,}", entry)) >= 4 for entry in told)


def test_help_of_replay_has_an_example_to_copy(tmp_path: Path) -> None:
    """The command with the most options shows a whole call."""
    helped = " ".join(brainstem(tmp_path, "replay", "--help").out.split())
    assert re.search(r"brainstem replay \w+=\S+ .*--out \S+", helped)


def test_called_with_nothing_it_teaches(tmp_path: Path) -> None:
    """No arguments at all give the help."""
    assert "Commands:" in (ran := brainstem(tmp_path)).out + ran.err


@pytest.mark.parametrize("name", ["-h", "--help"])
def test_help_has_a_short_name_and_the_shell_can_complete(tmp_path: Path, name: str) -> None:
    """At the program and at every command; what a shell asks for completion is answered."""
    assert brainstem(tmp_path, name).out == brainstem(tmp_path, "--help").out
    assert brainstem(tmp_path, "explain", name).out == brainstem(tmp_path, "explain", "--help").out
    words = {"_BRAINSTEM_COMPLETE": "complete_bash", "COMP_WORDS": "brainstem exp", "COMP_CWORD": "1"}
    assert brainstem(tmp_path, stdin=b"", **words).out.split() == ["explain"]


def interrupted(folder: Path, after: str, *arguments: str) -> Ran:
    """Interrupt the program as soon as it has written a text to standard error, or at once where that is empty."""
    process = subprocess.Popen(
        [PROGRAM, *arguments], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    err = b""
    while after.encode() not in err:
        err += (line := process.stderr.readline())
        assert line, err
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=60)
    return Ran(process.returncode, out.decode(), (err + rest).decode())


def test_an_interrupted_replay_says_so_at_once_and_goes_on_with_resume(tmp_path: Path) -> None:
    """Ctrl-C is a request to stop, with its own exit status and no traceback."""
    fifo = tmp_path / "slow"
    os.mkfifo(fifo)
    # a writer that says nothing: the run waits for its first line
    writer = os.open(fifo, os.O_RDWR)
    try:
        ran = interrupted(tmp_path, "1 file to read", "replay", f"acme={fifo}", "--out", "out")
    finally:
        os.close(writer)
    assert ran.status == STOPPED
    assert "Traceback" not in ran.err
    assert "brainstem: stop" in ran.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", ["flows.cli.console", "flows.runs.compile_progress"])
def test_a_request_to_end_before_anything_has_begun_has_the_same_exit_status(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    """While the program is loaded, and while a command that is no run waits for its input."""
    os.mkfifo(tmp_path / "slow")
    # a writer that says nothing
    writer = os.open(tmp_path / "slow", os.O_RDWR)
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "flows.cli", "check", "slow"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        # the interpreter writes a line for each module that it has loaded
        while moment.encode() not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        os.close(writer)
    assert process.returncode == STOPPED
    assert b"brainstem: stopped" in err
    # what goes on with it is a replay
    assert b"--resume" not in err
    assert b"Traceback" not in err


def test_on_a_terminal_the_digest_has_no_marks_of_markdown(tmp_path: Path) -> None:
    """Neither escapes nor stars nor backticks; into a file it is Markdown."""
    log = flapping_log().replace(b"channel silver7", b"channel <silver7_a>*")
    (tmp_path / "anvil.log").write_bytes(log)
    piped = brainstem(tmp_path, "replay", "acme=anvil.log", "--out", "out")
    shown = COLOUR.sub("", on_a_terminal(tmp_path, "digest", "out"))
    assert "**Seen:**" in piped.out
    assert "How to go on" in shown
    for mark in ("\\<", "\\*", "**", "##", "`"):
        assert mark not in shown
    assert "brainstem explain 1 --out out" in " ".join(shown.split())


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """Run the program with a terminal as its standard output, and return what it shows there."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [PROGRAM, *arguments], cwd=folder, stdout=follower, env={**os.environ, "COLUMNS": "200"}
    ) as run:
        os.close(follower)
        shown = b""
        # reading fails once the other end of the terminal is closed
        with suppress(OSError):
            while block := os.read(leader, 1 << 16):
                shown += block
        os.close(leader)
    assert run.returncode == FINE
    return shown.decode()


@pytest.mark.parametrize(
    ("arguments", "key", "value", "fix"),
    [
        (["--zone", "Mars/Base"], "zone", "Mars/Base", "Europe/Berlin"),
        (["--zone", "default=Mars/Base"], "zones.default", "Mars/Base", "Europe/Berlin"),
        (["--zone", "acmee=UTC"], "--zone acmee=UTC", "acmee", "default"),
        (["--apart", "acmee"], "--apart acmee", "acmee", "default"),
        (["--zone", "=UTC"], "--zone", "'=UTC'", "TENANT=ZONE"),
        (["--zone", "UTC", "--zone", "Asia/Tokyo"], "--zone", "'Asia/Tokyo'", "Give one"),
        (["--batch-records", "0"], "batch_records", "0", "Try"),
        (["--items-a-day", "0"], "items_a_day", "0", "at least 1"),
        (["--fail-on", "warnings"], "--fail-on", "warnings", "`items`, `rejects` or `unread`"),
        (["--reference-date", "last May"], "--reference-date", "last May", "ISO 8601"),
        (["--processes", "0"], "--processes", "", "greater than or equal to 1"),
        (["--zone"], "--zone", "", "requires an argument"),
    ],
)
def test_bad_configuration_names_key_value_and_fix_before_anything_is_written(
    tmp_path: Path, arguments: list[str], key: str, value: str, fix: str
) -> None:
    """Exit status 3, one message that helps, no output folder."""
    (tmp_path / "a.log").write_bytes(b"2026-05-04T06:00:00Z anvil pump[1]: primed\n")
    ran = brainstem(tmp_path, "replay", "a.log", "--out", "out", *arguments)
    assert ran.status == BAD_CONFIGURATION
    assert key in ran.err
    assert value in ran.err
    assert fix in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "missing.log", "--out", "out"],
        ["digest", "missing"],
        ["explain", "anything", "--out", "missing"],
        ["audit", "missing"],
        ["compact", "missing"],
    ],
)
def test_an_input_that_is_not_there_ends_with_2_and_is_named(tmp_path: Path, arguments: list[str]) -> None:
    """Exit status 2, the name of what is missing, nothing written."""
    ran = brainstem(tmp_path, *arguments)
    assert ran.status == UNREADABLE
    assert "missing" in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", [["audit"], ["compact"], ["digest"], ["explain", "anything", "--out"]])
def test_a_folder_that_is_no_run_ends_with_2(tmp_path: Path, command: list[str]) -> None:
    """It is no finding, and no fault of the program."""
    ran = brainstem(tmp_path, *command, ".")
    assert ran.status == UNREADABLE
    assert re.fullmatch(r"brainstem: \. holds no [\w.]+\. Give the --out folder of a run\.\n", ran.err)


@pytest.mark.parametrize("command", [["replay", "a.log"], ["demo"]])
@pytest.mark.parametrize("out", ["a.log", "a.log/below", "/proc/none/such"])
def test_an_out_that_can_be_no_folder_ends_with_3(tmp_path: Path, command: list[str], out: str) -> None:
    """A file, a folder below a file, and one that the operating system does not let us make."""
    (tmp_path / "a.log").write_bytes(b"2026-05-04T06:00:00Z anvil pump[1]: primed\n")
    ran = brainstem(tmp_path, *command, "--out", out)
    assert ran.status == BAD_CONFIGURATION
    assert f"--out {out} cannot be the folder of a run" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("content", [b"[run\n", b"\xff\xfe\x00", None])
@pytest.mark.parametrize("command", ["config", "run"])
def test_a_configuration_that_is_no_toml_ends_with_3(tmp_path: Path, command: str, content: bytes | None) -> None:
    """Told by `config` as by `run`, one that is not there too."""
    if content is not None:
        (tmp_path / "bad.toml").write_bytes(content)
    ran = brainstem(tmp_path, command, "--config", "bad.toml")
    assert ran.status == BAD_CONFIGURATION
    assert ran.err.startswith("brainstem: --config bad.toml ")


def test_an_unknown_command_ends_with_3(tmp_path: Path) -> None:
    """A slip of the finger is bad configuration."""
    ran = brainstem(tmp_path, "reply")
    assert ran.status == BAD_CONFIGURATION
    assert "reply" in ran.err


def test_no_color_is_obeyed_where_colour_could_be_shown(tmp_path: Path) -> None:
    """Progress on a terminal is without colour under NO_COLOR, and results never hold an escape."""
    (tmp_path / "a.log").write_bytes(b"2026-05-04T06:00:00Z anvil pump[1]: primed\n")
    ran = brainstem(tmp_path, "replay", "a.log", "--out", "out", NO_COLOR="1", FORCE_COLOR="1", TERM="xterm-256color")
    assert ran.status == FINE
    assert ESCAPE not in ran.out
    assert not COLOUR.search(ran.err)


def test_progress_counts_every_record_and_byte_on_a_terminal(tmp_path: Path) -> None:
    """At the end it has counted all that was read; where nobody looks there is none."""
    (tmp_path / "a.log").write_bytes(flapping_log())
    ran = brainstem(tmp_path, "replay", "a.log", "--out", "out", FORCE_COLOR="1", TERM="xterm", COLUMNS="120")
    shown = re.findall(r"([\d,]+) records, ([\d,]+) bytes", re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", ran.err))
    lines = flapping_log().splitlines()
    assert shown[-1] == (f"{len(lines):,}", f"{len(flapping_log()):,}")
    assert " bytes" not in brainstem(tmp_path, "replay", "a.log", "--out", "plain").err


def test_a_log_line_cannot_send_commands_to_the_terminal(tmp_path: Path) -> None:
    """Escapes, bidirectional marks and bells in a message do not reach standard output."""
    hostile = flapping_log().replace(b"silver7", b"silver7\x1b]0;gone\x07 \xe2\x80\xae")
    (tmp_path / "a.log").write_bytes(hostile)
    ran = brainstem(tmp_path, "replay", "a.log", "--out", "out")
    shown = ran.out + brainstem(tmp_path, "explain", "channel", "--out", "out").out
    assert "channel" in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def test_a_store_that_the_engine_cannot_write_is_told_like_any_full_disk(capsys: pytest.CaptureFixture[str]) -> None:
    """The engine panics then, and its words are no advice."""
    panic = (
        "(src/run.rs:167:13) called `Result::unwrap()` on an `Err` value: SqliteFailure(Error { code: DiskFull,"
        ' extended_code: 13 }, Some("database or disk is full"))'
    )
    assert report_failure(RuntimeError(panic)) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert told.startswith(
        "brainstem: cannot write the recovery store: database or disk is full. Operator action: make room"
    )


def test_check_shows_what_is_misread_and_which_option_helps(tmp_path: Path) -> None:
    """The worst file first, with exit status 1 where one has no time; secrets and escapes are not shown."""
    (tmp_path / "fine.log").write_text("2026-05-04T06:00:00Z anvil pump[1]: primed \x1b[31m password=hunter2\n" * 9)
    (tmp_path / "events.json").write_text('{"text": "pump 3 runs dry"}\n' * 9)
    ran = brainstem(tmp_path, "check", ".")
    assert ran.status == FINDINGS
    lines = ran.out.splitlines()
    assert lines[0] == f"below {tmp_path}/"
    assert "events.json" in lines[2]
    assert "fine.log" in lines[3]
    assert "No time could be read in any of 9 records" in ran.out
    assert "2026-05-04 06:00:00 UTC" in ran.out
    assert "hunter2" not in ran.out
    assert ESCAPE not in ran.out
    assert brainstem(tmp_path, "check", "fine.log").status == FINE
    assert brainstem(tmp_path, "check", "fine.log", "--date-order", "ymd").status == BAD_CONFIGURATION
    assert brainstem(tmp_path, "check", "missing.log").status == UNREADABLE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.json", "fine.log"]


def test_a_format_that_is_given_is_that_of_every_record(tmp_path: Path) -> None:
    """Each is stored, as a row or text, but for the names of columns; a format that is none, or of no path, is refused."""
    table = "Run;Host\n" + "".join(f"{{{number}}};barge\n" for number in range(9)) + "pump 3 runs dry\n"
    (tmp_path / "a.txt").write_text(table)
    (tmp_path / "b.log").write_text("2026-05-04T06:00:00Z anvil pump[1]: primed\n" * 9)
    (tmp_path / "c.log").write_text("2026-05-04T06:00:00Z anvil pump[1]: started\n" * 9)
    given = ("--format", "csv:*.txt", "--format", "plain:/**/c.log")
    replay = ("replay", "acme=a.txt", "acme=b.log", "acme=c.log", "--out", "run")
    assert brainstem(tmp_path, *replay, "--format", "xml").status == BAD_CONFIGURATION
    assert brainstem(tmp_path, *replay, "--format", "csv:*.csv").status == BAD_CONFIGURATION
    assert not (tmp_path / "run").exists()
    assert brainstem(tmp_path, *replay, *given).status == FINE
    rows = read_evidence(tmp_path / "run").collect()
    hosts = Counter(str(name) for name in rows["host"].to_list())
    assert (len(rows), hosts["barge"], hosts["anvil"]) == (28, 9, 9)
