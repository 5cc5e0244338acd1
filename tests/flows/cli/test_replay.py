"""`brainstem replay` as an operator meets it: what it writes, what it prints, and its exit statuses."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.flapping import BAD_CONFIGURATION, FINDINGS, FINE, UNREADABLE, flapping_log, items_of
from tests.support.program import Ran
from tests.support.program import run as brainstem

ESCAPE = "\x1b"


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
    assert brainstem(tmp_path, "digest", "out").out == again.out.replace(out, "out"), "the zone of the run"
    assert brainstem(tmp_path, "digest", "out", "--zone", "UTC").out == ran.out
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
    assert alone.status == BAD_CONFIGURATION
    assert "a run has the tenants of its own inputs" in alone.err
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


@pytest.mark.long
def test_two_processes_find_what_one_finds(run: tuple[Path, Ran], tmp_path: Path) -> None:
    """The number of workers changes nothing in the items."""
    folder, _ = run
    ran = brainstem(folder, "replay", "acme=anvil.log", "--out", str(tmp_path / "out"), "--processes", "2")
    assert ran.status == FINE
    assert (tmp_path / "out" / "items.jsonl").read_bytes() == (folder / "out" / "items.jsonl").read_bytes()


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
        "verdicts.jsonl line 1": "verdict is none of useful, useless, acknowledged, snoozed, resolved",
    }


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
