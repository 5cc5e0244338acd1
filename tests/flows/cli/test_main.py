"""The command line as an operator meets it: the real program, started on small inputs of the test's own making."""

import gzip
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from brainstem import __version__
from brainstem.attention.bands import BEHAVIOURS
from flows.audit.manifest import write_manifest
from flows.cli.commands import COMMANDS
from flows.cli.console import report_failure
from flows.recovery.store import Recovery
from flows.sinks.output_folder import OutputFolder
from state.store.layouts import EVIDENCE
from state.store.parquet_store import PartitionedParquet, read_evidence
from tests.support.program import PROGRAM, Ran
from tests.support.program import run as brainstem

GAPS_HOURS = (3, 11, 6, 2, 14, 7, 4, 9, 12, 5, 3, 8, 10)
FINE, FINDINGS, UNREADABLE, BAD_CONFIGURATION, STOPPED = 0, 1, 2, 3, 75
ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10\d)(?:;\d+)*m")


def flapping_log() -> bytes:
    """Make twelve days of a pump that reports every two hours, and a channel that drops and heals at odd times."""
    start = datetime(2026, 5, 4, 6, tzinfo=UTC)
    lines = []
    for number in range(144):
        when = start + timedelta(hours=2 * number, seconds=number % 7)
        lines.append((when, f"pump[12]: pressure held for {number % 19} minutes"))
    down = start + timedelta(days=6, minutes=17)
    for gap in GAPS_HOURS:
        down += timedelta(hours=gap, minutes=7 * gap % 50)
        lines.append((down, "linkd[9]: channel silver7 is down"))
        lines.append((down + timedelta(seconds=30), "linkd[9]: channel silver7 is up"))
    return "".join(f"{when:%Y-%m-%dT%H:%M:%SZ} anvil {text}\n" for when, text in sorted(lines)).encode()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """Return a folder with `anvil.log`, the result `out` of a replay over it, and how that ended."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "anvil.log").write_bytes(flapping_log())
    return folder, brainstem(folder, "replay", "acme=anvil.log", "--out", "out")


def items_of(out: Path) -> list[dict[str, object]]:
    """Return the items of an output folder."""
    return [json.loads(line) for line in (out / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_version_is_the_package_s(tmp_path: Path) -> None:
    """`--version` prints name and version and ends well."""
    assert brainstem(tmp_path, "--version") == Ran(FINE, f"brainstem {__version__}\n", "")


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


def test_a_replay_prints_its_digest_and_nothing_else_on_stdout(run: tuple[Path, Ran]) -> None:
    """Standard output is the digest; what was read is said on standard error."""
    folder, ran = run
    assert ran.status == FINE
    assert ran.out == (folder / "out" / "digest.md").read_text(encoding="utf-8") + "\n"
    assert "1 file to read" in ran.err
    assert ESCAPE not in ran.out + ran.err


def test_a_replay_fills_its_folder_and_leaves_no_staging(run: tuple[Path, Ran]) -> None:
    """The output folder holds what the contract names, and nothing half done."""
    folder, _ = run
    names = {path.name for path in (folder / "out").iterdir()}
    stores = {"decisions", "evidence", "rejects"}
    assert names == stores | {"digest.md", "items.jsonl", "ledger.json", "manifest.json", "run.json"}
    assert not [
        path for path in (folder / "out").rglob("*") if path.name.startswith(("_", ".")) or path.name == "arrived"
    ]


def test_what_flaps_quietly_is_shown_and_what_is_regular_is_not(run: tuple[Path, Ran]) -> None:
    """The channel that heals by itself is an item of the tenant that was named; the pump is none."""
    folder, _ = run
    items = items_of(folder / "out")
    assert items
    assert all("silver7" in json.dumps(item) and "pressure" not in json.dumps(item) for item in items)
    assert {item["data"]["tenant"] for item in items} == {"acme"}  # type: ignore[index]  # JSON of a known shape


def test_a_tenant_is_told_in_its_own_zone(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """By the words of its items and by the digest, also when that is printed again; the items are the same ones."""
    folder, ran = run
    out = str(tmp_path / "out")
    again = brainstem(folder, "replay", "acme=anvil.log", "--out", out, "--zone", "acme=Asia/Tokyo")
    first, second = items_of(folder / "out")[0], items_of(tmp_path / "out")[0]
    assert again.status == FINE
    assert "(times in JST)" in again.out
    assert "(times in JST)" not in ran.out
    assert first["id"] == second["id"]
    assert first["data"]["what"] != second["data"]["what"]  # type: ignore[index]  # JSON of a known shape
    assert first["data"]["why_now"] == second["data"]["why_now"]  # type: ignore[index]  # as above
    printed = brainstem(folder, "digest", "out", "--zone", "acme=Asia/Tokyo")
    assert printed.out == again.out.replace(out, "out")
    assert brainstem(tmp_path, "digest", "out").out == ran.out
    for asked in (["digest", "out"], ["explain", "tunnel", "--out", "out"]):
        slip = brainstem(folder, *asked, "--zone", "acmee=Asia/Tokyo")
        assert slip.status == 3
        assert "--zone acmee=Asia/Tokyo: this run has no such tenant. It has" in " ".join(slip.err.split())


def test_fail_on_items_ends_with_1_when_there_are_some(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """A script can ask for findings; a batch size that was asked for changes nothing in them."""
    folder, ran = run
    again = brainstem(
        folder,
        *("replay", "acme=anvil.log", "--out", str(tmp_path / "out"), "--fail-on", "items", "--batch-records", "37"),
    )
    assert again.status == FINDINGS
    assert again.out.replace(str(tmp_path / "out"), "out") == ran.out


def test_fail_on_rejects_ends_with_1_when_there_are_some(tmp_path: Path) -> None:
    """A record that is no event is rejected with its reason and counted, and so is a blank line."""
    (tmp_path / "a.jsonl").write_bytes(
        b'{"time":"2026-05-04T06:00:00Z","msg":"a"}\n\n{"time":"9999-05-04T06:00:00Z"}\n'
    )
    ran = brainstem(tmp_path, "replay", "a.jsonl", "--out", "out", "--fail-on", "rejects")
    ledger = json.loads((tmp_path / "out" / "ledger.json").read_bytes())
    assert ran.status == FINDINGS
    assert ledger["balanced"] is True
    assert {reason: tally["records"] for reason, tally in ledger["total"]["rejected"].items()} == {
        "blank": 1,
        "impossible_time": 1,
    }
    assert "Records that became no event: 1 with an impossible time." in ran.out


def test_fail_on_ends_with_0_when_there_is_nothing_of_the_kind(tmp_path: Path) -> None:
    """One ordinary line is no finding."""
    (tmp_path / "a.log").write_bytes(b"2026-05-04T06:00:00Z anvil pump[1]: primed\n")
    quiet = brainstem(tmp_path, "replay", "acme=a.log", "--out", "one", "--fail-on", "items")
    assert quiet.status == FINE
    assert "- acme: 1 event read, 1 kind of message weighed. Nearest to an item, " in quiet.out
    assert brainstem(tmp_path, "replay", "a.log", "--out", "two", "--fail-on", "rejects").status == FINE


def test_a_file_without_times_is_no_quiet_time(tmp_path: Path) -> None:
    """The digest, standard error, the ledger and an exit status on request say that nothing can be told of it."""
    (tmp_path / "events.json").write_text('{"text": "pump 3 runs dry"}\n' * 3009)
    ran = brainstem(tmp_path, "replay", "acme=events.json", "--out", "out", "--fail-on", "unread")
    (source,) = json.loads((tmp_path / "out" / "ledger.json").read_bytes())["sources"]
    said = "/events.json have no time that could be read; nothing can be told of them."
    assert ran.status == FINDINGS
    assert said in ran.out
    assert re.search(f"^not understood: 3,009 of 3,009 records of \\S+{re.escape(said)}$", ran.err, re.MULTILINE)
    assert "brainstem check" in ran.err
    assert "a quiet time" not in ran.out
    assert source["unread"] == {"host": 3009, "time_received": 3009}


def test_standard_input_is_read_for_the_tenant_named(tmp_path: Path) -> None:
    """`TENANT=-` reads what is piped in."""
    ran = brainstem(tmp_path, "replay", "bolt=-", "--out", "out", stdin=flapping_log())
    ledger = json.loads((tmp_path / "out" / "ledger.json").read_bytes())
    (source,) = ledger["sources"]
    assert ran.status == FINE
    assert source["tenant"] == "bolt"
    assert source["stored"] == {"records": flapping_log().count(b"\n"), "bytes": len(flapping_log())}
    audited = brainstem(tmp_path, "audit", "out").out
    assert "(1 source, " in audited
    assert "note: stdin: can be read only once" in audited
    assert "### 1. bolt: " in ran.out


def test_folders_of_two_tenants_are_read_and_a_binary_is_refused_and_named(tmp_path: Path) -> None:
    """Compressed files are read, a program among the logs is not, and the ledger says so."""
    lines = flapping_log().splitlines(keepends=True)
    for tenant, part in (("acme", lines[:100]), ("bolt", lines[100:])):
        (tmp_path / tenant).mkdir()
        (tmp_path / tenant / "anvil.log.gz").write_bytes(gzip.compress(b"".join(part)))
    (tmp_path / "acme" / "tool").write_bytes(b"\x7fELF" + bytes(range(256)) * 8)
    ran = brainstem(tmp_path, "replay", "acme=acme", "bolt=bolt", "--out", "out")
    ledger = json.loads((tmp_path / "out" / "ledger.json").read_bytes())
    assert ran.status == FINE
    assert "2 files to read, 1 refused" in ran.err
    assert f"not read: {tmp_path / 'acme' / 'tool'} (executable)" in ran.err
    assert {each["tenant"]: each["stored"]["records"] for each in ledger["sources"]} == {
        "acme": 100,
        "bolt": len(lines) - 100,
    }
    assert [each["reason"] for each in ledger["refused"]] == ["executable"]


def cut(packed: bytes) -> bytes:
    """Return the first half of a packed file."""
    return packed[: len(packed) // 2]


def damaged(packed: bytes) -> bytes:
    """Return a packed file with bytes in its middle that do not unpack."""
    middle = len(packed) // 2
    return packed[:middle] + b"\xff" * 40 + packed[middle + 40 :]


@pytest.mark.parametrize("harm", [cut, damaged])
def test_a_file_that_can_be_read_in_part_only_is_named_everywhere(
    tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    """Standard error, the digest and the audit name it; what could be read is kept."""
    pump = b"".join(b"2026-05-04T06:%02d:00Z anvil pump[1]: run %d\n" % (each % 60, each**5) for each in range(9000))
    (tmp_path / "a.log.gz").write_bytes(harm(gzip.compress(pump)))
    ran = brainstem(tmp_path, "replay", "acme=a.log.gz", "--out", "out")
    audited = brainstem(tmp_path, "audit", "out")
    assert ran.status == FINE
    assert "a.log.gz" in ran.err.partition("read in part:")[2]
    assert "Not all that was found could be read:\n- Read in part: " in ran.out
    assert audited.status == FINE
    assert "not everything that was found could be read" in audited.out.splitlines()[0]
    assert "a.log.gz" in audited.out.partition("note: Read in part: ")[2]


@pytest.mark.parametrize(("name", "content"), [("tool", b"\x7fELF\0\1\2"), ("none.log", b""), ("", b"")])
def test_where_nothing_can_be_read_the_status_is_2_and_no_time_is_called_quiet(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """A folder of refused files, of empty ones and without any: silence is no quiet time."""
    (tmp_path / "logs").mkdir()
    if name:
        (tmp_path / "logs" / name).write_bytes(content)
    ran = brainstem(tmp_path, "replay", "acme=logs", "--out", "out")
    assert ran.status == UNREADABLE
    assert "nothing was read" in ran.err
    assert "1970" not in ran.out
    assert "a quiet time" not in ran.out
    assert (f"nothing to read in {tmp_path / 'logs'} (tenant acme)" in ran.err) == (name != "none.log")
    assert ran.out == ""
    assert not (tmp_path / "out").exists()


def test_empty_standard_input_ends_with_2(tmp_path: Path) -> None:
    """A broken pipe before it is an input that cannot be read."""
    ran = brainstem(tmp_path, "replay", "-", "--out", "var/out")
    assert ran.status == UNREADABLE
    assert "nothing was read" in ran.err
    assert not (tmp_path / "var").exists()


def test_a_replay_that_fails_before_it_reads_leaves_no_folder(tmp_path: Path) -> None:
    """Nor those above it that it made; one that was there stays, and is empty."""
    (tmp_path / "there").mkdir()
    for out in ("var/monday", "there"):
        assert brainstem(tmp_path, "replay", "none.log", "--out", out).status == UNREADABLE
    assert sorted(each.name for each in tmp_path.iterdir()) == ["there"]
    assert not list((tmp_path / "there").iterdir())


def test_the_folder_of_an_earlier_run_is_no_log(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """A folder of logs may hold one; what is given by its name alone is refused."""
    folder, _ = run
    ran = brainstem(folder, "replay", f"acme={folder}", "--out", str(tmp_path / "out"))
    assert "1 file to read, 1 refused" in ran.err
    assert f"not read: {folder / 'out'} (excluded)" in ran.err
    alone = brainstem(folder, "replay", "acme=out", "--out", str(tmp_path / "again"))
    assert alone.status == UNREADABLE
    assert not (tmp_path / "again").exists()


def test_blank_lines_are_no_rejects(tmp_path: Path) -> None:
    """They are no loss: nobody is sent to the ledger for them, and `--fail-on rejects` does not end with 1."""
    (tmp_path / "a.log").write_bytes(b"2026-05-04T06:00:00Z anvil pump[1]: primed\n\n   \n\n")
    ran = brainstem(tmp_path, "replay", "a.log", "--out", "out", "--fail-on", "rejects")
    assert ran.status == FINE
    assert "became no event" not in ran.out


def test_tickets_of_a_tenant_without_logs_are_told(tmp_path: Path) -> None:
    """A misspelt name would make them count for nothing, and nothing would say so."""
    (tmp_path / "a.log").write_bytes(b"2026-05-04T06:00:00Z anvil pump[1]: primed\n")
    tickets = [
        {"id": "T1", "tenant": each, "time": "2026-05-04T07:00:00Z", "title": "down"} for each in ("acme", "acmee")
    ]
    (tmp_path / "tickets.jsonl").write_text("".join(json.dumps(each) + "\n" for each in tickets))
    ran = brainstem(tmp_path, "replay", "acme=a.log", "--out", "out", "--incidents", "tickets.jsonl")
    assert ran.status == FINE
    assert (
        "1 ticket or verdict of tenant 'acmee' without effect: there are no logs of it. There are logs of acme."
        in ran.err
    )
    assert "'acme'" not in ran.err


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
@pytest.mark.parametrize("moment", ["flows.cli.console", "flows.runs.compile_ahead"])
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


def test_a_verdict_by_number_is_shown_with_its_item(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """`feedback 1` is about the first item of the digest, and says which one that is."""
    folder, _ = run
    shutil.copytree(folder / "out", tmp_path / "out")
    given = brainstem(tmp_path, "feedback", "1", "useful", "--out", "out", "--note", "splice <7> is *wet*")
    (item,) = {str(item["subject"]): item for item in items_of(folder / "out")}.values()
    assert given.status == FINE
    assert str(item["id"]) in given.out
    assert "silver7 on anvil" in given.out
    assert "**What people said:** useful" in (digest := brainstem(tmp_path, "digest", "out").out)
    assert "“splice <7> is \\*wet\\*”" in digest
    assert brainstem(tmp_path, "explain", "1", "--out", "out").out.startswith(str(item["subject"]))
    assert brainstem(tmp_path, "feedback", "2", "useful", "--out", "out").status == UNREADABLE


def test_two_processes_find_what_one_finds(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """The number of workers changes nothing in the items."""
    folder, _ = run
    ran = brainstem(folder, "replay", "acme=anvil.log", "--out", str(tmp_path / "out"), "--processes", "2")
    assert ran.status == FINE
    assert (tmp_path / "out" / "items.jsonl").read_bytes() == (folder / "out" / "items.jsonl").read_bytes()


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


def test_an_output_folder_that_is_not_empty_is_left_alone(run: tuple[Path, Ran]) -> None:
    """A second replay into the same folder is refused and changes nothing there."""
    folder, _ = run
    before = {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*")}
    ran = brainstem(folder, "replay", "acme=anvil.log", "--out", "out")
    assert ran.status == BAD_CONFIGURATION
    assert "--out out: the folder is not empty" in ran.err
    assert {path: path.stat().st_mtime_ns for path in (folder / "out").rglob("*")} == before


def test_one_file_under_two_tenants_is_refused(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """A record belongs to one tenant."""
    folder, _ = run
    ran = brainstem(folder, "replay", "acme=anvil.log", "bolt=anvil.log", "--out", str(tmp_path / "out"))
    assert ran.status == BAD_CONFIGURATION
    assert "anvil.log" in ran.err


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


def test_each_bad_ticket_is_told_with_its_line_and_what_is_wrong(tmp_path: Path) -> None:
    """Tickets are few and written by hand: a lost one would change what is judged."""
    tickets = [
        '{"id": 7, "time": "2026-05-09T10:00:00Z", "title": "mill stands"}',
        '{"id": "A", "time": "2026-05-09T10:00:00Z"}',
        '{"title": "mill stands", "time": "2026-05-09T10:00:00Z"}',
        "",
        '{"id": "B", "title": "mill stands"}',
        '{"id": "C", "title": "mill stands", "time": "2026-02-31T10:00:00Z"}',
        "mill stands again",
        '{"id": "D", "title": ["mill"], "time": "2026-05-09T10:00:00Z"}',
    ]
    (tmp_path / "tickets.jsonl").write_text("\n".join(tickets) + "\n", encoding="utf-8")
    (tmp_path / "verdicts.jsonl").write_text('{"verdict": "nice", "time": "2026-05-09T10:00:00Z"}\n', encoding="utf-8")
    (tmp_path / "a.log").write_bytes(flapping_log()[:2000])
    ran = brainstem(
        tmp_path, "replay", "a.log", "--incidents", "tickets.jsonl", "--feedback", "verdicts.jsonl", "--out", "out"
    )
    told = dict(re.findall(r"/(\w+\.jsonl line \d+) is not used: (.*)", ran.err))
    assert ran.status == FINE
    assert told.pop("tickets.jsonl line 7").startswith("it is no JSON object (")
    assert told == {
        "tickets.jsonl line 2": "title is missing",
        "tickets.jsonl line 3": "id is missing",
        "tickets.jsonl line 5": "time is missing or cannot be read: give ISO 8601",
        "tickets.jsonl line 6": "its time names no moment between the years 1970 and 2200",
        "tickets.jsonl line 8": "title is no text",
        "verdicts.jsonl line 1": "verdict is none of useful, useless, resolved",
    }


def test_a_verdict_that_cannot_be_written_ends_with_3(run: tuple[Path, Ran]) -> None:
    """The file is named."""
    item = str(items_of(run[0] / "out")[0]["id"])
    ran = brainstem(run[0], "feedback", item, "useful", "--out", "out", "--file", "anvil.log/below")
    assert ran.status == BAD_CONFIGURATION
    assert ran.err.startswith("brainstem: --file anvil.log/below cannot be written: ")


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


def test_an_own_table_of_advice_is_what_an_item_says(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """Its topic is recognized and its steps reach the digest."""
    text = '[topics.ours]\nwords = "linkd"\nsteps = ["Call Ada about {host}", "Call Bob"]\n'
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    ran = brainstem(
        run[0], "replay", "anvil.log", "--advice", str(tmp_path / "own.toml"), "--out", str(tmp_path / "out")
    )
    assert ran.status == FINE
    assert "- **Check next:** Call Ada about anvil\n- … Call Bob\n" in ran.out


def test_a_table_of_advice_with_a_fault_ends_with_3_before_anything_is_written(tmp_path: Path) -> None:
    """The file, the key and the fix are named."""
    (tmp_path / "own.toml").write_text("[kinds]\nbursts = 'x'\n", encoding="utf-8")
    (tmp_path / "a.log").write_bytes(flapping_log())
    ran = brainstem(tmp_path, "replay", "a.log", "--advice", "own.toml", "--out", "out")
    assert ran.status == BAD_CONFIGURATION
    assert ran.err == "brainstem: --advice own.toml: kinds.bursts is not a known key. Did you mean burst?\n"
    assert not (tmp_path / "out").exists()


def test_an_unknown_command_ends_with_3(tmp_path: Path) -> None:
    """A slip of the finger is bad configuration."""
    ran = brainstem(tmp_path, "reply")
    assert ran.status == BAD_CONFIGURATION
    assert "reply" in ran.err


def test_digest_says_the_same_times_in_another_zone(run: tuple[Path, Ran]) -> None:
    """The digest is made again from what was recorded; only the clock differs."""
    folder, ran = run
    assert brainstem(folder, "digest", "out").out == ran.out
    elsewhere = brainstem(folder, "digest", "out", "--zone", "Asia/Tokyo")
    assert elsewhere.status == FINE
    assert "4 May 2026 06:00" in ran.out.splitlines()[0]
    assert "4 May 2026 15:00" in elsewhere.out.splitlines()[0]


def test_explain_answers_for_an_item_its_family_and_its_signature(run: tuple[Path, Ran]) -> None:
    """Each of the three names leads to the history of the band and the parts of the score."""
    folder, _ = run
    item = items_of(folder / "out")[0]
    family, signature = str(item["subject"]), str(item["data"]["signatures"][0])  # type: ignore[index]  # as above
    for name in (str(item["id"]), family, signature):
        ran = brainstem(folder, "explain", name, "--out", "out")
        assert ran.status == FINE
        assert family in ran.out
        assert "Band history" in ran.out
        assert "shown to a person" in ran.out
        assert "and not earlier" in ran.out


def test_the_parts_that_explain_prints_add_up_to_the_score(run: tuple[Path, Ran]) -> None:
    """Prior and contributions are the score, to the quarter of a deciban."""
    folder, _ = run
    ran = brainstem(folder, "explain", str(items_of(folder / "out")[0]["id"]), "--out", "out")
    block = ran.out.partition(", in points: ")[2].partition("\n")[2].partition("\n\n")[0]
    rows = [line.split()[:2] for line in block.splitlines()]
    points = {name: float(value) for name, value in rows}
    score = points.pop("score")
    assert "prior" in points
    assert sum(points.values()) == score


def test_explain_lists_the_families_that_hold_a_text(run: tuple[Path, Ran]) -> None:
    """Words of a message find its families, those never shown too, in any case of letters."""
    folder, _ = run
    ran = brainstem(folder, "explain", "PRESSURE held", "--out", "out")
    assert ran.status == FINE
    (name,) = re.findall(r"\bf1-[0-9a-f]{16}\b", ran.out)
    answer = brainstem(folder, "explain", name, "--out", "out")
    assert "Why nobody was shown this" in answer.out
    assert re.search("Band (?:" + "|".join(each.title for each in BEHAVIOURS) + ") with", answer.out)


def test_explain_says_that_it_knows_nothing_of_an_unknown_name(run: tuple[Path, Ran]) -> None:
    """Unknown items, families and texts end with 2 and are named."""
    folder, _ = run
    for name in ("i1-0000000000000000", "f1-0000000000000000", "s2-0000000000000000", "never heard of"):
        ran = brainstem(folder, "explain", name, "--out", "out")
        assert ran.status == UNREADABLE
        assert name in ran.err
        assert ran.out == ""


def test_explain_at_a_moment_knows_only_what_was_known_then(run: tuple[Path, Ran]) -> None:
    """Before the item there was no surfacing, and before its first line there was nothing."""
    folder, _ = run
    item = items_of(folder / "out")[0]
    surfaced = datetime.fromisoformat(str(item["time"]))
    before = (surfaced - timedelta(minutes=10)).isoformat()
    earlier = brainstem(folder, "explain", str(item["subject"]), "--out", "out", "--at", before)
    assert earlier.status == FINE
    assert "Why nobody was shown this" in earlier.out
    nothing = brainstem(folder, "explain", str(item["subject"]), "--out", "out", "--at", "2026-05-04")
    assert nothing.status == UNREADABLE
    assert "Its first decision comes later" in nothing.err


def test_feedback_takes_the_command_that_the_digest_prints(run: tuple[Path, Ran]) -> None:
    """As it stands there; what it is about and from when on it weighs is said, and a warning where that is too late."""
    folder, ran = run
    command = re.search(r"`brainstem (feedback 1 useful --out out)`", ran.out)
    assert command is not None
    file = folder / "said.jsonl"
    words = [*command[1].split(), "--file", str(file)]
    given = brainstem(folder, *words)
    item = items_of(folder / "out")[-1]
    assert given.status == FINE
    assert given.err == ""
    assert re.search(rf"{item['id']} \(acme: silver7 .*\) is useful, as of ", given.out)
    assert json.loads(file.read_bytes())["item"] == item["id"]
    late = brainstem(folder, *words, "--at", "2026-07-01")
    assert late.status == FINE
    assert "a replay of the same logs does not take this up" in late.err


def test_an_audit_of_a_whole_run_ends_with_0(run: tuple[Path, Ran]) -> None:
    """Everything is accounted for, and the report says how much was compared."""
    folder, _ = run
    ran = brainstem(folder, "audit", "out")
    assert ran.status == FINE
    assert f"{len(flapping_log()):,} bytes" in ran.out


def test_compaction_by_hand_leaves_a_file_of_each_tenant_and_writer(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """The rows are as they were, so the audit still ends with 0, and doing it again changes nothing."""
    out = tmp_path / "out"
    shutil.copytree(run[0] / "out", out)
    rows = read_evidence(out).sort("source", "position").collect()
    shutil.rmtree(out / "evidence")
    # as a live run leaves them that was stopped: a file of all tenants for each snapshot
    kept = PartitionedParquet(out / "evidence", EVIDENCE, "0")
    kept.recover(0)
    for part in range(3):
        kept.add(pa.RecordBatch.from_pylist(rows[part::3].to_dicts(), EVIDENCE.schema))
        kept.publish(kept.stage())
    write_manifest(OutputFolder(out))
    ran = brainstem(tmp_path, "compact", "out")
    assert ran.status == FINE
    told = ran.out.splitlines()
    assert told[0] == "evidence: 3 files before, 1 file now"
    assert [line.partition(":")[0] for line in told] == ["evidence", "decisions", "rejects", "root of the manifest"]
    assert read_evidence(out).sort("source", "position").collect().equals(rows)
    assert brainstem(tmp_path, "audit", "out").status == FINE
    assert brainstem(tmp_path, "compact", "out").out.splitlines()[0] == "evidence: 1 file before, 1 file now"


def test_compaction_by_hand_refuses_a_folder_that_a_run_is_writing(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """The run joins its files by itself; nothing is changed."""
    shutil.copytree(run[0] / "out", tmp_path / "out")
    before = sorted((tmp_path / "out").rglob("*"))
    with Recovery(tmp_path / "out").locked():
        ran = brainstem(tmp_path, "compact", "out")
    assert ran.status == BAD_CONFIGURATION
    assert (
        ran.err
        == "brainstem: out: a run is writing there, and joins its files by itself. Wait for it, or stop it first.\n"
    )
    assert sorted((tmp_path / "out").rglob("*")) == before


def test_an_audit_ends_with_1_when_a_byte_of_the_input_or_a_file_of_evidence_is_gone(
    run: tuple[Path, Ran], tmp_path: Path
) -> None:
    """Damage on either side is found and named."""
    shutil.copytree(run[0], tmp_path, dirs_exist_ok=True)
    ledger = tmp_path / "out" / "ledger.json"
    ledger.write_text(ledger.read_text(encoding="utf-8").replace(str(run[0]), str(tmp_path)), encoding="utf-8")
    evidence = sorted((tmp_path / "out" / "evidence").rglob("*.parquet"))
    evidence[0].unlink()
    ran = brainstem(tmp_path, "audit", "out")
    assert ran.status == FINDINGS
    assert "anvil.log" in ran.out


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
